import type { Db } from "../../db/client.ts";
import { readSaleDates } from "../../db/messages.ts";
import type { MessageRow } from "../../db/messages.ts";
import type { OrderAggregate } from "../../db/orders.ts";
import { readReturnLines } from "../../db/returns.ts";
import { linkTo, type BrandIdentity } from "../../domain/messages/brand-identity.ts";
import { numberIn } from "../../domain/messages/event-data.ts";
import type {
  MessageFacts,
  OrderFacts,
  ParcelFacts,
  ReturnFacts,
  WaitingLine,
} from "../../domain/messages/facts.ts";
import { trackingLink } from "../../domain/messages/tracking-link.ts";
import { roundedShare } from "../../domain/money.ts";
import { orderBalance, orderValue } from "../../domain/orders/totals.ts";

/** What is needed of a message to know what it is about. */
export type MessageSubject = Pick<MessageRow, "template" | "about" | "data">;

type Readable = { readonly db: Db };

/** Gathers what a message of an order says, from the order as it is now. */
export async function orderMessageFacts(
  { db }: Readable,
  aggregate: OrderAggregate,
  subject: MessageSubject,
  brand: BrandIdentity,
  unsubscribe: string | null,
): Promise<MessageFacts> {
  const { order, customer } = aggregate;
  const { template, about } = subject;
  const isOfParcel = template === "shipped" || template === "out_for_delivery" || template === "delivered";
  const isOfReturn = template.startsWith("return_");
  const isWaiting = template === "backorder" || template === "preorder";
  return {
    customerName: customer?.name ?? order.shippingAddress?.name ?? null,
    order: orderFacts(aggregate),
    parcel: isOfParcel ? parcelFacts(aggregate, about, brand) : null,
    waiting: isWaiting ? await waitingLines(db, aggregate) : [],
    return: isOfReturn ? await returnFacts(db, aggregate, about, template) : null,
    amount: amountOf(aggregate, subject),
    offer: null,
    links: {
      order: linkTo(brand.links.order, "order", order.id),
      pay: linkTo(brand.links.pay, "order", order.id),
      review: linkTo(brand.links.review, "order", order.id),
      unsubscribe,
    },
  };
}

function orderFacts({ order, lines }: OrderAggregate): OrderFacts {
  const left = lines
    .map((line) => ({ ...line, quantity: line.quantity - line.canceledQuantity }))
    .filter(({ quantity }) => quantity > 0);
  const value = orderValue(order, lines);
  const worth = left.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const tax = left.reduce((sum, line) => {
    return sum + roundedShare(line.tax, line.quantity, line.quantity + line.canceledQuantity);
  }, 0);
  // Whatever rounding does, the parts add up to what the order is worth.
  const discount = worth + order.shippingTotal + tax - value;
  return {
    number: order.number,
    placedAtMs: order.placedAtMs,
    currency: order.currency,
    lines: left.map(({ title, quantity, unitPrice }) => ({ title, quantity, total: quantity * unitPrice })),
    subtotal: worth,
    discountTotal: Math.max(0, discount),
    shippingTotal: order.shippingTotal,
    taxTotal: tax + Math.max(0, -discount),
    total: value,
    address: order.shippingAddress,
  };
}

function parcelFacts(
  { shipments, fulfillmentLines, lines }: OrderAggregate,
  id: string,
  brand: BrandIdentity,
): ParcelFacts | null {
  const parcel = shipments.find((row) => row.id === id);
  if (parcel === undefined) return null;
  const { carrier, service, trackingNumber } = parcel;
  const titleOf = new Map(lines.map((line) => [line.id, line.title]));
  const own =
    trackingNumber === null ? null : linkTo(brand.links.tracking, "tracking_number", trackingNumber);
  return {
    carrier: service === null || carrier === "manual" ? (service ?? carrier) : service.replaceAll("_", " "),
    trackingNumber,
    trackingUrl: trackingNumber === null ? null : (own ?? trackingLink(carrier, service, trackingNumber)),
    lines: fulfillmentLines
      .filter(({ fulfillmentOrderId }) => fulfillmentOrderId === parcel.fulfillmentOrderId)
      .map(({ orderLineId, sku, quantity }) => ({ title: titleOf.get(orderLineId) ?? sku, quantity })),
  };
}

