import { expect, test } from "vitest";

import type { SettleRequest } from "../../src/contract/returns.ts";
import type { CurrencyCode, Sku } from "../../src/domain/brand.ts";
import { failNth, NO_FAULTS } from "../support/faults.ts";
import { moneyFaults } from "../support/money-faults.ts";
import { MoneyWorld } from "../support/money-world.ts";

type Deed = (world: MoneyWorld, orderId: string, line: string, now: () => void) => Promise<unknown>;

const settle = (outcome: SettleRequest["outcome"]): SettleRequest => ({
  outcome,
  shipping_refund: 0,
  notify: true,
  exchange_lines: [{ sku: "OTHER" as Sku, quantity: 1 }],
});

/** Three units with taxes and a discount, two of which have left. */
async function shop(payment: "automatic" | "manual" = "automatic") {
  const world = new MoneyWorld("EUR" as CurrencyCode);
  world.sku("OTHER", 999, 700);
  const lines = [{ sku: world.sku("A", 3_333, 1_900), quantity: 3 }];
  const orderId = await world.order(lines, 333, payment);
  const line = (await world.read(orderId)).lines[0]?.id ?? "";
  await world.ship(orderId, line, 2);
  return { world, orderId, line };
}

/** Where everything stands in the end. */
async function outcome(world: MoneyWorld, orderId: string) {
  const { order, lines, returns, transactions } = await world.read(orderId);
  return {
    kept: world.books.kept,
    credit: world.storeCredit(),
    orders: world.orderIds().length,
    status: [order.status, order.paymentStatus, order.total, order.waived],
    units: lines.map(({ canceledQuantity, returnedQuantity }) => [canceledQuantity, returnedQuantity]),
    returns: returns.map(({ status, refundAmount }) => [status, refundAmount]),
    ledger: transactions.map(({ kind, amount, provider }) => [kind, amount, provider]),
    pending: world.pending(),
  };
}

const back =
  (kind: "return" | "claim", outcome: SettleRequest["outcome"]): Deed =>
  (world, orderId, line, now) =>
    world.sendBack(orderId, kind, line, 1, settle(outcome), now);

test.each<[string, Deed]>([
  [
    "a refund of units",
    (world, orderId, line, now) => {
      now();
      const wish = { kind: "lines" as const, lines: [{ line, quantity: 1 }], shipping: 0 };
      return world.ask(orderId, { kind: "refund", reason: "test", notify: true, wish });
    },
  ],
  [
    "a change that adds something",
    (world, orderId, _, now) => {
      now();
      return world.change(orderId, [{ type: "add_line", sku: "OTHER" as Sku, quantity: 1 }]);
    },
  ],
  [
    "a cancel of a unit",
    (world, orderId, line, now) => {
      now();
      return world.cancel(orderId, line, 1);
    },
  ],
  ["a return that is paid back", back("return", "refund")],
  ["an exchange", back("return", "exchange")],
])(
  "%s that is killed before or after any of its calls, and asked for again, comes to the same, and moves money once",
  async (_, deed) => {
    const undisturbed = await shop();
    await deed(undisturbed.world, undisturbed.orderId, undisturbed.line, () => {});
    await undisturbed.world.deliver();
    const wanted = await outcome(undisturbed.world, undisturbed.orderId);
    for (const mode of ["before", "after"] as const) {
      for (let nth = 1; ; nth += 1) {
        const { world, orderId, line } = await shop();
        const { marks } = world;
        const plan = failNth(nth, mode);
        await deed(world, orderId, line, () => (world.plan = plan)).catch(() => null);
        world.plan = NO_FAULTS;
        // Whoever does not ask again leaves an order that is whole all the same.
        await world.deliver();
        expect(await moneyFaults(world), `${mode} ${nth} ${plan.calls[nth - 1]}`).toEqual([]);
        expect(world.pending()).toBe(0);
        world.marks = marks;
        await deed(world, orderId, line, () => {});
        await world.deliver();
        expect(await outcome(world, orderId), `${mode} ${nth} ${plan.calls[nth - 1]}`).toEqual(wanted);
        if (plan.calls.length < nth) break;
      }
    }
  },
);
