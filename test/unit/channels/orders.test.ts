import { expect, test } from "vitest";

import { compareVersions, rankOf } from "../../../src/domain/channels/channel-order.ts";
import { matchLines } from "../../../src/domain/channels/matching.ts";
import { readAmazonOrder } from "../../../src/integrations/channels/amazon/order.ts";
import { parseExact } from "../../../src/integrations/channels/reading.ts";
import { readShopifyOrder } from "../../../src/integrations/channels/shopify/order.ts";
import { readTiktokOrder } from "../../../src/integrations/channels/tiktok/order.ts";
import { readWooOrder } from "../../../src/integrations/channels/woocommerce/order.ts";

const woo = {
  id: 7,
  status: "processing",
  currency: "EUR",
  date_created_gmt: "2026-09-20T10:00:00",
  total: "20.00",
  line_items: [
    {
      id: 1,
      product_id: 5,
      variation_id: 0,
      name: "Mug",
      quantity: 2,
      subtotal: "20.00",
      total: "20.00",
      sku: "MUG",
    },
  ],
};

test("numbers beyond 2^53 keep every digit, others stay numbers", () => {
  const parsed = parseExact('{"id":820982911946154508,"small":12,"price":1.5,"text":"820982911946154508"}');
  expect(parsed).toEqual({ id: "820982911946154508", small: 12, price: 1.5, text: "820982911946154508" });
  expect(parseExact("{")).toBeUndefined();
  expect(parseExact("[".repeat(100_000))).toBeUndefined();
});

test.each(["constructor", "__proto__", "toString", "wc-custom", ""])(
  "the status %j is refused by name, never guessed",
  (status) => {
    expect(readWooOrder({ ...woo, status }, {})).toMatchObject({
      ok: false,
      error: { code: "status_unknown" },
    });
    const amazon = {
      orderId: "1",
      createdTime: "2026-09-20T10:00:00Z",
      fulfillment: { fulfillmentStatus: status },
    };
    expect(readAmazonOrder(amazon)).toMatchObject({ ok: false, error: { code: "status_unknown" } });
    expect(readTiktokOrder({ id: "1", create_time: 1_790_000_000, status })).toMatchObject({
      ok: false,
      error: { code: "status_unknown" },
    });
  },
);

test("a shop's own status means what its settings say", () => {
  expect(readWooOrder({ ...woo, status: "wc-packed" }, { "wc-packed": "open" })).toMatchObject({
    ok: true,
    value: { state: "open" },
  });
});

test("half a unit, a line without id, and a currency that is none are refused", () => {
  const line = woo.line_items[0];
  expect(readWooOrder({ ...woo, line_items: [{ ...line, quantity: 1.5 }] }, {})).toMatchObject({
    error: { code: "quantity_fractional" },
  });
  expect(readWooOrder({ ...woo, line_items: [{ ...line, id: null }] }, {})).toMatchObject({
    error: { code: "unreadable" },
  });
  expect(readWooOrder({ ...woo, currency: "ZZZ" }, {})).toMatchObject({ error: { code: "unreadable" } });
});

test("a line that a plugin sends twice counts once, and a number is a SKU too", () => {
  const line = { ...woo.line_items[0], sku: 123 };
  expect(readWooOrder({ ...woo, line_items: [line, line] }, {})).toMatchObject({
    value: { lines: [{ quantity: 2, sku: "123" }] },
  });
});

test("no card number is taken from what people write", () => {
  const order = readWooOrder(
    { ...woo, billing: { first_name: "4242 4242", last_name: "4242 4242", phone: "4242424242424242" } },
    {},
  );
  expect(JSON.stringify(order)).not.toContain("4242");
});

test("a canceled Shopify order is what was ordered, not the nothing that is current", () => {
  const order = {
    id: 1,
    currency: "EUR",
    created_at: "2026-09-20T10:00:00Z",
    cancelled_at: "2026-09-20T11:00:00Z",
    total_price: "20.00",
    current_total_price: "0.00",
    line_items: [{ id: 2, sku: "MUG", quantity: 2, current_quantity: 0, price: "10.00" }],
  };
  expect(readShopifyOrder(order)).toMatchObject({
    value: { state: "canceled", total: 2_000, lines: [{ quantity: 2 }] },
  });
  expect(readShopifyOrder({ ...order, line_items: undefined })).toMatchObject({
    error: { code: "unreadable" },
  });
});

test("of two messages of one second, a cancel says more than money, and money more than a shipment", () => {
  const at = (rank: number, digest = "a") => ({ updatedAtMs: 5, rank, digest });
  const none = { captured: 0, refunded: 0 };
  const canceled = rankOf({ state: "canceled", ...none });
  const refunded = rankOf({ state: "open", captured: 10, refunded: 5 });
  const fulfilled = rankOf({ state: "fulfilled", ...none });
  expect(compareVersions(at(canceled), at(refunded))).toBeGreaterThan(0);
  expect(compareVersions(at(refunded), at(fulfilled))).toBeGreaterThan(0);
  expect(compareVersions(at(1, "b"), at(1, "a"))).toBeGreaterThan(0);
  expect(compareVersions({ ...at(0), updatedAtMs: 6 }, at(canceled))).toBeGreaterThan(0);
});

test("a physical line that nothing matches refuses the order; a download, and what a person said needs no stock, do not", () => {
  const facts = {
    explicit: new Map([["PLAN", null]]),
    listed: new Map(),
    catalogue: new Map(),
    byBarcode: new Map(),
  };
  const line = {
    externalId: "1",
    listing: null,
    barcode: null,
    title: "T",
    quantity: 1,
    gross: 1,
    discount: 0,
    tax: 0,
  };
  expect(matchLines([{ ...line, sku: "PLAN", isPhysical: true }], facts)).toEqual({ ok: true, value: [] });
  expect(matchLines([{ ...line, sku: "EBOOK", isPhysical: false }], facts)).toEqual({ ok: true, value: [] });
  expect(matchLines([{ ...line, sku: "MUG", isPhysical: true }], facts)).toMatchObject({
    ok: false,
    error: { code: "sku_unmatched" },
  });
});
