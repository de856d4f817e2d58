/* oxlint-disable typescript/no-explicit-any -- specifications of others are read as they come */
import { existsSync } from "node:fs";
import path from "node:path";

import { describe, expect, test } from "vitest";

import type { CurrencyCode } from "../../src/domain/brand.ts";
import type { Platform } from "../../src/domain/channels/channel-order.ts";
import type { ChannelAccess, ChannelAdapter } from "../../src/integrations/channels/port.ts";
import { channelAdapter } from "../../src/integrations/channels/registry.ts";
import { data, misfits, specification } from "../support/specification.ts";

type Sent = { readonly method: string; readonly path: string; readonly body: any };

/** Everything that an adapter sends while it is used once. */
async function sentBy(
  platform: Platform,
  settings: object,
  secrets: object,
  use: (adapter: ChannelAdapter, access: ChannelAccess) => Promise<unknown>,
) {
  const sent: Array<Sent> = [];
  const fetch = async (request: Request) => {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    if (/token/.test(pathname)) return Response.json({ access_token: "a token", expires_in: 7_200 });
    sent.push({ method: request.method, path: pathname, body: text === "" ? null : JSON.parse(text) });
    return Response.json({
      order: {
        version: 3,
        fulfillments: [{ uid: "u1", type: "SHIPMENT", state: "PROPOSED" }],
        tenders: [{ payment_id: "P1", amount_money: { amount: 2_000, currency: "EUR" } }],
      },
      status: "ACCEPTED",
      orderId: "12-34567-89012",
      creationDate: "2026-09-20T10:00:00.000Z",
      orderPaymentStatus: "PAID",
      pricingSummary: { total: { value: "20.00", currency: "EUR" } },
      lineItems: [{ lineItemId: "1", quantity: 1, lineItemCost: { value: "20.00", currency: "EUR" } }],
    });
  };
  const access = {
    connection: "c",
    settings,
    secrets,
    fetch,
    nowMs: () => 1_790_000_000_000,
  } as ChannelAccess;
  const adapter = channelAdapter(platform);
  if (adapter === null) throw new Error(`no adapter for ${platform}`);
  await use(adapter, access);
  return sent;
}

const push = { listing: "MUG-1", stockId: "MUG-1", sku: "MUG-1", quantity: 7, from: null, key: "k" };
const parcel = {
  orderId: "ord_1",
  shipmentId: "shp_1",
  carrier: "UPS",
  trackingNumber: "1Z999",
  shippedAtMs: 1_790_000_000_000,
  lines: [{ externalLineId: "10", quantity: 2 }],
  isLast: true,
};
const everything = async (adapter: ChannelAdapter, access: ChannelAccess) => {
  await adapter.setQuantities(access, [push]);
  await adapter.readQuantities(access, [push]);
  await adapter.tellShipped(access, "12-34567-89012", parcel);
  const refund = { amount: 500, currency: "EUR" as CurrencyCode, refundedBefore: 0, key: "ppart_1" };
  await adapter.tellRefunded?.(access, "12-34567-89012", refund);
  await adapter.changedOrders(access, 1_780_000_000_000, null);
};

/** Which schema each request with a body has to fit. */
const cases: ReadonlyArray<
  readonly [Platform, object, object, ReadonlyArray<readonly [RegExp, string, string]>]
> = [
  [
    "ebay",
    { endpoint: "https://holdfast.example/webhooks/e", language: "en-US" },
    { client_id: "i", client_secret: "s", refresh_token: "r" },
    [
      [
        /bulk_update_price_quantity$/,
        "ebay/specs/sell_inventory_v1_oas3.json",
        "components/schemas/BulkPriceQuantity",
      ],
      [
        /bulk_get_inventory_item$/,
        "ebay/specs/sell_inventory_v1_oas3.json",
        "components/schemas/BulkGetInventoryItem",
      ],
      [/issue_refund$/, "ebay/specs/sell_fulfillment_v1_oas3.json", "components/schemas/IssueRefundRequest"],
      [
        /shipping_fulfillment$/,
        "ebay/specs/sell_fulfillment_v1_oas3.json",
        "components/schemas/ShippingFulfillmentDetails",
      ],
    ],
  ],
  [
    "amazon",
    { region: "eu", seller_id: "A3TH9S8BH6GOGM", marketplace_id: "A1PA6795UKMFR9", product_type: "PRODUCT" },
    { client_id: "i", client_secret: "s", refresh_token: "r" },
    [
      [
        /\/listings\/2021-08-01\/items\//,
        "amazon/models/listingsItems_2021-08-01.json",
        "definitions/ListingsItemPatchRequest",
      ],
      [/shipmentConfirmation$/, "amazon/models/ordersV0.json", "definitions/ConfirmShipmentRequest"],
    ],
  ],
  [
    "square",
    { location_id: "L88917AVBK2S5", notification_url: "https://holdfast.example/webhooks/s" },
    { access_token: "t", signature_key: "k" },
    [
      [
        /changes\/batch-create$/,
        "square/openapi.commerce-subset.json.gz",
        "components/schemas/BatchChangeInventoryRequest",
      ],
      [/v2\/refunds$/, "square/openapi.commerce-subset.json.gz", "components/schemas/RefundPaymentRequest"],
      [
        /counts\/batch-retrieve$/,
        "square/openapi.commerce-subset.json.gz",
        "components/schemas/BatchRetrieveInventoryCountsRequest",
      ],
      [/orders\/search$/, "square/openapi.commerce-subset.json.gz", "components/schemas/SearchOrdersRequest"],
      [
        /v2\/orders\/12-34567-89012$/,
        "square/openapi.commerce-subset.json.gz",
        "components/schemas/UpdateOrderRequest",
      ],
    ],
  ],
];
const there = cases.filter(([, , , schemas]) =>
  schemas.every(([, file]) => existsSync(path.join(data, file))),
);
if (there.length === 0) console.log(`SKIPPED: no specifications of sales channels under ${data}.`);

describe.skipIf(there.length === 0)("requests", () => {
  test.each(there)("to %s fit its specification", async (platform, settings, secrets, schemas) => {
    const sent = await sentBy(platform, settings, secrets, everything);
    const withBody = sent.filter(({ body }) => body !== null);
    for (const { path: where, body } of withBody) {
      const [, file = "", pointer = ""] = schemas.find(([pattern]) => pattern.test(where)) ?? [];
      expect(file, `${where} has no schema here`).not.toBe("");
      const spec = specification(file);
      const schema = pointer.split("/").reduce((here, key) => here?.[key], spec);
      expect(schema, pointer).toBeDefined();
      expect(misfits(spec, schema, body), where).toEqual([]);
    }
    for (const [pattern] of schemas)
      expect(
        withBody.some(({ path: where }) => pattern.test(where)),
        String(pattern),
      ).toBe(true);
  });
});
