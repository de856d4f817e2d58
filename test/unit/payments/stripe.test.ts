import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { CurrencyCode } from "../../../src/domain/brand.ts";
import {
  furtherStatus,
  missingEntries,
  paymentStates,
  type PaymentState,
} from "../../../src/domain/payments/provider-state.ts";
import type { LedgerEntry } from "../../../src/domain/payments/rooms.ts";
import { fromStripeAmount, toStripeAmount } from "../../../src/integrations/payments/stripe-state.ts";
import { stripePayments } from "../../../src/integrations/payments/stripe.ts";
import { signedEvent, STRIPE_SECRET, StripeServer } from "../../support/stripe-server.ts";

const EUR = "EUR" as CurrencyCode;

function connected() {
  const server = new StripeServer();
  const port = stripePayments({
    secretKey: "sk_test_stripe",
    webhookSecrets: ["whsec_old_one", STRIPE_SECRET],
    fetch: server.fetch,
  });
  const authorize = (method: string, capture: "automatic" | "manual", idempotencyKey = "key-1") =>
    port.authorize({
      orderId: "ord_1",
      amount: 5_000,
      currency: EUR,
      capture,
      details: { payment_method: method, return_url: "https://shop.test/back" },
      idempotencyKey,
    });
  const followUp = (amount: number, idempotencyKey: string, remainder: "keep" | "release" = "release") => ({
    orderId: "ord_1",
    reference: "pi_1",
    amount,
    currency: EUR,
    remainder,
    idempotencyKey,
  });
  return { server, port, authorize, followUp };
}

describe("the Stripe adapter", () => {
  test("authorizes, and a repeat with the same key charges nobody twice", async () => {
    const { server, authorize } = connected();
    const first = await authorize("pm_card_visa", "automatic");
    expect(first).toEqual({
      ok: true,
      value: {
        awaited: null,
        entries: [
          { kind: "authorization", amount: 5_000, currency: "EUR", reference: "pi_1" },
          {
            kind: "capture",
            amount: 5_000,
            currency: "EUR",
            reference: "pi_1:5000",
            parentReference: "pi_1",
          },
        ],
      },
    });
    expect(await authorize("pm_card_visa", "automatic")).toEqual(first);
    expect([...server.intents.keys()]).toEqual(["pi_1"]);
  });

  test.each([/POST .*payment_intents$/, /confirm$/])(
    "a reply to %s that is lost is found again by the same call",
    async (path) => {
      const { server, authorize } = connected();
      server.loseReplyOf = path;
      expect(await authorize("pm_card_visa", "automatic")).toMatchObject({ ok: true });
      expect([...server.intents.values()].map(({ amount_received }) => amount_received)).toEqual([5_000]);
    },
  );

  test("sends the payer to the bank, and a declined card is declined by its code alone", async () => {
    const { authorize } = connected();
    expect(await authorize("pm_card_bank", "manual", "a")).toMatchObject({
      ok: true,
      value: {
        entries: [],
        awaited: {
          reference: "pi_1",
          status: "requires_action",
          redirectUrl: "https://bank.test/pi_1",
          clientToken: "pi_1_secret",
        },
      },
    });
    expect(await authorize("pm_card_declined", "manual", "b")).toEqual({
      ok: false,
      error: { code: "declined", reason: "generic_decline" },
    });
  });

  test("captures in parts with names of their own, lets go of the rest, and pays back", async () => {
    const { server, port, authorize, followUp } = connected();
    await authorize("pm_card_visa", "manual");
    expect(await port.capture(followUp(2_000, "c1", "keep"))).toMatchObject({
      value: [{ reference: "pi_1:2000" }],
    });
    expect(await port.capture(followUp(2_000, "c1", "keep"))).toMatchObject({
      value: [{ reference: "pi_1:2000" }],
    });
    expect(await port.capture(followUp(1_000, "c2"))).toMatchObject({ value: [{ reference: "pi_1:3000" }] });
    expect(await port.void(followUp(2_000, "v1"))).toMatchObject({
      value: [{ kind: "void", reference: "pi_1:void:2000" }],
    });
    expect(server.intents.get("pi_1")).toMatchObject({ status: "succeeded", amount_received: 3_000 });
    const refund = { ...followUp(700, "r1"), reference: "pi_1:3000" };
    expect(await port.refund(refund)).toMatchObject({ value: [{ kind: "refund", amount: 700 }] });
    expect(await port.refund(refund)).toMatchObject({ value: [{ kind: "refund", amount: 700 }] });
    expect(server.kept("pi_1")).toBe(2_300);
    expect(await port.refund({ ...followUp(2_301, "r2"), reference: "pi_1:3000" })).toEqual({
      ok: false,
      error: { code: "declined", reason: "charge_already_refunded" },
    });
  });

  test("an attempt that is abandoned leaves nothing authorized and nothing kept, whatever had come of it", async () => {
    for (const capture of ["automatic", "manual"] as const) {
      const { server, port, authorize } = connected();
      await authorize("pm_card_visa", capture);
      await authorize("pm_card_visa", capture, "another");
      expect(await port.abandon({ orderId: "ord_1", idempotencyKey: "key-1" })).toEqual({
        ok: true,
        value: null,
      });
      expect(await port.abandon({ orderId: "ord_1", idempotencyKey: "key-1" })).toEqual({
        ok: true,
        value: null,
      });
      expect([server.kept("pi_1"), server.intents.get("pi_1")?.amount_capturable]).toEqual([0, 0]);
      expect(server.intents.get("pi_2")?.status).toBe(
        capture === "automatic" ? "succeeded" : "requires_capture",
      );
    }
  });

  test("a server that is down is no refusal", async () => {
    const { server, authorize } = connected();
    server.isDown = true;
    expect(await authorize("pm_card_visa", "manual")).toMatchObject({
      ok: false,
      error: { code: "unavailable" },
    });
  });

  test("currencies that Stripe counts in hundredths although they have none", () => {
    expect([toStripeAmount(500, "ISK"), fromStripeAmount(50_000, "ISK")]).toEqual([50_000, 500]);
    expect([toStripeAmount(500, "JPY"), toStripeAmount(1_234, "KWD"), toStripeAmount(999, "EUR")]).toEqual([
      500, 1_234, 999,
    ]);
  });
});

