import { expect, test } from "vitest";

import { balanceAmounts } from "../../../src/domain/channels/amounts.ts";
import type { ChannelOrder, ChannelRefusal } from "../../../src/domain/channels/channel-order.ts";
import type { Result } from "../../../src/domain/result.ts";
import { readAmazonOrder } from "../../../src/integrations/channels/amazon/order.ts";
import { readEbayOrder } from "../../../src/integrations/channels/ebay/order.ts";
import { listAt, parseExact, type Json } from "../../../src/integrations/channels/reading.ts";
import { readFetchedOrder } from "../../../src/integrations/channels/shopify/fetched-order.ts";
import { readShopifyOrder } from "../../../src/integrations/channels/shopify/order.ts";
import { readSquareOrder } from "../../../src/integrations/channels/square/order.ts";
import { readTiktokOrder } from "../../../src/integrations/channels/tiktok/order.ts";
import { readWhatnotOrder } from "../../../src/integrations/channels/whatnot/order.ts";
import { readWooOrder } from "../../../src/integrations/channels/woocommerce/order.ts";
import { mutationsOf } from "../../support/mutations.ts";

type Reader = (order: Json) => Result<ChannelOrder, ChannelRefusal>;

const money = (amount: string, currency = "EUR") => ({ shopMoney: { amount, currencyCode: currency } });

const orders: ReadonlyArray<readonly [string, Reader, object]> = [
  [
    "Shopify",
    readShopifyOrder,
    {
      id: 450789469,
      admin_graphql_api_id: "gid://shopify/Order/450789469",
      name: "#1001",
      email: "ada@example.com",
      currency: "EUR",
      created_at: "2026-09-20T10:00:00+02:00",
      updated_at: "2026-09-20T11:00:00+02:00",
      cancelled_at: null,
      financial_status: "partially_refunded",
      fulfillment_status: null,
      taxes_included: true,
      total_price: "30.00",
      current_total_price: "20.00",
      line_items: [
        {
          id: 1,
          variant_id: 5,
          sku: "MUG",
          quantity: 3,
          current_quantity: 2,
          price: "10.00",
          requires_shipping: true,
          discount_allocations: [{ amount: "1.00" }],
          tax_lines: [{ price: "1.90", rate: 0.19 }],
        },
      ],
      shipping_lines: [{ code: "standard", price: "5.00", tax_lines: [{ price: "0.80" }] }],
      refunds: [{ transactions: [{ kind: "refund", status: "success", amount: "10.00" }] }],
      customer: { first_name: "Ada", last_name: "L" },
      shipping_address: {
        name: "Ada L",
        address1: "1 Main St",
        city: "Berlin",
        zip: "10115",
        country_code: "DE",
      },
    },
  ],
  [
    "Shopify, fetched",
    readFetchedOrder,
    {
      id: "gid://shopify/Order/1",
      name: "#1",
      createdAt: "2026-09-20T10:00:00Z",
      updatedAt: "2026-09-20T10:00:00Z",
      cancelledAt: null,
      currencyCode: "JPY",
      taxesIncluded: false,
      displayFinancialStatus: "PAID",
      displayFulfillmentStatus: "UNFULFILLED",
      totalPriceSet: money("1200", "JPY"),
      currentTotalPriceSet: money("1200", "JPY"),
      lineItems: {
        nodes: [
          {
            id: "gid://shopify/LineItem/1",
            title: "Mug",
            sku: "MUG",
            quantity: 1,
            currentQuantity: 1,
            requiresShipping: true,
            variant: { id: "gid://shopify/ProductVariant/5" },
            originalUnitPriceSet: money("1200", "JPY"),
            discountAllocations: [],
            taxLines: [],
          },
        ],
      },
    },
  ],
  [
    "WooCommerce",
    (order) => readWooOrder(order, {}),
    {
      id: 7,
      number: "7",
      status: "processing",
      currency: "KWD",
      date_created_gmt: "2026-09-20T10:00:00",
      date_modified_gmt: "2026-09-20T10:00:00",
      date_paid_gmt: "2026-09-20T10:00:00",
      total: "17.500",
      shipping_total: "2.000",
      shipping_tax: "0.000",
      billing: { first_name: "Ada", last_name: "L", email: "ada@example.com", country: "KW" },
      shipping: { first_name: "", address_1: "" },
      line_items: [
        {
          id: 1,
          product_id: 5,
          variation_id: 0,
          quantity: 2,
          subtotal: "20.000",
          total: "18.000",
          total_tax: "0.000",
          sku: "MUG",
        },
      ],
      fee_lines: [{ id: 2, name: "Loyalty", total: "-2.500" }],
      refunds: [{ id: 3, total: "-1.000" }],
    },
  ],
  [
    "Amazon",
    readAmazonOrder,
    {
      orderId: "902-1845936-5435065",
      createdTime: "2026-09-20T10:00:00Z",
      lastUpdatedTime: "2026-09-20T10:00:00Z",
      fulfillment: {
        fulfillmentStatus: "UNSHIPPED",
        fulfilledBy: "MERCHANT",
        fulfillmentServiceLevel: "STANDARD",
      },
      proceeds: { grandTotal: { amount: "20.00", currencyCode: "EUR" } },
      recipient: {
        deliveryAddress: { name: "Ada", addressLine1: "1 Main St", city: "Berlin", countryCode: "DE" },
      },
      orderItems: [
        {
          orderItemId: "1",
          quantityOrdered: 2,
          product: {
            sellerSku: "MUG",
            title: "Mug",
            price: { unitPrice: { amount: "10.00", currencyCode: "EUR" } },
          },
          proceeds: {
            breakdowns: [
              { type: "ITEM", subtotal: { amount: "20.00" } },
              {
                type: "TAX",
                subtotal: { amount: "3.19" },
                detailedBreakdowns: [{ subtype: "SHIPPING", value: { amount: "0.10" } }],
              },
            ],
          },
        },
      ],
    },
  ],
  [
    "eBay",
    readEbayOrder,
    {
      orderId: "12-34567-89012",
      creationDate: "2026-09-20T10:00:00.000Z",
      lastModifiedDate: "2026-09-20T10:00:00.000Z",
      orderPaymentStatus: "PARTIALLY_REFUNDED",
      orderFulfillmentStatus: "NOT_STARTED",
      cancelStatus: { cancelState: "NONE_REQUESTED" },
      pricingSummary: {
        total: { value: "25.00", currency: "EUR" },
        deliveryCost: { value: "6.00", currency: "EUR" },
        deliveryDiscount: { value: "-1.00", currency: "EUR" },
      },
      paymentSummary: { refunds: [{ refundStatus: "REFUNDED", amount: { value: "5.00", currency: "EUR" } }] },
      fulfillmentStartInstructions: [
        {
          shippingStep: {
            shippingServiceCode: "DE_DHLPaket",
            shipTo: {
              fullName: "Ada",
              contactAddress: { addressLine1: "1 Main St", city: "Berlin", countryCode: "DE" },
            },
          },
        },
      ],
      lineItems: [
        {
          lineItemId: "1",
          legacyItemId: "11",
          legacyVariationId: "12",
          sku: "MUG",
          quantity: 2,
          lineItemCost: { value: "20.00", currency: "EUR" },
        },
      ],
    },
  ],
  [
    "TikTok Shop",
    readTiktokOrder,
    {
      id: "576461413038785752",
      create_time: 1_790_000_000,
      update_time: 1_790_000_100,
      paid_time: 1_790_000_050,
      status: "AWAITING_SHIPMENT",
      payment: { currency: "GBP", total_amount: "12.50", shipping_fee: "2.50" },
      line_items: [
        { id: "1", sku_id: "5", seller_sku: "MUG", sale_price: "10.00", item_tax: [{ tax_amount: "0.00" }] },
      ],
      recipient_address: { name: "Ada", region_code: "GB" },
    },
  ],
  [
    "Whatnot",
    (order) => readWhatnotOrder(order, listAt(order, "items")),
    {
      id: "5001",
      status: "pending_fulfillment",
      created_at: "2026-09-20T10:00:00.000Z",
      updated_at: "2026-09-20T10:00:00.000Z",
      show_id: "show-7",
      amounts: { total: { amount: "25.00", currency: "USD" }, shipping: { amount: "5.00", currency: "USD" } },
      buyer: { username: "collector" },
      items: [{ id: "9001", quantity: 2, unit_price: { amount: "10.00", currency: "USD" }, variant_id: "v" }],
    },
  ],
  [
    "Square",
    readSquareOrder,
    {
      id: "CAISENgvlJ6jLWAzERDzjyHVybY",
      location_id: "L1",
      state: "OPEN",
      created_at: "2026-09-20T10:00:00.000Z",
      updated_at: "2026-09-20T10:00:00.000Z",
      total_money: { amount: 2000, currency: "USD" },
      net_amount_due_money: { amount: 0, currency: "USD" },
      tenders: [{ amount_money: { amount: 2000, currency: "USD" } }],
      total_tip_money: { amount: 100, currency: "USD" },
      fulfillments: [
        {
          uid: "f1",
          type: "SHIPMENT",
          state: "PROPOSED",
          shipment_details: { recipient: { display_name: "Ada", address: { country: "US" } } },
        },
      ],
      line_items: [
        {
          uid: "l1",
          catalog_object_id: "V1",
          name: "Mug",
          quantity: "2",
          total_money: { amount: 1900, currency: "USD" },
        },
      ],
    },
  ],
];

