import { roundedShare } from "../money.ts";
import type { OrderLine } from "../orders/order.ts";
import { err, ok, type Result } from "../result.ts";

/** What of a line a refund pays back. */
export type RefundLine = {
  readonly line: string;
  readonly quantity: number;
  /** Minor units, taxes and the line's share of the discount included. */
  readonly amount: number;
};

export type RefundWish =
  | { readonly kind: "all" }
  | { readonly kind: "amount"; readonly amount: number }
  | {
      readonly kind: "lines";
      readonly lines: ReadonlyArray<{ readonly line: string; readonly quantity: number }>;
      /** Minor units of the order's shipping. */
      readonly shipping: number;
    };

/** What was paid back already, or is about to be, and what was taken out of the order: that is no unit to pay back any more. */
export type EarlierRefund = {
  readonly kind: "paid_back" | "removed";
  readonly lines: ReadonlyArray<RefundLine>;
  readonly shipping: number;
};

export type RefundPlan = {
  readonly amount: number;
  readonly lines: ReadonlyArray<RefundLine>;
  readonly shipping: number;
};

/** In order of precedence. */
export type RefundRefusal =
  | { readonly code: "line_unknown"; readonly line: string }
  | { readonly code: "quantity_unavailable"; readonly line: string; readonly available: number }
  | { readonly code: "shipping_unavailable"; readonly available: number }
  | { readonly code: "amount_unavailable"; readonly available: number };

/**
 * What `more` units are worth, of a line of `quantity` units for `total`, after `before` of them: by cumulative
 * difference, so that the parts of a line add up to the line whatever its parts were.
 */
export function unitsShare(total: number, quantity: number, before: number, more: number): number {
  return roundedShare(total, before + more, quantity) - roundedShare(total, before, quantity);
}

/**
 * Works out a refund.
 *
 * @param available - What is captured and neither paid back nor about to be.
 */
export function planRefund(
  order: {
    readonly lines: ReadonlyArray<Pick<OrderLine, "id" | "quantity" | "total">>;
    readonly shippingTotal: number;
  },
  earlier: ReadonlyArray<EarlierRefund>,
  available: number,
  wish: RefundWish,
): Result<RefundPlan, RefundRefusal> {
  if (wish.kind !== "lines") {
    const amount = wish.kind === "all" ? available : wish.amount;
    if (amount > available || amount === 0) return err({ code: "amount_unavailable", available });
    return ok({ amount, lines: [], shipping: 0 });
  }
  const lines: Array<RefundLine> = [];
  for (const { line: id, quantity } of wish.lines) {
    const line = order.lines.find((candidate) => candidate.id === id);
    if (line === undefined) return err({ code: "line_unknown", line: id });
    const before = paidBackUnits([...earlier, { kind: "paid_back", lines, shipping: 0 }], id);
    const left = unsettledUnits(line, before, removedUnits(earlier, id));
    if (quantity > left) return err({ code: "quantity_unavailable", line: id, available: left });
    lines.push({ line: id, quantity, amount: unitsShare(line.total, line.quantity, before, quantity) });
  }
  const shippingLeft = order.shippingTotal - earlier.reduce((sum, { shipping }) => sum + shipping, 0);
  if (wish.shipping > shippingLeft) return err({ code: "shipping_unavailable", available: shippingLeft });
  const amount = lines.reduce((sum, line) => sum + line.amount, wish.shipping);
  if (amount > available || amount === 0) return err({ code: "amount_unavailable", available });
  return ok({ amount, lines, shipping: wish.shipping });
}

/**
 * What `more` units are worth that are taken out of a line, after `before` of them. Units that are paid back count from the
 * first on, and those that are taken out from the last on: each unit has one worth, in whatever order things happen.
 */
export function removedShare(total: number, quantity: number, before: number, more: number): number {
  return unitsShare(total, quantity, quantity - before - more, more);
}

/** What was paid back for units that were taken out of the order afterwards: the order is not worth it, and nobody is owed it. */
export function paidBackBefore(
  { total, quantity }: Pick<OrderLine, "total" | "quantity">,
  paidBack: number,
  removed: number,
): number {
  const both = Math.max(0, paidBack + removed - quantity);
  return unitsShare(total, quantity, paidBack - both, both);
}

/** Units of a line that can still be paid back. */
export function unsettledUnits(
  { quantity }: Pick<OrderLine, "quantity">,
  paidBack: number,
  removed: number,
): number {
  return Math.max(0, quantity - paidBack - removed);
}

/** Units of a line that refunds and returns have paid back. */
export function paidBackUnits(earlier: ReadonlyArray<EarlierRefund>, lineId: string): number {
  return unitsOf(earlier, "paid_back", lineId);
}

/** Units of a line that were taken out of the order. */
export function removedUnits(earlier: ReadonlyArray<EarlierRefund>, lineId: string): number {
  return unitsOf(earlier, "removed", lineId);
}

function unitsOf(
  earlier: ReadonlyArray<EarlierRefund>,
  wanted: EarlierRefund["kind"],
  lineId: string,
): number {
  return earlier
    .flatMap(({ kind, lines }) => (kind === wanted ? lines : []))
    .reduce((sum, { line, quantity }) => (line === lineId ? sum + quantity : sum), 0);
}
