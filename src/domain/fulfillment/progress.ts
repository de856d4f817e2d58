import { fulfillmentStatusOf } from "../orders/fulfillment-status.ts";
import type { FulfillmentStatus, OrderLine } from "../orders/order.ts";
import type { FulfillmentOrderStatus } from "./fulfillment.ts";

export type LineProgress = Pick<
  OrderLine,
  "id" | "quantity" | "canceledQuantity" | "fulfilledQuantity" | "deliveredQuantity"
>;
export type AssignedLine = { readonly orderLineId: string; readonly quantity: number };
export type Assignment = {
  readonly status: FulfillmentOrderStatus;
  readonly lines: ReadonlyArray<AssignedLine>;
};

/** Statuses in which a fulfillment order takes care of its units. */
const TAKING_CARE: ReadonlySet<FulfillmentOrderStatus> = new Set([
  "open",
  "on_hold",
  "in_progress",
  "closed",
]);

/** What no location has been given yet, by order line. */
export function outstandingOf(
  lines: ReadonlyArray<LineProgress>,
  assignments: ReadonlyArray<Assignment>,
): ReadonlyMap<string, number> {
  const outstanding = new Map<string, number>();
  for (const line of lines) {
    const assigned = assignments
      .filter(({ status }) => TAKING_CARE.has(status))
      .flatMap((assignment) => assignment.lines)
      .reduce((sum, { orderLineId, quantity }) => (orderLineId === line.id ? sum + quantity : sum), 0);
    const rest = line.quantity - line.canceledQuantity - assigned;
    if (rest > 0) outstanding.set(line.id, rest);
  }
  return outstanding;
}

/** The order's lines once the units of `parcel` count in `field` as well, never above what was bought. */
export function advanceLines<Line extends LineProgress>(
  lines: ReadonlyArray<Line>,
  parcel: ReadonlyArray<AssignedLine>,
  field: "fulfilledQuantity" | "deliveredQuantity",
): Array<Line> {
  return lines.map((line) => {
    const more = parcel.reduce(
      (sum, { orderLineId, quantity }) => (orderLineId === line.id ? sum + quantity : sum),
      0,
    );
    return { ...line, [field]: Math.min(line.quantity, line[field] + more) };
  });
}

/** The fulfillment axis of an order, from its lines and from what is being done about them. */
export function progressOf(
  lines: ReadonlyArray<LineProgress>,
  assignments: ReadonlyArray<Assignment>,
): { readonly fulfillmentStatus: FulfillmentStatus; readonly isDelivered: boolean } {
  const has = (status: FulfillmentOrderStatus) => assignments.some((one) => one.status === status);
  const fulfillmentStatus = fulfillmentStatusOf(lines, {
    isOnHold: has("on_hold"),
    isScheduled: has("open"),
    isInProgress: has("in_progress"),
  });
  return { fulfillmentStatus, isDelivered: fulfillmentStatus === "delivered" };
}
