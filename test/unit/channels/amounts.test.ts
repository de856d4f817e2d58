import fc from "fast-check";
import { expect, test } from "vitest";

import { balanceAmounts } from "../../../src/domain/channels/amounts.ts";

const order = { hasTaxIncluded: false, shipping: 0, shippingTax: 0, total: 0 };
const line = { quantity: 1, gross: 0, discount: 0, tax: 0 };

function balanced(stated: Partial<typeof order>, lines: ReadonlyArray<Partial<typeof line>>) {
  const result = balanceAmounts(
    { ...order, ...stated },
    lines.map((each) => ({ ...line, ...each })),
  );
  if (!result.ok) throw new Error(result.error.detail);
  return result.value;
}

test("net prices, tax on top, shipping and discount stay what they are", () => {
  expect(
    balanced({ total: 2_935, shipping: 1_000 }, [
      { quantity: 2, gross: 600, tax: 45 },
      { quantity: 1, gross: 1_300, discount: 100, tax: 90 },
    ]),
  ).toEqual({
    subtotal: 1_900,
    discountTotal: 100,
    shippingTotal: 1_000,
    taxTotal: 135,
    total: 2_935,
    lines: [
      { unitPrice: 300, discount: 0, tax: 45, total: 645 },
      { unitPrice: 1_300, discount: 100, tax: 90, total: 1_290 },
    ],
  });
});

test("tax inside prices is taken out, and what no unit price can express becomes discount", () => {
  const { lines, subtotal, discountTotal, taxTotal } = balanced({ hasTaxIncluded: true, total: 1_000 }, [
    { quantity: 3, gross: 1_000, tax: 160 },
  ]);
  expect(lines).toEqual([{ unitPrice: 280, discount: 0, tax: 160, total: 1_000 }]);
  expect(subtotal - discountTotal + taxTotal).toBe(1_000);
  const odd = balanced({ hasTaxIncluded: true, total: 1_000 }, [{ quantity: 3, gross: 1_000, tax: 159 }]);
  expect(odd.lines).toEqual([{ unitPrice: 281, discount: 2, tax: 159, total: 1_000 }]);
});

test("what is charged beside the lines is shipping, what is taken off is discount over the lines", () => {
  expect(balanced({ total: 1_050 }, [{ gross: 1_000 }]).shippingTotal).toBe(50);
  const giftCard = balanced({ total: 700 }, [{ gross: 600 }, { gross: 300 }]);
  expect(giftCard.lines.map(({ discount }) => discount)).toEqual([133, 67]);
});

test("a total below the tax, or a negative amount, is refused", () => {
  expect(balanceAmounts({ ...order, total: 10 }, [{ ...line, gross: 100, tax: 20 }]).ok).toBe(false);
  expect(balanceAmounts({ ...order, total: 100 }, [{ ...line, gross: -100 }]).ok).toBe(false);
});

test("whatever a platform states, what comes out adds up to its total, by line and altogether", () => {
  const amount = fc.integer({ min: 0, max: 1_000_000 });
  const lines = fc.array(
    fc.record({ quantity: fc.integer({ min: 1, max: 50 }), gross: amount, discount: amount, tax: amount }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(
      fc.boolean(),
      amount,
      amount,
      amount,
      lines,
      (hasTaxIncluded, shipping, shippingTax, total, stated) => {
        const result = balanceAmounts({ hasTaxIncluded, shipping, shippingTax, total }, stated);
        if (!result.ok) return;
        const sums = result.value;
        expect(sums.subtotal - sums.discountTotal + sums.shippingTotal + sums.taxTotal).toBe(total);
        for (const [index, each] of sums.lines.entries()) {
          const quantity = stated[index]?.quantity ?? 0;
          expect(each.total).toBe(quantity * each.unitPrice - each.discount + each.tax);
          expect(Math.min(each.unitPrice, each.discount, each.tax)).toBeGreaterThanOrEqual(0);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
