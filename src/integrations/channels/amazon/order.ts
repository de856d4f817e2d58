import type { CurrencyCode } from "../../../domain/brand.ts";
import {
  ownValue,
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
  currencyAt,
  emailAt,
  idAt,
  listAt,
  at,
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
  region: "stateOrRegion",
  postalCode: "postalCode",
  country: "countryCode",
  phone: "phone",
};

const STATES: Readonly<Record<string, ChannelOrderState>> = {
  PENDING_AVAILABILITY: "reserved",
  PENDING: "reserved",
  UNSHIPPED: "open",
  PARTIALLY_SHIPPED: "open",
  SHIPPED: "fulfilled",
  CANCELLED: "canceled",
  UNFULFILLABLE: "canceled",
};

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** An order as Orders API v2026-01-01 answers it. */
export function readAmazonOrder(order: Json): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "orderId");
  if (externalId === null) return unreadable("the order has no orderId");
  const placedAtMs = timeAt(order, "createdTime");
  if (placedAtMs === null) return unreadable("the order has no createdTime");
  const status = textAt(order, "fulfillment", "fulfillmentStatus") ?? "";
  const state = ownValue(STATES, status);
  if (state === undefined) {
    return err({
      code: "status_unknown",
      detail: `Amazon's fulfillment status "${status}" is not known here`,
    });
  }
  const currency =
    currencyAt(order, "proceeds", "grandTotal", "currencyCode") ??
    currencyAt(order, "orderItems", 0, "product", "price", "unitPrice", "currencyCode");
  // A pending order has no prices yet, and none are needed to keep its units once they are known.
  if (currency === null) return unreadable("the order names no currency yet");
  const lines = readLines(order, currency);
  if (!lines.ok) return lines;
  const items = listAt(order, "orderItems");
  const shipping = breakdown(items, currency, "SHIPPING");
  const shippingTax = taxOf(items, currency, "SHIPPING");
  const stated = amountAt(currency, order, "proceeds", "grandTotal", "amount");
  const total =
    stated ??
    lines.value.reduce((sum, line) => sum + line.gross - line.discount + line.tax, shipping + shippingTax);
  const isPaid = state === "open" || state === "fulfilled";
  const money = { captured: isPaid ? total : 0, refunded: 0 };
  const recipient = at(order, "recipient", "deliveryAddress");
  return ok({
    externalId,
    name: externalId,
    version: {
      updatedAtMs: timeAt(order, "lastUpdatedTime") ?? placedAtMs,
      rank: rankOf({ state, ...money }),
    },
    placedAtMs,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: false,
    shipping,
    shippingTax,
    total,
    ...money,
    email: emailAt(order, "buyer", "buyerEmail"),
    customerName: noteAt(order, "buyer", "buyerName"),
    phone: noteAt(recipient, "phone"),
    shippingAddress: addressAt(recipient, noteAt(recipient, "name"), ADDRESS),
    shippingMethod: textAt(order, "fulfillment", "fulfillmentServiceLevel"),
    location: null,
    isShippedByPlatform: textAt(order, "fulfillment", "fulfilledBy") === "AMAZON",
  });
}

function readLines(
  order: Json,
  currency: CurrencyCode,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const item of listAt(order, "orderItems")) {
    const externalId = idAt(item, "orderItemId");
    const quantity = unitsAt(item, "quantityOrdered");
    if (externalId === null || quantity === null) return unreadable("an item has no id or no quantity");
    if (Number.isNaN(quantity)) {
      return err({
        code: "quantity_fractional",
        detail: `item ${externalId} is not a whole number of units`,
      });
    }
    if (quantity <= 0) continue;
    const price = amountAt(currency, item, "product", "price", "unitPrice", "amount");
    const gross = price === null ? breakdown([item], currency, "ITEM") : price * quantity;
    lines.push({
      externalId,
      listing: idAt(item, "product", "sellerSku"),
      sku: skuAt(item, "product", "sellerSku"),
      barcode: null,
      title: textAt(item, "product", "title") ?? externalId,
      quantity,
      gross,
      discount: Math.min(gross, Math.abs(breakdown([item], currency, "DISCOUNT"))),
      tax: breakdown([item], currency, "TAX") - taxOf([item], currency, "SHIPPING"),
      isPhysical: true,
    });
  }
  return lines.length === 0 ? unreadable("the order has no items") : ok(lines);
}

function breakdown(items: ReadonlyArray<Json>, currency: CurrencyCode, type: string): number {
  return sumOf(
    items.flatMap((item) => listAt(item, "proceeds", "breakdowns")),
    (part) => (textAt(part, "type") === type ? amountAt(currency, part, "subtotal", "amount") : 0),
  );
}

/** The part of the tax that is on something else than the goods. */
function taxOf(items: ReadonlyArray<Json>, currency: CurrencyCode, subtype: string): number {
  const taxes = items
    .flatMap((item) => listAt(item, "proceeds", "breakdowns"))
    .filter((part) => textAt(part, "type") === "TAX")
    .flatMap((part) => listAt(part, "detailedBreakdowns"));
  return sumOf(taxes, (part) =>
    textAt(part, "subtype") === subtype ? amountAt(currency, part, "value", "amount") : 0,
  );
}

function sumOf(parts: ReadonlyArray<Json>, amountOf: (part: Json) => number | null): number {
  return parts.reduce<number>((sum, part) => sum + (amountOf(part) ?? 0), 0);
}
