import type {
  ConnectionView,
  FulfillmentOrderView,
  ParcelView,
  PickListView,
} from "../../contract/fulfillment.ts";
import type {
  FulfillmentSnapshot,
  PickedLine,
  PickListRow,
  ShipmentRow,
  TrackingEventRow,
} from "../../db/fulfillment.ts";
import type { Sku } from "../../domain/brand.ts";
import { circuitStateOf, type Health } from "../../domain/connections/breaker.ts";
import { buildPickLines } from "../../domain/fulfillment/parcel.ts";

/** @returns null where the order has no such fulfillment order. */
export function fulfillmentOrderView(
  { fulfillmentOrders, pickLists, shipments }: FulfillmentSnapshot,
  id: string,
): FulfillmentOrderView | null {
  const row = fulfillmentOrders.find((candidate) => candidate.id === id);
  if (row === undefined) return null;
  return {
    id,
    order: row.orderId,
    location: row.location,
    status: row.status,
    rejected_reason: row.rejectedReason,
    replaces: row.replaces,
    queue: row.queue,
    cancel_at: timestampOrNull(row.cancelAtMs),
    lines: row.lines.map(({ orderLineId, sku, quantity }) => ({ line: orderLineId, sku, quantity })),
    pick_list: pickLists.find(({ fulfillmentOrderId }) => fulfillmentOrderId === id)?.id ?? null,
    shipments: shipments.filter(({ fulfillmentOrderId }) => fulfillmentOrderId === id).map(shipmentView),
    trace: row.trace as FulfillmentOrderView["trace"],
    created_at: timestamp(row.createdAtMs),
    updated_at: timestamp(row.updatedAtMs),
    version: row.version,
  };
}

export function parcelView(row: ShipmentRow, tracking: ReadonlyArray<TrackingEventRow>): ParcelView {
  return {
    ...shipmentView(row),
    tracking: tracking.map(({ status, message, occurredAtMs }) => ({
      status,
      message,
      occurred_at: timestamp(occurredAtMs),
    })),
  };
}

function shipmentView(row: ShipmentRow): Omit<ParcelView, "tracking"> {
  return {
    id: row.id,
    order: row.orderId,
    fulfillment_order: row.fulfillmentOrderId,
    status: row.status,
    tracking_status: row.trackingStatus,
    carrier: row.carrier,
    service: row.service,
    tracking_number: row.trackingNumber,
    weight_grams: row.weightGrams,
    parcel_size: row.parcelSize,
    labeled_at: timestampOrNull(row.labeledAtMs),
    shipped_at: timestampOrNull(row.shippedAtMs),
    delivered_at: timestampOrNull(row.deliveredAtMs),
    created_at: timestamp(row.createdAtMs),
    version: row.version,
  };
}

export function pickListView(row: PickListRow & { readonly lines: ReadonlyArray<PickedLine> }): PickListView {
  return {
    id: row.id,
    fulfillment_order: row.fulfillmentOrderId,
    location: row.location,
    status: row.status,
    lines: buildPickLines(
      row.lines.map(({ sku, title, quantity }) => ({ sku: sku as Sku, title, quantity })),
    ),
    created_at: timestamp(row.createdAtMs),
    picked_at: timestampOrNull(row.pickedAtMs),
  };
}

export function connectionView(name: string, health: Health, nowMs: number): ConnectionView {
  return {
    name,
    circuit: circuitStateOf(health, nowMs),
    successes: health.successes,
    failures: health.failures,
    consecutive_failures: health.consecutiveFailures,
    open_until: timestampOrNull(health.openUntilMs),
    last_success_at: timestampOrNull(health.lastSuccessAtMs),
    last_failure_at: timestampOrNull(health.lastFailureAtMs),
    last_error: health.lastError,
  };
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function timestampOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : timestamp(timeMs);
}
