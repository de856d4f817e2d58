import { manualPayments } from "./manual.ts";
import { payPalPayments } from "./paypal.ts";
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
  readonly PAYPAL_CLIENT_ID?: string | undefined;
  readonly PAYPAL_CLIENT_SECRET?: string | undefined;
  readonly PAYPAL_WEBHOOK_ID?: string | undefined;
  /** PayPal's sandbox, for example. */
  readonly PAYPAL_API_BASE?: string | undefined;
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
  const { PAYPAL_CLIENT_ID: clientId, PAYPAL_CLIENT_SECRET: clientSecret } = settings;
  if (name === "paypal" && clientId !== undefined && clientSecret !== undefined) {
    return payPalPayments({
      clientId,
      clientSecret,
      webhookId: settings.PAYPAL_WEBHOOK_ID,
      apiBase: settings.PAYPAL_API_BASE ?? "https://api-m.paypal.com",
      fetch: (...asked) => fetch(...asked),
    });
  }
  return null;
}
