import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { ok } from "../../src/domain/result.ts";
import { cancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { failNth, type FaultMode, type FaultPlan } from "../support/faults.ts";
import { OrderWorld } from "../support/order-world.ts";

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

async function basket(world: OrderWorld): Promise<{ skus: [Sku, Sku]; hold: string; orderId: string }> {
  const skus: [Sku, Sku] = [world.sku("A"), world.sku("B")];
  await world.stock(skus[0], 2);
  await world.stock(skus[1], 2);
  const hold = await world.hold([
    { sku: skus[0], quantity: 1 },
    { sku: skus[1], quantity: 2 },
  ]);
  const parsed = parseHoldId(hold);
  return { skus, hold, orderId: orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "") };
}

async function isPlaced(orderId: string): Promise<boolean> {
  return (await env.DB.prepare("SELECT 1 FROM orders WHERE id = ?1").bind(orderId).first()) !== null;
}

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
    // Before it is the look for a stored answer; the relay's delete runs beside it.
    const own = plan.calls.slice(1).filter((call) => call !== "d1.run");
    expect(own).toEqual(CALLS);
  });

  // One more for the relay's delete, which runs beside them.
  const steps = [...CALLS, "the relay"].map((call, index) => [index + 2, call] as const);
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

/** Mulberry32: small, seeded, good enough to choose. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function seededPlan(next: () => number, faultRate: number): FaultPlan {
  return {
    next: () => {
      if (next() >= faultRate) return null;
      return next() < 0.5 ? "before" : "after";
    },
    pause: async () => {
      for (let turns = Math.floor(next() * 3); turns > 0; turns -= 1) await scheduler.wait(0);
    },
  };
}

/** Two buyers, several requests each, a cancel and the consumers, all at once and all failing now and then. */
async function interleave(seed: number): Promise<Array<string>> {
  const next = random(seed);
  const world = new OrderWorld();
  const plan = seededPlan(next, 0.06);
  const { skus, hold, orderId } = await basket(world);
  const rival = await world.hold([{ sku: skus[0], quantity: 1 }]);
  const client = async (wanted: string, key: string) => {
    for (let tries = 0; tries < 3; tries += 1) {
      const answer = await world.place(wanted, key, { plan }).catch(() => null);
      if (answer?.ok === true) return answer.value.id;
      if (answer !== null && answer.error.status < 500 && answer.error.code !== "idempotency_in_progress")
        return null;
    }
    return null;
  };
  const cancel = async () => {
    await plan.pause();
    await cancelOrder(world.services(plan), {
      orderId,
      reason: "customer",
      restock: true,
      refund: true,
      notify: false,
      actor: "key_test",
      requestId: null,
      mark: "cancel",
      isVersionAcceptable: () => true,
    }).catch(() => null);
  };
  const placed = await Promise.all([
    client(hold, "k1"),
    client(hold, "k1"),
    client(hold, "k2"),
    client(rival, "k3"),
    cancel().then(cancel),
    world.deliver(plan).then(() => world.deliver(plan)),
  ]);
  await world.settle();
  const found = await world.violations(skus, [hold, rival]);
  for (const id of placed) {
    if (typeof id === "string" && !(await isPlaced(id))) found.push(`${id}: acknowledged and lost`);
  }
  return found;
}

test("200 seeded interleavings with faults: no order without stock, no stock without order, one payment each", async () => {
  const failed: Array<string> = [];
  for (let seed = 1; seed <= 200; seed += 1) {
    const found = await interleave(seed);
    if (found.length > 0) failed.push(`seed ${seed}: ${found.join("; ")}`);
  }
  expect(failed).toEqual([]);
}, 300_000);
