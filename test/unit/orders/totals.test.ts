import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CurrencyCode, Sku } from "../../../src/domain/brand.ts";
import { AMOUNT_MAX } from "../../../src/domain/money.ts";
import { priceOrder, type SellableSku } from "../../../src/domain/orders/place.ts";
import { totalOrder, type Discount, type PricedLine } from "../../../src/domain/orders/totals.ts";

const sku = (name: string) => name as Sku;
const line = (unitPrice: number, quantity = 1, taxRateBps = 0): PricedLine => ({
  sku: sku("A"),
  quantity,
  unitPrice,
  taxRateBps,
});

const lineArbitrary = fc.record({
  sku: fc.constantFrom("A", "B", "C").map(sku),
  quantity: fc.integer({ min: 1, max: 10_000 }),
  unitPrice: fc.integer({ min: 0, max: 10_000_000 }),
  taxRateBps: fc.integer({ min: 0, max: 10_000 }),
});
const discountArbitrary: fc.Arbitrary<Discount | null> = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 0, max: AMOUNT_MAX }).map((amount) => ({ amount })),
  fc.integer({ min: 0, max: 10_000 }).map((percentBps) => ({ percentBps })),
);

describe("totals", () => {
  test.each<[string, ReadonlyArray<PricedLine>, Discount | null, number, Record<string, number>]>([
    ["one line, no tax", [line(999, 3)], null, 0, { subtotal: 2_997, discountTotal: 0, total: 2_997 }],
    [
      "tax goes on top of the discounted price",
      [line(1_000, 1, 2_000)],
      { amount: 100 },
      0,
      { taxTotal: 180, total: 1_080 },
    ],
    [
      "shipping bears neither discount nor tax",
      [line(1_000, 1, 1_900)],
      null,
      490,
      { shippingTotal: 490, total: 1_680 },
    ],
    [
      "a percentage is rounded half up",
      [line(1_250)],
      { percentBps: 1_002 },
      0,
      { discountTotal: 125, total: 1_125 },
    ],
    [
      "a discount takes no more than there is",
      [line(500)],
      { amount: 9_999 },
      0,
      { discountTotal: 500, total: 0 },
    ],
  ])("%s", (_name, lines, discount, shipping, expected) => {
    expect(totalOrder(lines, discount, shipping)).toMatchObject({ ok: true, value: expected });
  });

  test("a cent that cannot be split goes to the largest remainder", () => {
    const totals = totalOrder([line(100), line(100), line(100)], { amount: 100 }, 0);
    expect(totals.ok && totals.value.lines.map(({ discount }) => discount)).toEqual([34, 33, 33]);
  });

  test("a sum above every real order is refused, not computed wrong", () => {
    expect(totalOrder([line(AMOUNT_MAX, 1_000_000)], null, 0)).toEqual({
      ok: false,
      error: { code: "amount_too_large" },
    });
  });

  test("whatever the order, the total is lines less discount plus shipping and tax, and no line pays below zero", () => {
    fc.assert(
      fc.property(
        fc.array(lineArbitrary, { minLength: 1, maxLength: 50 }),
        discountArbitrary,
        fc.integer({ min: 0, max: 100_000 }),
        (lines, discount, shipping) => {
          const totals = totalOrder(lines, discount, shipping);
          if (!totals.ok) return;
          const { subtotal, discountTotal, shippingTotal, taxTotal, total, lines: parts } = totals.value;
          expect(total).toBe(subtotal - discountTotal + shippingTotal + taxTotal);
          expect(parts.reduce((sum, part) => sum + part.discount, 0)).toBe(discountTotal);
          expect(parts.reduce((sum, part) => sum + part.total, 0) + shipping).toBe(total);
          for (const [index, part] of parts.entries()) {
            const gross = (lines[index]?.quantity ?? 0) * (lines[index]?.unitPrice ?? 0);
            expect(part.discount).toBeGreaterThanOrEqual(0);
            expect(part.discount).toBeLessThanOrEqual(gross);
            expect(part.total).toBe(gross - part.discount + part.tax);
          }
        },
      ),
    );
  });
});

describe("prices", () => {
  const sellable = (name: string, prices: Record<string, number>): [Sku, SellableSku] => [
    sku(name),
    {
      sku: sku(name),
      title: name,
      taxRateBps: 0,
      prices: Object.entries(prices).map(([currency, amount]) => ({
        currency: currency as CurrencyCode,
        amount,
      })),
    },
  ];
  const catalogue = new Map([
    sellable("A", { USD: 300, EUR: 250 }),
    sellable("B", { EUR: 100, JPY: 9 }),
    sellable("C", { GBP: 5 }),
    sellable("D", {}),
  ]);
  const lines = (...names: ReadonlyArray<string>) => names.map((name) => ({ sku: sku(name), quantity: 1 }));

  test.each<[string, ReadonlyArray<string>, string | null, unknown]>([
    ["the first currency of a lone SKU", ["A"], null, { value: { currency: "USD", total: 300 } }],
    ["the first one that all lines have", ["A", "B"], null, { value: { currency: "EUR", total: 350 } }],
    ["the one asked for", ["A"], "EUR", { value: { currency: "EUR", total: 250 } }],
    ["none in common", ["A", "C"], null, { error: { code: "price_missing", sku: "A", currency: null } }],
    [
      "not the one asked for",
      ["A", "B"],
      "USD",
      { error: { code: "price_missing", sku: "B", currency: "USD" } },
    ],
    ["a SKU without a price", ["D"], null, { error: { code: "price_missing", sku: "D" } }],
    ["a SKU that the catalogue does not have", ["X"], "EUR", { error: { code: "price_missing", sku: "X" } }],
  ])("%s", (_name, names, currency, expected) => {
    expect(priceOrder(lines(...names), catalogue, currency as CurrencyCode | null, null, {})).toMatchObject(
      expected as object,
    );
  });

  test("shipping costs what the method costs in the order's currency, and nothing where it has no price", () => {
    const shipping = { EUR: 490 };
    expect(priceOrder(lines("B"), catalogue, null, null, shipping)).toMatchObject({ value: { total: 590 } });
    expect(priceOrder(lines("C"), catalogue, null, null, shipping)).toMatchObject({ value: { total: 5 } });
  });
});
