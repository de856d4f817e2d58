import { createHmac, timingSafeEqual } from "node:crypto";

import type * as z from "zod";

import { trackingStatuses, type TrackingStatus } from "../../../domain/fulfillment/fulfillment.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import type { CarrierNews, TrackingUpdate } from "../port.ts";
import { eventSchema, trackerSchema } from "./objects.ts";

const SIGNATURE_PREFIX = "hmac-sha256-hex=";

/** Their words for what we have no word of our own for. */
const OTHER_WORDS: Readonly<Record<string, TrackingStatus>> = { cancelled: "failure", error: "failure" };

function statusOf(text: string | null | undefined): TrackingStatus | null {
  const known = trackingStatuses.find((status) => status === text);
  return known ?? OTHER_WORDS[text ?? ""] ?? null;
}

/** What a tracker says happened so far, oldest first. */
export function updatesOf(tracker: z.infer<typeof trackerSchema>): Array<TrackingUpdate> {
  return (tracker.tracking_details ?? [])
    .flatMap(({ status, message, datetime }): Array<TrackingUpdate> => {
      const known = statusOf(status);
      const occurredAtMs = Date.parse(datetime ?? "");
      if (known === null || known === "unknown" || Number.isNaN(occurredAtMs)) return [];
      return [{ status: known, message: message ?? "", occurredAtMs }];
    })
    .toSorted((a, b) => a.occurredAtMs - b.occurredAtMs);
}

/**
 * Checks a webhook's signature over its bytes and reads what it tells of a parcel. EasyPost normalises the secret (NFKD),
 * and signs a whole number of ounces as `614.0` while it sends `614`.
 *
 * @returns Null for events that tell nothing of a parcel.
 */
export function readEasyPostEvent(
  secrets: ReadonlyArray<string>,
  bytes: Uint8Array,
  headers: Headers,
): Result<CarrierNews | null, { readonly code: "forged" | "malformed" }> {
  const signature = headers.get("x-hmac-signature") ?? "";
  const text = Buffer.from(bytes).toString("utf8");
  const asSigned = text.replaceAll(/("weight":\s*\d+)(?=\s*[,}])/g, "$1.0");
  const isOurs = secrets.some((secret) =>
    [text, asSigned].some((body) => isSignedBy(secret, body, signature)),
  );
  if (!isOurs) return err({ code: "forged" });
  try {
    const event = eventSchema.parse(JSON.parse(text));
    if (event.result?.object !== "Tracker") return ok(null);
    const tracker = trackerSchema.parse(event.result);
    return ok({ trackingNumber: tracker.tracking_code, updates: updatesOf(tracker) });
  } catch {
    return err({ code: "malformed" });
  }
}

function isSignedBy(secret: string, body: string, signature: string): boolean {
  const digest = createHmac("sha256", secret.normalize("NFKD")).update(body).digest("hex");
  const expected = Buffer.from(`${SIGNATURE_PREFIX}${digest}`);
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
