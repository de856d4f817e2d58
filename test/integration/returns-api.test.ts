import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import type { Sku } from "../../src/domain/brand.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { createServices } from "../../src/worker/services.ts";
import { restockReturn } from "../../src/worker/use-cases/restock-return.ts";
import { returnOnItsWay } from "../../src/worker/use-cases/return-label.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_returns_test");
const POLICY = {
  window_days: 30,
  restocking_fee_bps: 1_000,
  return_shipping_fees: [{ currency: "EUR", amount: 500 }],
  approval: "manual",
};
const NO_FEES = { approval: "manual" };

beforeAll(async () => {
  await seedKey("sk_returns_test");
  await stockUp(api, "SHIRT", 500);
  await stockUp(api, "CAP", 500);
  await stockUp(api, "COAT", 10);
  await stockUp(api, "RARE", 0);
  for (const [sku, amount, attributes] of [
    ["SHIRT", 5_000, {}],
    ["CAP", 4_000, {}],
    ["COAT", 5_000, {}],
    ["RARE", 4_000, {}],
    ["FINAL", 5_000, { final_sale: "true" }],
  ] as const) {
    await api.put(`/v1/skus/${sku}`, { title: sku, prices: [{ currency: "EUR", amount }], attributes });
  }
  await stockUpFinal();
});

async function stockUpFinal(): Promise<void> {
  await api.post("/v1/stock/movements", {
    movements: [{ sku: "FINAL", location: "BER-1", kind: "received", quantity: 10 }],
  });
}

/** Two units for 90.00 after a discount of 10.00, paid and delivered so many days ago. */
async function delivered(sku = "SHIRT", daysAgo = 1) {
  const hold = await api.post("/v1/holds", { lines: [{ sku, quantity: 2 }], buyer: "buyer-1" });
  const order = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: "grace@example.com" },
    shipping_address: {
      name: "Grace",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual" },
    discount: { amount: 1_000 },
  });
  expect(order.body).toMatchObject({ total: 9_000, payment_status: "paid" });
  const { id } = order.body;
  const atMs = Date.now() - daysAgo * 86_400_000;
  await env.DB.batch([
    env.DB.prepare(
      "UPDATE order_line SET fulfilled_quantity = 2, delivered_quantity = 2 WHERE order_id = ?1",
    ).bind(id),
    env.DB.prepare(
      `INSERT INTO shipment (id, order_id, fulfillment_order_id, status, tracking_status, carrier, delivered_at_ms, created_at_ms, version)
       VALUES (?1, ?2, 'ful_1', 'delivered', 'delivered', 'manual', ?3, ?3, 1)`,
    ).bind(`shp_${id}`, id, atMs),
  ]);
  const line = order.body.lines[0].id as string;
  const request = (quantity: number, rest: object = {}, reason = "changed_mind") =>
    api.post(`/v1/orders/${id}/returns`, { lines: [{ line, quantity, reason }], ...rest });
  /** Back, and looked at. */
  const back = async (quantity: number, judged: object = { restock: quantity }) => {
    const asked = await request(quantity);
    expect(asked.status).toBe(201);
    const path = `/v1/returns/${asked.body.id}`;
    expect((await api.post(`${path}/approve`, {})).body).toMatchObject({ status: "approved" });
    expect((await api.post(`${path}/receive`, { location: "BER-1" })).body).toMatchObject({
      status: "received",
    });
    const inspected = await api.post(`${path}/inspect`, { lines: [{ line, ...judged }] });
    expect(inspected.body).toMatchObject({ status: "inspected" });
    return path;
  };
  return { id, line, request, back, path: `/v1/orders/${id}` };
}

