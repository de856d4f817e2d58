import { expect, test } from "vitest";

import { cancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { Random } from "../simulation/random.ts";
import type { FaultPlan } from "../support/faults.ts";
import { basket, isPlaced, OrderWorld } from "../support/order-world.ts";

function seededPlan(random: Random, faultRate: number): FaultPlan {
  return {
    next: () => {
      if (!random.chance(faultRate)) return null;
      return random.chance(0.5) ? "before" : "after";
    },
    pause: async () => {
      if (random.chance(0.3)) await scheduler.wait(0);
    },
  };
}

/** Two buyers, several requests each, a cancel and the consumers, all at once and all failing now and then. */
async function interleave(seed: number): Promise<Array<string>> {
  const random = new Random(seed);
  const world = new OrderWorld();
  const plan = seededPlan(random, 0.06);
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

const SEEDS = 60;

test("seeded interleavings with faults: no order without stock, no stock without order, one payment each", async () => {
  const failed: Array<string> = [];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const found = await interleave(seed);
    if (found.length > 0) failed.push(`seed ${seed}: ${found.join("; ")}`);
  }
  expect(failed).toEqual([]);
}, 600_000);
