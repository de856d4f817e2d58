import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import type { LocationCode } from "../../src/domain/brand.ts";
import type { Services } from "../../src/worker/services.ts";
import { retryIncomplete } from "../../src/worker/use-cases/retry-incomplete.ts";
import { routeOrder } from "../../src/worker/use-cases/route-order.ts";
import { failNth, faulty, faultyD1, type FaultPlan } from "../support/faults.ts";
import { ParcelWorld, thriceShuffled } from "../support/parcel-world.ts";

// Every failure is meant, and logged.
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

/** One SKU, one parcel: the shortest way. */
async function oneParcel(): Promise<ParcelWorld> {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 2 });
  return world;
}

/** Two SKUs that only two warehouses together have: two parcels, four units. */
async function twoParcels(): Promise<ParcelWorld> {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 2, HAM: 5 }, CAP: { MUC: 3 } });
  await world.order({ MUG: 2, CAP: 2 });
  return world;
}

let reference: Promise<unknown> | null = null;
/** What becomes of {@link twoParcels} when every message is delivered once, in order. */
function undisturbed(): Promise<unknown> {
  reference ??= (async () => {
    const world = await twoParcels();
    await world.deliver();
    return world.outcome();
  })();
  return reference;
}

/** The world's services with every call to D1 and to objects under a plan of faults. */
function servicesUnder(world: ParcelWorld, plan: FaultPlan): Services {
  const plain = world.services();
  const db = createDb(faultyD1(env.DB, plan));
  return world.services({
    db,
    sku: (sku) => faulty("sku", plain.sku(sku), plan),
    connection: (name) => faulty("connection", plain.connection(name), plan),
    carrier: (name) => {
      const carrier = plain.carrier(name);
      return carrier === null ? null : faulty("carrier", carrier, plan);
    },
  });
}

test("a placed order goes to the nearest places that have it, and on to the buyer's door", async () => {
  expect(await undisturbed()).toMatchObject({
    order: ["completed", "paid", "delivered", expect.any(Number), true],
    lines: [
      ["MUG", 2, 2, 2],
      ["CAP", 2, 2, 2],
    ],
    fulfillmentOrders: [
      ["BER", "closed", 3, [["MUG", 2]]],
      ["MUC", "closed", 3, [["CAP", 2]]],
    ],
    shipments: [
      ["delivered", "delivered", 850, "express", expect.any(Number), true],
      ["delivered", "delivered", 850, "express", expect.any(Number), true],
    ],
    labels: [{ count: 2 }],
    money: [
      { kind: "authorization", amount: 4000 },
      { kind: "capture", amount: 4000 },
    ],
    outbox: [],
    stock: [
      { sku: "MUG", available: 5, held: 0, committed: 0 },
      { sku: "CAP", available: 1, held: 0, committed: 0 },
    ],
  });
});

test.each([1, 2, 3, 4, 5])("every message three times, shuffled (seed %i), ends as once", async (seed) => {
  const world = await twoParcels();
  const post = thriceShuffled(seed);
  await world.deliver(world.services(), post);
  expect(await world.outcome()).toEqual(await undisturbed());
  // And once more, long after: every message that ever was.
  await world.deliverBatch(post(world.sent));
  expect(await world.outcome()).toEqual(await undisturbed());
});

// Each call of the way is one to die at. Dying before a call is sampled, because each costs a whole order.
test.each([
  ["before", 2],
  ["after", 1],
] as const)(
  "a consumer that dies %s a call, any call, ends as if nothing had happened once its message comes again",
  async (mode, stride) => {
    const calm = await oneParcel();
    await calm.deliver();
    const expected = await calm.outcome();
    let reached = 0;
    for (let nth = 1; ; nth += stride) {
      const world = await oneParcel();
      const plan = failNth(nth, mode);
      await world.deliver(servicesUnder(world, plan));
      expect({ nth, outcome: await world.outcome() }).toEqual({ nth, outcome: expected });
      if (plan.calls.length < nth) break;
      reached = nth;
    }
    // Reads, writes and relays of seven messages, an object and a carrier.
    expect(reached).toBeGreaterThan(30);
  },
  120_000,
);

