import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import { moveFulfillmentOrder } from "../../src/worker/use-cases/move-fulfillment.ts";
import { retryIncomplete } from "../../src/worker/use-cases/retry-incomplete.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { failNth, faulty, faultyD1 } from "../support/faults.ts";
import { ParcelWorld, type Warehouse } from "../support/parcel-world.ts";

const api = apiClient("sk_test_move", { FULFILLMENT_MODE: "manual" });
beforeAll(async () => {
  await seedKey("sk_test_move");
});
beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  // A world waits for what is overdue, and would wait for what another one left.
  await env.DB.prepare("DELETE FROM outbox").run();
});

const byHand = (world: ParcelWorld) => world.services({ fulfillmentMode: "manual" });
type Stock = Readonly<Record<string, Partial<Record<Warehouse, number>>>>;

async function routed(stock: Stock, lines: Readonly<Record<string, number>>) {
  const world = new ParcelWorld();
  await world.stock(stock);
  await world.order(lines);
  await world.deliver(byHand(world));
  const [first] = await assignments(world);
  return { world, id: first?.id ?? "" };
}

async function assignments(world: ParcelWorld) {
  const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
  const lists = snapshot?.pickLists ?? [];
  return (snapshot?.fulfillmentOrders ?? []).map((row) => ({
    id: row.id,
    location: row.location,
    status: row.status,
    replaces: row.replaces,
    lines: row.lines,
    list: lists.find(({ fulfillmentOrderId }) => fulfillmentOrderId === row.id)?.status,
  }));
}

/** Where a SKU's units are promised. */
async function allocated(world: ParcelWorld, sku: string): Promise<Record<string, number>> {
  const report = await world.services().sku(world.sku(sku)).stock();
  const places = report?.locations.map((one) => [one.location as string, one.allocated] as const) ?? [];
  return { ...Object.fromEntries(places), committed: report?.committed ?? 0 };
}

test("a fulfillment order moves to another location with its units, and a repeat finds it there", async () => {
  const { world, id } = await routed({ MUG: { BER: 2, HAM: 2 } }, { MUG: 2 });
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 2, HAM: 0 });
  const moved = await api.post(`/v1/fulfillment-orders/${id}/move`, { location: "HAM" });
  expect([moved.status, moved.body]).toMatchObject([
    200,
    { location: "HAM", status: "open", replaces: id, pick_list: expect.any(String) },
  ]);
  expect((await api.post(`/v1/fulfillment-orders/${id}/move`, { location: "HAM" })).body.id).toBe(
    moved.body.id,
  );
  await world.deliver(byHand(world));
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 0, HAM: 2, committed: 0 });
  expect(await assignments(world)).toMatchObject([
    { location: "BER", status: "canceled", list: "canceled" },
    { location: "HAM", status: "open", list: "open" },
  ]);
  const shipped = await api.post(`/v1/fulfillment-orders/${moved.body.id}/ship`, undefined);
  expect(shipped.body).toMatchObject({ status: "shipped" });
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 0, HAM: 0, committed: 0 });
});

test("some of it moves, and what stays keeps its units though others wait for them", async () => {
  const { world, id } = await routed({ MUG: { BER: 3, HAM: 2 }, CAP: { BER: 1 } }, { MUG: 3, CAP: 1 });
  const [first] = await assignments(world);
  const mug = first?.lines.find(({ sku }) => sku === world.sku("MUG"))?.orderLineId ?? "";
  const lines = (quantity: number) => ({ location: "HAM", lines: [{ line: mug, quantity }] });
  expect((await api.post(`/v1/fulfillment-orders/${id}/move`, lines(4))).body).toMatchObject({
    code: "quantity_unavailable",
    available: 3,
  });
  expect((await api.post(`/v1/fulfillment-orders/${id}/move`, lines(2))).status).toBe(200);
  await world.deliver(byHand(world));
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 1, HAM: 2, committed: 0 });
  expect(await allocated(world, "CAP")).toMatchObject({ BER: 1, committed: 0 });
  const live = (await assignments(world)).filter(({ status }) => status === "open");
  expect(live.map(({ location, lines: units }) => [location, units.map(({ quantity }) => quantity)])).toEqual(
    expect.arrayContaining([
      ["HAM", [2]],
      ["BER", [1, 1]],
    ]),
  );
});

test.each([
  [
    "there is not so much",
    { location: "HAM" },
    409,
    { code: "stock_insufficient", requested: 2, available: 1 },
  ],
  ["there is no such place", { location: "NOWHERE" }, 422, { code: "location_unknown" }],
])("where %s nothing moves", async (_name, body, status, refusal) => {
  const { world, id } = await routed({ MUG: { BER: 2, HAM: 1 } }, { MUG: 2 });
  const refused = await api.post(`/v1/fulfillment-orders/${id}/move`, body);
  expect([refused.status, refused.body]).toMatchObject([status, refusal]);
  expect(await assignments(world)).toMatchObject([{ location: "BER", status: "open", list: "open" }]);
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 2, HAM: 0, committed: 0 });
});

