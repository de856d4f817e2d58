import { describe, expect, test } from "vitest";

import { ok } from "../../src/domain/result.ts";
import { failNth, type FaultMode } from "../support/faults.ts";
import { basket, isPlaced, OrderWorld } from "../support/order-world.ts";

/** Calls that a placement over two SKUs makes, as a check that the faults below reach every one. */
const CALLS = [
  "sku.readHold",
  "desk.begin",
  "d1.batch",
  "sku.startPaying",
  "sku.startPaying",
  "bank.authorize",
  "desk.commit",
  "d1.batch",
  "sku.convertHold",
  "sku.convertHold",
];

/** One placement with one fault, then time and the cron. @returns What disagrees at the end. */
async function placeWithFault(
  nth: number,
  mode: FaultMode,
  client: "leaves" | "retries",
  sabotage: (world: OrderWorld) => void = () => {},
): Promise<Array<string>> {
  const world = new OrderWorld();
  sabotage(world);
  const { skus, hold, orderId } = await basket(world);
  const first = await world.place(hold, "k1", { plan: failNth(nth, mode) }).catch(() => null);
  const acknowledged = [first];
  if (client === "retries") acknowledged.push(await world.place(hold, "k1"));
  await world.settle();
  const found = await world.violations(skus, [hold]);
  if (acknowledged.some((answer) => answer?.ok === true) && !(await isPlaced(orderId))) {
    found.push("an acknowledged order is lost");
  }
  // Whatever happened, the buyer gets there in the end: now, or because the order stands.
  const last = await world.place(hold, "k-last");
  if (!(await isPlaced(orderId))) found.push(`stranded: ${last.ok ? "?" : last.error.code}`);
  return found;
}

describe("a fault at every call of a placement", () => {
  test("the faults reach every call", async () => {
    const world = new OrderWorld();
    const { hold } = await basket(world);
    const plan = failNth(0, "before");
    await world.place(hold, "k1", { plan });
    // Before it is the look for a stored answer.
    expect(plan.calls.slice(1)).toEqual(CALLS);
  });

  const steps = CALLS.map((call, index) => [index + 2, call] as const);
  for (const mode of ["before", "after"] as const) {
    for (const client of ["leaves", "retries"] as const) {
      test.each(steps)(
        `call %i (%s) thrown ${mode} success, the client ${client}: stock, order and money agree`,
        async (nth) => {
          expect(await placeWithFault(nth, mode, client)).toEqual([]);
        },
      );
    }
  }
});

describe("the same faults find what is broken", () => {
  /** How many of the faults a broken variant fails. */
  async function failures(sabotage: (world: OrderWorld) => void): Promise<number> {
    let count = 0;
    for (const [index] of CALLS.entries()) {
      for (const mode of ["before", "after"] as const) {
        const found = await placeWithFault(index + 2, mode, "leaves", sabotage).catch(() => ["threw"]);
        if (found.length > 0) count += 1;
      }
    }
    return count;
  }

  test("payments that are not taken back", async () => {
    expect(
      await failures((world) => {
        world.bank.abandon = () => Promise.resolve(ok(null));
      }),
    ).toBeGreaterThan(0);
  }, 30_000);

  test("attempts that are forgotten before they are undone", async () => {
    expect(
      await failures((world) => {
        world.attempts.stale = () => [];
      }),
    ).toBeGreaterThan(0);
  }, 30_000);

  test("attempts that are not fenced off from each other", async () => {
    const world = new OrderWorld();
    const begin = world.attempts.begin.bind(world.attempts);
    world.attempts.begin = (wanted, nonce, nowMs) => {
      const begun = begin(wanted, nonce, nowMs);
      return begun.status === "begun" ? begun : { status: "begun", paymentKey: nonce };
    };
    world.attempts.isCommittable = () => true;
    const { skus, hold } = await basket(world);
    world.bank.abandon = () => Promise.resolve(ok(null));
    await Promise.all(Array.from({ length: 5 }, (_, index) => world.place(hold, `k${index}`)));
    await world.settle();
    expect(await world.violations(skus, [hold])).not.toEqual([]);
  });
});
