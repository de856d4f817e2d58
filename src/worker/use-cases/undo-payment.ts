import { paymentUndo } from "../../domain/orders/cancel.ts";
import type { Result } from "../../domain/result.ts";
import type { PaymentFailure } from "../../integrations/payments/port.ts";
import { isTakenByChannel } from "./channel-payments.ts";
import { pendingParts, settlePayment, type SettleServices } from "./settle-payment.ts";

/**
 * Voids what is capturable and pays back what was captured of a canceled order. The order's `order.canceled` event is
 * the record of that intent: money moves only if it says so, and as long as it says so the money is owed.
 */
export function undoPayment(
  services: SettleServices,
  orderId: string,
  actor = "system",
): Promise<Result<null, PaymentFailure>> {
  return settlePayment(services, orderId, actor, (aggregate) => {
    const { order, transactions, events } = aggregate;
    const canceled = events.find(({ type }) => type === "order.canceled");
    if (order.status !== "canceled" || canceled?.data["refund"] !== true) return [];
    // What a channel took, it gives back itself when it hears of the cancel.
    return paymentUndo(transactions, pendingParts(aggregate)).filter(
      ({ provider }) => !isTakenByChannel(provider),
    );
  });
}
