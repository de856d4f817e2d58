import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { DEFAULT_POLICY, feesFor, policyRefusal } from "../../../src/domain/returns/policy.ts";
import { returnStatuses, returnTransitions } from "../../../src/domain/returns/return.ts";
import { settleReturn } from "../../../src/domain/returns/settlement.ts";

const DAY_MS = 86_400_000;

test("two at 50.00 with 10.00 off and 20 % tax in it, one back for a thing of 40.00: the buyer owes 4.50", () => {
  const policy = { ...DEFAULT_POLICY, restockingFeeBps: 1_000, returnShippingFees: { EUR: 500 } };
  const { restockingFeeBps, shippingFee } = feesFor(policy, "EUR", ["changed_mind"], "sent");
  const settlement = settleReturn({
    lines: [
      {
        line: "line-1",
        ordered: 2,
        total: 9_000,
        before: 0,
        quantity: 1,
        restockingFeeBps: restockingFeeBps[0] ?? 0,
      },
    ],
    shippingRefund: 0,
    returnShippingFee: shippingFee,
    exchangeTotal: 4_000,
  });
  expect(settlement).toEqual({
    lines: [{ line: "line-1", quantity: 1, amount: 4_500, restockingFee: 450 }],
    returnTotal: 4_500,
    shippingRefund: 0,
    restockingFeeTotal: 450,
    returnShippingFee: 500,
    exchangeTotal: 4_000,
    net: -450,
  });
});

describe.each([
  ["JPY", 150_000],
  ["EUR", 25_000],
  ["KWD", 99_999],
])("in %s", (_, totalMax) => {
  test("a line that comes back in any portions is settled for exactly what was paid for it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: totalMax }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 12 }),
        (ordered, total, portions) => {
          let before = 0;
          let settled = 0;
          for (const portion of [...portions, ordered]) {
            const quantity = Math.min(portion, ordered - before);
            if (quantity === 0) break;
            const line = { line: "l", ordered, total, before, quantity, restockingFeeBps: 0 };
            settled += settleReturn({
              lines: [line],
              shippingRefund: 0,
              returnShippingFee: 0,
              exchangeTotal: 0,
            }).net;
            before += quantity;
          }
          expect(settled).toBe(total);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("fees never make anybody owe money who gets nothing in exchange", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: totalMax }),
        fc.integer({ min: 0, max: 10_000 }),
        fc.nat(),
        (total, bps, fee) => {
          const line = { line: "l", ordered: 1, total, before: 0, quantity: 1, restockingFeeBps: bps };
          const { net } = settleReturn({
            lines: [line],
            shippingRefund: 0,
            returnShippingFee: fee,
            exchangeTotal: 0,
          });
          expect(net).toBeGreaterThanOrEqual(0);
          expect(net).toBeLessThanOrEqual(total);
        },
      ),
    );
  });
});

describe("the policy", () => {
  const nowMs = Date.UTC(2026, 10, 24);
  test.each([
    ["on the last day", 30 * DAY_MS, false, null],
    ["a moment later", 30 * DAY_MS + 1, false, "window_over"],
    ["sold for good", 0, true, "final_sale"],
  ])("%s", (_name, ageMs, isFinalSale, code) => {
    const refusal = policyRefusal(DEFAULT_POLICY, "sent", nowMs - ageMs, [{ line: "l", isFinalSale }], nowMs);
    expect(refusal?.code ?? null).toBe(code);
  });

  test("what was not delivered yet has its time left, and what is the shop's fault costs no fees", () => {
    expect(policyRefusal(DEFAULT_POLICY, "sent", null, [], nowMs)).toBeNull();
    const policy = { ...DEFAULT_POLICY, restockingFeeBps: 1_500, returnShippingFees: { EUR: 500 } };
    expect(feesFor(policy, "EUR", ["changed_mind", "damaged"], "sent")).toEqual({
      restockingFeeBps: [1_500, 0],
      shippingFee: 0,
    });
    expect(feesFor(policy, "USD", ["changed_mind"], "sent")).toEqual({
      restockingFeeBps: [1_500],
      shippingFee: 0,
    });
  });
});

test("a reason has a fee of its own, and what is brought to a store costs no shipping, unless stores take nothing", () => {
  const policy = {
    ...DEFAULT_POLICY,
    restockingFeeBps: 1_500,
    restockingFeeBpsByReason: { too_small: 500, damaged: 100 },
    returnShippingFees: { EUR: 500 },
  };
  expect(feesFor(policy, "EUR", ["changed_mind", "too_small"], "sent")).toEqual({
    restockingFeeBps: [1_500, 500],
    shippingFee: 500,
  });
  expect(feesFor(policy, "EUR", ["too_small", "defective"], "brought")).toEqual({
    restockingFeeBps: [500, 0],
    shippingFee: 0,
  });
  expect(feesFor(policy, "EUR", ["damaged"], "sent")).toEqual({ restockingFeeBps: [100], shippingFee: 0 });
  const refusing = { ...policy, inStore: "refused" as const };
  expect(policyRefusal(refusing, "brought", null, [], 0)).toEqual({ code: "in_store" });
  expect(policyRefusal(refusing, "sent", null, [], 0)).toBeNull();
});

test("every status of a return is reached, and what is over stays so", () => {
  const reached = new Set(["requested", ...Object.values(returnTransitions).flat()]);
  expect([...reached].toSorted()).toEqual([...returnStatuses].toSorted());
  expect(returnStatuses.filter((status) => returnTransitions[status].length === 0)).toEqual([
    "declined",
    "closed",
    "canceled",
  ]);
});
