import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import type { NewOrder } from "../../db/new-orders.ts";
import type { OrderAggregate } from "../../db/orders.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import type { PricedOrder } from "../../domain/orders/place.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import { newOrderLines, paymentRows } from "./new-order.ts";

/** Names the other half of a settlement in both ledgers: no provider moves this money. */
export const EXCHANGE_PROVIDER = "exchange";

/**
 * The order of what is sent in exchange, or as a replacement. It is paid with what the return is worth, and on hold as
 * long as the buyer owes more; its stock is committed by a message, as that of any order without a hold.
 *
 * @param credit - What the return pays of it, in minor units.
 */
export function exchangeOrder(
  { order, customer }: OrderAggregate,
  returnId: string,
  priced: PricedOrder,
  credit: number,
  actor: string,
  nowMs: number,
): NewOrder {
  const id = derivedId("ord", nowMs, returnId, "exchange");
  const { total, currency } = priced;
  const entries =
    credit === 0
      ? []
      : [
          {
            kind: "capture" as const,
            amount: credit,
            currency: currency as CurrencyCode,
            reference: returnId,
          },
        ];
  const money = paymentRows({ id, placedAtMs: nowMs }, EXCHANGE_PROVIDER, entries, actor, nowMs);
  const isOwed = credit < total;
  const facts = {
    total,
    currency,
    lines: priced.lines.length,
    channel: order.channel,
    exchange_of: order.id,
  };
  return {
    order: {
      id,
      status: isOwed ? "on_hold" : "placed",
      holdReason: isOwed ? "awaiting_payment" : null,
      paymentStatus: paymentStatusOf(entries, total),
      fulfillmentStatus: "unfulfilled",
      currency,
      subtotal: priced.subtotal,
      discountTotal: priced.discountTotal,
      shippingTotal: priced.shippingTotal,
      taxTotal: priced.taxTotal,
      total,
      customerId: customer?.id ?? null,
      shippingAddress: order.shippingAddress,
      shippingMethod: order.shippingMethod,
      channel: order.channel,
      holdId: null,
      buyer: order.buyer,
      brand: order.brand,
      language: order.language,
      metadata: { exchange_of: order.id, return: returnId },
      placedAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
    },
    customer: null,
    lines: newOrderLines(id, priced.lines, nowMs),
    transactions: money.transactions,
    events: [eventRow(id, "order.placed", returnId, facts, actor, nowMs), ...money.events],
    outbox: [outboxRow("fulfillment", { type: "order.commit_stock", order_id: id }, nowMs)],
    audit: [
      {
        id: derivedId("aud", nowMs, id, "order.placed", returnId),
        atMs: nowMs,
        actor,
        action: "order.placed",
        subject: id,
        requestId: null,
        data: facts,
      },
    ],
    answer: null,
  };
}
