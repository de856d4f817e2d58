import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { Sku } from "../../../src/domain/brand.ts";
import { changeOrder, type ChangeAction } from "../../../src/domain/orders/change.ts";
import type { OrderLine } from "../../../src/domain/orders/order.ts";
import { totalOrder } from "../../../src/domain/orders/totals.ts";

/** An order as it is placed, in minor units of a currency with so many to a unit of it. */
function placed(prices: ReadonlyArray<readonly [quantity: number, unitPrice: number]>, discountBps: number) {
  const totals = totalOrder(
    prices.map(([quantity, unitPrice], index) => ({
      sku: `S${index}` as Sku,
      quantity,
      unitPrice,
      taxRateBps: 1_900,
    })),
    { percentBps: discountBps },
    499,
  );
  if (!totals.ok) throw new Error("too large");
  const { lines, ...order } = totals.value;
  return {
    order,
    lines: prices.map(([quantity, unitPrice], index): OrderLine => ({
      id: `line-${index}`,
      position: index + 1,
      sku: `S${index}` as Sku,
      title: "",
      quantity,
      unitPrice,
      ...(lines[index] ?? { discount: 0, tax: 0, total: 0 }),
      fulfilledQuantity: 0,
      deliveredQuantity: 0,
      returnedQuantity: 0,
      canceledQuantity: 0,
    })),
  };
}

const added = {
  sku: "NEW" as Sku,
  title: "",
  quantity: 2,
  unitPrice: 700,
  discount: 0,
  tax: 266,
  total: 1_666,
};

const actionArbitrary: fc.Arbitrary<ChangeAction> = fc.oneof(
  fc.record({
    type: fc.constant("remove_units" as const),
    line: fc.constantFrom("line-0", "line-1"),
    quantity: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    type: fc.constant("set_price" as const),
    line: fc.constantFrom("line-0", "line-1"),
    unit_price: fc.integer({ min: 0, max: 90_000 }),
  }),
  fc.record({ type: fc.constant("add_discount" as const), amount: fc.integer({ min: 0, max: 9_000 }) }),
  fc.record({ type: fc.constant("set_shipping" as const), amount: fc.integer({ min: 0, max: 900 }) }),
);

test.each([
  ["JPY", 90_000],
  ["EUR", 20_000],
  ["KWD", 99_999],
])(
  "in %s, after any changes one after another the total is its lines, shipping and taxes less its discount (I9)",
  (_, priceMax) => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: priceMax })),
        fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: priceMax })),
        fc.constantFrom(0, 333, 1_000),
        fc.array(actionArbitrary, { maxLength: 12 }),
        (first, second, discountBps, actions) => {
          let { order, lines } = placed([first, second], discountBps);
          for (const action of actions) {
            const changed = changeOrder(order, lines, [action], [], new Set());
            if (!changed.ok) continue;
            const { totals, valueBefore, valueAfter } = changed.value;
            const sum = changed.value.lines.reduce((all, { total }) => all + total, 0);
            expect(totals.total).toBe(sum + totals.shippingTotal);
            expect(totals.total).toBe(
              totals.subtotal - totals.discountTotal + totals.shippingTotal + totals.taxTotal,
            );
            expect(
              Math.min(
                valueAfter,
                ...changed.value.lines.map(({ total, discount, tax }) => Math.min(total, discount, tax)),
              ),
            ).toBeGreaterThanOrEqual(0);
            expect(action.type === "remove_units" ? valueBefore - valueAfter : 0).toBeGreaterThanOrEqual(0);
            order = totals;
            lines = [...changed.value.lines];
          }
        },
      ),
      { numRuns: 500 },
    );
  },
);

describe("a change", () => {
  test("that is taken back leaves the order worth what it was: nothing is paid back that was never paid (vendure #4013)", () => {
    const { order, lines } = placed([[2, 5_000]], 1_000);
    const up = changeOrder(
      order,
      lines,
      [{ type: "set_price", line: "line-0", unit_price: 6_000 }],
      [],
      new Set(),
    );
    if (!up.ok) throw new Error(up.error.code);
    const down = changeOrder(
      up.value.totals,
      up.value.lines,
      [{ type: "set_price", line: "line-0", unit_price: 5_000 }],
      [],
      new Set(),
    );
    expect(down.ok && down.value.valueAfter).toBe(up.value.valueBefore);
  });

  test("of the price alone touches no stock (medusa #16406)", () => {
    const { order, lines } = placed([[2, 5_000]], 0);
    const changed = changeOrder(
      order,
      lines,
      [{ type: "set_price", line: "line-0", unit_price: 1 }],
      [],
      new Set(),
    );
    expect(changed.ok && [...changed.value.removed]).toEqual([]);
  });

  test("that adds and removes at once is worth the difference", () => {
    const { order, lines } = placed([[2, 5_000]], 1_000);
    const changed = changeOrder(
      order,
      lines,
      [{ type: "remove_units", line: "line-0", quantity: 1 }],
      [added],
      new Set(),
    );
    // One of two that were paid 9,000 and 1,710 taxes together goes.
    expect(changed.ok && changed.value.valueAfter - changed.value.valueBefore).toBe(1_666 - 5_355);
    expect(changed.ok && [...changed.value.removed]).toEqual([["S0", 1]]);
  });

  test.each<[string, ChangeAction, Partial<OrderLine>, object]>([
    [
      "of a line that is not there",
      { type: "remove_units", line: "line-9", quantity: 1 },
      {},
      { code: "line_unknown", line: "line-9" },
    ],
    [
      "of units that have left",
      { type: "remove_units", line: "line-0", quantity: 2 },
      { fulfilledQuantity: 1 },
      { code: "quantity_unavailable", line: "line-0", available: 1 },
    ],
    [
      "of the price of what has left",
      { type: "set_price", line: "line-0", unit_price: 1 },
      { fulfilledQuantity: 1 },
      { code: "line_settled", line: "line-0" },
    ],
    [
      "that leaves nothing",
      { type: "remove_units", line: "line-0", quantity: 2 },
      {},
      { code: "nothing_left" },
    ],
    [
      "for more discount than there is",
      { type: "add_discount", amount: 10_001 },
      {},
      { code: "amount_unavailable", available: 10_000 },
    ],
  ])("%s is refused", (_name, action, line, error) => {
    const { order, lines } = placed([[2, 5_000]], 0);
    expect(
      changeOrder(
        order,
        lines.map((each) => ({ ...each, ...line })),
        [action],
        [],
        new Set(),
      ),
    ).toEqual({ ok: false, error });
  });
});
