import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import {
  cancelOverdueBackorders,
  raiseStuckFulfillment,
} from "../../src/worker/use-cases/overdue-fulfillment.ts";
import {
  holdFulfillmentOrder,
  rejectFulfillmentOrder,
  releaseFulfillmentOrder,
} from "../../src/worker/use-cases/reassign.ts";
import { retryIncomplete } from "../../src/worker/use-cases/retry-incomplete.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

const api = apiClient("sk_test_routing");
const DAY_MS = 86_400_000;
beforeAll(async () => {
  await seedKey("sk_test_routing");
});
beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await env.DB.prepare("DELETE FROM routing_plan").run();
  // A world waits for what is overdue, and would wait for what another one left.
  await env.DB.prepare("DELETE FROM outbox").run();
});

/** A world whose orders stop where people would pick them. */
function atThePickers(world: ParcelWorld) {
  return world.services({ fulfillmentMode: "manual" });
}

async function assignments(world: ParcelWorld) {
  const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
  return (snapshot?.fulfillmentOrders ?? []).map(({ id, location, status, lines, trace, ...row }) => ({
    id,
    location,
    status,
    queue: row.queue,
    units: lines.reduce((sum, { quantity }) => sum + quantity, 0),
    plan: trace?.plan,
  }));
}
const live = async (world: ParcelWorld) =>
  (await assignments(world)).filter(({ status }) => status !== "canceled");

const rule = { name: "only rule", rankings: ["preferred"], preferred: ["MUC"] };
const plan = (change: object = {}, status = "active") => ({
  title: "South first",
  status,
  batches: [{ name: "all orders", rules: [{ ...rule, ...change }] }],
});

describe("a routing plan", () => {
  test("decides for new orders while it is active, and its name stands in the trace", async () => {
    expect((await api.put("/v1/routing-plans/south", plan())).body).toMatchObject({
      status: "active",
      version: 1,
    });
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3, MUC: 3 } });
    await world.order({ MUG: 1 });
    await world.deliver(atThePickers(world));
    expect(await assignments(world)).toMatchObject([
      { location: "MUC", plan: { code: "south", batch: "all orders", rules: ["only rule"] } },
    ]);

    // Another one takes its place; without any, the nearest location ships.
    await api.put("/v1/routing-plans/other", plan({ preferred: ["BER"] }));
    expect((await api.get("/v1/routing-plans/south")).body).toMatchObject({ status: "draft" });
    await api.delete("/v1/routing-plans/other");
    const next = new ParcelWorld();
    await next.stock({ MUG: { BER: 3, MUC: 3 } });
    await next.order({ MUG: 1 });
    await next.deliver(atThePickers(next));
    expect(await assignments(next)).toMatchObject([{ location: "BER" }]);
  });

  test("reads back as it was written, and refuses what makes no sense", async () => {
    const full = {
      title: "All of it",
      status: "draft",
      batches: [
        {
          name: "express",
          orders: { channels: ["show"], countries: ["DE"], shipping_methods: ["express"], total_min: 100 },
          rules: [
            {
              name: "cheap",
              locations: {
                groups: ["eu"],
                not_in_groups: ["closing"],
                types: ["warehouse"],
                distance_km_max: 900,
                only_same_country: true,
                units_kept: 2,
              },
              objective: "least_cost",
              rankings: ["cost"],
              preferred: ["BER"],
              parcels_max: 2,
              parcel_value_min: 500,
              keeps_groups: true,
              unallocated: { kind: "cancel", after_days: 14 },
            },
          ],
        },
      ],
      costs: {
        zones: [
          { distance_km_max: 300, base: 400, per_kilogram: 50 },
          { base: 900, per_kilogram: 200 },
        ],
        handling: 100,
        split_penalty: 150,
      },
    };
    expect((await api.put("/v1/routing-plans/full", full)).body).toMatchObject(full);
    const read = await api.get("/v1/routing-plans/full");
    expect(read.body).toMatchObject(full);
    expect((await api.put("/v1/routing-plans/full", full, { "if-match": '"9"' })).status).toBe(412);
    const zones = [
      { base: 1, per_kilogram: 1 },
      { distance_km_max: 5, base: 1, per_kilogram: 1 },
    ];
    const wrong = await api.put("/v1/routing-plans/full", { ...full, costs: { ...full.costs, zones } });
    expect(wrong.body.code).toBe("request_invalid");
  });

  test("is tried on past orders beside another, and changes nothing", async () => {
    await api.put("/v1/routing-plans/south", plan({}, "draft"));
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3, MUC: 3 } });
    await world.order({ MUG: 2 });
    const stock = ["BER", "MUC"].map((location) => ({
      location,
      on_hand: 3,
      allocated: 0,
      safety_stock: 0,
      damaged: 0,
      incoming: 0,
    }));
    await env.DB.prepare(
      "INSERT INTO stock_projection (sku, available, held, committed, locations, version, updated_at_ms) VALUES (?1, 6, 0, 0, ?2, 1, 0)",
    )
      .bind(world.sku("MUG"), JSON.stringify(stock))
      .run();
    const tried = await api.get("/v1/routing-plans/south/simulation?orders=1");
    expect(tried.body).toMatchObject({
      plan: { orders: 1, parcels: 1, units_unplaced: 0 },
      against: { orders: 1, parcels: 1, units_unplaced: 0 },
      differences: [{ order: world.orderId, plan: ["MUC"], against: ["BER"] }],
    });
    expect(tried.body.plan.metres).toBeGreaterThan(tried.body.against.metres);
    expect(await assignments(world)).toEqual([]);
    expect((await api.get("/v1/routing-plans/south/simulation?against=none-such")).status).toBe(404);
  });
});

