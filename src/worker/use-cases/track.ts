import { derivedId, eventRow } from "../../db/events.ts";
import {
  readTracking,
  type FulfillmentSnapshot,
  type ShipmentRow,
  type TrackingEventRow,
} from "../../db/fulfillment.ts";
import type { TrackingStatus } from "../../domain/fulfillment/fulfillment.ts";
import { advanceLines } from "../../domain/fulfillment/progress.ts";
import { deliveredAtMsOf, isAfterShipping, trackingStatusOf } from "../../domain/fulfillment/tracking.ts";
import type { OrderEventType } from "../../domain/orders/order.ts";
import { err, ok } from "../../domain/result.ts";
import { changeOf, takeStepOf, type StepPorts } from "./fulfillment-step.ts";
import type { ParcelStep } from "./pick.ts";
import { trackedByUs } from "./ship.ts";

export type TrackingNews = {
  readonly status: TrackingStatus;
  readonly occurredAtMs: number;
  readonly message: string | null;
};

/** What the order's timeline tells of a parcel's way. The rest stands with the parcel only. */
const EVENT_TYPES: Partial<Record<TrackingStatus, OrderEventType>> = {
  in_transit: "shipment.in_transit",
  out_for_delivery: "shipment.out_for_delivery",
  delivered: "shipment.delivered",
};

/** Takes in what is said of a parcel. Late, repeated and shuffled news ends in the same state. */
export function trackShipment(
  services: StepPorts,
  id: string,
  news: TrackingNews,
  actor: string,
): Promise<ParcelStep> {
  return takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    if (parcel === undefined) return err({ code: "not_found" });
    if (parcel.status === "canceled") return err({ code: "canceled" });
    const hasLeft = parcel.status === "shipped" || parcel.status === "delivered";
    if (!hasLeft && isAfterShipping(news.status)) {
      return err({ code: "too_early", status: `shipment ${parcel.status}` });
    }
    const known = await readTracking(services.db, id);
    const entry = entryOf(id, news);
    if (known.some((row) => row.id === entry.id)) return ok({ change: null, value: parcel });
    const tracked = advance(parcel, [...known, entry]);
    const change = changeOf(
      snapshot,
      {
        ...(isNewlyDelivered(parcel, tracked) ? { lines: deliveredLines(snapshot, tracked) } : {}),
        shipments: [tracked],
        trackingEvents: [entry],
        events: eventsOf(snapshot, tracked, entry, actor),
        // Strictly later than what it follows, or the two could not be told apart by time.
        outbox:
          tracked.trackingStatus === news.status
            ? trackedByUs(services, tracked, Math.max(nowMs, news.occurredAtMs + 1))
            : [],
      },
      nowMs,
    );
    const completed =
      change.order.status === "completed" && snapshot.order.status !== "completed"
        ? [eventRow(snapshot.order.id, "order.completed", "", {}, actor, nowMs)]
        : [];
    return ok({ change: { ...change, events: [...(change.events ?? []), ...completed] }, value: tracked });
  });
}

function entryOf(shipmentId: string, { status, occurredAtMs, message }: TrackingNews): TrackingEventRow {
  const id = derivedId("trk", Math.max(0, occurredAtMs), shipmentId, status, String(occurredAtMs));
  return { id, shipmentId, status, message, occurredAtMs };
}

/** The parcel as all its tracking entries together say. A delivered one stays delivered. */
function advance(parcel: ShipmentRow, entries: ReadonlyArray<TrackingEventRow>): ShipmentRow {
  const deliveredAtMs = deliveredAtMsOf(entries);
  return {
    ...parcel,
    trackingStatus: trackingStatusOf(entries),
    status: deliveredAtMs === null ? parcel.status : "delivered",
    deliveredAtMs,
    version: parcel.version + 1,
  };
}

function isNewlyDelivered(before: ShipmentRow, after: ShipmentRow): boolean {
  return before.status !== "delivered" && after.status === "delivered";
}

function deliveredLines(snapshot: FulfillmentSnapshot, parcel: ShipmentRow): FulfillmentSnapshot["lines"] {
  const source = snapshot.fulfillmentOrders.find(({ id }) => id === parcel.fulfillmentOrderId);
  return advanceLines(snapshot.lines, source?.lines ?? [], "deliveredQuantity");
}

function eventsOf(
  { order }: FulfillmentSnapshot,
  parcel: ShipmentRow,
  entry: TrackingEventRow,
  actor: string,
) {
  const type = EVENT_TYPES[entry.status];
  if (type === undefined) return [];
  const data = { shipment: parcel.id, tracking_number: parcel.trackingNumber };
  return [eventRow(order.id, type, entry.id, data, actor, entry.occurredAtMs)];
}
