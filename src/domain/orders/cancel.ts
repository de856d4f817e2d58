import {
  capturableRooms,
  leftIn,
  refundableRooms,
  spread,
  type LedgerEntry,
  type PaymentStep,
  type PendingPart,
} from "../payments/rooms.ts";
import { err, ok, type Result } from "../result.ts";
import type { OrderLine, OrderStatus } from "./order.ts";
import { checkOrderTransition } from "./transitions.ts";

export const cancelReasons = ["customer", "declined", "fraud", "inventory", "staff", "other"] as const;
export type CancelReason = (typeof cancelReasons)[number];

export type CancelRefusal =
  | { readonly code: "order_not_cancelable"; readonly because: "status"; readonly status: OrderStatus }
  | { readonly code: "order_not_cancelable"; readonly because: "shipped"; readonly status: OrderStatus };

/** An order can be canceled until something of it has left. */
export function checkCancel(
  status: OrderStatus,
  lines: ReadonlyArray<Pick<OrderLine, "fulfilledQuantity">>,
): Result<null, CancelRefusal> {
  if (!checkOrderTransition(status, "canceled").ok)
    return err({ code: "order_not_cancelable", because: "status", status });
  if (lines.some(({ fulfilledQuantity }) => fulfilledQuantity > 0))
    return err({ code: "order_not_cancelable", because: "shipped", status });
  return ok(null);
}

/** What a cancel does to the money: void what could still be captured, pay back what was. The newest payment first. */
export function paymentUndo(
  ledger: ReadonlyArray<LedgerEntry>,
  pending: ReadonlyArray<PendingPart> = [],
): Array<PaymentStep> {
  const capturable = capturableRooms(ledger, pending).toReversed();
  const refundable = refundableRooms(ledger, pending).toReversed();
  return [
    ...spread("void", leftIn(capturable), capturable),
    ...spread("refund", leftIn(refundable), refundable),
  ];
}

/**
 * What a shipment captures: what is authorized and neither captured nor voided, as far as the order is still owed it.
 *
 * @param value - What the order is worth now, in minor units.
 */
export function paymentDue(
  ledger: ReadonlyArray<LedgerEntry>,
  value: number,
  pending: ReadonlyArray<PendingPart> = [],
): Array<PaymentStep> {
  const rooms = capturableRooms(ledger, pending);
  const captured = [...ledger, ...pending].reduce(
    (sum, { kind, amount }) => (kind === "capture" ? sum + amount : sum),
    0,
  );
  return spread("capture", Math.min(leftIn(rooms), Math.max(0, value - captured)), rooms);
}
