import type { CurrencyCode, Sku } from "../brand.ts";
import { encodeTimeMs } from "../ids.ts";
import { invariant } from "../invariant.ts";
import type { HoldKey, HoldLine, HoldPart, HoldStatus } from "../inventory/hold.ts";
import { err, ok, type Result } from "../result.ts";
import type { OrderTotals } from "./order.ts";
import { totalOrder, type Discount, type LineTotals, type PricedLine } from "./totals.ts";

/** The id of the one order that can be placed from a hold, so that every retry makes the same order. */
export function orderIdOfHold(createdAtMs: number, key: HoldKey): string {
  return `ord_${encodeTimeMs(createdAtMs)}${key}`;
}

/** Why a hold cannot become an order, in order of precedence. */
export type HoldNotPayable =
  | { readonly code: "hold_expired"; readonly expiredAtMs: number }
  | { readonly code: "hold_resolved"; readonly status: HoldStatus; readonly orderId: string | null };

/** What a hold asks for, if it may still be paid. `paying` passes: whose payment that is, its attempt knows. */
export function linesToPay(home: HoldPart): Result<ReadonlyArray<HoldLine>, HoldNotPayable> {
  switch (home.status) {
    case "active":
    case "paying":
      return ok(home.basket ?? [{ sku: home.sku, quantity: home.quantity }]);
    case "expired":
      return err({ code: "hold_expired", expiredAtMs: home.resolvedAtMs ?? home.expiresAtMs });
    case "released":
    case "converted":
      return err({ code: "hold_resolved", status: home.status, orderId: home.orderId });
  }
}

/** What the catalogue says of a SKU. Prices stand in the order in which they were given. */
export type SellableSku = {
  readonly sku: Sku;
  readonly title: string;
  readonly taxRateBps: number;
  readonly prices: ReadonlyArray<{ readonly currency: CurrencyCode; readonly amount: number }>;
};

export type PricingRefusal =
  | { readonly code: "price_missing"; readonly sku: Sku; readonly currency: CurrencyCode | null }
  | { readonly code: "amount_too_large" };

export type PricedOrder = OrderTotals & {
  readonly currency: CurrencyCode;
  readonly lines: ReadonlyArray<PricedLine & LineTotals & { readonly title: string }>;
};

/**
 * Prices an order from the catalogue.
 *
 * @param wanted - Null takes the first currency of the first line that every line has a price in.
 * @param shippingPrices - Minor units by currency; a currency that is missing costs nothing.
 */
export function priceOrder(
  lines: ReadonlyArray<HoldLine>,
  catalogue: ReadonlyMap<Sku, SellableSku>,
  wanted: CurrencyCode | null,
  discount: Discount | null,
  shippingPrices: Readonly<Record<string, number>>,
): Result<PricedOrder, PricingRefusal> {
  const [first] = lines;
  invariant(first !== undefined, "an order needs a line");
  const currency = wanted ?? commonCurrency(lines, catalogue);
  if (currency === null) return err({ code: "price_missing", sku: first.sku, currency });
  const priced: Array<PricedLine & { readonly title: string }> = [];
  for (const { sku, quantity } of lines) {
    const sellable = catalogue.get(sku);
    const price = sellable?.prices.find((candidate) => candidate.currency === currency);
    if (sellable === undefined || price === undefined) {
      return err({ code: "price_missing", sku, currency });
    }
    const { title, taxRateBps } = sellable;
    priced.push({ sku, title, quantity, unitPrice: price.amount, taxRateBps });
  }
  const totals = totalOrder(priced, discount, shippingPrices[currency] ?? 0);
  if (!totals.ok) return totals;
  const { lines: lineTotals, ...sums } = totals.value;
  return ok({
    ...sums,
    currency,
    lines: priced.map((line, index) => ({
      ...line,
      ...(lineTotals[index] ?? { discount: 0, tax: 0, total: 0 }),
    })),
  });
}

function commonCurrency(
  lines: ReadonlyArray<HoldLine>,
  catalogue: ReadonlyMap<Sku, SellableSku>,
): CurrencyCode | null {
  const [first, ...others] = lines.map(({ sku }) => catalogue.get(sku)?.prices ?? []);
  const common = (first ?? []).find(({ currency }) =>
    others.every((prices) => prices.some((price) => price.currency === currency)),
  );
  return common?.currency ?? null;
}
