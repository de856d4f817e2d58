import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";

import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_changes_test");
let serial = 0;

beforeAll(async () => {
  await seedKey("sk_changes_test");
});

const stockOf = async (sku: string) => {
  const report = await skuClient(env, sku as Sku).stock();
  const allocated = report?.locations.reduce((sum, location) => sum + location.allocated, 0) ?? 0;
  return { available: report?.available, promised: (report?.committed ?? 0) + allocated, held: report?.held };
};

/** A paid order of three units at 15.00, on hold or on its way to a location; with another SKU in stock. */
async function ordered(options: { readonly units?: number; readonly capture?: string } = {}) {
  serial += 1;
  const sku = `CHG-${serial}`;
  const other = `ADD-${serial}`;
  await stockUp(api, sku, 5);
  await stockUp(api, other, options.units ?? 5);
  const hold = await api.post("/v1/holds", { lines: [{ sku, quantity: 3 }], buyer: `buyer-${serial}` });
  const placed = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: "grace@example.com" },
    shipping_address: {
      name: "Grace",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual", capture: options.capture ?? "automatic" },
  });
  const path = `/v1/orders/${placed.body.id}`;
  // It stays where a location has been given it, so that nothing is packed under our hands.
  await api.post(`${path}/hold`, { reason: "for the test" });
  await vi.waitFor(
    async () => {
      const row = await env.DB.prepare("SELECT stock_committed_at_ms AS at FROM orders WHERE id = ?1")
        .bind(placed.body.id)
        .first();
      expect(row?.["at"]).not.toBeNull();
    },
    { timeout: 60_000, interval: 100 },
  );
  const order = async () => (await api.get(path)).body;
  const begin = async () =>
    `${path}/changes/${(await api.post(`${path}/changes`, { reason: "the buyer called" })).body.id}`;
  return {
    sku,
    other,
    path,
    order,
    begin,
    line: placed.body.lines[0].id as string,
    id: placed.body.id as string,
  };
}

