import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CurrencyCode, Sku } from "../../../src/domain/brand.ts";
import { orderValue, totalOrder } from "../../../src/domain/orders/totals.ts";
import type { TransactionKind } from "../../../src/domain/payments/ledger.ts";
import {
  paidBackBefore,
  planRefund,
  removedShare,
  unitsShare,
  type EarlierRefund,
} from "../../../src/domain/payments/refund.ts";
import {
  capturableRooms,
  leftIn,
  refundableRooms,
  spread,
  type LedgerEntry,
} from "../../../src/domain/payments/rooms.ts";

/** Prices as they are in currencies with 0, 2 and 3 decimals, in minor units. */
const currencies: ReadonlyArray<readonly [CurrencyCode, number]> = [
  ["JPY" as CurrencyCode, 150_000],
  ["EUR" as CurrencyCode, 25_000],
  ["KWD" as CurrencyCode, 99_999],
];

/** An order with several lines, a discount, taxes and shipping. */
const orderArbitrary = (priceMax: number) =>
  fc
    .record({
      lines: fc.array(
        fc.record({
          quantity: fc.integer({ min: 1, max: 9 }),
          unitPrice: fc.integer({ min: 1, max: priceMax }),
          taxRateBps: fc.constantFrom(0, 700, 1_900, 2_000),
        }),
        { minLength: 1, maxLength: 5 },
      ),
      discountBps: fc.constantFrom(0, 333, 1_000, 9_999),
      shippingTotal: fc.constantFrom(0, 1, 499),
    })
    .map(({ lines, discountBps, shippingTotal }) => {
      const totals = totalOrder(
        lines.map((line, index) => ({ ...line, sku: `S${index}` as Sku })),
        { percentBps: discountBps },
        shippingTotal,
      );
      if (!totals.ok) throw new Error("too large");
      return {
        total: totals.value.total,
        shippingTotal,
        lines: lines.map(({ quantity }, index) => ({
          id: `line-${index}`,
          quantity,
          total: totals.value.lines[index]?.total ?? 0,
        })),
      };
    });

