import { describe, expect, test } from "vitest";

import type { CurrencyCode } from "../../../src/domain/brand.ts";
import { missingEntries } from "../../../src/domain/payments/provider-state.ts";
import { fromPayPalValue, toPayPalValue } from "../../../src/integrations/payments/paypal-state.ts";
import { payPalPayments } from "../../../src/integrations/payments/paypal.ts";
import { PayPalServer } from "../../support/paypal-server.ts";

const EUR = "EUR" as CurrencyCode;
let clients = 0;

function connected() {
  const server = new PayPalServer();
  clients += 1;
  const port = payPalPayments({
    clientId: `client-${clients}`,
    clientSecret: "secret",
    webhookId: "WH-1",
    apiBase: "https://api-m.paypal.test",
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
        value: { reference: "PP1:2000" },
      });
    }
    expect(await port.capture(followUp(1_000, "c2"))).toMatchObject({ value: { reference: "PP1:3000" } });
    for (let repeat = 0; repeat < 2; repeat += 1) {
      expect(await port.refund({ ...followUp(500, "r1"), reference: "PP1:3000" })).toMatchObject({
        value: { kind: "refund" },
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
    expect(await port.refund({ ...followUp(2_500, "r2"), reference: "PP1:3000" })).toMatchObject({
      error: { code: "declined" },
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
    resource: { id: "C-1", custom_id: "ord_1", supplementary_data: { related_ids: { order_id: "PP1" } } },
  };
  const headers = (signature: string) => ({
    "paypal-auth-algo": "SHA256withRSA",
    "paypal-cert-url": "https://api.paypal.com/cert",
    "paypal-transmission-id": "t-1",
    "paypal-transmission-sig": signature,
    "paypal-transmission-time": "2026-11-24T12:00:00Z",
  });
  const receive = (port: ReturnType<typeof connected>["port"], body: string, signature: string) =>
    port.remote?.receive(new TextEncoder().encode(body), new Headers(headers(signature)), 0);

  test("one that PayPal says is its own names its order; the bytes went back as they came", async () => {
    const { server, port } = connected();
    // Spaces that a program would not write.
    const body = JSON.stringify(event, null, 3);
    expect(await receive(port, body, "good")).toEqual({
      ok: true,
      value: { eventId: "WH-EVENT-1", reference: "PP1", orderId: "ord_1", state: null },
    });
    expect(server.verified).toContain(`"webhook_event":${body}}`);
  });

  test("one that is not, or that nobody signed, is refused; one that cannot be checked now has to come again", async () => {
    const { server, port } = connected();
    const body = JSON.stringify(event);
    expect(await receive(port, body, "bad")).toEqual({ ok: false, error: { code: "forged" } });
    expect(await receive(port, body, "")).toEqual({ ok: false, error: { code: "forged" } });
    expect(await receive(port, "{", "good")).toEqual({ ok: false, error: { code: "malformed" } });
    server.isDown = true;
    expect(await receive(port, body, "good")).toEqual({ ok: false, error: { code: "unavailable" } });
  });
});
