import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";

import { auditSku } from "../../scripts/demo/audit.ts";
import { orderBody, startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

let shop: TestEngine;
/** What a shop's own server would do with what the engine sends it. */
let secret = "";
const heard: Array<string> = [];
const receiver = createServer((request, response) => {
  void (async () => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const { type } = new Webhook(secret).verify(body, request.headers as Record<string, string>) as {
      type: string;
    };
    heard.push(type);
    response.writeHead(204).end();
  })();
});
beforeAll(async () => {
  shop = await startTestEngine();
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  const made = await shop.secret("POST", "/v1/webhook-endpoints", {
    body: { url: `http://127.0.0.1:${port}/hooks`, events: ["*"] },
    idempotencyKey: "receiver",
  });
  secret = made.body["secret"] as string;
  await stockShop(shop.secret, { "LAMP-1": 10, "LAMP-2": 10 });
});
afterAll(async () => {
  receiver.close();
  await shop.end();
});

test("a hold becomes an order, is routed, picked, labeled, shipped and delivered, and its label is a 4 × 6 inch PDF", async () => {
  const held = await shop.publishable("POST", "/v1/holds", {
    body: {
      lines: [
        { sku: "LAMP-1", quantity: 2 },
        { sku: "LAMP-2", quantity: 1 },
      ],
      buyer: "buyer-1",
    },
    idempotencyKey: "hold-1",
  });
  expect([held.status, held.body["status"]]).toEqual([201, "active"]);

  const placed = await shop.publishable("POST", "/v1/orders", {
    body: orderBody(held.body["id"] as string),
    idempotencyKey: "order-1",
  });
  expect(placed.status, JSON.stringify(placed.body)).toBe(201);
  expect(placed.body).toMatchObject({
    status: "placed",
    payment_status: "paid",
    total: 7_500,
    currency: "EUR",
  });

  const order = await until(
    () => shop.secret("GET", `/v1/orders/${String(placed.body["id"])}`),
    ({ body }) => body["status"] === "completed",
  );
  expect(order.body).toMatchObject({
    status: "completed",
    fulfillment_status: "delivered",
    payment_status: "paid",
    paid_total: 7_500,
  });
  const shipments = order.body["shipments"] as Array<Record<string, unknown>>;
  expect(shipments).toHaveLength(1);
  expect(shipments[0]).toMatchObject({ status: "delivered", tracking_status: "delivered" });
  const events = (order.body["events"] as Array<{ type: string }>).map(({ type }) => type);
  expect(events).toEqual(
    expect.arrayContaining([
      "order.placed",
      "payment.captured",
      "order.routed",
      "fulfillment.picked",
      "shipment.shipped",
      "shipment.delivered",
    ]),
  );

  // The shop's server hears of it too, in whatever order, each once.
  await until(
    async () => heard,
    (types) => types.includes("order.completed") && types.length >= events.length,
  );
  expect(heard.toSorted()).toEqual(events.toSorted());

  const label = await fetch(`${shop.engine.url}/v1/shipments/${String(shipments[0]?.["id"])}/label`, {
    headers: { authorization: "Bearer sk_local_holdfast" },
  });
  expect([label.status, label.headers.get("content-type")]).toEqual([200, "application/pdf"]);
  const pdf = Buffer.from(await label.arrayBuffer()).toString("latin1");
  expect(pdf.slice(0, 4)).toBe("%PDF");
  expect(pdf).toMatch(/\/MediaBox\s*\[\s*0\s+0\s+288\s+432\s*\]/);

  for (const [sku, left] of [
    ["LAMP-1", 8],
    ["LAMP-2", 9],
  ] as const) {
    const { body: stock } = await shop.secret("GET", `/v1/skus/${sku}/stock`);
    expect(stock).toMatchObject({ available: left, held: 0, committed: 0 });
    expect(stock["locations"]).toEqual([expect.objectContaining({ on_hand: left, allocated: 0 })]);
    expect(await auditSku(shop.secret, sku)).toEqual([]);
  }
});

test("a declined payment is 402 and leaves the hold active, so that another card can be tried", async () => {
  const held = await shop.publishable("POST", "/v1/holds", {
    body: { lines: [{ sku: "LAMP-1", quantity: 1 }], buyer: "buyer-2" },
    idempotencyKey: "hold-2",
  });
  const hold = held.body["id"] as string;
  const declined = await shop.publishable("POST", "/v1/orders", {
    body: { ...orderBody(hold), payment: { provider: "manual", outcome: "declined" } },
    idempotencyKey: "order-2",
  });
  expect([declined.status, declined.body["code"]]).toEqual([402, "payment_declined"]);
  expect((await shop.publishable("GET", `/v1/holds/${hold}`)).body["status"]).toBe("active");

  const placed = await shop.publishable("POST", "/v1/orders", {
    body: orderBody(hold),
    idempotencyKey: "order-2-again",
  });
  expect(placed.status).toBe(201);
});
