import { manualPayments } from "./manual.ts";
import type { PaymentPort } from "./port.ts";
import { stripePayments } from "./stripe.ts";

/** What providers need to know, each of them absent where it is not set. */
export type PaymentSettings = {
  readonly STRIPE_SECRET_KEY?: string | undefined;
  readonly STRIPE_WEBHOOK_SECRET?: string | undefined;
  /** While a secret is replaced, both sign. */
  readonly STRIPE_WEBHOOK_SECRET_PREVIOUS?: string | undefined;
  /** Another server than Stripe's own, for trying things out. */
  readonly STRIPE_API_BASE?: string | undefined;
};

/** @returns null where no such provider is built in, or it is not configured. */
export function paymentProviderNamed(name: string, settings: PaymentSettings): PaymentPort | null {
  if (name === manualPayments.provider) return manualPayments;
  if (name === "stripe" && settings.STRIPE_SECRET_KEY !== undefined) {
    return stripePayments({
      secretKey: settings.STRIPE_SECRET_KEY,
      webhookSecrets: [settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_WEBHOOK_SECRET_PREVIOUS].filter(
        (secret) => secret !== undefined,
      ),
      apiBase: settings.STRIPE_API_BASE,
    });
  }
  return null;
}
