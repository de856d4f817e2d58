import { describe, expect, test } from "vitest";

import type { CurrencyCode } from "../../../src/domain/brand.ts";
import { missingEntries } from "../../../src/domain/payments/provider-state.ts";
import { fromPayPalValue, toPayPalValue } from "../../../src/integrations/payments/paypal-state.ts";
import { payPalPayments } from "../../../src/integrations/payments/paypal.ts";
import { PAYPAL_API, PAYPAL_WEBHOOK_ID, payPalDelivery, PayPalServer } from "../../support/paypal-server.ts";

const EUR = "EUR" as CurrencyCode;
let clients = 0;

function connected() {
  const server = new PayPalServer();
  clients += 1;
  const port = payPalPayments({
    clientId: `client-${clients}`,
    clientSecret: "secret",
    webhookId: PAYPAL_WEBHOOK_ID,
    apiBase: PAYPAL_API,
    fetch: server.fetch,
  });
  const begin = (
    capture: "automatic" | "manual",
    details: object = { return_url: "https://shop.test/back" },
  ) =>
    port.authorize({
      orderId: "ord_1",
      amount: 5_000,
      currency: EUR,
      capture,
      details: details as Record<string, unknown>,
      idempotencyKey: "key-1",
    });
  const followUp = (amount: number, idempotencyKey: string, remainder: "keep" | "release" = "release") => ({
    orderId: "ord_1",
    reference: "PP1",
    amount,
    currency: EUR,
    remainder,
    idempotencyKey,
  });
  return { server, port, begin, followUp };
}

describe("the PayPal adapter", () => {
  test("sends the payer away, takes nothing until it is approved, and then takes it once", async () => {
    const { server, port, begin } = connected();
    const first = await begin("automatic");
    expect(first).toMatchObject({
      ok: true,
      value: {
        entries: [],
        awaited: { reference: "PP1", redirectUrl: "https://paypal.test/checkoutnow?token=PP1" },
      },
    });
    expect(await begin("automatic")).toEqual(first);
    expect(server.orders.size).toBe(1);
    expect(await port.remote?.inquire("PP1")).toMatchObject({
      value: { status: "requires_action", captured: 0 },
    });
    server.approve("PP1");
    for (let asked = 0; asked < 2; asked += 1) {
      expect(await port.remote?.inquire("PP1")).toMatchObject({
        value: {
          status: "captured",
          orderId: "ord_1",
          amount: 5_000,
          authorized: 5_000,
          captured: 5_000,
          currency: "EUR",
        },
      });
    }
  });

  test("captures an authorization in parts, lets go of the rest, pays back, and the news say the same", async () => {
    const { server, port, begin, followUp } = connected();
    await begin("manual");
    server.approve("PP1");
    expect(await port.remote?.inquire("PP1")).toMatchObject({
      value: { status: "authorized", authorized: 5_000 },
    });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect(await port.capture(followUp(2_000, "c1", "keep"))).toMatchObject({
        value: [{ reference: "PP1:2000" }],
      });
    }
    expect(await port.capture(followUp(1_000, "c2"))).toMatchObject({ value: [{ reference: "PP1:3000" }] });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect(await port.refund({ ...followUp(500, "r1"), reference: "PP1:3000" })).toMatchObject({
        value: [{ kind: "refund" }],
      });
    }
    const state = await port.remote?.inquire("PP1");
    if (state?.ok !== true) throw new Error("no state");
    expect(state.value).toMatchObject({ captured: 3_000, voided: 2_000, refunds: [{ amount: 500 }] });
    expect(missingEntries([], "paypal", state.value).map(({ kind, amount }) => [kind, amount])).toEqual([
      ["authorization", 5_000],
      ["capture", 3_000],
      ["void", 2_000],
      ["refund", 500],
    ]);
    expect(await port.refund({ ...followUp(2_501, "r2"), reference: "PP1:3000" })).toMatchObject({
      error: { code: "declined" },
    });
  });

  test("a refund larger than any one capture is spread over them, and one that broke off goes on where it was", async () => {
    const { server, port, begin, followUp } = connected();
    await begin("manual");
    server.approve("PP1");
    await port.remote?.inquire("PP1");
    await port.capture(followUp(2_000, "c1", "keep"));
    await port.capture(followUp(1_500, "c2", "keep"));
    await port.capture(followUp(1_500, "c3"));
    // The newest pays its part, and nobody hears of it.
    server.loses = /captures\/.*\/refund$/;
    const asked = { ...followUp(4_200, "r1"), reference: "PP1:5000" };
    expect(await port.refund(asked)).toMatchObject({ error: { code: "unavailable" } });
    server.loses = null;
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const said = await port.refund(asked);
      expect(said).toMatchObject({
        value: [{ amount: 1_500 }, { amount: 1_500 }, { amount: 1_200 }],
      });
    }
    const state = await port.remote?.inquire("PP1");
    expect(state).toMatchObject({
      value: { refunds: [{ amount: 1_500 }, { amount: 1_500 }, { amount: 1_200 }] },
    });
    expect(await port.refund({ ...followUp(801, "r2"), reference: "PP1:5000" })).toMatchObject({
      error: { code: "declined" },
    });
    expect(await port.refund({ ...followUp(800, "r3"), reference: "PP1:5000" })).toMatchObject({
      value: [{ amount: 800 }],
    });
  });

  test("an order that is given up stays without a charge, and one that is made stays made", async () => {
    const { server, port, begin } = connected();
    await begin("automatic");
    expect(await port.remote?.withdraw("PP1")).toMatchObject({ value: { status: "canceled", captured: 0 } });
    server.approve("PP1");
    await port.remote?.inquire("PP1");
    expect(await port.remote?.withdraw("PP1")).toMatchObject({
      value: { status: "captured", captured: 5_000 },
    });
  });

  test("what cannot be asked for is refused, and a server that is down is no refusal", async () => {
    const { server, begin } = connected();
    expect(await begin("automatic", {})).toEqual({
      ok: false,
      error: { code: "declined", reason: "return_url_missing" },
    });
    server.isDown = true;
    expect(await begin("automatic")).toMatchObject({ ok: false, error: { code: "unavailable" } });
  });

  test.each<[number, string, string | null]>([
    [1_999, "EUR", "19.99"],
    [5, "USD", "0.05"],
    [500, "JPY", "500"],
    [12_300, "HUF", "123"],
    [12_345, "HUF", null],
  ])("%i minor units of %s are %s there", (amount, currency, value) => {
    expect(toPayPalValue(amount, currency)).toBe(value);
    const back = value === null ? amount : fromPayPalValue({ currency_code: currency, value });
    expect(back).toBe(amount);
  });
});

