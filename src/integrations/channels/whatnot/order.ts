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
  noteAt,
  skuAt,
  textAt,
  timeAt,
  unitsAt,
  type AddressKeys,
  type Json,
} from "../reading.ts";

const ADDRESS: AddressKeys = {
  line1: "line1",
  line2: "line2",
  city: "city",
  region: "state",
  postalCode: "postal_code",
  country: "country_code",
  phone: "phone_number",
};

const STATES: Readonly<Record<string, ChannelOrderState>> = {
  pending: "reserved",
  pending_fulfillment: "open",
  completed: "fulfilled",
  cancelled: "canceled",
  failed: "canceled",
};

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** An order of the Seller API v2 with its items, which are asked for apart. Prices are what was bid or asked in a show. */
export function readWhatnotOrder(
  order: Json,
  items: ReadonlyArray<Json>,
): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "id");
  if (externalId === null) return unreadable("the order has no id");
  const placedAtMs = timeAt(order, "created_at") ?? timeAt(order, "updated_at");
  if (placedAtMs === null) return unreadable("the order has no time");
  const status = textAt(order, "status") ?? "";
  const state = ownValue(STATES, status);
  if (state === undefined)
    return err({ code: "status_unknown", detail: `Whatnot's status "${status}" is not known here` });
  const currency =
    currencyAt(items[0], "unit_price", "currency") ?? currencyAt(order, "amounts", "total", "currency");
  if (currency === null) return unreadable("the order names no currency");
  const lines = readLines(items, currency);
  if (!lines.ok) return lines;
  const shipping = amountAt(currency, order, "amounts", "shipping", "amount") ?? 0;
  const goods = lines.value.reduce((sum, { gross, tax }) => sum + gross + tax, 0);
  const total = amountAt(currency, order, "amounts", "total", "amount") ?? goods + shipping;
  const money = { captured: state === "open" || state === "fulfilled" ? total : 0, refunded: 0 };
  const recipient = at(order, "shipping_address");
  return ok({
    externalId,
    name: externalId,
    show: idAt(order, "show_id"),
    version: {
      updatedAtMs: timeAt(order, "updated_at") ?? placedAtMs,
      rank: rankOf({ state, ...money }),
    },
    placedAtMs,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: false,
    shipping,
    shippingTax: 0,
    total,
    ...money,
    email: emailAt(order, "buyer", "email"),
    customerName: noteAt(recipient, "full_name") ?? noteAt(order, "buyer", "username"),
    phone: null,
    shippingAddress: addressAt(recipient, noteAt(recipient, "full_name"), ADDRESS),
    shippingMethod: null,
    location: null,
    isShippedByPlatform: false,
  });
}

function readLines(
  items: ReadonlyArray<Json>,
  currency: CurrencyCode,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const item of items) {
    const externalId = idAt(item, "id");
    const quantity = unitsAt(item, "quantity");
    if (externalId === null || quantity === null) return unreadable("an item has no id or no quantity");
    if (Number.isNaN(quantity))
      return err({
        code: "quantity_fractional",
        detail: `item ${externalId} is not a whole number of units`,
      });
    if (quantity <= 0) continue;
    const price = amountAt(currency, item, "unit_price", "amount");
    if (price === null) return unreadable(`item ${externalId} has no unit_price`);
    lines.push({
      externalId,
      listing: idAt(item, "variant_id") ?? idAt(item, "product_id"),
      sku: skuAt(item, "variant_external_id") ?? skuAt(item, "product_external_id"),
      barcode: null,
      title: textAt(item, "purchased_item", "title") ?? externalId,
      quantity,
      gross: price * quantity,
      discount: 0,
      tax: 0,
      isPhysical: true,
    });
  }
  return lines.length === 0 ? unreadable("the order has no items") : ok(lines);
}
