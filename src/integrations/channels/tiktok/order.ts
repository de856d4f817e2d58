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
  at,
  currencyAt,
  emailAt,
  idAt,
  listAt,
  noteAt,
  skuAt,
  textAt,
  unitsAt,
  type AddressKeys,
  type Json,
} from "../reading.ts";

const ADDRESS: AddressKeys = {
  line1: "address_line1",
  line2: "address_line2",
  city: "city",
  region: "region",
  postalCode: "postal_code",
  country: "region_code",
  phone: "phone_number",
};

const STATES: Readonly<Record<string, ChannelOrderState>> = {
  UNPAID: "reserved",
  ON_HOLD: "reserved",
  AWAITING_SHIPMENT: "open",
  AWAITING_COLLECTION: "open",
  PARTIALLY_SHIPPING: "open",
  IN_TRANSIT: "fulfilled",
  DELIVERED: "fulfilled",
  COMPLETED: "fulfilled",
  CANCELLED: "canceled",
};

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** An order as API 202309 answers it. A line of it is one unit, so lines of one SKU and price become one of ours. */
export function readTiktokOrder(order: Json): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "id");
  if (externalId === null) return unreadable("the order has no id");
  const created = unitsAtSeconds(order, "create_time");
  if (created === null) return unreadable("the order has no create_time");
  const status = textAt(order, "status") ?? "";
  const state = ownValue(STATES, status);
  if (state === undefined) {
    return err({ code: "status_unknown", detail: `TikTok Shop's status "${status}" is not known here` });
  }
  const currency = currencyAt(order, "payment", "currency") ?? currencyAt(order, "line_items", 0, "currency");
  if (currency === null) return unreadable("the order names no currency");
  const total = amountAt(currency, order, "payment", "total_amount");
  if (total === null) return unreadable("the order has no total");
  const lines = readLines(order, currency);
  if (!lines.ok) return lines;
  const isPaid = unitsAtSeconds(order, "paid_time") !== null && status !== "UNPAID";
  const money = { captured: isPaid ? total : 0, refunded: 0 };
  const recipient = at(order, "recipient_address");
  const shippingTax = amountAt(currency, order, "payment", "shipping_fee_tax") ?? 0;
  return ok({
    externalId,
    name: externalId,
    version: {
      updatedAtMs: unitsAtSeconds(order, "update_time") ?? created,
      rank: rankOf({ state, ...money }),
    },
    placedAtMs: created,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: false,
    shipping: amountAt(currency, order, "payment", "shipping_fee") ?? 0,
    shippingTax: Math.min(shippingTax, total),
    total,
    ...money,
    email: emailAt(order, "buyer_email"),
    customerName: noteAt(recipient, "name"),
    phone: noteAt(recipient, "phone_number"),
    shippingAddress: addressAt(recipient, noteAt(recipient, "name"), ADDRESS),
    shippingMethod: textAt(order, "delivery_option_name"),
    location: null,
    isShippedByPlatform: textAt(order, "fulfillment_type") === "FULFILLMENT_BY_TIKTOK",
  });
}

function unitsAtSeconds(order: Json, key: string): number | null {
  const seconds = Number(textAt(order, key) ?? Number.NaN);
  return Number.isSafeInteger(seconds) && seconds > 0 && seconds < 100_000_000_000 ? seconds * 1000 : null;
}

function readLines(
  order: Json,
  currency: CurrencyCode,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines = new Map<string, ChannelOrderLine>();
  for (const item of listAt(order, "line_items")) {
    const externalId = idAt(item, "id");
    if (externalId === null) return unreadable("a line has no id");
    const isCanceled = textAt(item, "display_status") === "CANCELLED";
    if (isCanceled) continue;
    const price = amountAt(currency, item, "sale_price") ?? amountAt(currency, item, "original_price");
    if (price === null) return unreadable(`line ${externalId} has no price`);
    const tax = listAt(item, "item_tax").reduce<number>(
      (sum, each) => sum + (amountAt(currency, each, "tax_amount") ?? 0),
      0,
    );
    const quantity = unitsAt(item, "quantity") ?? 1;
    const listing = idAt(item, "sku_id");
    const key = [listing, textAt(item, "seller_sku"), price].join(" ");
    const earlier = lines.get(key);
    lines.set(key, {
      externalId: earlier?.externalId ?? externalId,
      listing,
      sku: skuAt(item, "seller_sku"),
      barcode: null,
      title: textAt(item, "product_name") ?? externalId,
      quantity: (earlier?.quantity ?? 0) + quantity,
      gross: (earlier?.gross ?? 0) + price * quantity,
      discount: 0,
      tax: (earlier?.tax ?? 0) + tax,
      isPhysical: true,
    });
  }
  return ok([...lines.values()]);
}
