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
  fullName,
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
  line1: "address_1",
  line2: "address_2",
  city: "city",
  region: "state",
  postalCode: "postcode",
  country: "country",
  phone: "phone",
};

export const orderStatusMeanings = ["reserved", "open", "fulfilled", "canceled"] as const;
export type StatusMeanings = Readonly<Record<string, ChannelOrderState>>;

const STATUSES: StatusMeanings = {
  pending: "reserved",
  "on-hold": "reserved",
  processing: "open",
  completed: "fulfilled",
  cancelled: "canceled",
  refunded: "canceled",
  failed: "canceled",
  trash: "canceled",
};

/** Before it is an order: a cart that is being filled, a form that is open. */
const DRAFTS: ReadonlySet<string> = new Set(["auto-draft", "checkout-draft", "draft"]);

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** Whether a payload is an order that its buyer or seller has not finished writing. */
export function isDraft(order: Json): boolean {
  return DRAFTS.has(textAt(order, "status") ?? "");
}

/**
 * An order as WooCommerce's webhooks and REST API v3 carry it. Line amounts are net of tax whatever the shop shows.
 *
 * @param meanings - What the shop's own statuses stand for.
 */
export function readWooOrder(order: Json, meanings: StatusMeanings): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "id");
  if (externalId === null) return unreadable("the order has no id");
  const currency = currencyAt(order, "currency");
  if (currency === null) return unreadable(`"${textAt(order, "currency") ?? ""}" is no currency`);
  const placedAtMs = timeAt(order, "date_created_gmt") ?? timeAt(order, "date_created");
  if (placedAtMs === null) return unreadable("the order has no time");
  const total = amountAt(currency, order, "total");
  if (total === null) return unreadable("the order has no total");
  const status = textAt(order, "status") ?? "";
  const state = ownValue(meanings, status) ?? ownValue(STATUSES, status);
  if (state === undefined) {
    return err({
      code: "status_unknown",
      detail: `say in the connection's settings what the status "${status}" means`,
    });
  }
  const lines = readLines(order, currency);
  if (!lines.ok) return lines;

  const refunded = sumOf(listAt(order, "refunds"), (refund) =>
    Math.abs(amountAt(currency, refund, "total") ?? 0),
  );
  const isPaid = textAt(order, "date_paid_gmt") !== null || textAt(order, "date_paid") !== null;
  const captured = isPaid ? total : 0;
  const money = { captured, refunded: Math.min(refunded, captured) };
  const shippingName = personIn(order, "shipping");
  const address =
    shippingName === null && textAt(order, "shipping", "address_1") === null ? "billing" : "shipping";
  const recipient = at(order, address);
  return ok({
    externalId,
    name: textAt(order, "number"),
    version: {
      updatedAtMs: timeAt(order, "date_modified_gmt") ?? timeAt(order, "date_modified") ?? placedAtMs,
      rank: rankOf({ state, ...money }),
    },
    placedAtMs,
    state,
    currency,
    lines: lines.value,
    hasTaxIncluded: false,
    shipping: amountAt(currency, order, "shipping_total") ?? 0,
    shippingTax: amountAt(currency, order, "shipping_tax") ?? 0,
    total,
    ...money,
    email: emailAt(order, "billing", "email"),
    customerName: personIn(order, "billing"),
    phone: noteAt(order, "billing", "phone"),
    shippingAddress: addressAt(recipient, personIn(order, address), ADDRESS),
    shippingMethod:
      textAt(order, "shipping_lines", 0, "method_id") ?? textAt(order, "shipping_lines", 0, "method_title"),
    location: null,
    isShippedByPlatform: false,
  });
}

function personIn(order: Json, part: string): string | null {
  return fullName(textAt(order, part, "first_name"), textAt(order, part, "last_name"));
}

function readLines(
  order: Json,
  currency: CurrencyCode,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines = new Map<string, ChannelOrderLine>();
  for (const line of listAt(order, "line_items")) {
    const externalId = idAt(line, "id");
    const quantity = unitsAt(line, "quantity");
    if (externalId === null || quantity === null) return unreadable("a line has no id or no quantity");
    if (Number.isNaN(quantity)) {
      return err({
        code: "quantity_fractional",
        detail: `line ${externalId} is not a whole number of units`,
      });
    }
    if (quantity <= 0) continue;
    const net = amountAt(currency, line, "total");
    if (net === null) return unreadable(`line ${externalId} has no total`);
    const gross = Math.max(net, amountAt(currency, line, "subtotal") ?? net);
    // Some plugins send a line twice: a line's id is its own.
    lines.set(externalId, {
      externalId,
      listing: idAt(line, "variation_id") ?? idAt(line, "product_id"),
      sku: skuAt(line, "sku"),
      barcode: textAt(line, "global_unique_id"),
      title: textAt(line, "name") ?? externalId,
      quantity,
      gross,
      discount: gross - net,
      tax: amountAt(currency, line, "total_tax") ?? 0,
      isPhysical: true,
    });
  }
  return ok([...lines.values()]);
}

function sumOf(items: ReadonlyArray<Json>, amountOf: (item: Json) => number | null): number {
  return items.reduce<number>((sum, item) => sum + (amountOf(item) ?? 0), 0);
}
