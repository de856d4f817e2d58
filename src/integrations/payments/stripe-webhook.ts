import { createHash } from "node:crypto";

import Stripe from "stripe";

import type { PaymentState } from "../../domain/payments/provider-state.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentNews } from "./port.ts";
import { stateOfDispute, stateOfIntent, stateOfRefund } from "./stripe-state.ts";

/** How old a signed message may be: Stripe's own libraries say so. */
const TOLERANCE_SECONDS = 300;

/**
 * Checks a webhook's signature over its bytes, by each secret that may have signed it, and reads what it tells of a payment.
 *
 * @returns Null for events that tell nothing of payments.
 */
export async function readStripeEvent(
  stripe: Stripe,
  secrets: ReadonlyArray<string>,
  bytes: Uint8Array,
  headers: Headers,
  nowMs: number,
): Promise<Result<PaymentNews | null, { readonly code: "forged" | "malformed" }>> {
  const text = decode(bytes);
  if (text === null) return err({ code: "malformed" });
  const signature = headers.get("stripe-signature") ?? "";
  for (const secret of secrets) {
    try {
      const event = await stripe.webhooks.constructEventAsync(
        text,
        signature,
        secret,
        TOLERANCE_SECONDS,
        Stripe.createSubtleCryptoProvider(),
        nowMs,
      );
      return ok(newsOf(event, text));
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError))
        return err({ code: "malformed" });
    }
  }
  return err({ code: "forged" });
}

function newsOf(event: Stripe.Event, text: string): PaymentNews | null {
  const state = stateOf(event);
  if (state === null) return null;
  // A server that only acts as Stripe may give its events no id: the same text is the same news.
  const eventId = event.id ?? createHash("sha256").update(text).digest("hex");
  return { eventId, reference: state.reference, orderId: state.orderId, state };
}

function stateOf({ type, data }: Stripe.Event): PaymentState | null {
  const { object } = data as { readonly object: { readonly object?: string } };
  if (type.startsWith("payment_intent.") && object.object === "payment_intent") {
    return stateOfIntent(object as Stripe.PaymentIntent);
  }
  if (object.object === "refund") return stateOfRefund(object as Stripe.Refund);
  if (type.startsWith("charge.dispute.") && object.object === "dispute") {
    return stateOfDispute(object as Stripe.Dispute);
  }
  return null;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
