import type { Result } from "../../domain/result.ts";
import { callPayPal, type PayPalConfig } from "./paypal-api.ts";
import { payPalOrderSchema, type PayPalOrder } from "./paypal-state.ts";
import type { PaymentFailure } from "./port.ts";

export function readPayPalOrder(
  config: PayPalConfig,
  reference: string,
): Promise<Result<PayPalOrder, PaymentFailure>> {
  return callPayPal(config, payPalOrderSchema, "GET", `/v2/checkout/orders/${encodeURIComponent(reference)}`);
}