test("a cancel at any moment of routing leaves no unit behind, and nothing to pick", async () => {
  for (let nth = 1; ; nth += 3) {
    const world = await twoParcels();
    let calls = 0;
    let isCanceled = false;
    await world.deliver(
      servicesUnder(world, {
        next: () => {
          calls += 1;
          return null;
        },
        pause: async () => {
          if (calls < nth || isCanceled) return;
          isCanceled = true;
          await world.cancel();
        },
      }),
    );
    if (!isCanceled) break;
    const outcome = (await world.outcome()) as Record<string, unknown>;
    const [status, , fulfillmentStatus] = outcome["order"] as [string, string, string];
    if (status === "completed") continue;
    expect({ nth, status, fulfillmentStatus, stock: outcome["stock"] }).toMatchObject({
      nth,
      status: "canceled",
      fulfillmentStatus: "unfulfilled",
      stock: [
        { available: 7, committed: 0, locations: [{ allocated: 0 }, { allocated: 0 }] },
        { available: 3, committed: 0, locations: [{ allocated: 0 }] },
      ],
    });
    expect(
      (outcome["fulfillmentOrders"] as Array<[string, string]>).every(([, state]) => state === "canceled"),
    ).toBe(true);
    expect((outcome["shipments"] as Array<[string]>).every(([state]) => state === "canceled")).toBe(true);
  }
}, 120_000);

test("stock that goes while the plan is made is planned again elsewhere, and what was set aside already is given back", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 2, HAM: 2 }, CAP: { BER: 1, HAM: 1 } });
  await world.order({ MUG: 2, CAP: 1 });
  const plain = world.services();
  let isGone = false;
  const services = world.services({
    sku: (sku) => ({
      ...plain.sku(sku),
      allocate: async (command) => {
        if (!isGone) {
          isGone = true;
          await plain.sku(world.sku("MUG")).setSafetyStock("BER" as LocationCode, 2);
        }
        return plain.sku(sku).allocate(command);
      },
    }),
  });
  await world.deliver(services);
  expect(await world.outcome()).toMatchObject({
    order: ["completed", "paid", "delivered", expect.any(Number), true],
    fulfillmentOrders: [
      ["BER", "canceled", 2, expect.anything()],
      ["HAM", "closed", 3, expect.anything()],
    ],
    stock: [
      {
        sku: "MUG",
        committed: 0,
        locations: [
          { onHand: 2, allocated: 0 },
          { onHand: 0, allocated: 0 },
        ],
      },
      {
        sku: "CAP",
        committed: 0,
        locations: [
          { onHand: 1, allocated: 0 },
          { onHand: 0, allocated: 0 },
        ],
      },
    ],
  });
});

test("units that are nowhere wait, are said to, and leave once stock arrives", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 5 } });
  await world.order({ MUG: 5 });
  const object = world.services().sku(world.sku("MUG"));
  // Two of the five are kept back at the shelf after they were sold.
  await object.setSafetyStock("BER" as LocationCode, 2);
  await object.move([
    { id: "broken", kind: "damaged", location: "BER" as LocationCode, quantity: 2, reason: null },
  ]);
  const before = await object.stock();
  if ((before?.locations[0]?.allocatable ?? 0) >= 5) {
    throw new Error(`the shelf still gives everything: ${JSON.stringify(before)}`);
  }
  await world.deliver();
  const waiting = (await world.outcome()) as Record<string, unknown>;
  expect(waiting["order"]).toEqual(["placed", "paid", "partially_fulfilled", expect.any(Number), false]);
  expect(waiting["fulfillmentOrders"]).toContainEqual([null, "incomplete", 1, [["MUG", expect.any(Number)]]]);
  expect(waiting["events"]).toContainEqual({ type: "fulfillment.incomplete", count: 1 });

  await world.deliverBatch([{ type: "order.route", order_id: world.orderId }]);
  expect(await world.outcome()).toEqual(waiting);

  world.nowMs += 120_000;
  await world.receive("MUG", { HAM: 5 });
  expect(await retryIncomplete(world.services())).toBe(1);
  expect(await retryIncomplete(world.services())).toBe(0);
  await world.deliver();
  expect(await world.outcome()).toMatchObject({
    order: ["completed", "paid", "delivered", expect.any(Number), true],
    lines: [["MUG", 5, 5, 5]],
  });
  const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
  expect(snapshot?.fulfillmentOrders.map(({ location, status }) => [location, status]).toSorted()).toEqual([
    [null, "canceled"],
    ["BER", "closed"],
    ["HAM", "closed"],
  ]);
});

