import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";

import { orderRequestSchema } from "../../src/contract/orders.ts";
import { parseHoldId } from "../../src/domain/inventory/hold.ts";
import { orderIdOfHold } from "../../src/domain/orders/place.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { stripePayments } from "../../src/integrations/payments/stripe.ts";
import { askPayment } from "../../src/worker/use-cases/ask-payment.ts";
import { cancelOrder } from "../../src/worker/use-cases/cancel-order.ts";
import { payOrder } from "../../src/worker/use-cases/pay-order.ts";
import { paymentWebhook } from "../../src/worker/use-cases/receive-payment-news.ts";
import { watchPayments } from "../../src/worker/use-cases/watch-payments.ts";
import { apiClient } from "../support/api-client.ts";
import { OrderWorld, requestFor } from "../support/order-world.ts";
import { signedEvent, STRIPE_SECRET, StripeServer } from "../support/stripe-server.ts";

const MINUTE_MS = 60_000;

let shops = 0;

/** A shop that takes payments at Stripe, with one SKU. */
async function shop(units = 1) {
  const world = new OrderWorld();
  shops += 1;
  const server = new StripeServer(`s${shops}_`);
  const pi = `pi_s${shops}_1`;
  const port = stripePayments({
    secretKey: "sk_test_stripe",
    webhookSecrets: [STRIPE_SECRET],
    fetch: (...asked) => server.fetch(...asked),
  });
  world.port = (name) => (name === "stripe" ? port : world.bank);
  const sku = world.sku("A");
  await world.stock(sku, units);
  const hold = await world.hold([{ sku, quantity: 1 }]);
  const parsed = parseHoldId(hold);
  const orderId = orderIdOfHold(parsed?.createdAtMs ?? 0, parsed?.key ?? "");
  const holdKey = parsed?.key ?? "";
  const place = (method: string, capture: "automatic" | "manual" = "automatic") =>
    world.place(hold, "place", {
      change: {
        payment: {
          provider: "stripe",
          capture,
          payment_method: method,
          return_url: "https://shop.test/back",
        },
      },
    });
  const tell = async (events: ReadonlyArray<(typeof server.events)[number]> = server.events) => {
    for (const event of events) {
      const { body, headers } = signedEvent(event, { atMs: world.nowMs() });
      const receive = paymentWebhook(world.services(), "stripe");
      const outcome = await receive?.({
        connection: "stripe",
        bytes: new TextEncoder().encode(body),
        headers: new Headers(headers),
        url: "",
      });
      expect(outcome).toEqual({ status: "accepted" });
    }
  };
  const order = async () =>
    env.DB.prepare(
      `SELECT status, payment_status, cancel_reason,
         (SELECT coalesce(sum(amount), 0) FROM payment_transaction WHERE order_id = ?1 AND kind = 'capture') AS captured,
         (SELECT coalesce(sum(amount), 0) FROM payment_transaction WHERE order_id = ?1 AND kind = 'refund') AS refunded
       FROM orders WHERE id = ?1`,
    )
      .bind(orderId)
      .first();
  const exceptions = async () => {
    const { results } = await env.DB.prepare("SELECT kind FROM exception WHERE subject = ?1")
      .bind(`order:${orderId}`)
      .all();
    return results.map(({ kind }) => kind);
  };
  return { world, server, pi, sku, hold, holdKey, orderId, place, tell, order, exceptions };
}

