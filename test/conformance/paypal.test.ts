import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";

import { describe, expect, test } from "vitest";
import * as z from "zod";

import { payPalOrderSchema } from "../../src/integrations/payments/paypal-state.ts";
import { payPalPayments } from "../../src/integrations/payments/paypal.ts";
import { PAYPAL_API, PAYPAL_WEBHOOK_ID, payPalDelivery, PayPalServer } from "../support/paypal-server.ts";

const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");
const folder = path.join(data, "paypal");
const events = path.join(folder, "webhook_events");
const nowMs = Date.UTC(2026, 10, 24);

type Delivered = {
  readonly headers: Readonly<Record<string, string>>;
  readonly webhook_id: string;
  readonly raw_body: string;
  readonly crc32: number;
  readonly signed_string: string;
};

function read<Shape>(name: string): Shape | null {
  const file = path.join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Shape) : null;
}

const delivered = read<Delivered>("webhook_events/PAYMENT.SALE.COMPLETED.with-headers.json");
const sample = read<object>("webhook_events/PAYMENT.CAPTURE.COMPLETED.docs-sample.json");
type Spec = { readonly components: { readonly schemas: Record<string, Record<string, unknown>> } };
const specs = {
  orders: read<Spec>("specs/checkout_orders_v2.json"),
  payments: read<Spec>("specs/payments_payment_v2.json"),
  disputes: read<Spec>("specs/customer_disputes_v1.json"),
};

let clients = 0;

function connected(webhookId = PAYPAL_WEBHOOK_ID, apiBase = PAYPAL_API) {
  const server = new PayPalServer();
  clients += 1;
  const config = { clientId: `conformance-${clients}`, clientSecret: "secret", webhookId, apiBase };
  return { server, port: payPalPayments({ ...config, fetch: server.fetch }) };
}

async function receive(
  { port }: ReturnType<typeof connected>,
  sent: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
) {
  return await port.remote?.receive(new TextEncoder().encode(sent.body), new Headers(sent.headers), nowMs);
}

if (delivered === null || sample === null) {
  console.log(`SKIPPED: no PayPal payloads under ${data}; set HOLDFAST_DATA to a folder that has paypal/.`);
}

describe.skipIf(delivered === null)("a delivery of PayPal's own", () => {
  const { headers = {}, raw_body: body = "", webhook_id: webhookId = "" } = delivered ?? {};

  test("is signed over what we sign over, word for word", () => {
    expect(crc32(body)).toBe(delivered?.crc32);
    const [id, time] = [headers["PAYPAL-TRANSMISSION-ID"], headers["PAYPAL-TRANSMISSION-TIME"]];
    expect(`${id}|${time}|${webhookId}|${crc32(body)}`).toBe(delivered?.signed_string);
  });

  test("is asked for its certificate at PayPal's address, and with another certificate it is forged", async () => {
    const shop = connected(webhookId);
    shop.server.isDown = true;
    expect(await receive(shop, { body, headers })).toEqual({ ok: false, error: { code: "unavailable" } });
    expect(shop.server.asked).toEqual([`GET ${new URL(headers["PAYPAL-CERT-URL"] ?? "").pathname}`]);
    const { headers: ours } = await payPalDelivery(body);
    const mixed = { ...headers, "PAYPAL-CERT-URL": ours["paypal-cert-url"] ?? "" };
    expect(await receive(connected(webhookId), { body, headers: mixed })).toEqual({
      ok: false,
      error: { code: "forged" },
    });
  });

  test("signed for us, tells of a sale that is none of our orders", async () => {
    expect(await receive(connected(), await payPalDelivery(body))).toEqual({ ok: true, value: null });
  });
});

describe.skipIf(sample === null)("an event of PayPal's documentation", () => {
  test("names a capture, and PayPal is asked of which order it is", async () => {
    const shop = connected();
    const asked: Array<string> = [];
    const port = payPalPayments({
      clientId: "docs-sample",
      clientSecret: "secret",
      webhookId: PAYPAL_WEBHOOK_ID,
      apiBase: PAYPAL_API,
      fetch: (input, init) => {
        const { pathname } = new URL(input as string);
        if (!pathname.startsWith("/v2/")) return shop.server.fetch(input, init);
        asked.push(pathname);
        return Promise.resolve(
          Response.json({ custom_id: "ord_1", supplementary_data: { related_ids: { order_id: "PP1" } } }),
        );
      },
    });
    const sent = await payPalDelivery(sample ?? {});
    expect(await receive({ ...shop, port }, sent)).toMatchObject({
      ok: true,
      value: { eventId: (sample as { id: string }).id, reference: "PP1", orderId: "ord_1" },
    });
    expect(asked).toEqual(["/v2/payments/captures/27M47624FP291604U"]);
  });
});

describe.skipIf(specs.orders === null || specs.payments === null || specs.disputes === null)(
  "PayPal's specifications",
  () => {
    /** Every value that a text of theirs may have. */
    const values = (spec: Spec | null, name: string, property: string): ReadonlyArray<string> => {
      const schema = spec?.components.schemas[name] ?? {};
      const { enum: own } = z
        .looseObject({ enum: z.array(z.string()).optional() })
        .parse((schema["properties"] as Record<string, unknown> | undefined)?.[property] ?? schema);
      return own ?? [];
    };

    test("have no end of a dispute that we do not read", async () => {
      const outcomes = values(specs.disputes, "dispute_outcome", "outcome_code");
      expect(outcomes.length).toBeGreaterThan(5);
      for (const outcome of outcomes) {
        const shop = connected();
        await shop.port.authorize({
          orderId: "ord_1",
          amount: 5_000,
          currency: "EUR" as never,
          capture: "automatic",
          details: { return_url: "https://shop.test/back" },
          idempotencyKey: "key-1",
        });
        shop.server.approve("PP1");
        await shop.port.remote?.inquire("PP1");
        const resource = {
          dispute_id: "PP-D-1",
          status: "RESOLVED",
          dispute_life_cycle_stage: "CHARGEBACK",
          dispute_amount: { currency_code: "EUR", value: "50.00" },
          disputed_transactions: [{ seller_transaction_id: "C-PP1" }],
          dispute_outcome: { outcome_code: outcome },
        };
        const said = await receive(
          shop,
          await payPalDelivery({ id: "WH-1", event_type: "CUSTOMER.DISPUTE.RESOLVED", resource }),
        );
        expect(said, outcome).toMatchObject({ ok: true });
      }
    });

    test("every status of a refund and a capture is read as an order's", () => {
      const refunds = values(specs.payments, "refund_status", "status");
      const captures = values(specs.payments, "capture_status", "status");
      expect([refunds.length, captures.length].every((count) => count >= 4)).toBe(true);
      for (const [index, status] of [...refunds, ...captures].entries()) {
        const movement = { id: `M${index}`, status, amount: { currency_code: "EUR", value: "1.00" } };
        const payments = index < refunds.length ? { refunds: [movement] } : { captures: [movement] };
        const unit = { amount: movement.amount, payments };
        expect(
          payPalOrderSchema.safeParse({ id: "PP1", status: "COMPLETED", purchase_units: [unit] }).success,
        ).toBe(true);
      }
    });
  },
);
if (!existsSync(events)) console.log(`SKIPPED: no ${events}.`);