describe("PayPal webhooks", () => {
  const event = {
    id: "WH-EVENT-1",
    event_type: "PAYMENT.CAPTURE.COMPLETED",
    resource: { id: "C-PP1", custom_id: "ord_1", supplementary_data: { related_ids: { order_id: "PP1" } } },
  };
  const receive = async (
    port: ReturnType<typeof connected>["port"],
    sent: Promise<{ body: string; headers: Record<string, string> }>,
    nowMs = Date.UTC(2026, 10, 24),
  ) => {
    const { body, headers } = await sent;
    return port.remote?.receive(new TextEncoder().encode(body), new Headers(headers), nowMs);
  };
  const forged = { ok: false, error: { code: "forged" } };

  test("one that PayPal signed names its order, whatever spaces it has", async () => {
    const { port } = connected();
    expect(await receive(port, payPalDelivery(JSON.stringify(event, null, 3)))).toEqual({
      ok: true,
      value: { eventId: "WH-EVENT-1", reference: "PP1", orderId: "ord_1", state: null },
    });
  });

  test.each<[string, Parameters<typeof payPalDelivery>[1]]>([
    ["for another webhook", { webhookId: "WH-OTHER" }],
    ["with another time", { headers: { "paypal-transmission-time": "2026-11-24T12:00:01Z" } }],
    ["without a signature", { headers: { "paypal-transmission-sig": "" } }],
    ["that is no base64", { headers: { "paypal-transmission-sig": "***" } }],
    ["by a weaker method", { headers: { "paypal-auth-algo": "SHA1withRSA" } }],
    [
      "by a certificate of somebody else",
      { headers: { "paypal-cert-url": "https://paypal.com.evil.test/cert" } },
    ],
    ["by a certificate on an open line", { headers: { "paypal-cert-url": "http://api.paypal.com/cert" } }],
    ["by a certificate behind a name", { headers: { "paypal-cert-url": "https://x@api.paypal.com/cert" } }],
  ])("one signed %s is refused, and nobody else is asked", async (_, change) => {
    const { server, port } = connected();
    expect(await receive(port, payPalDelivery(event, change))).toEqual(forged);
    expect(server.asked.filter((asked) => !asked.includes("/certs/"))).toEqual([]);
  });

  test("one whose certificate is over is refused, one that is no event too, and one that cannot be checked has to come again", async () => {
    const { server, port } = connected();
    expect(await receive(port, payPalDelivery(event), Date.UTC(2055, 0, 1))).toEqual(forged);
    expect(await receive(port, payPalDelivery("{"))).toEqual({ ok: false, error: { code: "malformed" } });
    server.isDown = true;
    const elsewhere = {
      headers: { "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-2" },
    };
    expect(await receive(port, payPalDelivery(event, elsewhere))).toEqual({
      ok: false,
      error: { code: "unavailable" },
    });
  });

  test("one that names only a capture, as older ones do, is asked about; one of somebody else's is left alone", async () => {
    const { server, port, begin } = connected();
    await begin("automatic");
    server.approve("PP1");
    await port.remote?.inquire("PP1");
    const named = { ok: true, value: { reference: "PP1", orderId: "ord_1" } };
    expect(await receive(port, payPalDelivery({ ...event, resource: { id: "C-PP1" } }))).toMatchObject(named);
    const up = [{ rel: "up", href: "https://api.paypal.com/v2/payments/captures/CPP1" }];
    const refund = { ...event, event_type: "PAYMENT.CAPTURE.REFUNDED", resource: { id: "R-1", links: up } };
    expect(await receive(port, payPalDelivery(refund))).toEqual({ ok: true, value: null });
    const other = { ...event, event_type: "BILLING.PLAN.CREATED", resource: { id: "P-1" } };
    expect(await receive(port, payPalDelivery(other))).toEqual({ ok: true, value: null });
  });

  const dispute = (change: object) => ({
    id: "WH-EVENT-2",
    event_type: "CUSTOMER.DISPUTE.UPDATED",
    resource: {
      dispute_id: "PP-D-1",
      status: "UNDER_REVIEW",
      dispute_life_cycle_stage: "CHARGEBACK",
      dispute_amount: { currency_code: "EUR", value: "50.00" },
      disputed_transactions: [{ seller_transaction_id: "C-PP1" }],
      ...change,
    },
  });
  const resolved = (outcome_code: string, value?: string) => ({
    status: "RESOLVED",
    dispute_outcome: {
      outcome_code,
      ...(value === undefined ? {} : { amount_refunded: { currency_code: "EUR", value } }),
    },
  });
  test.each<[string, object, { amount: number; returned: number } | null]>([
    ["an inquiry takes no money", { dispute_life_cycle_stage: "INQUIRY" }, null],
    ["a chargeback takes it", {}, { amount: 5_000, returned: 0 }],
    ["one that is won gives it back", resolved("RESOLVED_SELLER_FAVOUR"), { amount: 5_000, returned: 5_000 }],
    [
      "one that PayPal pays gives it back",
      resolved("RESOLVED_WITH_PAYOUT"),
      { amount: 5_000, returned: 5_000 },
    ],
    ["one that is lost keeps it", resolved("RESOLVED_BUYER_FAVOUR"), { amount: 5_000, returned: 0 }],
    [
      "one that is lost in part gives the rest back",
      resolved("RESOLVED_BUYER_FAVOUR", "20.00"),
      { amount: 5_000, returned: 3_000 },
    ],
    ["one that was given in to is a refund of its order", resolved("ACCEPTED"), null],
  ])("of a dispute: %s", async (_, change, expected) => {
    const { server, port, begin } = connected();
    await begin("automatic");
    server.approve("PP1");
    await port.remote?.inquire("PP1");
    const said = await receive(port, payPalDelivery(dispute(change)));
    const state = { disputes: [{ reference: "PP-D-1", ...expected }], currency: "EUR" };
    expect(said).toMatchObject({
      ok: true,
      value: expected === null ? null : { reference: "PP1", orderId: "ord_1", state },
    });
  });
});
