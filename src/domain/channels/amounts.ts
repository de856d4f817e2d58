import { AMOUNT_MAX, splitByLargestRemainder } from "../money.ts";
import type { OrderTotals } from "../orders/order.ts";
import { err, ok, type Result } from "../result.ts";
import type { ChannelOrder, ChannelOrderLine, ChannelRefusal } from "./channel-order.ts";

export type BalancedLine = {
  readonly unitPrice: number;
  readonly discount: number;
  readonly tax: number;
  /** `quantity × unitPrice − discount + tax`. */
  readonly total: number;
};

export type BalancedAmounts = OrderTotals & { readonly lines: ReadonlyArray<BalancedLine> };

type Stated = Pick<ChannelOrder, "hasTaxIncluded" | "shipping" | "shippingTax" | "total">;

/**
 * Makes a platform's amounts add up as an order of ours must: net prices, discount, tax and shipping to exactly what
 * the buyer pays there. Tax inside prices is taken out; what a unit price in whole minor units cannot express becomes
 * discount. What the platform charges beside its lines (fees, tips, rounding, lines without stock) counts as shipping,
 * what it takes off (gift cards, rounding) as discount over the lines.
 *
 */
export function balanceAmounts(
  stated: Stated,
  lines: ReadonlyArray<Pick<ChannelOrderLine, "quantity" | "gross" | "discount" | "tax">>,
): Result<BalancedAmounts, ChannelRefusal> {
  const { hasTaxIncluded, total } = stated;
  const amounts = [
    total,
    stated.shipping,
    stated.shippingTax,
    ...lines.flatMap((line) => [line.gross, line.discount, line.tax]),
  ];
  if (amounts.some((amount) => amount < 0 || amount > AMOUNT_MAX)) {
    return err({ code: "amounts_differ", detail: "an amount is negative or beyond any order" });
  }
  const nets = lines.map((line) => Math.max(0, line.gross - line.discount - (hasTaxIncluded ? line.tax : 0)));
  const taxes = lines.map(({ tax }) => tax);
  const shippingNet = Math.max(0, stated.shipping - (hasTaxIncluded ? stated.shippingTax : 0));
  const taxTotal = sum(taxes) + stated.shippingTax;
  const rest = total - sum(nets) - shippingNet - taxTotal;
  const shippingTotal = Math.max(0, shippingNet + Math.max(0, rest));
  const reductions = reduce(nets, Math.max(0, -rest));
  const reducedNets = nets.map((net, index) => net - (reductions[index] ?? 0));
  const missing = Math.max(0, -rest) - sum(reductions);
  if (missing > shippingTotal) {
    return err({ code: "amounts_differ", detail: "the total is less than the order's tax" });
  }
  const balanced = lines.map((line, index): BalancedLine => {
    const net = reducedNets[index] ?? 0;
    const beforeDiscount = line.gross - (hasTaxIncluded ? line.tax : 0);
    const unitPrice = Math.max(Math.ceil(beforeDiscount / line.quantity), Math.ceil(net / line.quantity));
    return { unitPrice, discount: unitPrice * line.quantity - net, tax: line.tax, total: net + line.tax };
  });
  const subtotal = sum(lines.map(({ quantity }, index) => quantity * (balanced[index]?.unitPrice ?? 0)));
  const discountTotal = sum(balanced.map(({ discount }) => discount));
  const shipping = shippingTotal - missing;
  if (subtotal > AMOUNT_MAX || shipping > AMOUNT_MAX) {
    return err({ code: "amounts_differ", detail: "a sum is beyond any order" });
  }
  return ok({ subtotal, discountTotal, shippingTotal: shipping, taxTotal, total, lines: balanced });
}

/** Spreads a reduction over what lines cost, none below zero. */
function reduce(nets: ReadonlyArray<number>, amount: number): ReadonlyArray<number> {
  const most = sum(nets);
  return amount === 0 || most === 0
    ? nets.map(() => 0)
    : splitByLargestRemainder(Math.min(amount, most), nets);
}

function sum(amounts: ReadonlyArray<number>): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
