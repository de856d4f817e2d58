import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import { customerIdOf, type NewOrder } from "../../db/new-orders.ts";
import type { OutboxRow } from "../../db/outbox.ts";
import type { LocationCode } from "../../domain/brand.ts";
import type { BalancedAmounts } from "../../domain/channels/amounts.ts";
import { channelOf, type ChannelOrder, type Platform } from "../../domain/channels/channel-order.ts";
import type { MatchedLine } from "../../domain/channels/matching.ts";
import type { OrderStatus } from "../../domain/orders/order.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import type { PaymentEntry } from "../../integrations/payments/port.ts";
import { connectionActor } from "./connection-actor.ts";
import { paymentRows } from "./new-order.ts";

/** A platform's order that has been matched to our SKUs and made to add up. */
export type AcceptedOrder = {
  readonly connection: string;
  readonly platform: Platform;
  readonly order: ChannelOrder;
  readonly lines: ReadonlyArray<MatchedLine>;
  readonly amounts: BalancedAmounts;
  readonly shippingMethod: string | null;
  /** Where the buyer took the goods, which are gone from there already; null for an order that is to be sent. */
  readonly handedOverAt: LocationCode | null;
  /** Counts the orders of ours that one of the platform's became: an edit replaces the one before. */
  readonly revision: number;
};

/** The same for the same order and revision, so that no retry places it twice. */
export function channelOrderId({ connection, order, revision }: AcceptedOrder): string {
  return derivedId("ord", order.placedAtMs, connection, order.externalId, String(revision));
}

/** What the platform says of the money, beyond what is written already. Sums are the platform's; entries are differences. */
export function moneyEntries(
  accepted: { readonly platform: Platform; readonly order: ChannelOrder },
  written: { readonly captured: number; readonly refunded: number },
): ReadonlyArray<PaymentEntry> {
  const { order } = accepted;
  const { currency, externalId } = order;
  const captured = order.captured - written.captured;
  const refunded = Math.min(order.refunded, order.captured) - written.refunded;
  // The reference names the sum that it brings the ledger to, so that a repeat writes the same row.
  return [
    ...(captured > 0
      ? [
          {
            kind: "capture" as const,
            amount: captured,
            currency,
            reference: `${externalId}:captured:${order.captured}`,
          },
        ]
      : []),
    ...(refunded > 0
      ? [
          {
            kind: "refund" as const,
            amount: refunded,
            currency,
            reference: `${externalId}:refunded:${order.refunded}`,
          },
        ]
      : []),
  ];
}

function statusOf({ order, handedOverAt }: AcceptedOrder): OrderStatus {
  if (order.state === "canceled") return "canceled";
  if (handedOverAt !== null) return "completed";
  return order.state === "reserved" ? "on_hold" : "placed";
}

/** Stock is committed to an order that is to be sent, and is gone from where one was handed over. */
function nextSteps({ order, handedOverAt }: AcceptedOrder, orderId: string, nowMs: number): Array<OutboxRow> {
  if (order.state === "canceled") return [];
  if (handedOverAt === null)
    return [outboxRow("fulfillment", { type: "order.commit_stock", order_id: orderId }, nowMs)];
  return [
    outboxRow(
      "channel-sync",
      { type: "channel.hand_over", order_id: orderId, location: handedOverAt },
      nowMs,
    ),
  ];
}

/** Every row of a platform's order that becomes ours. Its stock is committed by the message that goes with it. */
export function channelOrderRows(accepted: AcceptedOrder, requestId: string | null, nowMs: number): NewOrder {
  const { connection, platform, order, amounts, revision } = accepted;
  const orderId = channelOrderId(accepted);
  const actor = connectionActor(connection);
  const channel = channelOf(platform);
  const { lines: amountsOf, ...totals } = amounts;
  const isCanceled = order.state === "canceled";
  const isHandedOver = accepted.handedOverAt !== null;
  const entries = moneyEntries(accepted, { captured: 0, refunded: 0 });
  const money = paymentRows({ id: orderId, placedAtMs: order.placedAtMs }, platform, entries, actor, nowMs);
  const customerId =
    order.email === null ? derivedId("cus", 0, connection, order.externalId) : customerIdOf(order.email);
  const facts = {
    total: totals.total,
    currency: order.currency,
    lines: accepted.lines.length,
    channel,
    connection,
    external_id: order.externalId,
    ...(revision > 1 ? { revision } : {}),
  };
  return {
    order: {
      id: orderId,
      status: statusOf(accepted),
      paymentStatus: paymentStatusOf(entries, totals.total),
      fulfillmentStatus: isHandedOver ? "delivered" : "unfulfilled",
      currency: order.currency,
      ...totals,
      customerId,
      shippingAddress: order.shippingAddress,
      shippingMethod: accepted.shippingMethod,
      channel,
      // Shops number their orders each for themselves, so the connection is part of the name.
      externalId:
        revision === 1
          ? `${connection}:${order.externalId}`
          : `${connection}:${order.externalId}:${revision}`,
      metadata: {
        ...(order.name === null ? {} : { channel_order: order.name.slice(0, 100) }),
        ...(order.show == null ? {} : { channel_show: order.show.slice(0, 100) }),
      },
      cancelReason: isCanceled ? "customer" : null,
      placedAtMs: order.placedAtMs,
      completedAtMs: isHandedOver ? nowMs : null,
      canceledAtMs: isCanceled ? nowMs : null,
      updatedAtMs: nowMs,
      version: 1,
    },
    customer: {
      id: customerId,
      email: order.email,
      name: order.customerName,
      phone: order.phone?.slice(0, 40) ?? null,
      createdAtMs: nowMs,
    },
    lines: accepted.lines.map((line, index) => ({
      id: derivedId("line", order.placedAtMs, orderId, String(index + 1)),
      orderId,
      placedAtMs: order.placedAtMs,
      position: index + 1,
      sku: line.ourSku,
      title: line.title.slice(0, 200),
      quantity: line.quantity,
      unitPrice: amountsOf[index]?.unitPrice ?? 0,
      discount: amountsOf[index]?.discount ?? 0,
      tax: amountsOf[index]?.tax ?? 0,
      total: amountsOf[index]?.total ?? 0,
      fulfilledQuantity: isHandedOver ? line.quantity : 0,
      deliveredQuantity: isHandedOver ? line.quantity : 0,
      returnedQuantity: 0,
      canceledQuantity: isCanceled ? line.quantity : 0,
    })),
    transactions: money.transactions,
    events: [
      eventRow(orderId, "order.placed", connection, facts, actor, nowMs),
      ...(isCanceled
        ? [
            eventRow(
              orderId,
              "order.canceled",
              connection,
              { reason: "customer", refund: false },
              actor,
              nowMs,
            ),
          ]
        : []),
      ...money.events,
    ],
    outbox: nextSteps(accepted, orderId, nowMs),
    audit: [
      {
        id: derivedId("aud", nowMs, orderId, "order.placed", connection),
        atMs: nowMs,
        actor,
        action: "order.placed",
        subject: orderId,
        requestId,
        data: facts,
      },
    ],
    answer: null,
  };
}
