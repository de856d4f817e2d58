import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";

import { parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { payPalPayments } from "../../src/integrations/payments/paypal.ts";
import { askPayment } from "../../src/worker/use-cases/ask-payment.ts";
import { paymentWebhook } from "../../src/worker/use-cases/receive-payment-news.ts";
import { apiClient } from "../support/api-client.ts";
import { OrderWorld } from "../support/order-world.ts";
import { PAYPAL_API, PAYPAL_WEBHOOK_ID, payPalDelivery, PayPalServer } from "../support/paypal-server.ts";

afterEach(() => vi.unstubAllGlobals());

const APPROVED = {
  id: "WH-1",
  event_type: "CHECKOUT.ORDER.APPROVED",
  resource: { id: "PP1", custom_id: "ord_nobody" },
};

test("POST /webhooks/paypal takes what PayPal signed, once, and refuses what is changed, stolen or signed by others", async () => {
  const server = new PayPalServer();
  vi.stubGlobal("fetch", server.fetch);
  const outside = apiClient(null, {
    PAYPAL_CLIENT_ID: "client-http",
    PAYPAL_CLIENT_SECRET: "secret",
    PAYPAL_WEBHOOK_ID,
    PAYPAL_API_BASE: PAYPAL_API,
  });
  const post = (sent: { body: string; headers: Record<string, string> }) =>
    outside.send("POST", "/webhooks/paypal", sent);
  const good = await payPalDelivery(APPROVED);
  for (let sent = 0; sent < 2; sent += 1) expect(await post(good)).toMatchObject({ status: 200, body: {} });
  expect((await post({ ...good, body: `${good.body} ` })).status).toBe(401);
  expect((await post(await payPalDelivery(APPROVED, { webhookId: "WH-OF-ANOTHER-SHOP" }))).status).toBe(401);
  const elsewhere = { headers: { "paypal-cert-url": "https://certs.evil.test/paypal.com" } };
  expect((await post(await payPalDelivery(APPROVED, elsewhere))).status).toBe(401);
  expect((await post({ ...good, headers: {} })).status).toBe(401);
  expect((await post(await payPalDelivery("no event"))).status).toBe(400);
  const kept = await env.DB.prepare(
    "SELECT count(*) AS count FROM payment_news WHERE provider = 'paypal'",
  ).first();
  expect(kept).toEqual({ count: 1 });
});

let shops = 0;

/** An order whose payer has approved at PayPal, and of which PayPal has told. */
async function paid(capture: "automatic" | "manual" = "automatic") {
  const world = new OrderWorld();
  shops += 1;
  const server = new PayPalServer(`S${shops}`);
  const port = payPalPayments({
    clientId: `client-${crypto.randomUUID()}`,
    clientSecret: "secret",
    webhookId: PAYPAL_WEBHOOK_ID,
    apiBase: PAYPAL_API,
    fetch: server.fetch,
  });
  world.port = (name) => (name === "paypal" ? port : world.bank);
  const sku = world.sku("A");
  await world.stock(sku, 3);
  const hold = await world.hold([{ sku, quantity: 3 }]);
  const parsed = parseHoldId(hold);
  const orderId = orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "");
  const payment = { provider: "paypal", capture, return_url: "https://shop.test/back" };
  const placed = await world.place(hold, "place", { change: { payment } });
  const reference =
    (placed.ok && "payments" in placed.value ? placed.value.payments[0]?.reference : "") ?? "";
  const tell = async (event: object) => {
    const { body, headers } = await payPalDelivery(event);
    const outcome = await paymentWebhook(
      world.services(),
      "paypal",
    )?.({
      connection: "paypal",
      bytes: new TextEncoder().encode(body),
      headers: new Headers(headers),
      url: "",
    });
    expect(outcome).toEqual({ status: "accepted" });
    await world.deliver();
  };
  server.approve(reference);
  await tell({ id: `WH-${orderId}`, event_type: "CHECKOUT.ORDER.APPROVED", resource: { id: reference } });
  const ledger = async () => {
    const { results } = await env.DB.prepare(
      "SELECT kind, sum(amount) AS amount FROM payment_transaction WHERE order_id = ?1 GROUP BY kind ORDER BY kind",
    )
      .bind(orderId)
      .all<{ kind: string; amount: number }>();
    return Object.fromEntries(results.map(({ kind, amount }) => [kind, amount]));
  };
  const exceptions = async () => {
    const { results } = await env.DB.prepare("SELECT kind FROM exception WHERE order_id = ?1")
      .bind(orderId)
      .all();
    return results.map(({ kind }) => kind);
  };
  const ask = (wish: Parameters<typeof askPayment>[1]["wish"], mark: string) =>
    askPayment(world.services(), {
      orderId,
      wish,
      actor: { principalId: "key_test", requestId: mark },
      mark,
      isVersionAcceptable: () => true,
    });
  return { world, server, reference, orderId, tell, ledger, exceptions, ask };
}

