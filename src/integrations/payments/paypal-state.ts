import * as z from "zod";

import { decimalsOf } from "../../domain/money.ts";
import type { PaymentState } from "../../domain/payments/provider-state.ts";

/** PayPal takes no decimals of these, whatever ISO 4217 says (developer.paypal.com/docs/reports/reference/paypal-supported-currencies). */
const WITHOUT_DECIMALS: ReadonlySet<string> = new Set(["HUF", "JPY", "TWD"]);

const moneySchema = z.object({ currency_code: z.string(), value: z.string() });
const movementSchema = z.object({ id: z.string(), status: z.string(), amount: moneySchema });
const refundSchema = movementSchema.extend({
  custom_id: z.string().optional(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
});

export const payPalOrderSchema = z.object({
  id: z.string(),
  status: z.string(),
  intent: z.string().optional(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })).optional(),
  purchase_units: z
    .array(
      z.object({
        custom_id: z.string().optional(),
        amount: moneySchema,
        payments: z
          .object({
            authorizations: z.array(movementSchema).optional(),
            captures: z.array(movementSchema).optional(),
            refunds: z.array(refundSchema).optional(),
          })
          .optional(),
      }),
    )
    .min(1),
});
export type PayPalOrder = z.output<typeof payPalOrderSchema>;
export type PayPalMovement = z.output<typeof movementSchema>;
export type PayPalRefund = z.output<typeof refundSchema>;

export const payPalDisputeSchema = z.looseObject({
  dispute_id: z.string().min(1).max(255),
  status: z.string(),
  dispute_life_cycle_stage: z.string().optional(),
  dispute_amount: moneySchema,
  disputed_transactions: z.array(z.looseObject({ seller_transaction_id: z.string().min(1).max(255) })),
  dispute_outcome: z
    .looseObject({ outcome_code: z.string().optional(), amount_refunded: moneySchema.optional() })
    .optional(),
});

/** @returns null where PayPal cannot take such an amount. */
export function toPayPalValue(amount: number, currency: string): string | null {
  const digits = decimalsOf(currency);
  if (!WITHOUT_DECIMALS.has(currency)) return decimal(amount, digits);
  const unit = 10 ** digits;
  return amount % unit === 0 ? String(amount / unit) : null;
}

/** @throws Error for what is no amount: PayPal's answer cannot be relied on then. */
export function fromPayPalValue({ value, currency_code: currency }: z.output<typeof moneySchema>): number {
  const match = /^(\d{1,13})(?:\.(\d{1,4}))?$/.exec(value);
  const digits = decimalsOf(currency);
  const [, whole = "", fraction = ""] = match ?? [];
  if (match === null || /[1-9]/.test(fraction.slice(digits))) throw new Error(`not an amount of ${currency}`);
  return Number(`${whole}${fraction.slice(0, digits).padEnd(digits, "0")}`);
}

export function stateOfOrder(order: PayPalOrder): PaymentState {
  const [unit] = order.purchase_units;
  const { authorizations = [], captures = [], refunds = [] } = unit?.payments ?? {};
  const sum = (movements: ReadonlyArray<PayPalMovement>, statuses: ReadonlyArray<string>) =>
    movements.reduce(
      (total, { status, amount }) => (statuses.includes(status) ? total + fromPayPalValue(amount) : total),
      0,
    );
  const captured = sum(captures, CAPTURED);
  const authorized = sum(authorizations, ["CREATED", "CAPTURED", "PARTIALLY_CAPTURED", "VOIDED"]);
  const isReleased =
    authorizations.length > 0 &&
    authorizations.every(({ status }) => status === "VOIDED" || status === "CAPTURED");
  return {
    reference: order.id,
    orderId: unit?.custom_id ?? null,
    status: statusOf(order, captured, authorized, captures),
    currency: unit?.amount.currency_code ?? "",
    amount: unit === undefined ? null : fromPayPalValue(unit.amount),
    authorized: Math.max(authorized, captured),
    captured,
    voided: isReleased ? authorized - captured : 0,
    refunds: refunds
      .filter(({ status }) => status === "COMPLETED")
      .map(({ id, amount }) => ({ reference: id, amount: fromPayPalValue(amount), hasFailed: false })),
    disputes: [],
  };
}

/** A capture that was refunded since was made all the same. */
export const CAPTURED: ReadonlyArray<string> = ["COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"];

function statusOf(
  { status }: PayPalOrder,
  captured: number,
  authorized: number,
  captures: ReadonlyArray<PayPalMovement>,
): PaymentState["status"] {
  if (captured > 0) return "captured";
  if (captures.some((capture) => capture.status === "PENDING")) return "pending";
  if (authorized > 0) return "authorized";
  if (captures.some((capture) => capture.status === "DECLINED" || capture.status === "FAILED"))
    return "failed";
  if (status === "VOIDED") return "canceled";
  return status === "APPROVED" ? "pending" : "requires_action";
}

/** Ends of a dispute at which the money stays with, or comes back to, the seller. */
const WON: ReadonlyArray<string> = [
  "RESOLVED_SELLER_FAVOUR",
  "RESOLVED_WITH_PAYOUT",
  "CANCELED_BY_BUYER",
  "DENIED",
];

/**
 * What a dispute means for its payment.
 *
 * @returns Null as long as it is an inquiry, which takes no money, and where the seller gave in: PayPal makes a refund of that,
 * which its order tells of.
 */
export function stateOfDispute(
  dispute: z.output<typeof payPalDisputeSchema>,
  reference: string,
): PaymentState | null {
  const { dispute_id: id, status, dispute_life_cycle_stage: stage, dispute_outcome: outcome } = dispute;
  const code = status === "RESOLVED" ? (outcome?.outcome_code ?? "") : "";
  const isWon = WON.includes(code);
  if (code === "ACCEPTED") return null;
  if (stage === "INQUIRY" && code !== "RESOLVED_BUYER_FAVOUR") return null;
  const amount = fromPayPalValue(dispute.dispute_amount);
  const kept = outcome?.amount_refunded === undefined ? amount : fromPayPalValue(outcome.amount_refunded);
  return {
    reference,
    orderId: null,
    status: null,
    currency: dispute.dispute_amount.currency_code,
    amount: null,
    authorized: 0,
    captured: 0,
    voided: 0,
    refunds: [],
    disputes: [
      {
        reference: id,
        amount,
        returned: isWon ? amount : code === "RESOLVED_BUYER_FAVOUR" ? Math.max(0, amount - kept) : 0,
      },
    ],
  };
}

function decimal(amount: number, digits: number): string {
  if (digits === 0) return String(amount);
  const text = String(amount).padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