test("one of two comes back for a thing of 40.00, and the buyer owes 4.50 before it is sent", async () => {
  await api.put("/v1/return-policy", POLICY);
  const { path: orderPath, back } = await delivered();
  const path = await back(1);
  const wish = { outcome: "exchange", exchange_lines: [{ sku: "CAP", quantity: 1 }] };
  const preview = await api.send("POST", `${path}/preview`, {
    body: JSON.stringify(wish),
    headers: { "content-type": "application/json" },
  });
  expect(preview.body).toMatchObject({
    return_total: 4_500,
    restocking_fee_total: 450,
    return_shipping_fee: 500,
    exchange_total: 4_000,
    net: -450,
  });
  const resolved = await api.post(`${path}/resolve`, wish, "resolve-1");
  expect(resolved.body).toMatchObject({ status: "resolved", settlement: preview.body, refund_amount: 0 });
  expect(await api.post(`${path}/resolve`, wish, "resolve-1")).toMatchObject({
    status: 200,
    body: resolved.body,
  });

  const sent = `/v1/orders/${resolved.body.exchange_order}`;
  expect((await api.get(sent)).body).toMatchObject({
    status: "on_hold",
    hold_reason: "awaiting_payment",
    total: 4_000,
    paid_total: 3_550,
    balance: 450,
  });
  const paid = await api.post(`${sent}/payments`, { provider: "manual" });
  expect(paid.body).toMatchObject({
    status: "placed",
    hold_reason: null,
    payment_status: "paid",
    balance: 0,
  });
  expect((await api.get(orderPath)).body).toMatchObject({ refunded_total: 3_550 });

  // The unit is settled: it cannot be paid back a second time.
  const { lines } = (await api.get(orderPath)).body;
  const again = await api.post(`${orderPath}/refunds`, {
    lines: [{ line: lines[0].id, quantity: 2 }],
    reason: "x",
  });
  expect(again.body).toMatchObject({ code: "quantity_unavailable", available: 1 });
});

test("what comes back is paid back, portions to the cent, and only what may be sold is for sale again", async () => {
  await api.put("/v1/return-policy", NO_FEES);
  const { id, back, path } = await delivered("COAT");
  const before = await skuClient(env, "COAT" as Sku).stock();
  const first = await back(1);
  const second = await back(1, { damaged: 1 });
  const services = { db: createDb(env.DB), sku: (sku: Sku) => skuClient(env, sku) };
  for (const each of [first, second, second]) await restockReturn(services, each.split("/").at(-1) ?? "");
  const after = await skuClient(env, "COAT" as Sku).stock();
  expect((after?.available ?? 0) - (before?.available ?? 0)).toBe(1);
  const [here, there] = [before, after].map((report) =>
    report?.locations.find(({ location }) => location === "BER-1"),
  );
  expect([(there?.onHand ?? 0) - (here?.onHand ?? 0), (there?.damaged ?? 0) - (here?.damaged ?? 0)]).toEqual([
    2, 1,
  ]);

  const both = await Promise.all(
    ["a", "b"].map((key) => api.post(`${first}/resolve`, { outcome: "refund" }, `both-${key}`)),
  );
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  await api.post(`${second}/resolve`, { outcome: "refund" });
  expect((await api.get(path)).body).toMatchObject({ refunded_total: 9_000, payment_status: "refunded" });
  const { lines } = (await api.get(path)).body;
  expect(lines[0]).toMatchObject({ returned: 2 });
  const { results } = await env.DB.prepare(
    "SELECT count(*) AS count FROM payment_transaction WHERE order_id = ?1 AND kind = 'refund'",
  )
    .bind(id)
    .all();
  expect(results).toEqual([{ count: 2 }]);
});

test("store credit is a ledger of its own, and no provider is asked", async () => {
  await api.put("/v1/return-policy", POLICY);
  const { path: orderPath, back } = await delivered();
  const path = await back(1);
  const resolved = await api.post(`${path}/resolve`, { outcome: "store_credit", return_shipping_fee: 0 });
  expect(resolved.body).toMatchObject({
    outcome: "store_credit",
    settlement: { net: 4_050 },
    refund_amount: 0,
  });
  const order = (await api.get(orderPath)).body;
  expect(order).toMatchObject({
    refunded_total: 4_050,
    payment_status: "partially_refunded",
    payment_requests: [],
  });
  const credit = await api.get(`/v1/customers/${order.customer.id}/store-credit`);
  expect(credit.body.balances).toEqual([{ currency: "EUR", amount: 4_050 }]);
  expect(credit.body.entries).toMatchObject([{ order: order.id, amount: 4_050 }]);
});

test("a claim is replaced without goods coming back, and the replacement costs nothing", async () => {
  await api.put("/v1/return-policy", NO_FEES);
  const { request } = await delivered();
  const claim = await request(1, { kind: "claim" }, "damaged");
  const path = `/v1/returns/${claim.body.id}`;
  await api.post(`${path}/approve`, {});
  const resolved = await api.post(`${path}/resolve`, { outcome: "replacement" });
  expect(resolved.body).toMatchObject({ status: "resolved", settlement: { net: 0 }, refund_amount: 0 });
  expect((await api.get(`/v1/orders/${resolved.body.exchange_order}`)).body).toMatchObject({
    status: "placed",
    total: 0,
    balance: 0,
    payment_status: "paid",
  });
  expect((await api.post(`${path}/close`, {})).body).toMatchObject({ status: "closed" });
});

