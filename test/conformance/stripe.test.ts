import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import { stripePayments } from "../../src/integrations/payments/stripe.ts";
import { signedEvent, STRIPE_SECRET } from "../support/stripe-server.ts";

const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");
const folder = path.join(data, "stripe");
const vectorsFile = path.join(data, "signature-vectors", "vectors.json");
const nowMs = Date.UTC(2026, 10, 24);

type Vector = {
  readonly platform: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly body: string;
};
type StripeEvent = {
  readonly id: string;
  readonly type: string;
  readonly data: { readonly object: Readonly<Record<string, unknown>> };
};

const vectors = existsSync(vectorsFile)
  ? (JSON.parse(readFileSync(vectorsFile, "utf8")) as ReadonlyArray<Vector>).filter(
      ({ platform }) => platform === "stripe",
    )
  : [];
const events = jsonFiles(path.join(folder, "events_stripe-ruby-mock")).map((event) => event as StripeEvent);
const fixtures = existsSync(path.join(folder, "fixtures3.json"))
  ? (
      JSON.parse(readFileSync(path.join(folder, "fixtures3.json"), "utf8")) as {
        resources: Record<string, Record<string, unknown>>;
      }
    ).resources
  : null;

function jsonFiles(where: string): Array<unknown> {
  if (!existsSync(where)) return [];
  return readdirSync(where)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(where, name), "utf8")) as unknown);
}

async function receive(secret: string, body: string, headers: Record<string, string>, atMs: number) {
  const { remote } = stripePayments({
    secretKey: "sk_test_x",
    webhookSecrets: [secret],
    fetch: () => Promise.reject(new Error("no network")),
  });
  return await remote?.receive(new TextEncoder().encode(body), new Headers(headers), atMs);
}

if (vectors.length === 0 || events.length === 0 || fixtures === null) {
  console.log(
    `SKIPPED: no Stripe payloads under ${data}; set HOLDFAST_DATA to a folder that has stripe/ and signature-vectors/.`,
  );
}

describe.skipIf(vectors.length === 0)("signatures that others computed", () => {
  test.each(vectors.map((vector, index) => [index, vector] as const))(
    "vector %i is taken, changed or old it is not",
    async (_, vector) => {
      const [, seconds = ""] = /t=(\d+)/.exec(vector.headers["Stripe-Signature"] ?? "") ?? [];
      const atMs = Number(seconds) * 1000;
      const forged = { ok: false, error: { code: "forged" } };
      // The vector's event tells of no payment, so it is genuine and still of no use.
      expect(await receive(vector.secret, vector.body, vector.headers, atMs)).not.toEqual(forged);
      expect(await receive(vector.secret, `${vector.body} `, vector.headers, atMs)).toEqual(forged);
      expect(await receive(vector.secret, vector.body, vector.headers, atMs + 301_000)).toEqual(forged);
      expect(await receive("whsec_other", vector.body, vector.headers, atMs)).toEqual(forged);
    },
  );
});

describe.skipIf(events.length === 0)("events of other people's tests", () => {
  test("each is read, and those of payments tell an amount and a currency", async () => {
    let payments = 0;
    for (const event of events) {
      const { body, headers } = signedEvent(event, { atMs: nowMs });
      const said = await receive(STRIPE_SECRET, body, headers, nowMs);
      expect(said, event.type).toMatchObject({ ok: true });
      if (said?.ok !== true || said.value === null) continue;
      payments += 1;
      expect(said.value.state?.currency, event.type).toMatch(/^[A-Z]{3}$/);
    }
    expect(payments).toBeGreaterThan(0);
  });
});

describe.skipIf(fixtures === null)("objects of Stripe's own fixtures", () => {
  const intent = fixtures?.["payment_intent"] ?? {};
  test.each([
    [
      "requires_payment_method",
      { last_payment_error: null },
      { status: "requires_action", authorized: 0, captured: 0 },
    ],
    ["requires_payment_method", {}, { status: "failed", authorized: 0, captured: 0 }],
    ["requires_action", {}, { status: "requires_action", authorized: 0 }],
    ["processing", {}, { status: "pending", authorized: 0 }],
    [
      "requires_capture",
      { amount_capturable: 1_099 },
      { status: "authorized", authorized: 1_099, captured: 0 },
    ],
    [
      "succeeded",
      { amount_received: 1_099 },
      { status: "captured", authorized: 1_099, captured: 1_099, voided: 0 },
    ],
    ["succeeded", { amount_received: 99 }, { status: "captured", captured: 99, voided: 1_000 }],
    ["canceled", {}, { status: "canceled", authorized: 0, voided: 0 }],
  ])("a payment intent that is %s with %j", async (status, change, state) => {
    const object = { ...intent, status, ...change };
    const { body, headers } = signedEvent(
      { id: "evt_1", type: `payment_intent.${status}`, data: { object } },
      { atMs: nowMs },
    );
    expect(await receive(STRIPE_SECRET, body, headers, nowMs)).toMatchObject({
      ok: true,
      value: { state: { currency: "USD", amount: 1_099, ...state } },
    });
  });

  test("a refund and a dispute of a payment", async () => {
    const pi = String(intent["id"]);
    const refund = { ...fixtures?.["refund"], payment_intent: pi };
    const dispute = { ...fixtures?.["dispute"], payment_intent: pi, status: "needs_response" };
    const sent = [
      signedEvent({ id: "evt_2", type: "refund.created", data: { object: refund } }, { atMs: nowMs }),
      signedEvent(
        { id: "evt_3", type: "charge.dispute.created", data: { object: dispute } },
        { atMs: nowMs },
      ),
    ];
    const [first, second] = await Promise.all(
      sent.map(({ body, headers }) => receive(STRIPE_SECRET, body, headers, nowMs)),
    );
    expect(first).toMatchObject({
      ok: true,
      value: { reference: pi, state: { refunds: [{ amount: 100, hasFailed: false }] } },
    });
    expect(second).toMatchObject({
      ok: true,
      value: { reference: pi, state: { disputes: [{ amount: 1_000, returned: 0 }] } },
    });
  });
});
