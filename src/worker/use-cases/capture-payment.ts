import { paymentDue } from "../../domain/orders/cancel.ts";
import type { Result } from "../../domain/result.ts";
import type { PaymentFailure } from "../../integrations/payments/port.ts";
import { settlePayment, type SettleServices } from "./settle-payment.ts";

/** Captures what is authorized and still capturable, because the goods leave. A no-op when nothing is. */
export function capturePayment(
  services: SettleServices,
  orderId: string,
  actor = "system",
): Promise<Result<null, PaymentFailure>> {
  return settlePayment(services, orderId, actor, ({ order, transactions }) =>
    order.status === "canceled" ? [] : paymentDue(transactions),
  );
}
