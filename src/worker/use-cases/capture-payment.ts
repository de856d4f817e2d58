import { paymentDue } from "../../domain/orders/cancel.ts";
import { orderValue } from "../../domain/orders/totals.ts";
import type { Result } from "../../domain/result.ts";
import type { PaymentFailure } from "../../integrations/payments/port.ts";
import { pendingParts, settlePayment, type SettleServices } from "./settle-payment.ts";

/** Captures what is authorized and still owed, because the goods leave. A no-op when nothing is. */
export function capturePayment(
  services: SettleServices,
  orderId: string,
  actor = "system",
): Promise<Result<null, PaymentFailure>> {
  return settlePayment(services, orderId, actor, (aggregate) => {
    const { order, lines, transactions } = aggregate;
    if (order.status === "canceled") return [];
    return paymentDue(transactions, orderValue(order, lines), pendingParts(aggregate));
  });
}
