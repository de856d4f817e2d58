import { createHmac, timingSafeEqual } from "node:crypto";

import type * as z from "zod";

import type { TrackingStatus } from "../../../domain/fulfillment/fulfillment.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import type { CarrierNews, CarrierWebhookReader, TrackingUpdate } from "../port.ts";
import { eventSchema, trackSchema, type ShippoTrackingEvent } from "./objects.ts";

const STATUSES: Readonly<Record<string, TrackingStatus>> = {
  PRE_TRANSIT: "pre_transit",
  TRANSIT: "in_transit",
  DELIVERED: "delivered",
  RETURNED: "return_to_sender",
  FAILURE: "failure",
};

/** Where the finer word says more than the coarse one. */
const SUBSTATUSES: Readonly<Record<string, TrackingStatus>> = {
  out_for_delivery: "out_for_delivery",
  pickup_available: "available_for_pickup",
  package_held: "available_for_pickup",
  return_to_sender: "return_to_sender",
};

function statusOf({ status, substatus }: ShippoTrackingEvent): TrackingStatus | null {
  const finer = typeof substatus === "string" ? substatus : substatus?.code;
  if (status === "TRANSIT") return SUBSTATUSES[finer ?? ""] ?? "in_transit";
  return STATUSES[status] ?? null;
}

/** What a track says happened so far, oldest first. Events before a carrier had the parcel are `UNKNOWN`, and say nothing. */
export function updatesOf(track: z.infer<typeof trackSchema>): Array<TrackingUpdate> {
  const now = track.tracking_status;
  const history = track.tracking_history ?? [];
  // The newest one may be missing from the history.
  const events = now === null || now === undefined ? history : [...history, now];
  const updates = new Map<string, TrackingUpdate>();
  for (const event of events) {
    const status = statusOf(event);
    const occurredAtMs = Date.parse(event.status_date ?? "");
    if (status === null || Number.isNaN(occurredAtMs)) continue;
    updates.set(`${status} ${occurredAtMs}`, {
      status,
      message: event.status_details ?? "",
      occurredAtMs,
    });
  }
  return [...updates.values()].toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
}

export type ShippoWebhookSecrets = {
  /** Stands in the webhook's address as `?token=`; more than one while it is replaced. */
  readonly tokens: ReadonlyArray<string>;
  /** Agreed on with Shippo's support; then deliveries are signed as well. */
  readonly hmacSecret: string | undefined;
  /** With a live key, events of test parcels are not for us. */
  readonly isLive: boolean;
};

/** How far the time of a signature may be from ours. */
const SIGNATURE_AGE_MAX_MS = 300_000;

/**
 * Shippo does not sign what it sends unless that was arranged: the secret stands in the address (docs.goshippo.com,
 * Webhook security). Where a signature was arranged, it is required.
 */
export function shippoWebhookReader(
  secrets: ShippoWebhookSecrets,
  nowMs: () => number,
): CarrierWebhookReader {
  return ({ bytes, headers, url }) => {
    const token = new URL(url).searchParams.get("token") ?? "";
    const hasToken = secrets.tokens.some((known) => isSame(known, token));
    if (secrets.tokens.length > 0 && !hasToken) return err({ code: "forged" });
    if (secrets.hmacSecret !== undefined && !isSigned(secrets.hmacSecret, bytes, headers, nowMs())) {
      return err({ code: "forged" });
    }
    return readEvent(bytes, secrets.isLive);
  };
}

function readEvent(
  bytes: Uint8Array,
  isLive: boolean,
): Result<CarrierNews | null, { readonly code: "malformed" }> {
  try {
    const event = eventSchema.parse(JSON.parse(Buffer.from(bytes).toString("utf8")));
    if (event.event !== "track_updated" || (isLive && event.test === true)) return ok(null);
    const track = trackSchema.parse(event.data);
    return ok({ trackingNumber: track.tracking_number, updates: updatesOf(track) });
  } catch {
    return err({ code: "malformed" });
  }
}

/** `t=<seconds>,v1=<hex>`, over the time, a dot and the bytes. */
function isSigned(secret: string, bytes: Uint8Array, headers: Headers, nowMs: number): boolean {
  const parts = (headers.get("shippo-auth-signature") ?? "").split(",").map((part) => part.trim());
  const seconds = parts.find((part) => part.startsWith("t="))?.slice(2) ?? "";
  if (!/^\d{1,12}$/.test(seconds)) return false;
  if (Math.abs(Number(seconds) * 1_000 - nowMs) > SIGNATURE_AGE_MAX_MS) return false;
  const expected = createHmac("sha256", secret).update(`${seconds}.`).update(bytes).digest("hex");
  return parts.some((part) => part.startsWith("v1=") && isSame(part.slice(3), expected));
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
