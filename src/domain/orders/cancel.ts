import { summarizeLedger, type Transaction } from "../payments/ledger.ts";
import { err, ok, type Result } from "../result.ts";
import type { OrderLine, OrderStatus } from "./order.ts";
import { checkOrderTransition } from "./transitions.ts";

export const cancelReasons = ["customer", "declined", "fraud", "inventory", "staff", "other"] as const;
export type CancelReason = (typeof cancelReasons)[number];

export type CancelRefusal =
  | { readonly code: "order_not_cancelable"; readonly because: "status"; readonly status: OrderStatus }
  | { readonly code: "order_not_cancelable"; readonly because: "shipped"; readonly status: OrderStatus };

/** An order can be canceled until something of it has left. */
export function checkCancel(
  status: OrderStatus,
  lines: ReadonlyArray<Pick<OrderLine, "fulfilledQuantity">>,
): Result<null, CancelRefusal> {
  if (!checkOrderTransition(status, "canceled").ok)
    return err({ code: "order_not_cancelable", because: "status", status });
  if (lines.some(({ fulfilledQuantity }) => fulfilledQuantity > 0))
    return err({ code: "order_not_cancelable", because: "shipped", status });
  return ok(null);
}

type LedgerEntry = Pick<Transaction, "kind" | "amount" | "provider" | "reference">;

/** One call to a payment provider that a ledger asks for. */
export type PaymentStep = {
  readonly kind: "capture" | "void" | "refund";
  readonly provider: string;
  /** The authorization to capture or void, or the capture to refund. */
  readonly reference: string;
  readonly amount: number;
};

/** What a cancel does to the money: void what could still be captured, pay back what was. */
export function paymentUndo(ledger: ReadonlyArray<LedgerEntry>): Array<PaymentStep> {
  const { capturable, refundable } = summarizeLedger(ledger);
  return [
    ...takeFromLast(ledger, "authorization", capturable).map((part) => ({ kind: "void" as const, ...part })),
    ...takeFromLast(ledger, "capture", refundable).map((part) => ({ kind: "refund" as const, ...part })),
  ];
}

/** What a shipment captures: everything that is authorized and neither captured nor voided. */
export function paymentDue(ledger: ReadonlyArray<LedgerEntry>): Array<PaymentStep> {
  const { capturable } = summarizeLedger(ledger);
  return takeFromLast(ledger, "authorization", capturable).map((part) => ({
    kind: "capture" as const,
    ...part,
  }));
}

/** Spreads `amount` over the entries of a kind, the newest first, none above its own: earlier ones were used up before. */
function takeFromLast(
  ledger: ReadonlyArray<LedgerEntry>,
  kind: LedgerEntry["kind"],
  amount: number,
): Array<Omit<PaymentStep, "kind">> {
  const parts: Array<Omit<PaymentStep, "kind">> = [];
  let left = amount;
  for (const entry of ledger.filter((candidate) => candidate.kind === kind).toReversed()) {
    const part = Math.min(left, entry.amount);
    if (part <= 0) break;
    parts.push({ provider: entry.provider, reference: entry.reference, amount: part });
    left -= part;
  }
  return parts;
}