test("a dispute at PayPal is in the ledger and a task for a person, and one that is won gives the money back, in any order", async () => {
  const { reference, tell, ledger, exceptions } = await paid();
  expect(await ledger()).toEqual({ authorization: 3_600, capture: 3_600 });
  const dispute = (id: string, change: object) => ({
    id,
    event_type: "CUSTOMER.DISPUTE.UPDATED",
    resource: {
      dispute_id: "PP-D-1",
      status: "UNDER_REVIEW",
      dispute_life_cycle_stage: "CHARGEBACK",
      dispute_amount: { currency_code: "EUR", value: "36.00" },
      disputed_transactions: [{ seller_transaction_id: `C-${reference}` }],
      ...change,
    },
  });
  const won = { status: "RESOLVED", dispute_outcome: { outcome_code: "RESOLVED_SELLER_FAVOUR" } };
  await tell(dispute(`${reference}-0`, { dispute_life_cycle_stage: "INQUIRY" }));
  expect(await exceptions()).toEqual([]);
  await tell(dispute(`${reference}-1`, {}));
  expect(await ledger()).toMatchObject({ chargeback: 3_600 });
  expect(await exceptions()).toEqual(["chargeback"]);
  await tell(dispute(`${reference}-2`, won));
  await tell(dispute(`${reference}-1`, {}));
  await tell(dispute(`${reference}-3`, {}));
  expect(await ledger()).toEqual({
    authorization: 3_600,
    capture: 3_600,
    chargeback: 3_600,
    reversal: 3_600,
  });
  expect(await exceptions()).toEqual(["chargeback"]);
});

test("a refund larger than any of an order's captures at PayPal is in the ledger once, and PayPal's own news of it add nothing", async () => {
  const { server, reference, tell, ledger, ask, orderId } = await paid("manual");
  for (const [mark, amount] of [
    ["c1", 1_000],
    ["c2", 1_600],
    ["c3", 1_000],
  ] as const)
    expect(await ask({ kind: "capture", amount, remainder: "keep" }, mark)).toMatchObject({ ok: true });
  expect(
    await ask({ kind: "refund", notify: true, reason: "test", wish: { kind: "amount", amount: 3_000 } }, "r"),
  ).toMatchObject({
    ok: true,
    value: {
      paymentRequests: expect.arrayContaining([
        expect.objectContaining({ kind: "refund", status: "succeeded" }),
      ]),
    },
  });
  const refunds = server.orders.get(reference)?.purchase_units[0].payments.refunds ?? [];
  expect(refunds.reduce((sum, { amount }) => sum + Math.round(Number(amount.value) * 100), 0)).toBe(3_000);
  for (const { id, links } of refunds) {
    await tell({
      id: `WH-${orderId}-${id}`,
      event_type: "PAYMENT.CAPTURE.REFUNDED",
      resource: { id, supplementary_data: { related_ids: { order_id: reference } }, links },
    });
  }
  expect(await ledger()).toEqual({ authorization: 3_600, capture: 3_600, refund: 3_000 });
});
