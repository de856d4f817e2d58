import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_drafts_test");

beforeAll(async () => {
  await seedKey("sk_drafts_test");
  await stockUp(api, "BULK-A", 100);
  await stockUp(api, "BULK-B", 3);
});

const request = (rest: object) => ({
  customer: { email: "buyer@example.com", name: "Grace" },
  shipping_address: {
    name: "Grace",
    line1: "1 Main St",
    city: "Berlin",
    postal_code: "10115",
    country: "DE",
  },
  currency: "EUR",
  purchase_order_number: "PO-7",
  net_terms_days: 30,
  ...rest,
});
const available = async (sku: string) => (await skuClient(env, sku as Sku).stock())?.available;

test("a quote at agreed prices takes no stock, and completed on net terms it is an order that is paid later", async () => {
  const before = await available("BULK-A");
  const lines = [{ sku: "BULK-A", quantity: 10, unit_price: 1_000 }];
  const draft = await api.post(
    "/v1/draft-orders",
    request({ lines, discount: { percent_bps: 1_000 } }),
    "draft-1",
  );
  expect(draft).toMatchObject({
    status: 201,
    body: {
      status: "draft",
      payment_status: "unpaid",
      total: 9_000,
      metadata: { purchase_order_number: "PO-7", net_terms_days: "30" },
    },
  });
  expect(
    await api.post("/v1/draft-orders", request({ lines, discount: { percent_bps: 1_000 } }), "draft-1"),
  ).toMatchObject({ body: draft.body });
  expect(await available("BULK-A")).toBe(before);
  expect((await api.get("/v1/orders?status=draft")).body.data.map(({ id }: { id: string }) => id)).toContain(
    draft.body.id,
  );

  const path = `/v1/draft-orders/${draft.body.id}/complete`;
  const both = await Promise.all(["x", "y"].map((key) => api.post(path, {}, `complete-${key}`)));
  expect(both.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
  await vi.waitFor(async () => expect(await available("BULK-A")).toBe((before ?? 0) - 10), {
    timeout: 60_000,
    interval: 100,
  });
  const order = `/v1/orders/${draft.body.id}`;
  expect((await api.get(order)).body).toMatchObject({ payment_status: "unpaid", balance: 9_000 });
  const paid = await api.post(`${order}/payments`, { provider: "manual" }, "pay-1");
  expect(paid.body).toMatchObject({ payment_status: "paid", balance: 0 });
  // The answer was lost before it was kept: the repeat finds what was paid, and takes nothing.
  await env.DB.exec("DELETE FROM idempotency");
  expect((await api.post(`${order}/payments`, { provider: "manual" }, "pay-1")).body).toMatchObject({
    paid_total: 9_000,
  });
  expect((await api.post(`${order}/payments`, { provider: "manual" })).body).toMatchObject({
    code: "amount_unavailable",
  });
  expect((await api.get(order)).body).toMatchObject({
    payment_status: "paid",
    balance: 0,
  });
});

test("a draft is paid as it is completed, and a declined one stays a draft", async () => {
  const draft = await api.post(
    "/v1/draft-orders",
    request({ lines_csv: "sku,quantity,unit_price\nBULK-A,2,500\nBULK-B,1\n" }),
  );
  expect(draft.body).toMatchObject({
    total: 2_500,
    lines: [
      { sku: "BULK-A", unit_price: 500 },
      { sku: "BULK-B", unit_price: 1_500 },
    ],
  });
  const path = `/v1/draft-orders/${draft.body.id}/complete`;
  const declined = await api.post(path, { payment: { provider: "manual", outcome: "declined" } });
  expect(declined.body).toMatchObject({ status: 402, code: "payment_declined" });
  const paid = await api.post(path, { payment: { provider: "manual" } }, "complete-paid");
  expect(paid.body).toMatchObject({ status: "placed", payment_status: "paid", paid_total: 2_500 });
  expect((await api.post(path, { payment: { provider: "manual" } })).body).toMatchObject({
    code: "order_state_conflict",
  });
});

describe("what is refused", () => {
  test.each([
    [{ lines: [{ sku: "NO-SUCH", quantity: 1 }] }, 404, "sku_unknown"],
    [{ lines: [{ sku: "BULK-A", quantity: 1 }], currency: "JPY" }, 422, "price_missing"],
    [
      { lines: [{ sku: "BULK-A", quantity: 1 }], lines_csv: "sku,quantity\nBULK-A,1" },
      422,
      "request_invalid",
    ],
    [{ lines_csv: "sku;quantity\nBULK-A;1" }, 422, "request_invalid"],
    [{ lines_csv: "sku,quantity\nBULK-A,1.5" }, 422, "request_invalid"],
    [{}, 422, "request_invalid"],
  ])("%j with %i %s", async (rest, status, code) => {
    expect((await api.post("/v1/draft-orders", request(rest))).body).toMatchObject({ status, code });
  });

  test("a draft of which units are gone is not completed, and it can be canceled", async () => {
    const draft = await api.post("/v1/draft-orders", request({ lines: [{ sku: "BULK-B", quantity: 50 }] }));
    const path = `/v1/draft-orders/${draft.body.id}/complete`;
    expect((await api.post(path, {})).body).toMatchObject({ status: 409, code: "sold_out", requested: 50 });
    expect((await api.post(`/v1/orders/${draft.body.id}/cancel`, { reason: "customer" })).body).toMatchObject(
      { status: "canceled" },
    );
    expect((await api.post(path, {})).body).toMatchObject({ code: "order_state_conflict" });
  });
});

describe("a quote", () => {
  test("is drawn up anew under its number, and not by somebody who saw another version", async () => {
    const draft = await api.post("/v1/draft-orders", request({ lines: [{ sku: "BULK-A", quantity: 1 }] }));
    const path = `/v1/draft-orders/${draft.body.id}`;
    const anew = request({
      customer: { email: "other@example.com" },
      lines: [{ sku: "BULK-A", quantity: 4, unit_price: 700 }],
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    });
    const changed = await api.put(path, anew, { "if-match": `"${draft.body.version}"` });
    expect(changed.body).toMatchObject({
      number: draft.body.number,
      status: "draft",
      total: 2_800,
      lines: [{ quantity: 4, unit_price: 700 }],
      version: 2,
    });
    expect(changed.body.expires_at).not.toBeNull();
    expect((await api.get(`/v1/orders/${draft.body.id}`)).body.customer.email).toBe("other@example.com");
    expect((await api.put(path, anew, { "if-match": `"${draft.body.version}"` })).status).toBe(412);
    await api.post(`${path}/complete`, {});
    expect((await api.put(path, anew)).body).toMatchObject({ status: 409, code: "order_state_conflict" });
  });

  test("that holds stock keeps it from others until it is completed, and takes it once", async () => {
    await stockUp(api, "BULK-H", 5);
    const lines = [{ sku: "BULK-H", quantity: 4 }];
    const draft = await api.post("/v1/draft-orders", request({ lines, hold_stock: true }), "holding");
    expect(draft.body).toMatchObject({ status: "draft" });
    expect(Date.parse(draft.body.expires_at)).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    expect(await available("BULK-H")).toBe(1);
    await env.DB.exec("DELETE FROM idempotency");
    expect(
      (await api.post("/v1/draft-orders", request({ lines, hold_stock: true }), "holding")).body.id,
    ).toBe(draft.body.id);
    expect(await available("BULK-H")).toBe(1);
    expect((await api.put(`/v1/draft-orders/${draft.body.id}`, request({ lines }))).body).toMatchObject({
      code: "order_state_conflict",
    });
    const short = await api.post("/v1/draft-orders", request({ lines, hold_stock: true }));
    expect(short.body).toMatchObject({ status: 409, code: "sold_out", requested: 4, available: 1 });
    expect((await api.post(`/v1/draft-orders/${draft.body.id}/complete`, {})).body).toMatchObject({
      status: "placed",
    });
    await vi.waitFor(
      async () => {
        const row = await env.DB.prepare("SELECT stock_committed_at_ms AS at FROM orders WHERE id = ?1")
          .bind(draft.body.id)
          .first();
        expect(row?.["at"]).not.toBeNull();
      },
      { timeout: 60_000, interval: 100 },
    );
    expect(await available("BULK-H")).toBe(1);
  });

  test("ends when its time is over: it cannot be completed any more, and what it held is for sale again", async () => {
    await stockUp(api, "BULK-E", 2);
    const lines = [{ sku: "BULK-E", quantity: 2 }];
    expect(
      (await api.post("/v1/draft-orders", request({ lines, expires_at: "2020-01-01T00:00:00Z" }))).body,
    ).toMatchObject({ status: 422 });
    const far = new Date(Date.now() + 40 * 86_400_000).toISOString();
    expect(
      (await api.post("/v1/draft-orders", request({ lines, hold_stock: true, expires_at: far }))).status,
    ).toBe(422);
    const draft = await api.post("/v1/draft-orders", request({ lines, hold_stock: true }));
    await env.DB.prepare("UPDATE orders SET expires_at_ms = 1 WHERE id = ?1").bind(draft.body.id).run();
    expect((await api.post(`/v1/draft-orders/${draft.body.id}/complete`, {})).body).toMatchObject({
      status: 409,
      because: "expired",
    });
    const { createServices } = await import("../../src/worker/services.ts");
    const { expireDrafts } = await import("../../src/worker/use-cases/expire-drafts.ts");
    await expireDrafts(createServices(env, () => {}));
    const ended = (await api.get(`/v1/orders/${draft.body.id}`)).body;
    expect(ended).toMatchObject({ status: "canceled" });
    await vi.waitFor(async () => expect(await available("BULK-E")).toBe(2), {
      timeout: 60_000,
      interval: 100,
    });
  });
});