describe("a payment that sends its payer away", () => {
  test("keeps the hold until the payer is back, and then the order is placed with its stock", async () => {
    const { world, server, pi, sku, holdKey, orderId, place, tell, order } = await shop();
    const placed = await place("pm_card_bank");
    expect(placed).toMatchObject({
      ok: true,
      value: {
        id: orderId,
        status: "draft",
        payment_status: "requires_action",
        payments: [{ redirect_url: `https://bank.test/${pi}`, client_token: `${pi}_secret` }],
      },
    });
    // A repeat is answered the same, and whoever keeps the books sees that this hold is waited for.
    expect(await place("pm_card_bank")).toEqual(placed);
    await world.settle();
    expect((await skuClient(env, sku).readHold(holdKey))?.status).toBe("paying");
    expect(world.routed).toEqual([]);

    server.approve(pi);
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ status: "placed", payment_status: "paid", captured: 1_200 });
    expect((await skuClient(env, sku).readHold(holdKey))?.status).toBe("converted");
    expect(world.routed).toEqual([orderId]);
  });

  test("that is never reported is asked for", async () => {
    const { world, server, pi, orderId, place, order } = await shop();
    await place("pm_card_bank", "manual");
    server.approve(pi);
    world.aheadMs += 3 * MINUTE_MS;
    await watchPayments(world.services());
    await world.deliver();
    expect(await order()).toMatchObject({ status: "placed", payment_status: "authorized" });
    expect(world.routed).toEqual([orderId]);
  });

  test("that never comes is withdrawn when its time is up, and the unit is for sale again", async () => {
    const { world, server, pi, sku, place, order } = await shop();
    await place("pm_card_bank");
    world.aheadMs += 31 * MINUTE_MS;
    server.isDown = true;
    await watchPayments(world.services());
    // As long as nobody knows, nothing is given away.
    expect(await order()).toMatchObject({ status: "draft" });
    server.isDown = false;
    world.aheadMs += 6 * MINUTE_MS;
    await watchPayments(world.services());
    await world.deliver();
    expect(server.intents.get(pi)?.status).toBe("canceled");
    expect(await order()).toMatchObject({ status: "canceled", cancel_reason: "declined", captured: 0 });
    expect((await skuClient(env, sku).stock())?.available).toBe(1);
  });

  test("that comes after its hold has ended takes the stock again", async () => {
    const { world, server, pi, sku, holdKey, orderId, place, tell, order } = await shop();
    await place("pm_card_bank");
    await skuClient(env, sku).stopPaying(holdKey, orderId);
    await skuClient(env, sku).releaseHold(holdKey);
    server.approve(pi);
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ status: "placed", payment_status: "paid" });
    expect(await skuClient(env, sku).stock()).toMatchObject({ available: 0, committed: 1 });
  });

  test("that comes after the last unit was sold to another is paid back, and nothing is stuck (vendure #3065)", async () => {
    const { world, server, pi, sku, holdKey, orderId, place, tell, order } = await shop();
    await place("pm_card_bank");
    await skuClient(env, sku).stopPaying(holdKey, orderId);
    await skuClient(env, sku).releaseHold(holdKey);
    await world.hold([{ sku, quantity: 1 }]);
    server.approve(pi);
    await tell();
    await world.deliver();
    expect(await order()).toEqual({
      status: "canceled",
      payment_status: "refunded",
      cancel_reason: "inventory",
      captured: 1_200,
      refunded: 1_200,
    });
    expect(server.kept(pi)).toBe(0);
  });

  test("that comes after the order was canceled is paid back", async () => {
    const { world, server, pi, orderId, place, tell, order } = await shop();
    await place("pm_card_bank");
    await cancelOrder(world.services(), {
      orderId,
      reason: "customer",
      restock: true,
      refund: true,
      notify: false,
      actor: "key_test",
      requestId: null,
      mark: "cancel",
      isVersionAcceptable: () => true,
    });
    server.approve(pi);
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ status: "canceled", payment_status: "refunded", refunded: 1_200 });
    expect(server.kept(pi)).toBe(0);
  });

  test("that fails may be tried again as long as the hold is there", async () => {
    const { world, server, pi, place, tell, order } = await shop();
    await place("pm_card_bank");
    server.fail(pi);
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ status: "draft", payment_status: "failed" });
    server.approve(pi);
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ status: "placed", payment_status: "paid" });
  });
});

