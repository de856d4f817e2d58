import type { CurrencyCode } from "../../../domain/brand.ts";
import {
  rankOf,
  type ChannelOrder,
  type ChannelOrderLine,
  type ChannelOrderState,
  type ChannelRefusal,
} from "../../../domain/channels/channel-order.ts";
import { roundedShare } from "../../../domain/money.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import {
  addressAt,
  amountAt,
  at,
  currencyAt,
  emailAt,
  fullName,
  globalIdAt,
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
  line1: "address1",
  line2: "address2",
  city: "city",
  region: "province_code",
  postalCode: "zip",
  country: "country_code",
  phone: "phone",
};

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** The id of an order in a webhook: the global id is exact where the number beside it was once a double. */
export function shopifyOrderId(order: Json): string | null {
  return globalIdAt(order, "admin_graphql_api_id") ?? idAt(order, "id");
}

/**
 * An order as Shopify's order webhooks carry it (REST shape, all API versions alike). Quantities and total are the
 * current ones, after edits and removals, where it tells them.
 */
export function readShopifyOrder(order: Json): Result<ChannelOrder, ChannelRefusal> {
  const externalId = shopifyOrderId(order);
  if (externalId === null) return unreadable("the order has no id");
  const currency = currencyAt(order, "currency");
  if (currency === null) return unreadable(`"${textAt(order, "currency") ?? ""}" is no currency`);
  const placedAtMs = timeAt(order, "created_at") ?? timeAt(order, "processed_at");
  if (placedAtMs === null) return unreadable("the order has no time");
  if (!Array.isArray(at(order, "line_items"))) return unreadable("the order has no line_items");
  // A cancel takes everything off what is current: what was ordered is what is canceled.
  const isCanceled = textAt(order, "cancelled_at") !== null;
  const ordered = amountAt(currency, order, "total_price");
  const total = isCanceled ? ordered : (amountAt(currency, order, "current_total_price") ?? ordered);
  if (total === null) return unreadable("the order has no total");
  const lines = readLines(order, currency, isCanceled);
  if (!lines.ok) return lines;

  const money = readMoney(order, currency);
  const state = stateOf(order, lines.value);
  const shipping = readShipping(order, currency);
  const customerName = fullName(
    textAt(order, "customer", "first_name"),
    textAt(order, "customer", "last_name"),
  );
  const recipient = at(order, "shipping_address") ?? at(order, "billing_address");
  return ok({
    externalId,
    name: textAt(order, "name"),
    version: { updatedAtMs: timeAt(order, "updated_at") ?? placedAtMs, rank: rankOf({ state, ...money }) },
    placedAtMs,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: at(order, "taxes_included") === true,
    ...shipping,
    total,
    ...money,
    email: emailAt(order, "email") ?? emailAt(order, "contact_email") ?? emailAt(order, "customer", "email"),
    customerName: customerName ?? noteAt(recipient, "name"),
    phone: noteAt(order, "phone") ?? noteAt(recipient, "phone"),
    shippingAddress: addressAt(recipient, nameOf(recipient), ADDRESS),
    shippingMethod: textAt(order, "shipping_lines", 0, "code") ?? textAt(order, "shipping_lines", 0, "title"),
    location: idAt(order, "location_id"),
    isShippedByPlatform: false,
  });
}

function nameOf(recipient: Json): string | null {
  return (
    noteAt(recipient, "name") ?? fullName(textAt(recipient, "first_name"), textAt(recipient, "last_name"))
  );
}

function readLines(
  order: Json,
  currency: CurrencyCode,
  isCanceled: boolean,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const line of listAt(order, "line_items")) {
    const externalId = globalIdAt(line, "admin_graphql_api_id") ?? idAt(line, "id");
    const ordered = unitsAt(line, "quantity");
    if (externalId === null || ordered === null) return unreadable("a line has no id or no quantity");
    const quantity = isCanceled ? ordered : (unitsAt(line, "current_quantity") ?? ordered);
    if (Number.isNaN(ordered) || Number.isNaN(quantity)) {
      return err({
        code: "quantity_fractional",
        detail: `line ${externalId} is not a whole number of units`,
      });
    }
    if (quantity <= 0) continue;
    const price = amountAt(currency, line, "price");
    if (price === null) return unreadable(`line ${externalId} has no price`);
    // What is stated of the whole line, for the part that is still wanted.
    const current = (amount: number) => roundedShare(amount, quantity, Math.max(ordered, quantity));
    const allocations = listAt(line, "discount_allocations");
    const discount =
      allocations.length > 0
        ? sumOf(allocations, (each) => amountAt(currency, each, "amount"))
        : (amountAt(currency, line, "total_discount") ?? 0);
    lines.push({
      externalId,
      listing: idAt(line, "variant_id"),
      sku: skuAt(line, "sku"),
      barcode: null,
      title: textAt(line, "title") ?? textAt(line, "name") ?? externalId,
      quantity,
      gross: price * quantity,
      discount: Math.min(current(discount), price * quantity),
      tax: current(sumOf(listAt(line, "tax_lines"), (each) => amountAt(currency, each, "price"))),
      isPhysical: at(line, "requires_shipping") !== false && at(line, "gift_card") !== true,
    });
  }
  return ok(lines);
}

/** What no later message takes back, and what the order waits for. */
function stateOf(order: Json, lines: ReadonlyArray<ChannelOrderLine>): ChannelOrderState {
  if (textAt(order, "cancelled_at") !== null) return "canceled";
  if (textAt(order, "fulfillment_status") === "fulfilled") return "fulfilled";
  if (lines.length === 0) return "canceled";
  switch (textAt(order, "financial_status") ?? "") {
    case "paid":
    case "authorized":
    case "partially_refunded":
      return "open";
    default:
      // Unpaid, part-paid, expired, voided, refunded but not canceled: the units stay, nothing is sent.
      return "reserved";
  }
}

function readMoney(order: Json, currency: CurrencyCode): { captured: number; refunded: number } {
  const total = amountAt(currency, order, "total_price") ?? 0;
  const outstanding = amountAt(currency, order, "total_outstanding") ?? total;
  const status = textAt(order, "financial_status") ?? "";
  const refunded = sumOf(listAt(order, "refunds"), (refund) =>
    sumOf(listAt(refund, "transactions"), (entry) =>
      textAt(entry, "kind") === "refund" && textAt(entry, "status") !== "failure"
        ? amountAt(currency, entry, "amount")
        : 0,
    ),
  );
  switch (status) {
    case "paid":
    case "partially_refunded":
      return { captured: total, refunded: Math.min(refunded, total) };
    case "refunded":
      return { captured: total, refunded: total };
    case "partially_paid":
      return { captured: Math.max(0, total - outstanding), refunded: 0 };
    default:
      return { captured: 0, refunded: 0 };
  }
}

function readShipping(order: Json, currency: CurrencyCode): { shipping: number; shippingTax: number } {
  const lines = listAt(order, "shipping_lines");
  const stated =
    lines.length > 0
      ? sumOf(
          lines,
          (line) => amountAt(currency, line, "discounted_price") ?? amountAt(currency, line, "price"),
        )
      : (amountAt(currency, order, "total_shipping_price_set", "shop_money", "amount") ?? 0);
  const shippingTax = sumOf(lines, (line) =>
    sumOf(listAt(line, "tax_lines"), (each) => amountAt(currency, each, "price")),
  );
  return { shipping: stated, shippingTax };
}

function sumOf(items: ReadonlyArray<Json>, amountOf: (item: Json) => number | null): number {
  return items.reduce<number>((sum, item) => sum + (amountOf(item) ?? 0), 0);
}