describe("Stripe webhooks", () => {
  const event = {
    id: "evt_1",
    type: "payment_intent.succeeded",
    data: {
      object: {
        id: "pi_9",
        object: "payment_intent",
        amount: 5_000,
        amount_received: 5_000,
        currency: "eur",
        status: "succeeded",
        last_payment_error: null,
        latest_charge: "ch_9",
        metadata: { holdfast_order: "ord_9" },
      },
    },
  };
  const nowMs = Date.UTC(2026, 10, 24);
  const receive = ({ body, headers }: ReturnType<typeof signedEvent>) =>
    connected().port.remote?.receive(new TextEncoder().encode(body), new Headers(headers), nowMs);

  test("one that is signed by either secret is read", async () => {
    for (const secret of [STRIPE_SECRET, "whsec_old_one"]) {
      expect(await receive(signedEvent(event, { atMs: nowMs, secret }))).toMatchObject({
        ok: true,
        value: {
          eventId: "evt_1",
          reference: "pi_9",
          orderId: "ord_9",
          state: { status: "captured", captured: 5_000 },
        },
      });
    }
  });

  test.each([
    ["forged", signedEvent(event, { atMs: nowMs, secret: "whsec_other" })],
    ["replayed after five minutes", signedEvent(event, { atMs: nowMs - 301_000 })],
    ["without a signature", { ...signedEvent(event, { atMs: nowMs }), headers: {} }],
    ["changed on its way", { ...signedEvent(event, { atMs: nowMs }), body: "{}" }],
  ])("one that is %s is refused", async (_, sent) => {
    expect(await receive(sent)).toEqual({ ok: false, error: { code: "forged" } });
  });

  test("one of no interest is taken and forgotten", async () => {
    const other = { id: "evt_2", type: "customer.created", data: { object: { id: "cus_1" } } };
    expect(await receive(signedEvent(other, { atMs: nowMs }))).toEqual({ ok: true, value: null });
  });
});

describe("news of a payment", () => {
  const base: PaymentState = {
    reference: "pi_1",
    orderId: "ord_1",
    status: "authorized",
    currency: "EUR",
    amount: 5_000,
    authorized: 5_000,
    captured: 0,
    voided: 0,
    refunds: [],
    disputes: [],
  };
  const nothing = { ...base, status: null, amount: null, authorized: 0 };
  const four: ReadonlyArray<PaymentState> = [
    base,
    { ...base, status: "captured", captured: 2_000 },
    { ...base, status: "captured", captured: 3_000, voided: 2_000 },
    { ...nothing, refunds: [{ reference: "re_1", amount: 500, hasFailed: false }] },
  ];

  function apply(news: ReadonlyArray<PaymentState>) {
    const ledger: Array<LedgerEntry> = [];
    for (const state of news) {
      for (const entry of missingEntries(ledger, "stripe", state))
        ledger.push({ ...entry, provider: "stripe" });
    }
    const sums: Record<string, number> = {};
    for (const { kind, amount } of ledger) sums[kind] = (sums[kind] ?? 0) + amount;
    return sums;
  }

  test("four events in any order, each twice, come to the same ledger", () => {
    const orders = fc.shuffledSubarray([...four, ...four], { minLength: 8 });
    fc.assert(
      fc.property(orders, (news) => {
        expect(apply(news)).toEqual({ authorization: 5_000, capture: 3_000, void: 2_000, refund: 500 });
      }),
      { numRuns: 1_000 },
    );
  });

  test("a dispute takes money and a won one gives it back; a refund that failed comes back too", () => {
    const dispute = { reference: "dp_1", amount: 3_000 };
    const news = [
      ...four,
      { ...nothing, disputes: [{ ...dispute, returned: 0 }] },
      { ...nothing, disputes: [{ ...dispute, returned: 3_000 }] },
      { ...nothing, refunds: [{ reference: "re_1", amount: 500, hasFailed: true }] },
    ];
    expect(apply([...news, ...news])).toMatchObject({ chargeback: 3_000, refund: 500, reversal: 3_500 });
  });

  test("a status never goes back, whatever the order", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...paymentStates, ...paymentStates], { minLength: 1 }), (news) => {
        const sorted = [...news].toSorted();
        const last = (states: typeof news) =>
          states.reduce((known, state) => furtherStatus(known, state), states[0] ?? "pending");
        expect(last(news)).toBe(last(sorted));
      }),
    );
  });
});