test.each(orders)("an order of %s, as it is documented, is read", (_name, read, order) => {
  const result = read(order);
  expect(result.ok && result.value.lines.length).toBe(1);
  expect(result.ok && balanceAmounts(result.value, result.value.lines).ok).toBe(true);
});

test.each(orders)(
  "an order of %s with any field gone, retyped or hostile is read or refused with a reason, and what is read adds up",
  (_name, read, order) => {
    let count = 0;
    for (const [name, body] of mutationsOf(JSON.stringify(order), 100_000)) {
      count += 1;
      expect(mistakeIn(read(parseExact(body))), name).toBeNull();
    }
    expect(count).toBeGreaterThan(200);
  },
);

/** What is wrong with what was read; null where it is as it must be. */
function mistakeIn(result: ReturnType<Reader>): string | null {
  if (!result.ok) return result.error.detail.length > 5 ? null : "refused without a reason";
  const { value } = result;
  if (!value.lines.every(({ quantity }) => Number.isSafeInteger(quantity) && quantity > 0))
    return "no whole units";
  if (![value.total, value.captured, value.refunded].every((amount) => Number.isSafeInteger(amount)))
    return "no whole minor units";
  const amounts = balanceAmounts(value, value.lines);
  if (!amounts.ok) return null;
  const { subtotal, discountTotal, shippingTotal, taxTotal, total } = amounts.value;
  return subtotal - discountTotal + shippingTotal + taxTotal === total ? null : "does not add up";
}
