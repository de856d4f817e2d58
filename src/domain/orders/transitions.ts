import { err, ok, type Result } from "../result.ts";
import { orderTransitions, type OrderStatus } from "./order.ts";

export type TransitionRefusal = {
  readonly code: "order_state_conflict";
  readonly from: OrderStatus;
  readonly to: OrderStatus;
};

/** Whether an order may go from one status to another, by {@link orderTransitions}. Staying is no transition. */
export function checkOrderTransition(
  from: OrderStatus,
  to: OrderStatus,
): Result<OrderStatus, TransitionRefusal> {
  return orderTransitions[from].includes(to) ? ok(to) : err({ code: "order_state_conflict", from, to });
}
