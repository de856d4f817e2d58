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
  at,
  currencyAt,
  emailAt,
  idAt,
  listAt,
  noteAt,
  textAt,
  timeAt,
  unitsAt,
  type AddressKeys,
  type Json,
} from "../reading.ts";

const ADDRESS: AddressKeys = {
  line1: "address_line_1",
  line2: "address_line_2",
  city: "locality",
  region: "administrative_district_level_1",
  postalCode: "postal_code",
  country: "country",
  phone: "phone",
};

const unreadable = (detail: string) => err({ code: "unreadable" as const, detail });

/** Square writes whole minor units. */
function minorAt(value: Json, ...path: ReadonlyArray<string | number>): number | null {
  const amount = at(value, ...path, "amount");
  return typeof amount === "number" && Number.isSafeInteger(amount) ? amount : null;
}

/** An order as Square's Orders API answers it. One without a shipment was handed over at the till when it was paid. */
export function readSquareOrder(order: Json): Result<ChannelOrder, ChannelRefusal> {
  const externalId = idAt(order, "id");
  if (externalId === null) return unreadable("the order has no id");
  const currency = currencyAt(order, "total_money", "currency");
  const total = minorAt(order, "total_money");
  if (currency === null || total === null) return unreadable("the order has no total_money");
  const placedAtMs = timeAt(order, "created_at");
  if (placedAtMs === null) return unreadable("the order has no created_at");
  const lines = readLines(order);
  if (!lines.ok) return lines;
  const shipment = listAt(order, "fulfillments").find((each) => textAt(each, "type") === "SHIPMENT");
  const state = stateOf(order, shipment);
  const due = minorAt(order, "net_amount_due_money");
  const paid = listAt(order, "tenders").reduce<number>(
    (sum, tender) => sum + (minorAt(tender, "amount_money") ?? 0),
    0,
  );
  const isPaid = state === "fulfilled" || (due === 0 && total > 0);
  const captured = Math.min(total, isPaid ? total : paid);
  const refunded = Math.min(captured, minorAt(order, "return_amounts", "total_money") ?? 0);
  const recipient = at(shipment, "shipment_details", "recipient");
  return ok({
    externalId,
    name: textAt(order, "reference_id"),
    version: {
      updatedAtMs: timeAt(order, "updated_at") ?? placedAtMs,
      rank: rankOf({ state, captured, refunded }),
    },
    placedAtMs,
    state: state === "open" && captured < total ? "reserved" : state,
    currency,
    lines: lines.value,
    // Tax inside prices is in the lines' own tax, and their totals hold it once.
    hasTaxIncluded: false,
    shipping: minorAt(order, "total_service_charge_money") ?? 0,
    shippingTax: 0,
    total,
    captured,
    refunded,
    email: emailAt(recipient, "email_address"),
    customerName: noteAt(recipient, "display_name"),
    phone: noteAt(recipient, "phone_number"),
    shippingAddress: addressAt(at(recipient, "address"), noteAt(recipient, "display_name"), ADDRESS),
    shippingMethod: textAt(shipment, "shipment_details", "shipping_type"),
    location: shipment === undefined ? idAt(order, "location_id") : null,
    isShippedByPlatform: false,
  });
}

function stateOf(order: Json, shipment: Json): ChannelOrderState {
  switch (textAt(order, "state") ?? "") {
    case "COMPLETED":
      return "fulfilled";
    case "CANCELED":
      return "canceled";
    case "DRAFT":
      return "reserved";
    default:
      // An order at the till that is not paid yet: its goods are still on the shelf.
      return shipment === undefined ? "reserved" : "open";
  }
}

function readLines(order: Json): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const line of listAt(order, "line_items")) {
    const externalId = idAt(line, "uid");
    const quantity = unitsAt(line, "quantity");
    if (externalId === null || quantity === null) return unreadable("a line has no uid or no quantity");
    if (Number.isNaN(quantity)) {
      return err({
        code: "quantity_fractional",
        detail: `line ${externalId} is not a whole number of units`,
      });
    }
    if (quantity <= 0) continue;
    const total = minorAt(line, "total_money");
    if (total === null) return unreadable(`line ${externalId} has no total_money`);
    const tax = minorAt(line, "total_tax_money") ?? 0;
    const discount = minorAt(line, "total_discount_money") ?? 0;
    const charge = minorAt(line, "total_service_charge_money") ?? 0;
    lines.push({
      externalId,
      listing: idAt(line, "catalog_object_id"),
      sku: null,
      barcode: null,
      title: textAt(line, "name") ?? externalId,
      quantity,
      gross: Math.max(0, total - tax - charge) + discount,
      discount,
      tax: Math.min(tax, total),
      // What is typed in at the till by hand stands in no catalogue.
      isPhysical: textAt(line, "item_type") !== "GIFT_CARD" && idAt(line, "catalog_object_id") !== null,
    });
  }
  return ok(lines);
}
