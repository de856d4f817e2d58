import type { CurrencyCode } from "../../../domain/brand.ts";
import {
  rankOf,
  type ChannelOrder,
  type ChannelOrderLine,
  type ChannelOrderState,
  type ChannelRefusal,
} from "../../../domain/channels/channel-order.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import {
  addressAt,
  amountAt,
  at,
  currencyAt,
  emailAt,
  idAt,
  listAt,
  noteAt,
  skuAt,
  textAt,
  timeAt,
  unitsAt,
  type AddressKeys,
  type Json,
} from "../reading.ts";

const ADDRESS: AddressKeys = {
  line1: "addressLine1",
  line2: "addressLine2",
  city: "city",
  region: "stateOrProvince",
  postalCode: "postalCode",
  country: "countryCode",
  phone: "phone",
};

const PAID: ReadonlySet<string> = new Set(["PAID", "PARTIALLY_REFUNDED", "FULLY_REFUNDED"]);

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** An order as the Fulfillment API answers it. Tax that eBay collects and remits is none of the seller's. */
export function readEbayOrder(order: Json): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "orderId");
  if (externalId === null) return unreadable("the order has no orderId");
  const placedAtMs = timeAt(order, "creationDate");
  if (placedAtMs === null) return unreadable("the order has no creationDate");
  const currency =
    currencyAt(order, "pricingSummary", "total", "currency") ??
    currencyAt(order, "lineItems", 0, "lineItemCost", "currency");
  if (currency === null) return unreadable("the order names no currency");
  const total = amountAt(currency, order, "pricingSummary", "total", "value");
  if (total === null) return unreadable("the order has no total");
  const lines = readLines(order, currency);
  if (!lines.ok) return lines;
  const payment = textAt(order, "orderPaymentStatus") ?? "";
  const refunded = sumOf(listAt(order, "paymentSummary", "refunds"), (refund) =>
    textAt(refund, "refundStatus") === "FAILED" ? 0 : amountAt(currency, refund, "amount", "value"),
  );
  const captured = PAID.has(payment) ? total : 0;
  const money = {
    captured,
    refunded: payment === "FULLY_REFUNDED" ? captured : Math.min(refunded, captured),
  };
  const state = stateOf(order, payment);
  const shipTo = at(order, "fulfillmentStartInstructions", 0, "shippingStep", "shipTo");
  const shipping =
    (amountAt(currency, order, "pricingSummary", "deliveryCost", "value") ?? 0) -
    Math.abs(amountAt(currency, order, "pricingSummary", "deliveryDiscount", "value") ?? 0);
  return ok({
    externalId,
    name: textAt(order, "salesRecordReference") ?? externalId,
    version: {
      updatedAtMs: timeAt(order, "lastModifiedDate") ?? placedAtMs,
      rank: rankOf({ state, ...money }),
    },
    placedAtMs,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: false,
    shipping: Math.max(0, shipping),
    shippingTax: 0,
    total,
    ...money,
    email: emailAt(shipTo, "email") ?? emailAt(order, "buyer", "buyerRegistrationAddress", "email"),
    customerName: noteAt(shipTo, "fullName"),
    phone: noteAt(shipTo, "primaryPhone", "phoneNumber"),
    shippingAddress: addressAt(at(shipTo, "contactAddress"), noteAt(shipTo, "fullName"), ADDRESS),
    shippingMethod: textAt(order, "fulfillmentStartInstructions", 0, "shippingStep", "shippingServiceCode"),
    location: null,
    isShippedByPlatform: false,
  });
}

function stateOf(order: Json, payment: string): ChannelOrderState {
  if (textAt(order, "cancelStatus", "cancelState") === "CANCELED") return "canceled";
  if (textAt(order, "orderFulfillmentStatus") === "FULFILLED") return "fulfilled";
  if (payment === "FULLY_REFUNDED") return "canceled";
  const isAsked = textAt(order, "cancelStatus", "cancelState") === "IN_PROGRESS";
  return PAID.has(payment) && !isAsked ? "open" : "reserved";
}

function readLines(
  order: Json,
  currency: CurrencyCode,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const line of listAt(order, "lineItems")) {
    const externalId = idAt(line, "lineItemId");
    const quantity = unitsAt(line, "quantity");
    if (externalId === null || quantity === null) return unreadable("a line has no id or no quantity");
    if (Number.isNaN(quantity)) {
      return err({
        code: "quantity_fractional",
        detail: `line ${externalId} is not a whole number of units`,
      });
    }
    if (quantity <= 0) continue;
    const gross = amountAt(currency, line, "lineItemCost", "value");
    if (gross === null) return unreadable(`line ${externalId} has no cost`);
    const discounted = amountAt(currency, line, "discountedLineItemCost", "value") ?? gross;
    lines.push({
      externalId,
      listing: idAt(line, "sku") ?? idAt(line, "legacyVariationId") ?? idAt(line, "legacyItemId"),
      sku: skuAt(line, "sku"),
      barcode: null,
      title: textAt(line, "title") ?? externalId,
      quantity,
      gross,
      discount: Math.max(0, gross - discounted),
      tax: sumOf(listAt(line, "taxes"), (tax) => amountAt(currency, tax, "amount", "value")),
      isPhysical: true,
    });
  }
  return lines.length === 0 ? unreadable("the order has no lines") : ok(lines);
}

function sumOf(parts: ReadonlyArray<Json>, amountOf: (part: Json) => number | null): number {
  return parts.reduce<number>((sum, part) => sum + (amountOf(part) ?? 0), 0);
}