test("a payment of what a placed order is still owed is waited for, and not withdrawn before its time", async () => {
  const { world, server, pi, orderId, place, order } = await shop();
  await place("pm_card_visa");
  await env.DB.prepare(
    "UPDATE orders SET shipping_total = shipping_total + 300, total = total + 300 WHERE id = ?1",
  )
    .bind(orderId)
    .run();
  const second = pi.replace(/1$/, "2");
  const paid = await payOrder(world.services(), {
    orderId,
    request: orderPayment({
      provider: "stripe",
      payment_method: "pm_card_bank",
      return_url: "https://shop.test/back",
    }),
    actor: { principalId: "key_test", requestId: "req_pay" },
    mark: "pay",
  });
  expect(paid).toMatchObject({
    ok: true,
    value: { payments: [{ reference: second, status: "requires_action", amount: 300 }] },
  });
  world.aheadMs += 3 * MINUTE_MS;
  await watchPayments(world.services());
  server.approve(second);
  world.aheadMs += 6 * MINUTE_MS;
  await watchPayments(world.services());
  expect(await order()).toMatchObject({ status: "placed", payment_status: "paid", captured: 1_500 });
});

describe("what Stripe tells", () => {
  test("before the order is written is applied when it is", async () => {
    const { world, server, pi, place, tell, order } = await shop();
    const answer = server.fetch;
    Object.assign(server, {
      fetch: async (...asked: Parameters<typeof fetch>) => {
        const reply = await answer(...asked);
        if (server.asked.at(-1)?.endsWith("/confirm") === true) {
          await tell();
          await world.deliver();
        }
        return reply;
      },
    });
    await place("pm_card_visa");
    await world.deliver();
    expect(await order()).toMatchObject({ status: "placed", payment_status: "paid", captured: 1_200 });
    const { results } = await env.DB.prepare("SELECT DISTINCT status FROM payment_news WHERE reference = ?1")
      .bind(pi)
      .all();
    expect(results).toContainEqual({ status: "applied" });
  });

  test("in any order, and everything twice, comes to the same", async () => {
    const orders = [
      [0, 1, 2, 3],
      [3, 2, 1, 0],
      [2, 0, 3, 1],
      [1, 3, 0, 2],
    ];
    for (const sequence of orders) {
      const { world, server, pi, orderId, place, tell, order } = await shop();
      await place("pm_card_bank", "manual");
      server.approve(pi);
      await server.fetch(`https://api.stripe.com/v1/payment_intents/${pi}/capture`, { method: "POST" });
      await server.fetch("https://api.stripe.com/v1/refunds", {
        method: "POST",
        body: new URLSearchParams({ payment_intent: pi, amount: "200" }),
      });
      const four = server.events.slice();
      expect(four).toHaveLength(4);
      const shuffled = sequence.flatMap((index) => four.slice(index, index + 1));
      for (const event of [...shuffled, ...shuffled]) {
        await tell([event]);
        await world.deliver();
      }
      expect(await order(), sequence.join()).toMatchObject({
        status: "placed",
        payment_status: "partially_refunded",
        captured: 1_200,
        refunded: 200,
      });
      expect(world.routed).toEqual([orderId]);
    }
  });

  test("a payment of another amount or currency is not counted, and somebody looks at it", async () => {
    for (const change of [{ amount: 1 }, { currency: "usd" }]) {
      const { world, server, pi, place, tell, order, exceptions } = await shop();
      await place("pm_card_bank");
      const intent = server.intents.get(pi);
      Object.assign(intent ?? {}, change);
      server.approve(pi);
      await tell();
      await tell();
      await world.deliver();
      expect(await order()).toMatchObject({ status: "draft", captured: 0 });
      expect(await exceptions()).toEqual(["payment_quarantined"]);
    }
  });

  test("a dispute is in the ledger and a task for a person, and one that is won gives the money back", async () => {
    const { world, server, pi, place, tell, order, exceptions } = await shop();
    await place("pm_card_visa");
    server.dispute(pi, "needs_response", "charge.dispute.created");
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ payment_status: "refunded" });
    expect(await exceptions()).toEqual(["chargeback"]);
    server.dispute(pi, "won", "charge.dispute.closed");
    await tell();
    await world.deliver();
    expect(await order()).toMatchObject({ payment_status: "paid" });
  });

  test("a refund that was taken back later is a task for a person, and can be asked for again", async () => {
    const { world, server, pi, orderId, place, tell, order, exceptions } = await shop();
    await place("pm_card_visa");
    const ask = (mark: string) =>
      askPayment(world.services(), {
        orderId,
        wish: { kind: "refund", notify: true, reason: "test", wish: { kind: "all" } },
        actor: { principalId: "key_test", requestId: mark },
        mark,
        isVersionAcceptable: () => true,
      });
    expect(await ask("one")).toMatchObject({ ok: true });
    const [refund] = server.refunds.keys();
    server.failRefund(refund ?? "");
    await tell();
    await world.deliver();
    expect(await exceptions()).toEqual(["refund_failed"]);
    expect(await order()).toMatchObject({ payment_status: "paid" });
    expect(await ask("two")).toMatchObject({ ok: true });
    expect(server.kept(pi)).toBe(0);
  });

  test("money for an order that was never written goes back", async () => {
    const { world, server, pi, tell, orderId, exceptions } = await shop();
    const port = world.services().paymentProvider("stripe");
    await port?.authorize({
      orderId,
      amount: 1_200,
      currency: "EUR" as never,
      capture: "automatic",
      details: { payment_method: "pm_card_visa" },
      idempotencyKey: "lost",
    });
    await tell();
    await world.deliver();
    world.aheadMs += 61 * MINUTE_MS;
    await world.settle();
    expect(server.kept(pi)).toBe(0);
    expect(await exceptions()).toEqual(["payment_unmatched"]);
  });
});

