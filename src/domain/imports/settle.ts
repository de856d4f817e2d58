import { splitByLargestRemainder } from "../money.ts";
import type { FulfillmentStatus, OrderStatus, OrderTotals, PaymentStatus } from "../orders/order.ts";
import { paymentStatusOf, type TransactionKind } from "../payments/ledger.ts";
import type { DraftLine, FullOrder, LineState, OrderDocument, Reversal } from "./document.ts";
import type { LedgerFacts } from "./facts.ts";

/** A cancellation within this of its order undid the order; later, it is goods that came back. */
const CANCELED_WITHIN_MS = 24 * 60 * 60 * 1000;

export type SettledLine = LineState & {
  readonly fulfilledQuantity: number;
  readonly returnedQuantity: number;
  readonly canceledQuantity: number;
};

export type LedgerEntry = {
  readonly kind: TransactionKind;
  readonly amount: number;
  readonly atMs: number;
  /** Tells refunds apart: the cancellation's number. */
  readonly by: string;
};

/** An order as it is written: all of it follows from its rows and from what reversed it. */
export type SettledOrder = OrderTotals & {
  readonly status: OrderStatus;
  readonly paymentStatus: PaymentStatus;
  readonly fulfillmentStatus: FulfillmentStatus;
  readonly canceledAtMs: number | null;
  readonly lines: ReadonlyArray<SettledLine>;
  readonly ledger: ReadonlyArray<LedgerEntry>;
  /** What came back, each with its return. The reversal that canceled the order is none of them. */
  readonly returns: ReadonlyArray<Reversal>;
};

/** Totals of an order from its lines and its sums; the order's discount never takes more than its lines are worth. */
export function totalImported(
  lines: ReadonlyArray<DraftLine>,
  sums: { readonly shipping: number; readonly discount: number; readonly ledger: LedgerFacts },
): OrderTotals & {
  readonly lines: ReadonlyArray<Pick<LineState, "position" | "discount" | "tax" | "total">>;
} {
  const gross = lines.map(({ quantity, unitPrice }) => quantity * unitPrice);
  const subtotal = sum(gross);
  const discountTotal = Math.min(sums.discount + (sums.ledger.discount ?? 0), subtotal);
  const shippingTotal = sums.shipping + (sums.ledger.shipping ?? 0);
  const taxTotal = taxOnTop(sums.ledger, subtotal - discountTotal + shippingTotal);
  const discounts = splitByLargestRemainder(discountTotal, gross);
  const net = gross.map((amount, index) => amount - (discounts[index] ?? 0));
  const taxes = splitByLargestRemainder(taxTotal, net);
  return {
    subtotal,
    discountTotal,
    shippingTotal,
    taxTotal,
    total: subtotal - discountTotal + shippingTotal + taxTotal,
    lines: lines.map((_, position) => {
      const tax = taxes[position] ?? 0;
      return { position, discount: discounts[position] ?? 0, tax, total: (net[position] ?? 0) + tax };
    }),
  };
}

/** Shops that show prices with tax export the tax and a total that already has it in: then nothing comes on top. */
function taxOnTop({ tax = 0, total }: LedgerFacts, totalBefore: number): number {
  return total === totalBefore ? 0 : tax;
}

export function settleOrder(order: FullOrder): SettledOrder {
  const { document, stored } = order;
  const totals = totalImported(order.lines, document);
  const canceledBy = document.reversals.find((reversal) => undoes(reversal, order)) ?? null;
  const canceledAtMs = canceledBy?.atMs ?? document.ledger.canceledAtMs ?? null;
  const returns = document.reversals.filter(
    (reversal) => reversal !== canceledBy && reversal.lines.length > 0,
  );
  const returned = new Map<string, number>();
  for (const { lineId, quantity } of returns.flatMap((reversal) => reversal.lines)) {
    returned.set(lineId, (returned.get(lineId) ?? 0) + quantity);
  }
  const lines = order.lines.map((line, index): SettledLine => {
    const lineTotals = totals.lines[index] ?? { position: index, discount: 0, tax: 0, total: 0 };
    const isCanceled = canceledAtMs !== null;
    return {
      ...line,
      ...lineTotals,
      fulfilledQuantity: isCanceled ? 0 : line.quantity,
      returnedQuantity: isCanceled ? 0 : (returned.get(line.id) ?? 0) + line.returnedElsewhere,
      canceledQuantity: isCanceled ? line.quantity : 0,
    };
  });
  const elsewhere = stored?.refundedElsewhere ?? 0;
  const ledger = settleLedger(document, totals.total, elsewhere);
  return {
    ...totals,
    status: canceledAtMs === null ? "completed" : "canceled",
    paymentStatus: paymentStatusOf(
      elsewhere === 0 ? ledger : [...ledger, { kind: "refund", amount: elsewhere }],
      totals.total,
    ),
    fulfillmentStatus: canceledAtMs === null ? "delivered" : "unfulfilled",
    canceledAtMs,
    lines,
    ledger,
    returns,
  };
}

