import type { FulfillmentStatus, OrderLine } from "./order.ts";

/** What the fulfillment orders of an order add to what its lines say. */
export type FulfillmentActivity = {
  readonly isOnHold: boolean;
  readonly isScheduled: boolean;
  readonly isInProgress: boolean;
};

export const NO_FULFILLMENT: FulfillmentActivity = {
  isOnHold: false,
  isScheduled: false,
  isInProgress: false,
};

/**
 * The fulfillment axis of an order. Goods that left count first, then what people are doing about the rest. Canceled
 * units ask for nothing.
 */
export function fulfillmentStatusOf(
  lines: ReadonlyArray<
    Pick<OrderLine, "quantity" | "canceledQuantity" | "fulfilledQuantity" | "deliveredQuantity">
  >,
  activity: FulfillmentActivity,
): FulfillmentStatus {
  let wanted = 0;
  let fulfilled = 0;
  let delivered = 0;
  for (const line of lines) {
    wanted += line.quantity - line.canceledQuantity;
    fulfilled += line.fulfilledQuantity;
    delivered += line.deliveredQuantity;
  }
  if (fulfilled > 0 && delivered >= wanted) return "delivered";
  if (fulfilled > 0 && fulfilled >= wanted) return "fulfilled";
  if (fulfilled > 0) return "partially_fulfilled";
  if (activity.isOnHold) return "on_hold";
  if (activity.isInProgress) return "in_progress";
  if (activity.isScheduled) return "scheduled";
  return "unfulfilled";
}