describe("a return label", () => {
  test("is bought once, given to the buyer, and given back when the return is canceled", async () => {
    await api.put("/v1/return-policy", NO_FEES);
    const { request } = await delivered();
    const asked = await request(1);
    const path = `/v1/returns/${asked.body.id}`;
    const wish = { location: "BER-1", weight_grams: 400 };
    expect((await api.post(`${path}/label`, wish)).body).toMatchObject({ code: "return_state_conflict" });
    await api.post(`${path}/approve`, {});
    expect((await api.post(`${path}/label`, { location: "NOWHERE" })).body).toMatchObject({
      code: "location_unknown",
    });
    const both = await Promise.all(
      ["a", "b"].map((key) => api.post(`${path}/label`, wish, `label-${key}-${asked.body.id}`)),
    );
    const bought = both.find(({ status }) => status === 200);
    expect(bought?.body).toMatchObject({ status: "approved", carrier: "manual" });
    expect(bought?.body.tracking_number).toMatch(/^HF\d{13}$/);
    expect((await api.post(`${path}/label`, wish)).body).toMatchObject({ because: "labeled" });
    const label = await api.get(`${path}/label`);
    expect([label.status, label.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(String(label.body).slice(0, 4)).toBe("%PDF");
    expect((await api.post(`${path}/cancel`, {})).body).toMatchObject({ status: "canceled" });
    expect((await api.get("/v1/returns/ret_00000000000000000000000000/label")).status).toBe(404);
  });

  test("tells that the parcel is on its way, and an older word of it changes nothing", async () => {
    await api.put("/v1/return-policy", NO_FEES);
    const { request } = await delivered();
    const asked = await request(1);
    const path = `/v1/returns/${asked.body.id}`;
    await api.post(`${path}/approve`, {});
    const bought = await api.post(`${path}/label`, { location: "BER-1" });
    const number = bought.body.tracking_number as string;
    const tell = () =>
      returnOnItsWay(
        createServices(env, () => {}),
        "manual",
        number,
      );
    await tell();
    expect((await api.get(path)).body).toMatchObject({ status: "in_transit" });
    await api.post(`${path}/receive`, { location: "BER-1" });
    await tell();
    expect((await api.get(path)).body).toMatchObject({ status: "received" });
  });
});

test("what was bought online is taken back at the counter of a store: received at once, without the fee of a parcel", async () => {
  await api.put("/v1/return-policy", {
    ...POLICY,
    restocking_fees_by_reason: [{ reason: "too_small", fee_bps: 500 }],
  });
  expect((await api.get("/v1/return-policy")).body).toMatchObject({
    in_store: "accepted",
    restocking_fees_by_reason: [{ reason: "too_small", fee_bps: 500 }],
  });
  const store = { name: "Store", type: "store", address: { country: "DE" }, ships: false, pickup: true };
  await api.put("/v1/locations/STORE-1", store);
  const { id, line, request } = await delivered();
  expect((await request(1, { brought_to: "BER-1" })).body).toMatchObject({ code: "location_unknown" });
  const brought = await request(1, { brought_to: "STORE-1" }, "too_small");
  expect(brought.body).toMatchObject({
    status: "received",
    location: "STORE-1",
    lines: [{ quantity: 1, received: 1 }],
  });
  const path = `/v1/returns/${brought.body.id}`;
  await api.post(`${path}/inspect`, { lines: [{ line, restock: 1 }] });
  const resolved = await api.post(`${path}/resolve`, { outcome: "refund" });
  // 5 % of 45.00 for the reason, and no parcel.
  expect(resolved.body).toMatchObject({
    refund_amount: 4_275,
    settlement: { restocking_fee_total: 225, return_shipping_fee: 0 },
  });
  const { events } = (await api.get(`/v1/orders/${id}`)).body;
  expect(events.map(({ type }: { type: string }) => type)).toEqual(
    expect.arrayContaining(["return.requested", "return.approved", "return.received", "return.resolved"]),
  );

  await api.put("/v1/return-policy", { ...NO_FEES, in_store: "refused" });
  expect((await request(1, { brought_to: "STORE-1" })).body).toMatchObject({
    code: "return_not_allowed",
    because: "in_store",
  });
  const sent = await request(1);
  await api.post(`/v1/returns/${sent.body.id}/approve`, {});
  expect((await api.post(`/v1/returns/${sent.body.id}/receive`, { location: "STORE-1" })).body).toMatchObject(
    {
      because: "in_store",
    },
  );
  await api.put("/v1/return-policy", NO_FEES);
});

describe("what is refused", () => {
  test("a unit twice, one that never left, and a return out of turn", async () => {
    await api.put("/v1/return-policy", NO_FEES);
    const { request } = await delivered();
    const first = await request(2);
    expect((await request(1)).body).toMatchObject({
      status: 409,
      code: "quantity_unavailable",
      available: 0,
    });
    const path = `/v1/returns/${first.body.id}`;
    expect((await api.post(`${path}/receive`, { location: "BER-1" })).body).toMatchObject({
      code: "return_state_conflict",
    });
    expect((await api.post(`${path}/decline`, { reason: "worn" })).body).toMatchObject({
      status: "declined",
      reason: "worn",
    });
    expect((await api.post(`${path}/approve`, {})).body).toMatchObject({ code: "return_state_conflict" });
    // A declined return takes up no units.
    expect((await request(2)).status).toBe(201);
  });

  test("what the policy does not allow, unless somebody says why", async () => {
    await api.put("/v1/return-policy", { window_days: 30, approval: "automatic" });
    const late = await delivered("SHIRT", 31);
    expect((await late.request(1)).body).toMatchObject({
      status: 409,
      code: "return_not_allowed",
      because: "window_over",
    });
    expect((await late.request(1, { exception: "good customer" })).body).toMatchObject({
      status: "requested",
    });
    const final = await delivered("FINAL");
    expect((await final.request(1)).body).toMatchObject({
      code: "return_not_allowed",
      because: "final_sale",
    });
    expect((await (await delivered()).request(1)).body).toMatchObject({ status: "approved" });
  });

  test("an inspection that does not add up, and an exchange that cannot be sent", async () => {
    await api.put("/v1/return-policy", NO_FEES);
    const { line, request } = await delivered();
    const asked = await request(2);
    const path = `/v1/returns/${asked.body.id}`;
    await api.post(`${path}/approve`, { tracking_number: "TRACK-1" });
    expect((await api.post(`${path}/receive`, { location: "NOWHERE" })).body).toMatchObject({
      code: "location_unknown",
    });
    await api.post(`${path}/receive`, { location: "BER-1", lines: [{ line, quantity: 1 }] });
    expect((await api.post(`${path}/inspect`, { lines: [{ line, restock: 2 }] })).body).toMatchObject({
      code: "quantity_unavailable",
      available: 1,
    });
    await api.post(`${path}/inspect`, { lines: [{ line, restock: 1, missing: 1 }] });
    const short = await api.post(`${path}/resolve`, {
      outcome: "exchange",
      exchange_lines: [{ sku: "RARE", quantity: 1 }],
    });
    expect(short.body).toMatchObject({ status: 409, code: "sold_out", available: 0 });
    // What was in no parcel is not paid for.
    expect((await api.post(`${path}/resolve`, { outcome: "refund" })).body).toMatchObject({
      refund_amount: 4_500,
    });
  });
});

test("an order on hold goes nowhere until it is released, and then asks for its route again", async () => {
  const hold = await api.post("/v1/holds", { lines: [{ sku: "CAP", quantity: 1 }], buyer: "buyer-9" });
  const order = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: "grace@example.com" },
    shipping_address: {
      name: "Grace",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual" },
  });
  const path = `/v1/orders/${order.body.id}`;
  const held = await api.post(`${path}/hold`, { reason: "address to be checked" });
  expect(held.body).toMatchObject({ status: "on_hold", hold_reason: "address to be checked" });
  expect((await api.post(`${path}/hold`, { reason: "again" })).body).toMatchObject({
    code: "order_state_conflict",
  });
  expect((await api.post(`${path}/release`, {})).body).toMatchObject({ status: "placed", hold_reason: null });
  await vi.waitFor(
    async () => {
      const { events } = (await api.get(path)).body;
      expect(events.map(({ type }: { type: string }) => type)).toEqual(
        expect.arrayContaining(["order.held", "order.released", "order.routed"]),
      );
    },
    { timeout: 60_000, interval: 200 },
  );
});
