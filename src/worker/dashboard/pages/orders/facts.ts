import type { OrderAggregate } from "../../../../db/orders.ts";
import { checkCancel } from "../../../../domain/orders/cancel.ts";
import { capturableRooms, leftIn, refundableRooms } from "../../../../domain/payments/rooms.ts";
import { pendingParts } from "../../../use-cases/settle-payment.ts";
import type { View } from "../../view.ts";

/** What can be done about an order now. The operations decide again; this only spares people buttons that cannot work. */
export type OrderFacts = {
  /** Minor units that are authorized, neither captured nor voided, and not asked for already. */
  readonly capturable: number;
  readonly refundable: number;
  readonly canCancel: boolean;
  readonly canHold: boolean;
  readonly canRelease: boolean;
  readonly canChange: boolean;
  readonly canReturn: boolean;
  readonly canPay: boolean;
};

export function orderFacts(view: View, aggregate: OrderAggregate, balance: number): OrderFacts {
  const { order, lines, transactions, shipments } = aggregate;
  const may = view.can("orders:write");
  const pending = pendingParts(aggregate);
  const isShipped = shipments.some(({ status }) => status === "shipped" || status === "delivered");
  const isPlaced = order.status === "placed" || order.status === "on_hold";
  const isOpen = order.status !== "canceled" && order.status !== "draft";
  const left = lines.some((line) => line.fulfilledQuantity + line.canceledQuantity < line.quantity);
  return {
    capturable: may && isOpen ? leftIn(capturableRooms(transactions, pending)) : 0,
    refundable: may ? leftIn(refundableRooms(transactions, pending)) : 0,
    canCancel: may && !isShipped && checkCancel(order.status, lines).ok,
    canHold: may && order.status === "placed",
    canRelease: may && order.status === "on_hold",
    canChange: may && isPlaced && left,
    canReturn: may && isOpen && lines.some((line) => line.fulfilledQuantity > line.returnedQuantity),
    canPay: may && isOpen && balance > 0,
  };
}