/** Whether one cancellation took back every unit soon enough to say that the order never was. */
function undoes(reversal: Reversal, { document, lines }: FullOrder): boolean {
  if (reversal.lines.length === 0 || reversal.atMs - document.placedAtMs > CANCELED_WITHIN_MS) return false;
  const units = sum(lines.map(({ quantity }) => quantity));
  return sum(reversal.lines.map(({ quantity }) => quantity)) === units;
}

/**
 * What was paid and given back, as far as the file says. An order that says nothing of payment was paid: it is history.
 * Refunds never pass what was captured, whatever a later row does to the total.
 */
function settleLedger(
  { ledger: facts, placedAtMs, reversals }: OrderDocument,
  total: number,
  refundedElsewhere: number,
): ReadonlyArray<LedgerEntry> {
  const status = facts.paymentStatus ?? "paid";
  const captured = capturedOf(facts, total);
  const endedAtMs = facts.canceledAtMs ?? placedAtMs;
  const wanted: ReadonlyArray<LedgerEntry> = [
    { kind: "authorization", amount: UNPAID.has(status) ? 0 : total, atMs: placedAtMs, by: "" },
    { kind: "void", amount: VOIDED.has(status) ? total : 0, atMs: endedAtMs, by: "" },
    { kind: "capture", amount: captured, atMs: placedAtMs, by: "" },
    { kind: "refund", amount: refundedOf(facts, captured), atMs: endedAtMs, by: "" },
    ...reversals.map(({ by, atMs, lines, credit }) => ({
      kind: "refund" as const,
      amount: sum(lines.map((line) => line.amount)) + credit,
      atMs,
      by,
    })),
  ];
  let refundable = captured - refundedElsewhere;
  return wanted
    .map((entry) => {
      if (entry.kind !== "refund") return entry;
      const amount = Math.max(0, Math.min(entry.amount, refundable));
      refundable -= amount;
      return { ...entry, amount };
    })
    .filter(({ amount }) => amount > 0);
}

const UNPAID = new Set(["pending", "unpaid", "failed"]);
const VOIDED = new Set(["voided", "expired"]);

/** What was captured of an order of `total`, as far as the file says. */
export function capturedOf(facts: LedgerFacts, total: number): number {
  const status = facts.paymentStatus ?? "paid";
  if (UNPAID.has(status) || VOIDED.has(status) || status === "authorized") return 0;
  return status === "partially_paid" ? Math.max(0, total - (facts.outstanding ?? total)) : total;
}

/** What the order's own row says was refunded. */
export function refundedOf(facts: LedgerFacts, captured: number): number {
  const isRefunded = facts.paymentStatus === "refunded";
  return Math.min(facts.refunded ?? (isRefunded ? captured : 0), captured);
}

const FINISHED = new Set(["fulfilled", "delivered", "shipped", "completed", "complete", "restocked"]);

/** Whether the goods have still to leave: such an order needs stock, which an import never touches. */
export function isOpen(facts: LedgerFacts, withoutFulfillment: "finished" | "open"): boolean {
  if (facts.canceledAtMs !== undefined) return false;
  if (facts.fulfillmentStatus === undefined) return withoutFulfillment === "open";
  return !FINISHED.has(facts.fulfillmentStatus);
}

function sum(amounts: ReadonlyArray<number>): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