describe.each(currencies)("in %s", (_, priceMax) => {
  test("refunds of units in any portions add up to exactly what was paid, and then nothing is left", () => {
    fc.assert(
      fc.property(
        orderArbitrary(priceMax),
        fc.array(fc.nat({ max: 1_000 }), { maxLength: 40 }),
        (order, picks) => {
          const units = order.lines.flatMap(({ id, quantity }) => Array.from({ length: quantity }, () => id));
          const earlier: Array<EarlierRefund> = [];
          let paid = order.total;
          const refund = (line: string, quantity: number, shipping: number) => {
            const planned = planRefund(order, earlier, paid, {
              kind: "lines",
              lines: [{ line, quantity }],
              shipping,
            });
            // Units that are worth nothing, of a line that is given away, cannot be paid back.
            expect(planned.ok ? planned.value.amount : planned.error.code).toSatisfy(
              (said) => said === "amount_unavailable" || Number(said) > 0,
            );
            if (!planned.ok) return;
            paid -= planned.value.amount;
            earlier.push({ kind: "paid_back", ...planned.value });
          };
          for (const pick of picks) {
            const [line] = units.splice(pick % Math.max(1, units.length), 1);
            if (line !== undefined) refund(line, 1, 0);
          }
          const refunded = earlier.reduce(
            (sum, each) => sum + each.lines.reduce((s, { amount }) => s + amount, 0),
            0,
          );
          const before = order.lines.reduce((sum, { id, quantity, total }) => {
            const count = earlier.flatMap(({ lines }) => lines).filter(({ line }) => line === id).length;
            return sum + unitsShare(total, quantity, 0, count);
          }, 0);
          expect(refunded).toBe(before);
          expect(paid).toBeGreaterThanOrEqual(0);
          for (const { id, quantity, total } of order.lines) {
            const count = earlier.flatMap(({ lines }) => lines).filter(({ line }) => line === id).length;
            if (count < quantity && total > unitsShare(total, quantity, 0, count))
              refund(id, quantity - count, 0);
          }
          expect(paid).toBe(order.shippingTotal);
          const rest = planRefund(order, earlier, paid, { kind: "all" });
          expect(rest.ok ? rest.value.amount : 0).toBe(order.shippingTotal);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("what an order is worth falls by what its canceled units were paid, down to its shipping", () => {
    fc.assert(
      fc.property(orderArbitrary(priceMax), (order) => {
        const canceled = order.lines.map((line) => ({ ...line, canceledQuantity: line.quantity }));
        expect(orderValue(order, canceled)).toBe(order.shippingTotal);
      }),
    );
  });
});

test("whichever units of a line are paid back first and canceled later, each of them is worth something once", () => {
  for (const [total, quantity] of [
    [100, 3],
    [101, 2],
    [7, 5],
  ] as const) {
    const line = { total, quantity };
    for (let paidBack = 0; paidBack <= quantity; paidBack += 1) {
      const left = quantity - paidBack;
      const one = unitsShare(total, quantity, 0, paidBack) + removedShare(total, quantity, 0, left);
      expect(one).toBe(total);
      expect(paidBackBefore(line, paidBack, left)).toBe(0);
      // All of them canceled: what was paid back of them before is not paid again.
      expect(paidBackBefore(line, paidBack, quantity)).toBe(unitsShare(total, quantity, 0, paidBack));
    }
  }
});

describe("refusals", () => {
  const order = { lines: [{ id: "line-1", quantity: 3, total: 1_000 }], shippingTotal: 500 };
  const wish = (quantity: number, shipping = 0) =>
    ({ kind: "lines", lines: [{ line: "line-1", quantity }], shipping }) as const;
  const two: EarlierRefund = {
    kind: "paid_back",
    lines: [{ line: "line-1", quantity: 2, amount: 667 }],
    shipping: 400,
  };

  test.each([
    [
      "a unit that was refunded before",
      wish(2),
      1_500,
      { code: "quantity_unavailable", line: "line-1", available: 1 },
    ],
    ["more shipping than is left", wish(1, 101), 1_500, { code: "shipping_unavailable", available: 100 }],
    ["more than is captured", wish(1, 100), 400, { code: "amount_unavailable", available: 400 }],
    [
      "an amount above the captures",
      { kind: "amount", amount: 401 } as const,
      400,
      { code: "amount_unavailable", available: 400 },
    ],
    ["everything of nothing", { kind: "all" } as const, 0, { code: "amount_unavailable", available: 0 }],
    [
      "a line of another order",
      { kind: "lines", lines: [{ line: "line-9", quantity: 1 }], shipping: 0 } as const,
      1,
      { code: "line_unknown", line: "line-9" },
    ],
  ])("%s", (_name, wanted, available, error) => {
    expect(planRefund(order, [two], available, wanted)).toEqual({ ok: false, error });
  });

  test("the same line twice in one refund counts twice", () => {
    const twice = { kind: "lines", lines: [wish(2).lines[0], wish(2).lines[0]], shipping: 0 } as const;
    expect(planRefund(order, [], 1_500, twice)).toMatchObject({ ok: false, error: { available: 1 } });
  });
});

describe("what is left of payments", () => {
  const entry = (
    kind: TransactionKind,
    amount: number,
    reference: string,
    parentReference?: string,
  ): LedgerEntry => ({
    kind,
    amount,
    provider: "bank",
    reference,
    parentReference,
  });

  test("the remainder of a refund goes to the payment before, newest first (vendure #1753)", () => {
    const ledger = [
      entry("capture", 700, "c1"),
      entry("capture", 300, "c2"),
      entry("refund", 100, "r1", "c2"),
    ];
    const rooms = refundableRooms(ledger).toReversed();
    expect(spread("refund", 600, rooms)).toEqual([
      { kind: "refund", provider: "bank", reference: "c2", amount: 200, after: 100, remainder: "release" },
      { kind: "refund", provider: "bank", reference: "c1", amount: 400, after: 0, remainder: "release" },
    ]);
  });

  test("what is asked for and not answered counts, and a dispute that was won gives back", () => {
    const ledger = [entry("capture", 1_000, "c1"), entry("chargeback", 600, "d1", "c1")];
    const pending = [{ kind: "refund" as const, provider: "bank", reference: "c1", amount: 150 }];
    expect(leftIn(refundableRooms(ledger, pending))).toBe(250);
    expect(leftIn(refundableRooms([...ledger, entry("reversal", 600, "d1r", "c1")], pending))).toBe(850);
  });

  test("a movement that nobody can place is taken from the newest of its provider", () => {
    const ledger = [
      entry("authorization", 500, "a1"),
      entry("authorization", 500, "a2"),
      entry("capture", 600, "c1"),
      entry("capture", 100, "c2", "a1"),
    ];
    expect(capturableRooms(ledger).map(({ left }) => left)).toEqual([300, 0]);
  });
});