async function waitingLines(
  db: Db,
  { fulfillmentOrders, fulfillmentLines, lines }: OrderAggregate,
): Promise<Array<WaitingLine>> {
  const waiting = fulfillmentOrders.find(({ status }) => status === "incomplete");
  const missing = fulfillmentLines.filter(({ fulfillmentOrderId }) => fulfillmentOrderId === waiting?.id);
  if (missing.length === 0) return [];
  const titleOf = new Map(lines.map((line) => [line.id, line.title]));
  const dates = await readSaleDates(
    db,
    missing.map(({ sku }) => sku),
  );
  return missing.map(({ orderLineId, sku, quantity }) => ({
    title: titleOf.get(orderLineId) ?? sku,
    quantity,
    fromMs: dates.get(sku) ?? null,
  }));
}

async function returnFacts(
  db: Db,
  { returns, lines }: OrderAggregate,
  id: string,
  template: MessageSubject["template"],
): Promise<ReturnFacts | null> {
  const row = returns.find((each) => each.id === id);
  if (row === undefined) return null;
  const returned = await readReturnLines(db, [id]);
  const titleOf = new Map(lines.map((line) => [line.id, line.title]));
  const isApproval = template === "return_approved";
  return {
    lines: returned.map(({ orderLineId, sku, quantity }) => ({
      title: titleOf.get(orderLineId ?? "") ?? sku,
      quantity,
    })),
    // Why it was asked for is a note between colleagues; why it was declined is for the buyer.
    reason: template === "return_declined" ? row.reason : null,
    instructions: isApproval ? row.instructions : null,
    labelUrl: isApproval ? row.labelUrl : null,
    trackingNumber: isApproval ? row.trackingNumber : null,
    outcome: row.outcome,
  };
}

/** What the message is about in money; null where in none. */
function amountOf(aggregate: OrderAggregate, { template, about }: MessageSubject): number | null {
  const { order, lines, transactions, paymentRequests, events } = aggregate;
  const toldOf = (type: string, member: string) =>
    events.find((event) => event.type === type && event.data[member] === about)?.data ?? {};
  if (template === "refund") {
    const asked = paymentRequests.find(({ id }) => id === about);
    return asked?.amount ?? transactions.find(({ id }) => id === about)?.amount ?? 0;
  }
  if (template === "return_resolved") {
    const data = toldOf("return.resolved", "return");
    return numberIn(data, "refunded") + numberIn(data, "credited");
  }
  if (template === "order_changed") {
    const owed = orderBalance(order, lines, transactions);
    return owed > 0 ? owed : -numberIn(toldOf("order.changed", "change"), "refund");
  }
  if (template === "order_canceled") {
    const isPaidBack = events.some(({ type, data }) => type === "order.canceled" && data["refund"] === true);
    return isPaidBack && transactions.length > 0 ? order.total : null;
  }
  return null;
}

/** Whether a message would say what is not true any more. */
export function isSuperseded(aggregate: OrderAggregate, { template, about }: MessageSubject): boolean {
  const { order, shipments, fulfillmentOrders, returns } = aggregate;
  const parcel = shipments.find(({ id }) => id === about);
  const back = returns.find(({ id }) => id === about);
  switch (template) {
    case "order_confirmation":
    case "order_changed":
      return order.status === "canceled";
    case "backorder":
    case "preorder":
      return order.status === "canceled" || !fulfillmentOrders.some(({ status }) => status === "incomplete");
    case "shipped":
      return parcel === undefined || parcel.status === "canceled";
    case "out_for_delivery":
      return parcel === undefined || parcel.status === "delivered" || parcel.status === "canceled";
    case "delivered":
      return parcel === undefined;
    case "review_request":
      // Whoever is sending it back has said what they think.
      return (
        order.status === "canceled" ||
        returns.some(({ status }) => status !== "declined" && status !== "canceled")
      );
    case "return_requested":
      return back?.status !== "requested";
    case "return_approved":
      // A claim is settled without anything coming back.
      return back?.kind !== "return" || (back.status !== "approved" && back.status !== "in_transit");
    case "return_declined":
    case "return_received":
    case "return_resolved":
      return back === undefined || back.status === "canceled";
    case "refund":
    case "order_canceled":
    case "waitlist_offer":
      return false;
  }
}