describe("a change of an order", () => {
  test("is staged, looked at and confirmed: the difference goes back, and the stock follows", async () => {
    const { sku, other, order, begin, line } = await ordered();
    const change = await begin();
    const staged = await api.put(`${change}/actions`, {
      actions: [
        { type: "remove_units", line, quantity: 2 },
        { type: "add_line", sku: other, quantity: 1, unit_price: 1_000 },
      ],
    });
    expect(staged.body).toMatchObject({
      status: "pending",
      holds: [{ sku: other, quantity: 1 }],
      preview: { value_before: 4_500, value_after: 2_500, refund: 2_000, owed: 0 },
    });
    // What is held for the change nobody else can have, and the order is as it was.
    expect(await stockOf(other)).toMatchObject({ available: 4, held: 1 });
    expect(await order()).toMatchObject({ total: 4_500, refunded_total: 0 });
    expect((await api.get(change)).body.preview).toEqual(staged.body.preview);

    const confirmed = await api.post(`${change}/confirm`, {}, `confirm-${serial}`);
    expect(confirmed.body).toMatchObject({
      status: "on_hold",
      refunded_total: 2_000,
      balance: 0,
      total: 5_500,
    });
    expect(await api.post(`${change}/confirm`, {}, `confirm-${serial}`)).toMatchObject({
      status: 200,
      body: confirmed.body,
    });
    await vi.waitFor(
      async () => {
        expect(await stockOf(sku)).toMatchObject({ available: 4, promised: 1 });
        expect(await stockOf(other)).toMatchObject({ available: 4, promised: 1, held: 0 });
      },
      { timeout: 60_000, interval: 100 },
    );
    // The units that went are paid back: they cannot be paid back a second time.
    const again = await api.post(change.replace(/\/changes.*/, "/refunds"), {
      lines: [{ line, quantity: 2 }],
      reason: "x",
    });
    expect(again.body).toMatchObject({ code: "quantity_unavailable", available: 1 });
  });

  test("of the price alone touches no stock (medusa #16406), and one that is taken back pays nothing that was never paid (vendure #4013)", async () => {
    const { sku, path, order, begin, line } = await ordered();
    const before = await stockOf(sku);
    const up = await begin();
    await api.put(`${up}/actions`, { actions: [{ type: "set_price", line, unit_price: 2_000 }] });
    expect((await api.post(`${up}/confirm`, {})).body).toMatchObject({
      total: 6_000,
      balance: 1_500,
      refunded_total: 0,
    });
    const down = await begin();
    const staged = await api.put(`${down}/actions`, {
      actions: [{ type: "set_price", line, unit_price: 1_500 }],
    });
    expect(staged.body.preview).toMatchObject({ refund: 0, owed: 0, value_after: 4_500 });
    await api.post(`${down}/confirm`, {});
    expect(await order()).toMatchObject({ total: 4_500, balance: 0, refunded_total: 0, paid_total: 4_500 });
    expect(await stockOf(sku)).toEqual(before);
    expect((await api.get(path)).body.payment_requests).toEqual([]);
  });

  test("that costs more is paid, and one of an order that is only authorized captures no more than it is worth", async () => {
    const { path, order, begin, line } = await ordered({ capture: "manual" });
    const change = await begin();
    await api.put(`${change}/actions`, { actions: [{ type: "remove_units", line, quantity: 1 }] });
    await api.post(`${change}/confirm`, {});
    expect(await order()).toMatchObject({ balance: -1_500, payment_status: "authorized", refunded_total: 0 });
    const more = await begin();
    await api.put(`${more}/actions`, { actions: [{ type: "set_shipping", amount: 2_000 }] });
    expect((await api.post(`${more}/confirm`, {})).body).toMatchObject({ balance: 500 });
    expect((await api.post(`${path}/payments`, { provider: "manual" })).body).toMatchObject({
      balance: 0,
      paid_total: 500,
    });
  });

  test("is one at a time, and given up it lets go of what was held", async () => {
    const { other, path, begin, line, order } = await ordered({ units: 1 });
    const change = await begin();
    expect((await api.post(`${path}/changes`, {})).body).toMatchObject({ status: 409, code: "change_open" });
    const add = { type: "add_line", sku: other, quantity: 1 };
    await api.put(`${change}/actions`, { actions: [add] });
    const rest = await api.put(`${change}/actions`, { actions: [add, { ...add, sku: "NO-SUCH" }] });
    expect(rest.status).toBeGreaterThanOrEqual(400);
    expect(await stockOf(other)).toMatchObject({ available: 0, held: 1 });
    expect((await api.delete(change)).body).toMatchObject({ status: "canceled" });
    expect(await stockOf(other)).toMatchObject({ available: 1, held: 0 });
    expect((await api.post(`${change}/confirm`, {})).body).toMatchObject({ code: "order_state_conflict" });
    expect((await order()).total).toBe(4_500);
    const next = await begin();
    for (const [actions, code] of [
      [[{ type: "remove_units", line, quantity: 4 }], "quantity_unavailable"],
      [[{ type: "remove_units", line, quantity: 3 }], "order_state_conflict"],
      [[{ type: "remove_units", line: "line_none", quantity: 1 }], "order_line_unknown"],
      [[{ type: "add_line", sku: other, quantity: 2 }], "sold_out"],
    ] as const) {
      expect((await api.put(`${next}/actions`, { actions })).body).toMatchObject({ code });
    }
  });

  test("confirmed twice at once is one change", async () => {
    const { order, begin, line } = await ordered();
    const change = await begin();
    await api.put(`${change}/actions`, { actions: [{ type: "remove_units", line, quantity: 1 }] });
    await Promise.all(["a", "b", "c"].map((key) => api.post(`${change}/confirm`, {}, `${key}-${serial}`)));
    expect(await order()).toMatchObject({ refunded_total: 1_500, balance: 0 });
    expect((await order()).lines[0]).toMatchObject({ quantity: 3, canceled: 1 });
  });
});

test("some units of a line are canceled, paid back and for sale again, and the rest is sent", async () => {
  const { sku, path, order, line } = await ordered();
  const canceled = await api.post(
    `${path}/cancel`,
    { reason: "customer", lines: [{ line, quantity: 2 }] },
    `cancel-${serial}`,
  );
  expect(canceled.body).toMatchObject({ status: "on_hold", refunded_total: 3_000, balance: 0 });
  expect(
    await api.post(
      `${path}/cancel`,
      { reason: "customer", lines: [{ line, quantity: 2 }] },
      `cancel-${serial}`,
    ),
  ).toMatchObject({
    body: canceled.body,
  });
  await api.post(`${path}/release`, {});
  await vi.waitFor(async () => expect((await order()).fulfillment_status).toBe("delivered"), {
    timeout: 90_000,
    interval: 250,
  });
  const done = await order();
  expect(done.lines[0]).toMatchObject({ quantity: 3, canceled: 2, fulfilled: 1 });
  expect(await stockOf(sku)).toEqual({ available: 4, promised: 0, held: 0 });
  expect(
    (await api.post(`${path}/cancel`, { reason: "customer", lines: [{ line, quantity: 1 }] })).status,
  ).toBe(409);
});

