import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { createEmulator, type Emulator } from "emulate";
import { afterAll, beforeAll, expect, test } from "vitest";

import { orderBody, startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

/**
 * Stripe as other people imitate it: its payment intents, and webhooks that it signs. It knows neither refunds nor
 * disputes; those are tried against a server of our own.
 */
let stripe: Emulator;
let shop: TestEngine;

const SECRET = "whsec_of_the_emulator";
type Delivery = {
  readonly type: string;
  readonly body: string;
  readonly signature: string;
  readonly status: number;
};
const delivered: Array<Delivery> = [];
/** Stands between the two, so that each can be started first, and what was sent can be sent again. */
const relay = createServer((request, response) => {
  void (async () => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
    const signature = String(request.headers["stripe-signature"]);
    const { type } = JSON.parse(body) as { type: string };
    const { status } = await send(body, signature);
    delivered.push({ type, body, signature, status });
    response.writeHead(status).end();
  })();
});

function send(body: string, signature: string): Promise<Response> {
  return fetch(`${shop.engine.url}/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json", "stripe-signature": signature },
    body,
  });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const { port } = relay.address() as AddressInfo;
  stripe = await createEmulator({
    service: "stripe",
    port: 0,
    seed: { stripe: { webhooks: [{ url: `http://127.0.0.1:${port}/`, events: ["*"], secret: SECRET }] } },
  });
  shop = await startTestEngine({
    vars: {
      STRIPE_SECRET_KEY: "sk_test_emulator",
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_API_BASE: stripe.url,
    },
  });
  await stockShop(shop.secret, { "LAMP-1": 10, "LAMP-2": 1 });
});
afterAll(async () => {
  await shop.end();
  await stripe.close();
  relay.close();
});

async function hold(sku: string, quantity: number, key: string): Promise<string> {
  const { body } = await shop.publishable("POST", "/v1/holds", {
    body: { lines: [{ sku, quantity }], buyer: key },
    idempotencyKey: `hold-${key}`,
  });
  return String(body["id"]);
}

function place(holdId: string, key: string, payment: object) {
  return shop.publishable("POST", "/v1/orders", {
    body: { ...orderBody(holdId), payment: { provider: "stripe", ...payment } },
    idempotencyKey: `order-${key}`,
  });
}

async function kept(orderId: string) {
  const { results } = await shop.engine.database
    .prepare(
      "SELECT kind, amount, currency, provider FROM payment_transaction WHERE order_id = ?1 ORDER BY kind, id",
    )
    .bind(orderId)
    .all();
  return results;
}

async function intentOf(orderId: string): Promise<{ id: string; status: string; amount: number }> {
  const answer = await fetch(`${stripe.url}/v1/payment_intents?limit=100`, {
    headers: { authorization: "Bearer sk_test_emulator" },
  });
  const { data } = (await answer.json()) as {
    data: Array<{ id: string; status: string; amount: number; metadata: Record<string, string> }>;
  };
  const own = data.filter(({ metadata }) => Object.values(metadata).includes(orderId));
  expect(own, "one payment an order").toHaveLength(1);
  return own[0] as (typeof own)[number];
}

const captured = [
  { kind: "authorization", amount: 5_000, currency: "EUR", provider: "stripe" },
  { kind: "capture", amount: 5_000, currency: "EUR", provider: "stripe" },
];

test("an order is paid at Stripe, goes its way, and the signed news of it, sent again in any order, change nothing", async () => {
  const placed = await place(await hold("LAMP-1", 2, "a"), "a", { payment_method: "pm_card_visa" });
  expect(placed.body, JSON.stringify(placed.body)).toMatchObject({
    status: "placed",
    payment_status: "paid",
  });
  const orderId = String(placed.body["id"]);
  expect(await intentOf(orderId)).toMatchObject({ status: "succeeded", amount: 5_000 });
  await until(
    async () => delivered.map(({ type }) => type),
    (types) => types.includes("payment_intent.succeeded"),
  );
  expect(delivered.map(({ status }) => status)).toEqual(delivered.map(() => 200));

  for (const { body, signature } of delivered.toReversed())
    expect((await send(body, signature)).status).toBe(200);
  const done = await until(
    () => shop.secret("GET", `/v1/orders/${orderId}`),
    ({ body }) => body["status"] === "completed",
  );
  expect(done.body).toMatchObject({ status: "completed", payment_status: "paid", paid_total: 5_000 });
  const news = await until(
    async () =>
      (await shop.engine.database.prepare("SELECT status FROM payment_news").all()).results as Array<{
        status: string;
      }>,
    (rows) => rows.every(({ status }) => status === "applied"),
  );
  expect(news.map(({ status }) => status)).toEqual(news.map(() => "applied"));
  expect(await kept(orderId)).toEqual(captured);
});

test("a payer who confirms on the page is heard of by a signed webhook, and only then the order is placed", async () => {
  const placed = await place(await hold("LAMP-1", 2, "b"), "b", {});
  expect(placed.body).toMatchObject({ status: "draft", payment_status: "requires_action", transactions: [] });
  const orderId = String(placed.body["id"]);
  const { id } = await intentOf(orderId);
  await fetch(`${stripe.url}/v1/payment_intents/${id}/confirm`, {
    method: "POST",
    headers: {
      authorization: "Bearer sk_test_emulator",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: "payment_method=pm_card_visa",
  });
  const done = await until(
    () => shop.secret("GET", `/v1/orders/${orderId}`),
    ({ body }) => body["status"] === "completed",
  );
  expect(done.body).toMatchObject({ status: "completed", payment_status: "paid" });
  expect(await kept(orderId)).toEqual(captured);
});

test("a payer who never comes back finds the payment withdrawn at Stripe, and the last unit is for sale again", async () => {
  const placed = await place(await hold("LAMP-2", 1, "c"), "c", {});
  const orderId = String(placed.body["id"]);
  expect((await shop.secret("GET", "/v1/skus/LAMP-2/stock")).body).toMatchObject({ available: 0 });
  // As if the time that a payer may take were over.
  await shop.engine.database
    .prepare("UPDATE payment SET check_at_ms = 1, due_at_ms = 1 WHERE order_id = ?1")
    .bind(orderId)
    .run();
  await shop.engine.fireCron("* * * * *");
  expect(await intentOf(orderId)).toMatchObject({ status: "canceled" });
  expect((await shop.secret("GET", `/v1/orders/${orderId}`)).body).toMatchObject({ status: "canceled" });
  const stock = await until(
    () => shop.secret("GET", "/v1/skus/LAMP-2/stock"),
    ({ body }) => body["available"] === 1,
  );
  expect(stock.body).toMatchObject({ available: 1, held: 0, committed: 0 });
  expect(await kept(orderId)).toEqual([]);
});

test("news that were changed on the way, or signed by somebody else, are refused", async () => {
  const [first] = delivered;
  expect(first).toBeDefined();
  const { body = "", signature = "" } = first ?? {};
  expect((await send(`${body} `, signature)).status).toBe(401);
  expect((await send(body, signature.replace(/v1=.*/, `v1=${"0".repeat(64)}`))).status).toBe(401);
});
