import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { findLabelPurchase, scheduleTracking, takeParcelsToTrack } from "../../db/label-purchases.ts";
import type { TrackingStatus } from "../../domain/fulfillment/fulfillment.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import { carrierConnection } from "./parcel-to-ship.ts";
import { passOn } from "./receive-carrier-news.ts";

const HOUR_MS = 3_600_000;
/** Asked for in one run of the cron, so that a backlog spreads over minutes. */
const PARCELS_MAX = 50;
/** While a parcel is being asked about, it is not due again. */
const ASKING_MS = HOUR_MS;
/** Nobody has scanned a parcel so soon after its label. */
export const FIRST_TRACKING_MS = 2 * HOUR_MS;
/** What has not arrived by then never will; a person has long asked. */
const TRACKED_MS_MAX = 60 * 24 * HOUR_MS;

/** How long until a carrier is asked again. One that tells by itself is asked once a day, for what got lost. */
export function trackingIntervalMs(status: TrackingStatus, tellsItself: boolean): number {
  if (tellsItself) return 24 * HOUR_MS;
  switch (status) {
    case "out_for_delivery":
      return HOUR_MS;
    case "in_transit":
    case "return_to_sender":
      return 3 * HOUR_MS;
    case "unknown":
    case "pre_transit":
    case "available_for_pickup":
    case "delivered":
    case "failure":
      return 6 * HOUR_MS;
  }
}

/** Has carriers asked where their parcels are, those that are due. */
export async function askCarriers(services: Pick<Services, "db" | "send" | "nowMs">): Promise<void> {
  const nowMs = services.nowMs();
  const due = await takeParcelsToTrack(services.db, nowMs, nowMs + ASKING_MS, PARCELS_MAX);
  if (due.length === 0) return;
  // Bare: what gets lost is due again in an hour.
  await services.send(
    "fulfillment",
    due.map((id) => ({ type: "shipment.ask_carrier", shipment_id: id })),
  );
}

type Ports = Pick<Services, "db" | "send" | "nowMs" | "carrier" | "carrierWebhook" | "connection">;

/** Asks a carrier where one parcel is, and hands on what is new. */
export async function askCarrier(services: Ports, id: string): Promise<void> {
  const nowMs = services.nowMs();
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  const parcel = snapshot?.shipments.find((row) => row.id === id);
  const purchase = await findLabelPurchase(services.db, id);
  if (parcel === undefined || purchase === null) return;
  const { trackingNumber, labeledAtMs, status } = parcel;
  const carrier = services.carrier(parcel.carrier);
  const isUnderWay = status === "labeled" || status === "shipped";
  const isTooOld = (labeledAtMs ?? 0) + TRACKED_MS_MAX < nowMs;
  if (trackingNumber === null || !isUnderWay || isTooOld || carrier?.knowsTracking !== true) {
    return scheduleTracking(services.db, id, null);
  }
  const label = { trackingNumber, carrierReference: purchase.carrierReference };
  const told = await callConnection(services, carrierConnection(parcel.carrier), () => carrier.track(label));
  // A refusal says nothing of the parcel: the label's own page may not be there yet.
  if (told.ok) await passOn(services, id, told.value);
  const newest = told.ok ? (told.value.at(-1)?.status ?? "unknown") : "unknown";
  const tellsItself = services.carrierWebhook(parcel.carrier) !== null;
  await scheduleTracking(services.db, id, nowMs + trackingIntervalMs(newest, tellsItself));
}