test("units that no location could give are given one by hand once they are there", async () => {
  const { world, id } = await routed({ MUG: { BER: 2 } }, { MUG: 2 });
  await api.post(`/v1/fulfillment-orders/${id}/reject`, { reason: "closed" });
  await world.deliver(byHand(world));
  const waiting = (await assignments(world)).find(({ status }) => status === "incomplete");
  await world.receive("MUG", { MUC: 2 });
  const moved = await api.post(`/v1/fulfillment-orders/${waiting?.id}/move`, { location: "MUC" });
  expect(moved.body).toMatchObject({ location: "MUC", status: "open" });
  await world.deliver(byHand(world));
  expect((await assignments(world)).filter(({ status }) => status !== "canceled")).toHaveLength(1);
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 0, MUC: 2, committed: 0 });
});

test("whoever dies in the middle of a move leaves it to the router, which finishes it", async () => {
  const reached: Array<number> = [];
  for (let nth = 1; ; nth += 1) {
    const { world, id } = await routed(
      { MUG: { BER: 2, HAM: 2 }, CAP: { BER: 1, HAM: 1 } },
      { MUG: 2, CAP: 1 },
    );
    const plan = failNth(nth, nth % 2 === 0 ? "before" : "after");
    const plain = byHand(world);
    const services = {
      ...plain,
      db: createDb(faultyD1(env.DB, plan)),
      sku: (sku: Parameters<typeof plain.sku>[0]) => faulty("sku", plain.sku(sku), plan),
    };
    const move = { to: "HAM" as never, lines: null };
    const died = await moveFulfillmentOrder(services, id, move, "key_test").then(
      () => false,
      () => true,
    );
    await world.deliver(plain);
    // A move that was not planned when it died is asked for again.
    const after = await moveFulfillmentOrder(plain, id, move, "key_test");
    await world.deliver(plain);
    expect({ nth, ok: after.ok }).toEqual({ nth, ok: true });
    expect(await allocated(world, "MUG")).toMatchObject({ BER: 0, HAM: 2, committed: 0 });
    expect(await allocated(world, "CAP")).toMatchObject({ BER: 0, HAM: 1, committed: 0 });
    expect((await assignments(world)).filter(({ status }) => status === "open")).toMatchObject([
      { location: "HAM", list: "open" },
    ]);
    if (!died && plan.calls.length < nth) break;
    reached.push(nth);
  }
  // Reads, the plan, three objects, the confirmation.
  expect(reached.length).toBeGreaterThan(8);
}, 60_000);

test("units that go from the other location while they are moved are planned again, and none is lost", async () => {
  const { world, id } = await routed({ MUG: { BER: 2, HAM: 2 } }, { MUG: 2 });
  const plain = byHand(world);
  const services = {
    ...plain,
    sku: (sku: Parameters<typeof plain.sku>[0]) => {
      const port = plain.sku(sku);
      return {
        ...port,
        allocate: async (command: Parameters<typeof port.allocate>[0]) => {
          const gone = { id: `gone-${id}`, kind: "adjusted", location: "HAM", quantity: -1, reason: null };
          await port.move([gone as never]);
          return port.allocate(command);
        },
      };
    },
  };
  const moved = await moveFulfillmentOrder(services, id, { to: "HAM" as never, lines: null }, "key_test");
  expect(moved).toMatchObject({ ok: false, error: { code: "stock_insufficient", location: "HAM" } });
  await world.deliver(plain);
  await retryIncomplete(plain);
  expect(await allocated(world, "MUG")).toMatchObject({ BER: 2, HAM: 0, committed: 0 });
  expect((await assignments(world)).filter(({ status }) => status === "open")).toMatchObject([
    { location: "BER", list: "open" },
  ]);
});

test("a location that accepts a fulfillment order has it in progress, can pick it, and can still give it back", async () => {
  const { world, id } = await routed({ MUG: { BER: 2, HAM: 2 } }, { MUG: 2 });
  for (let twice = 0; twice < 2; twice += 1) {
    expect((await api.post(`/v1/fulfillment-orders/${id}/accept`, undefined)).body).toMatchObject({
      status: "in_progress",
    });
  }
  const order = await api.get(`/v1/orders/${world.orderId}`);
  expect(order.body.fulfillment_status).toBe("in_progress");
  expect(
    order.body.events.filter(({ type }: { readonly type: string }) => type === "fulfillment.accepted"),
  ).toHaveLength(1);
  expect((await api.post(`/v1/fulfillment-orders/${id}/hold`, undefined)).status).toBe(409);
  await api.post(`/v1/fulfillment-orders/${id}/reject`, { reason: "no_capacity" });
  await world.deliver(byHand(world));
  const next = (await assignments(world)).find(({ status }) => status === "open");
  expect(next).toMatchObject({ location: "HAM" });
  await api.post(`/v1/fulfillment-orders/${next?.id}/accept`, undefined);
  expect((await api.post(`/v1/fulfillment-orders/${next?.id}/ship`, undefined)).body).toMatchObject({
    status: "shipped",
  });
});
