export const fulfillmentOrderStatuses = [
  "open",
  "on_hold",
  "in_progress",
  "incomplete",
  "closed",
  "canceled",
] as const;
export type FulfillmentOrderStatus = (typeof fulfillmentOrderStatuses)[number];

export const fulfillmentOrderTransitions: Readonly<
  Record<FulfillmentOrderStatus, ReadonlyArray<FulfillmentOrderStatus>>
> = {
  open: ["on_hold", "in_progress", "incomplete", "canceled"],
  on_hold: ["open", "canceled"],
  in_progress: ["closed", "incomplete", "canceled"],
  // Units that no location could give yet: gone once routing has placed them, or with the order.
  incomplete: ["canceled"],
  closed: [],
  canceled: [],
};

/** Why a location gives a fulfillment order back. */
export const rejectionReasons = [
  "stock_missing",
  "damaged",
  "no_capacity",
  "closed",
  "cannot_ship",
  "other",
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

export const pickListStatuses = ["open", "picked", "canceled"] as const;
export type PickListStatus = (typeof pickListStatuses)[number];

export const pickListTransitions: Readonly<Record<PickListStatus, ReadonlyArray<PickListStatus>>> = {
  open: ["picked", "canceled"],
  picked: ["canceled"],
  canceled: [],
};

export const shipmentStatuses = [
  "pending",
  "picked",
  "packed",
  "labeled",
  "shipped",
  "delivered",
  "canceled",
] as const;
export type ShipmentStatus = (typeof shipmentStatuses)[number];

export const shipmentTransitions: Readonly<Record<ShipmentStatus, ReadonlyArray<ShipmentStatus>>> = {
  pending: ["picked", "canceled"],
  picked: ["packed", "canceled"],
  packed: ["labeled", "canceled"],
  // A label that was given back leaves a packed parcel behind.
  labeled: ["shipped", "packed", "canceled"],
  shipped: ["delivered"],
  delivered: [],
  canceled: [],
};

/** EasyPost's set. A field of its own: it never rolls a shipment back. */
export const trackingStatuses = [
  "unknown",
  "pre_transit",
  "in_transit",
  "out_for_delivery",
  "available_for_pickup",
  "delivered",
  "return_to_sender",
  "failure",
] as const;
export type TrackingStatus = (typeof trackingStatuses)[number];

/** Whether a state machine's table lets `from` become `to`. */
export function canTransition<Status extends string>(
  table: Readonly<Record<Status, ReadonlyArray<Status>>>,
  from: Status,
  to: Status,
): boolean {
  return table[from].includes(to);
}