test("units that are canceled and not to be sold again are written off where a location had set them aside, once", async () => {
  const { sku, path, order, line, id } = await ordered();
  await env.DB.batch([
    env.DB.prepare("UPDATE orders SET status = 'placed', hold_reason = NULL WHERE id = ?1").bind(id),
    env.DB.prepare("DELETE FROM outbox"),
  ]);
  const { createServices } = await import("../../src/worker/services.ts");
  const { routeOrder } = await import("../../src/worker/use-cases/route-order.ts");
  const { applyChange } = await import("../../src/worker/use-cases/apply-change.ts");
  const services = createServices(env, () => {});
  const quiet = { ...services, fulfillmentMode: "manual" as const, send: async () => {} };
  await routeOrder(quiet, id);
  const wish = { reason: "fraud", restock: false, notify: false, lines: [{ line, quantity: 2 }] };
  await api.post(`${path}/cancel`, wish);
  const { events } = await order();
  expect(events.find(({ type }: { type: string }) => type === "order.changed").data).toMatchObject({
    reason: "fraud",
    restock: false,
    notify: false,
  });
  const change = await env.DB.prepare("SELECT id FROM order_change WHERE order_id = ?1")
    .bind(id)
    .first<string>("id");
  for (let sent = 0; sent < 2; sent += 1) await applyChange(quiet, change ?? "");
  const report = await skuClient(env, sku as Sku).stock();
  expect(report).toMatchObject({ available: 2, locations: [{ onHand: 5, damaged: 2 }] });
});

test("units of which a location was told are taken out of its list, and the list is made again", async () => {
  const { sku, path, order, line, id } = await ordered();
  await env.DB.prepare("UPDATE orders SET status = 'placed', hold_reason = NULL WHERE id = ?1")
    .bind(id)
    .run();
  await env.DB.prepare("DELETE FROM outbox").run();
  // Routed by hand, so that nobody picks it at once.
  const { createServices } = await import("../../src/worker/services.ts");
  const { routeOrder } = await import("../../src/worker/use-cases/route-order.ts");
  const quiet = {
    ...createServices(env, () => {}),
    fulfillmentMode: "manual" as const,
    send: async () => {},
  };
  await routeOrder(quiet, id);
  expect((await order()).fulfillment_orders).toMatchObject([{ status: "open", lines: [{ quantity: 3 }] }]);
  await api.post(`${path}/cancel`, { reason: "customer", lines: [{ line, quantity: 1 }] });
  await vi.waitFor(
    async () => {
      const { fulfillment_orders: assigned } = await order();
      expect(assigned.filter(({ status }: { status: string }) => status !== "canceled")).toMatchObject([
        { lines: [{ quantity: 2 }] },
      ]);
      expect((await stockOf(sku)).available).toBe(3);
    },
    { timeout: 90_000, interval: 250 },
  );
});

test("an order of which the rest is delivered is completed by canceling what is missing", async () => {
  const { path, order, line, id } = await ordered();
  await env.DB.batch([
    env.DB.prepare("UPDATE orders SET status = 'placed', hold_reason = NULL WHERE id = ?1").bind(id),
    env.DB.prepare(
      "UPDATE order_line SET fulfilled_quantity = 2, delivered_quantity = 2 WHERE order_id = ?1",
    ).bind(id),
  ]);
  await api.post(`${path}/cancel`, { reason: "inventory", lines: [{ line, quantity: 1 }] });
  expect(await order()).toMatchObject({
    status: "completed",
    fulfillment_status: "delivered",
    refunded_total: 1_500,
  });
  expect((await order()).completed_at).not.toBeNull();
});

test("a SKU changes an order's units once for each id, and never gives back what a location was told to send", async () => {
  const sku = "CHG-ONCE" as Sku;
  await stockUp(api, sku, 5);
  const port = skuClient(env, sku);
  const change = (id: string, quantity: number) =>
    port.changeOrder({
      id,
      orderId: "ord_once",
      holdKey: null,
      buyer: "b" as BuyerKey,
      quantity,
      fromHolds: [],
    });
  for (const id of ["one", "one", "two"]) expect(await change(id, 2)).toMatchObject({ ok: true });
  expect(await stockOf(sku)).toEqual({ available: 1, promised: 4, held: 0 });
  expect(await change("three", 2)).toMatchObject({
    ok: false,
    error: { code: "stock_insufficient", available: 1 },
  });
  const location = "BER-1" as LocationCode;
  await port.allocate({ orderId: "ord_once", allocationId: "ful_once", location, quantity: 3 });
  expect(await change("four", -2)).toMatchObject({
    ok: false,
    error: { code: "stock_insufficient", available: 1 },
  });
  for (let repeat = 0; repeat < 2; repeat += 1) expect(await change("five", -1)).toMatchObject({ ok: true });
  expect(await stockOf(sku)).toEqual({ available: 2, promised: 3, held: 0 });
  // What the object keeps in memory and what it stored are the same.
  expect(await port.sweep({ pruneBeforeMs: 0 })).toMatchObject({
    openOrders: [{ committed: 0, allocated: 3 }],
  });
});