test("the label of a parcel is bought once, however many ask at the same time", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 1 } });
  await world.order({ MUG: 1 });
  const plain = world.services();
  const asked: Array<string> = [];
  const manual = plain.carrier("manual");
  if (manual === null) throw new Error("no carrier");
  const services = world.services({
    carrier: () => ({
      ...manual,
      buyLabel: (request) => {
        asked.push(request.reference);
        return manual.buyLabel(request);
      },
    }),
  });
  await world.deliver(services, (due) => [...due, ...due, ...due]);
  // At once, they may each ask; the carrier knows the parcel by our name for it and sells one label.
  expect(new Set(asked).size).toBe(1);
  const askedBefore = asked.length;
  await world.deliverBatch(
    world.sent.filter(({ type }) => type === "shipment.label"),
    services,
  );
  expect(asked).toHaveLength(askedBefore);
  expect(await world.outcome()).toMatchObject({ labels: [{ count: 1 }], lines: [["MUG", 1, 1, 1]] });
});

test("what was held for pick-up is set aside where it is picked up, though another place is nearer", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 5, HAM: 2 } });
  await world.order({ MUG: 2 }, "HAM");
  await world.deliver();
  expect(await world.outcome()).toMatchObject({
    fulfillmentOrders: [["HAM", "closed", 3, [["MUG", 2]]]],
    lines: [["MUG", 2, 2, 2]],
  });
});

test("a location that is full for today gives way to the next one, and ships again tomorrow", async () => {
  const full = async () => {
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 5, MUC: 5 } });
    await env.DB.prepare("UPDATE location SET capacity_per_day = 1 WHERE code = 'BER'").run();
    return world;
  };
  // The clock of this file stands still, so Berlin has had many orders today.
  const today = await full();
  await today.order({ MUG: 1 });
  await today.deliver();
  const tomorrow = await full();
  tomorrow.nowMs += 86_400_000;
  await tomorrow.order({ MUG: 1 });
  await tomorrow.deliver();
  await env.DB.prepare("UPDATE location SET capacity_per_day = NULL WHERE code = 'BER'").run();
  expect(await today.outcome()).toMatchObject({ fulfillmentOrders: [["MUC", "closed", 3, [["MUG", 1]]]] });
  expect(await tomorrow.outcome()).toMatchObject({ fulfillmentOrders: [["BER", "closed", 3, [["MUG", 1]]]] });
});

test("orders that are routed at the same time share what a location can do in a day", async () => {
  const worlds = Array.from({ length: 5 }, () => new ParcelWorld());
  for (const world of worlds) {
    // A later day than any other here, in which nobody was given anything.
    world.nowMs += 9 * 86_400_000;
    await world.stock({ MUG: { BER: 1, HAM: 1 } });
    await world.order({ MUG: 1 });
  }
  await env.DB.prepare("UPDATE location SET capacity_per_day = 2 WHERE code = 'BER'").run();
  await Promise.all(worlds.map((world) => routeOrder(world.services(), world.orderId)));
  await env.DB.prepare("UPDATE location SET capacity_per_day = NULL").run();
  const { results } = await env.DB.prepare(
    "SELECT location FROM fulfillment_order WHERE order_id IN (SELECT value FROM json_each(?1)) ORDER BY location",
  )
    .bind(JSON.stringify(worlds.map(({ orderId }) => orderId)))
    .all();
  expect(results.map(({ location }) => location)).toEqual(["BER", "BER", "HAM", "HAM", "HAM"]);
});

test("news of a parcel that comes in any order, and after its delivery, never takes it back", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 1 } });
  await world.order({ MUG: 1 });
  await world.deliver();
  const [parcel] = (await readFulfillmentOf(createDb(env.DB), "order", world.orderId))?.shipments ?? [];
  const say = (status: "in_transit" | "failure" | "return_to_sender", afterMs: number) =>
    world.deliverBatch([
      {
        type: "shipment.track",
        shipment_id: parcel?.id ?? "",
        status,
        occurred_at_ms: world.nowMs + afterMs,
      },
    ]);
  await say("in_transit", 90_000);
  await say("failure", -90_000);
  await say("in_transit", 90_000);
  const now = async () => (await readFulfillmentOf(createDb(env.DB), "order", world.orderId))?.shipments[0];
  expect(await now()).toMatchObject({
    status: "delivered",
    trackingStatus: "delivered",
    deliveredAtMs: parcel?.deliveredAtMs,
  });
  await say("return_to_sender", 180_000);
  expect(await now()).toMatchObject({ status: "delivered", trackingStatus: "return_to_sender" });
  expect(await world.outcome()).toMatchObject({ lines: [["MUG", 1, 1, 1]] });
});