describe("a location", () => {
  test("that gives an order back is not asked again, and its units are free", async () => {
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3, HAM: 3 } });
    await world.order({ MUG: 2 });
    const services = atThePickers(world);
    await world.deliver(services);
    const [first] = await live(world);
    const rejection = { reason: "closed", note: null, missing: null } as const;
    for (let repeats = 0; repeats < 2; repeats += 1) {
      expect((await rejectFulfillmentOrder(services, first?.id ?? "", rejection, "key_test")).ok).toBe(true);
      await world.deliver(services);
    }
    expect(await assignments(world)).toMatchObject([
      { location: "BER", status: "canceled", units: 2 },
      { location: "HAM", status: "open", units: 2 },
    ]);
    const [, second] = (
      (await world.outcome()) as { fulfillmentOrders: unknown; stock: ReadonlyArray<unknown> }
    ).stock;
    expect(second).toBeUndefined();
    const report = await services.sku(world.sku("MUG")).stock();
    const allocated = Object.fromEntries(report?.locations.map((one) => [one.location, one.allocated]) ?? []);
    expect(allocated).toMatchObject({ BER: 0, HAM: 2 });
    expect(report?.committed).toBe(0);

    // The last one gives it back as well: nobody is left, and it waits.
    const [next] = await live(world);
    await rejectFulfillmentOrder(services, next?.id ?? "", rejection, "key_test");
    await world.deliver(services);
    expect(await live(world)).toMatchObject([{ location: null, status: "incomplete", units: 2 }]);
    expect((await services.sku(world.sku("MUG")).stock())?.committed).toBe(2);
  });

  test("that finds less than it should ships what it found, and others the rest", async () => {
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 5, HAM: 5 }, CAP: { BER: 5 } });
    await world.order({ MUG: 3, CAP: 1 });
    const services = atThePickers(world);
    await world.deliver(services);
    const [first] = await live(world);
    const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
    const mug = snapshot?.lines.find(({ sku }) => sku === world.sku("MUG"))?.id ?? "";
    const short = (quantity: number) => ({
      reason: "stock_missing" as const,
      note: null,
      missing: [{ line: mug, quantity }],
    });
    expect(await rejectFulfillmentOrder(services, first?.id ?? "", short(4), "key_test")).toEqual({
      ok: false,
      error: { code: "quantity_unavailable", line: mug, available: 3 },
    });
    expect((await rejectFulfillmentOrder(services, first?.id ?? "", short(2), "key_test")).ok).toBe(true);
    await world.deliver(services);
    expect((await live(world)).map(({ location, units }) => `${location} ${units}`).toSorted()).toEqual([
      "BER 2",
      "HAM 2",
    ]);
    const report = await services.sku(world.sku("MUG")).stock();
    const allocated = Object.fromEntries(report?.locations.map((one) => [one.location, one.allocated]) ?? []);
    expect(allocated).toMatchObject({ BER: 1, HAM: 2 });
    const raised = await api.get(`/v1/exceptions?kind=short_pick`);
    expect(raised.body.data).toContainEqual(
      expect.objectContaining({ subject: `fulfillment_order:${first?.id}` }),
    );
    // And all of it arrives.
    await world.deliver(world.services());
  });

  test("may be told to wait and to go on", async () => {
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3 } });
    await world.order({ MUG: 1 });
    const services = atThePickers(world);
    await world.deliver(services);
    const [{ id } = { id: "" }] = await live(world);
    await holdFulfillmentOrder(services, id, "key_test");
    expect(await live(world)).toMatchObject([{ status: "on_hold" }]);
    expect((await api.get(`/v1/orders/${world.orderId}`)).body.fulfillment_status).toBe("on_hold");
    await releaseFulfillmentOrder(services, id, "key_test");
    expect(await live(world)).toMatchObject([{ status: "open" }]);
  });
});

