import type { Sku } from "../brand.ts";
import { AMOUNT_MAX, roundedShare, splitByLargestRemainder } from "../money.ts";
import { summarizeLedger, type Transaction } from "../payments/ledger.ts";
import { removedShare } from "../payments/refund.ts";
import { err, ok, type Result } from "../result.ts";
import type { OrderLine, OrderTotals } from "./order.ts";

const BPS = 10_000;

/** What an order is reduced by. A fixed amount above the subtotal takes no more than the subtotal. */
export type Discount = { readonly amount: number } | { readonly percentBps: number };

export type PricedLine = {
  readonly sku: Sku;
  readonly quantity: number;
  /** Minor units, before discount and tax. */
  readonly unitPrice: number;
  /** Basis points on top of the discounted price. */
  readonly taxRateBps: number;
};

export type LineTotals = { readonly discount: number; readonly tax: number; readonly total: number };

/**
 * Prices an order. The order's discount is split over the lines by largest remainder and stands from then on, and
 * tax is added on top of each line after its discount; shipping bears neither.
 *
 * @returns `amount_too_large` where a sum passes {@link AMOUNT_MAX}, which is far above any real order.
 */
export function totalOrder(
  lines: ReadonlyArray<PricedLine>,
  discount: Discount | null,
  shippingTotal: number,
): Result<
  OrderTotals & { readonly lines: ReadonlyArray<LineTotals> },
  { readonly code: "amount_too_large" }
> {
  const gross = lines.map(({ quantity, unitPrice }) => quantity * unitPrice);
  const subtotal = sum(gross);
  if (subtotal > AMOUNT_MAX) return err({ code: "amount_too_large" });
  const discountTotal = discountOf(discount, subtotal);
  const shares = splitByLargestRemainder(discountTotal, gross);
  const totals = lines.map((line, index): LineTotals => {
    const share = shares[index] ?? 0;
    const net = (gross[index] ?? 0) - share;
    const tax = roundedShare(net, line.taxRateBps, BPS);
    return { discount: share, tax, total: net + tax };
  });
  const taxTotal = sum(totals.map(({ tax }) => tax));
  const total = subtotal - discountTotal + shippingTotal + taxTotal;
  if (total > AMOUNT_MAX) return err({ code: "amount_too_large" });
  return ok({ subtotal, discountTotal, shippingTotal, taxTotal, total, lines: totals });
}

/** What an order is worth without its canceled units. Shipping stays as long as anything is wanted. */
export function orderValue(
  order: Pick<OrderTotals, "total">,
  lines: ReadonlyArray<Pick<OrderLine, "quantity" | "total" | "canceledQuantity">>,
): number {
  return lines.reduce(
    (value, { quantity, total, canceledQuantity }) =>
      value - removedShare(total, quantity, 0, canceledQuantity),
    order.total,
  );
}

/**
 * What an order is still owed: below zero, what it is owed too much. What is authorized counts as there. What was paid back for
 * its own sake, or for goods that came back, nobody is owed again; what follows a change is worth less than before as well.
 */
export function orderBalance(
  order: Pick<OrderTotals, "total"> & { readonly waived?: number | null | undefined },
  lines: ReadonlyArray<Pick<OrderLine, "quantity" | "total" | "canceledQuantity">>,
  ledger: ReadonlyArray<BalanceEntry>,
): number {
  const { captured, capturable } = summarizeLedger(ledger);
  const returned = ledger.reduce((sum, { kind, amount, followsChange }) => {
    if (kind === "reversal") return sum - amount;
    return kind === "chargeback" || (kind === "refund" && followsChange === true) ? sum + amount : sum;
  }, 0);
  return orderValue(order, lines) - (order.waived ?? 0) - captured - Math.max(0, capturable) + returned;
}

type BalanceEntry = Pick<Transaction, "kind" | "amount"> & {
  /** Of a refund: it pays back what a change took off the order. */
  readonly followsChange?: boolean | null | undefined;
};

function discountOf(discount: Discount | null, subtotal: number): number {
  if (discount === null) return 0;
  if ("amount" in discount) return Math.min(discount.amount, subtotal);
  return Math.min(roundedShare(subtotal, discount.percentBps, BPS), subtotal);
}

function sum(amounts: ReadonlyArray<number>): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
