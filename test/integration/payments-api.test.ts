import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_payments_test");

beforeAll(async () => {
  await seedKey("sk_payments_test");
  await stockUp(api, "PAY-1", 100);
});

async function place(capture: "automatic" | "manual") {
  const hold = await api.post("/v1/holds", { lines: [{ sku: "PAY-1", quantity: 2 }], buyer: "buyer-1" });
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
    payment: { provider: "manual", capture },
  });
  expect(order.status).toBe(201);
  return order.body;
}

test("an order is captured in part, refunded by units, and voided, each repeat answered the same", async () => {
  const order = await place("manual");
  const path = `/v1/orders/${order.id}`;
  const captured = await api.post(`${path}/captures`, { amount: 2_000 }, "capture-1");
  expect(captured).toMatchObject({
    status: 201,
    body: {
      payment_status: "partially_paid",
      paid_total: 2_000,
      payment_requests: [{ kind: "capture", status: "succeeded", amount: 2_000 }],
    },
  });
  const again = await api.post(`${path}/captures`, { amount: 2_000 }, "capture-1");
  expect(again.headers.get("idempotent-replayed")).toBe("true");

  const refunded = await api.post(`${path}/refunds`, {
    lines: [{ line: order.lines[0].id, quantity: 1 }],
    reason: "scratched",
  });
  expect(refunded).toMatchObject({
    status: 201,
    body: { payment_status: "partially_refunded", refunded_total: 1_500 },
  });
  const voided = await api.post(`${path}/voids`, {});
  expect(voided.body.transactions.at(-1)).toMatchObject({ kind: "void", amount: 1_000 });
  expect(voided.body.events.map(({ type }: { type: string }) => type)).toEqual(
    expect.arrayContaining(["payment.captured", "payment.refunded", "payment.voided"]),
  );
  expect((await api.get(path)).body.refunded_total).toBe(1_500);
});

test.each([
  ["/captures", { amount: 1 }, 409, "amount_unavailable"],
  ["/refunds", { amount: 3_001, reason: "x" }, 409, "amount_unavailable"],
  ["/refunds", { lines: [{ line: "line_none", quantity: 1 }], reason: "x" }, 422, "order_line_unknown"],
  [
    "/refunds",
    { amount: 1, lines: [{ line: "line_none", quantity: 1 }], reason: "x" },
    422,
    "request_invalid",
  ],
  ["/refunds", { amount: 0, reason: "x" }, 422, "request_invalid"],
  ["/refunds", { amount: 1 }, 422, "request_invalid"],
  ["/voids", {}, 409, "amount_unavailable"],
])("%s %j is refused with %i %s", async (path, body, status, code) => {
  const order = await place("automatic");
  expect((await api.post(`/v1/orders/${order.id}${path}`, body)).body).toMatchObject({ status, code });
});

test("a refund for the version somebody saw is refused once the order has changed, and an order that is not there is 404", async () => {
  const order = await place("automatic");
  const stale = await api.send("POST", `/v1/orders/${order.id}/refunds`, {
    body: JSON.stringify({ reason: "x" }),
    headers: { "content-type": "application/json", "idempotency-key": "stale-refund", "if-match": '"99"' },
  });
  expect(stale.body).toMatchObject({ status: 412, code: "precondition_failed" });
  expect((await api.post("/v1/orders/ord_none/refunds", { reason: "x" })).status).toBe(404);
});