describe("units that are nowhere", () => {
  test("go to whoever waited longest, and a newer order does not overtake", async () => {
    const older = new ParcelWorld();
    const newer = new ParcelWorld();
    newer.nowMs += 1_000;
    await older.stock({ MUG: { BER: 2 } });
    const sku = older.sku("MUG");
    const services = atThePickers(older);
    await services.sku(sku).configure({ sku, buyerLimit: null, backorderLimit: 10 });
    await older.order({ MUG: 4 });
    await older.deliver(services);
    vi.spyOn(newer, "sku").mockReturnValue(sku);
    await newer.order({ MUG: 2 });
    await newer.deliver(atThePickers(newer));
    expect(await live(newer)).toMatchObject([{ status: "incomplete", units: 2 }]);

    older.nowMs += 120_000;
    newer.nowMs = older.nowMs;
    await older.receive("MUG", { BER: 3 });
    // The newer one is looked at first, and takes only what the older one leaves.
    await newer.deliverBatch([{ type: "order.route", order_id: newer.orderId }], atThePickers(newer));
    await older.deliverBatch([{ type: "order.route", order_id: older.orderId }], services);
    await newer.deliverBatch([{ type: "order.route", order_id: newer.orderId }], atThePickers(newer));
    const placed = async (world: ParcelWorld) =>
      (await live(world)).reduce((sum, { location, units }) => sum + (location === null ? 0 : units), 0);
    expect([await placed(older), await placed(newer)]).toEqual([4, 1]);
  });

  test("wait for their date, where they are sold before it", async () => {
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3 } });
    const sku = world.sku("MUG");
    const from = new Date(world.nowMs + 2 * DAY_MS).toISOString().slice(0, 10);
    await env.DB.prepare("UPDATE sku SET attributes = ?2 WHERE sku = ?1")
      .bind(sku, JSON.stringify({ available_from: from }))
      .run();
    await world.order({ MUG: 1 });
    await world.deliver(atThePickers(world));
    expect(await live(world)).toMatchObject([{ status: "incomplete", units: 1 }]);
    world.nowMs += 3 * DAY_MS;
    await retryIncomplete(atThePickers(world));
    await world.deliver(atThePickers(world));
    expect(await live(world)).toMatchObject([{ location: "BER", units: 1 }]);
  });

  test("wait in a queue until they are released, where the plan says so", async () => {
    await api.put(
      "/v1/routing-plans/q",
      plan({ unallocated: { kind: "queue", queue: "unfillable" }, locations: { types: ["store"] } }),
    );
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3 } });
    await world.order({ MUG: 1 });
    const services = atThePickers(world);
    await world.deliver(services);
    const [waiting] = await live(world);
    expect(waiting).toMatchObject({ status: "incomplete", queue: "unfillable" });
    world.nowMs += 600_000;
    const before = world.sent.length;
    await retryIncomplete(services);
    expect(
      world.sent.slice(before).filter((message) => JSON.stringify(message).includes(world.orderId)),
    ).toEqual([]);
    await api.delete("/v1/routing-plans/q");
    await releaseFulfillmentOrder(services, waiting?.id ?? "", "key_test");
    await world.deliver(services);
    expect(await live(world)).toMatchObject([{ location: "BER", units: 1 }]);
  });

  test("are canceled after the days that the plan gives them", async () => {
    await api.put(
      "/v1/routing-plans/c",
      plan({ unallocated: { kind: "cancel", after_days: 3 }, locations: { types: ["store"] } }),
    );
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3 } });
    await world.order({ MUG: 1 });
    await world.deliver(atThePickers(world));
    world.nowMs += 2 * DAY_MS;
    await cancelOverdueBackorders(atThePickers(world));
    const status = async () => (await api.get(`/v1/orders/${world.orderId}`)).body.status;
    expect(await status()).toBe("placed");
    world.nowMs += 2 * DAY_MS;
    await cancelOverdueBackorders(atThePickers(world));
    expect(await status()).toBe("canceled");
  });
});

test("work that nobody finishes is raised once", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 1 });
  await world.deliver(atThePickers(world));
  const [{ id } = { id: "" }] = await live(world);
  const raised = async () =>
    (await api.get("/v1/exceptions?kind=fulfillment_stuck&limit=200")).body.data.filter(
      ({ subject }: { subject: string }) => subject === `fulfillment_order:${id}`,
    );
  world.nowMs += DAY_MS;
  await raiseStuckFulfillment(world.services());
  expect(await raised()).toEqual([]);
  world.nowMs += 2 * DAY_MS;
  await raiseStuckFulfillment(world.services());
  await raiseStuckFulfillment(world.services());
  expect(await raised()).toHaveLength(1);
});
