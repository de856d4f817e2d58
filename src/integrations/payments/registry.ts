import { manualPayments } from "./manual.ts";
import type { PaymentPort } from "./port.ts";

const providers: ReadonlyMap<string, PaymentPort> = new Map([[manualPayments.provider, manualPayments]]);

/** @returns null where no such provider is built in. */
export function paymentProviderNamed(name: string): PaymentPort | null {
  return providers.get(name) ?? null;
}