test("POST /webhooks/stripe takes what is signed, once, and refuses what is not", async () => {
  const event = {
    id: "evt_http",
    type: "payment_intent.succeeded",
    data: { object: intentOf("ord_nobody") },
  };
  const outside = apiClient(null);
  const { body, headers } = signedEvent(event);
  for (let sent = 0; sent < 2; sent += 1) {
    expect(await outside.send("POST", "/webhooks/stripe", { body, headers })).toMatchObject({
      status: 200,
      body: {},
    });
  }
  const forged = signedEvent(event, { secret: "whsec_other" });
  expect((await outside.send("POST", "/webhooks/stripe", forged)).status).toBe(401);
  const stale = signedEvent(event, { atMs: Date.now() - 600_000 });
  expect((await outside.send("POST", "/webhooks/stripe", stale)).status).toBe(401);
  expect((await outside.send("POST", "/webhooks/manual", { body, headers })).status).toBe(404);
  const kept = await env.DB.prepare(
    "SELECT count(*) AS count FROM payment_news WHERE order_id = 'ord_nobody'",
  ).first();
  expect(kept).toEqual({ count: 1 });
});

test("no field of a payment takes a card number", async () => {
  const { hold } = await shop();
  for (const method of ["4242424242424242", "4242-4242-4242-4242"]) {
    const payment = { provider: "stripe", payment_method: method };
    expect(() => ({ ...requestFor(hold), payment: orderPayment(payment) })).toThrow(/card number/);
  }
});

function orderPayment(payment: unknown) {
  return orderRequestSchema.shape.payment.parse(payment);
}

function intentOf(orderId: string) {
  return {
    id: "pi_http",
    object: "payment_intent",
    amount: 100,
    amount_received: 100,
    currency: "eur",
    status: "succeeded",
    last_payment_error: null,
    latest_charge: null,
    metadata: { holdfast_order: orderId },
  };
}
