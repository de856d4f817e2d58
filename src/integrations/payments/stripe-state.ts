import type Stripe from "stripe";

import type { PaymentState, PaymentStateStatus } from "../../domain/payments/provider-state.ts";

/** Stripe counts these in hundredths, although ISO 4217 gives them none (docs.stripe.com/currencies, special cases). */
const HUNDREDFOLD: ReadonlySet<string> = new Set(["ISK", "UGX"]);

export function toStripeAmount(amount: number, currency: string): number {
  return HUNDREDFOLD.has(currency.toUpperCase()) ? amount * 100 : amount;
}

export function fromStripeAmount(amount: number, currency: string): number {
  return HUNDREDFOLD.has(currency.toUpperCase()) ? Math.floor(amount / 100) : amount;
}

/** @param order - Under this key of an object's metadata stands our order's id. */
export const ORDER_KEY = "holdfast_order";
export const PAYMENT_KEY = "holdfast_payment";

export function stateOfIntent(intent: Stripe.PaymentIntent): PaymentState {
  const currency = intent.currency.toUpperCase();
  const minor = (amount: number) => fromStripeAmount(amount, currency);
  const amount = minor(intent.amount);
  // A server that only acts as Stripe may leave out what is not captured in parts.
  const received = intent.amount_received ?? (intent.status === "succeeded" ? intent.amount : 0);
  const captured = minor(received);
  const status = statusOf(intent);
  const hasMoved = status === "authorized" || status === "captured";
  const isOver = intent.status === "succeeded" || (intent.status === "canceled" && wasAuthorized(intent));
  // What was authorized and is neither captured nor can be, the bank has been told to let go.
  const authorized = hasMoved || isOver ? amount : 0;
  return {
    reference: intent.id,
    orderId: intent.metadata?.[ORDER_KEY] ?? null,
    status,
    currency,
    amount,
    authorized,
    captured,
    voided: isOver ? authorized - captured : 0,
    refunds: [],
    disputes: [],
  };
}

const statuses: Readonly<Record<string, PaymentStateStatus>> = {
  requires_capture: "authorized",
  succeeded: "captured",
  canceled: "canceled",
  processing: "pending",
};

function statusOf({
  status,
  last_payment_error: error,
  amount_received: received,
}: Stripe.PaymentIntent): PaymentStateStatus {
  if (status === "requires_capture" && (received ?? 0) > 0) return "captured";
  if (status === "requires_payment_method" && (error ?? null) !== null) return "failed";
  // Whatever Stripe may add, somebody has to do something before money moves.
  return statuses[status] ?? "requires_action";
}

/** A canceled intent that had a charge had been authorized by the bank. */
function wasAuthorized({ latest_charge: charge }: Stripe.PaymentIntent): boolean {
  if ((charge ?? null) === null) return false;
  return typeof charge === "string" || charge?.status === "succeeded";
}

/** @returns Null for a refund of something that is no payment of ours. */
export function stateOfRefund(refund: Stripe.Refund): PaymentState | null {
  const reference = idOf(refund.payment_intent);
  if (reference === null) return null;
  const currency = refund.currency.toUpperCase();
  return {
    ...NOTHING,
    reference,
    currency,
    refunds: [
      {
        reference: refund.id,
        amount: fromStripeAmount(refund.amount, currency),
        hasFailed: refund.status === "failed" || refund.status === "canceled",
      },
    ],
  };
}

/** @returns Null for an inquiry, which takes no money, and for a dispute of something that is no payment of ours. */
export function stateOfDispute(dispute: Stripe.Dispute): PaymentState | null {
  const reference = idOf(dispute.payment_intent);
  if (reference === null || dispute.status.startsWith("warning_")) return null;
  const currency = dispute.currency.toUpperCase();
  return {
    ...NOTHING,
    reference,
    currency,
    disputes: [
      {
        reference: dispute.id,
        amount: fromStripeAmount(dispute.amount, currency),
        returned: dispute.status === "won" ? fromStripeAmount(dispute.amount, currency) : 0,
      },
    ],
  };
}

const NOTHING = {
  orderId: null,
  status: null,
  amount: null,
  authorized: 0,
  captured: 0,
  voided: 0,
  refunds: [],
  disputes: [],
} as const;

export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  if (reference === null || reference === undefined) return null;
  return typeof reference === "string" ? reference : reference.id;
}
