import type { CurrencyCode } from "../brand.ts";
import type { PaymentStatus } from "../orders/order.ts";
import type { PaymentStateStatus } from "./provider-state.ts";

export const transactionKinds = [
  "authorization",
  "capture",
  "void",
  "refund",
  "chargeback",
  /** A dispute that was won, or a refund that did not arrive: the money is back. */
  "reversal",
] as const;
export type TransactionKind = (typeof transactionKinds)[number];

/** One entry of an order's append-only payment ledger. Status and paid amounts are derived from it, never set. */
export type Transaction = {
  readonly id: string;
  readonly kind: TransactionKind;
  /** Minor units, one or more. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  readonly provider: string;
  /** The provider's own name for it. */
  readonly reference: string;
  readonly occurredAtMs: number;
};

export type LedgerSummary = {
  readonly authorized: number;
  readonly captured: number;
  readonly voided: number;
  /** Refunds and chargebacks, without what came back. */
  readonly refunded: number;
  /** Authorized and neither captured nor voided. */
  readonly capturable: number;
  /** Captured and not refunded: the most a refund may be. */
  readonly refundable: number;
};

export function summarizeLedger(
  transactions: ReadonlyArray<Pick<Transaction, "kind" | "amount">>,
): LedgerSummary {
  const sum = (...kinds: ReadonlyArray<TransactionKind>) =>
    transactions.reduce((total, entry) => (kinds.includes(entry.kind) ? total + entry.amount : total), 0);
  const authorized = sum("authorization");
  const captured = sum("capture");
  const voided = sum("void");
  const refunded = sum("refund", "chargeback") - sum("reversal");
  return {
    authorized,
    captured,
    voided,
    refunded,
    capturable: authorized - captured - voided,
    refundable: captured - refunded,
  };
}

/**
 * The payment axis that a ledger implies for an order of `total` minor units.
 *
 * @param awaited - Payments that go on at their providers: they count as long as nothing has moved.
 */
export function paymentStatusOf(
  transactions: ReadonlyArray<Pick<Transaction, "kind" | "amount">>,
  total: number,
  awaited: ReadonlyArray<{ readonly status: PaymentStateStatus | "quarantined" }> = [],
): PaymentStatus {
  const { authorized, captured, voided, refunded } = summarizeLedger(transactions);
  if (refunded > 0) return refunded >= captured ? "refunded" : "partially_refunded";
  if (captured > 0) return captured >= total ? "paid" : "partially_paid";
  if (authorized > 0) return voided >= authorized ? "voided" : "authorized";
  if (total === 0) return "paid";
  const isAwaited = (status: PaymentStateStatus) => awaited.some((payment) => payment.status === status);
  if (isAwaited("pending")) return "pending";
  if (isAwaited("requires_action")) return "requires_action";
  return isAwaited("failed") ? "failed" : "unpaid";
}
