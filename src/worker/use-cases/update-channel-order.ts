import { succeedChannelOrder, type ChannelOrderRow } from "../../db/channel-orders.ts";
import { insertMany } from "../../db/client.ts";
import type { ConnectionRow } from "../../db/connections.ts";
import { eventRow, outboxRow } from "../../db/events.ts";
import { insertExceptions } from "../../db/exceptions.ts";
import { abortUnlessChanged } from "../../db/guard.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { insertOutboxIfChanged } from "../../db/outbox.ts";
import { orderEvent, paymentTransaction } from "../../db/schema/index.ts";
import type { ChannelOrder } from "../../domain/channels/channel-order.ts";
import { paymentStatusOf, summarizeLedger } from "../../domain/payments/ledger.ts";
import { acceptOrder, isHandedOver, writeAccepted, type TakeServices } from "./accept-channel-order.ts";
import { cancelOrder } from "./cancel-order.ts";
import { moneyEntries, type AcceptedOrder } from "./channel-order-rows.ts";
import { connectionActor } from "./connection-actor.ts";
import { paymentRows } from "./new-order.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { releaseOrderStock } from "./release-order-stock.ts";

export type ChannelUpdate = {
  readonly connection: ConnectionRow;
  readonly order: ChannelOrder;
  readonly seen: ChannelOrderRow;
  /** What the row becomes if nothing else has to be said. */
  readonly next: ChannelOrderRow;
};

/** What contradicts goods that have left already, or are none of our doing. A person decides. */
type Conflict = "canceled_after_shipping" | "edited_after_shipping" | "fulfilled_elsewhere";

/**
 * Applies what a platform says now to the order of ours that an earlier message became. Effects come before the row
 * that remembers the version, and each bears being repeated: whoever dies in between is followed by a redelivery.
 *
 * @returns null where the order changed meanwhile and has to be read again.
 */
export async function updateChannelOrder(
  services: TakeServices,
  update: ChannelUpdate,
): Promise<ChannelOrderRow | null> {
  const { connection, order, seen } = update;
  const aggregate = await readOrder(services.db, seen.orderId ?? "");
  if (aggregate === null) return null;
  const isCanceled = aggregate.order.status === "canceled";
  if (order.state === "canceled")
    return isCanceled ? settle(services, update, aggregate, null) : cancel(services, update);

  const accepted = await acceptOrder(services, connection, order, seen.revision + 1);
  // What cannot be read as an order of ours any more leaves the one that is there alone, and says so.
  if (!accepted.ok || accepted.value === null)
    return settle(services, update, aggregate, "edited_after_shipping");
  if (isCanceled)
    return order.state === "fulfilled"
      ? settle(services, update, aggregate, null)
      : reopen(services, update, accepted.value);
  // Paid and taken at the till: what was kept for it goes back, and is taken from the shelf there.
  if (isHandedOver(order) && !hasLeft(aggregate)) return replace(services, update, accepted.value);
  if (hasOtherLines(aggregate, accepted.value)) {
    return hasLeft(aggregate) || order.state === "fulfilled"
      ? settle(services, update, aggregate, "edited_after_shipping")
      : replace(services, update, accepted.value);
  }
  const isOurs = hasLeft(aggregate);
  return settle(
    services,
    update,
    aggregate,
    order.state === "fulfilled" && !isOurs ? "fulfilled_elsewhere" : null,
  );
}

function hasLeft({ lines, shipments }: OrderAggregate): boolean {
  return (
    lines.some(({ fulfilledQuantity }) => fulfilledQuantity > 0) ||
    shipments.some(({ status }) => status === "shipped" || status === "delivered")
  );
}

function hasOtherLines({ lines }: OrderAggregate, accepted: AcceptedOrder): boolean {
  const units = new Map<string, number>();
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
  for (const { ourSku, quantity } of accepted.lines) units.set(ourSku, (units.get(ourSku) ?? 0) - quantity);
  return [...units.values()].some((left) => left !== 0);
}

/** The platform's cancel, without its money: that is the platform's to give back, and it will say so. */
async function cancel(services: TakeServices, update: ChannelUpdate): Promise<ChannelOrderRow | null> {
  const { connection, seen } = update;
  const orderId = seen.orderId ?? "";
  const canceled = await cancelOrder(services, {
    orderId,
    reason: "customer",
    restock: true,
    refund: false,
    notify: false,
    actor: connectionActor(connection.code),
    requestId: null,
    mark: connection.code,
    isVersionAcceptable: () => true,
  });
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return null;
  if (!canceled.ok && canceled.error.code !== "order_not_cancelable") return null;
  return settle(services, update, aggregate, canceled.ok ? null : "canceled_after_shipping");
}

/** An edit: the order as it was gives its units back, and one with the new lines takes its place. */
async function replace(
  services: TakeServices,
  update: ChannelUpdate,
  accepted: AcceptedOrder,
): Promise<ChannelOrderRow | null> {
  const { connection, seen } = update;
  const orderId = seen.orderId ?? "";
  const canceled = await cancelOrder(services, {
    orderId,
    reason: "other",
    because: "edited",
    restock: true,
    refund: false,
    notify: false,
    actor: connectionActor(connection.code),
    requestId: null,
    mark: connection.code,
    isVersionAcceptable: () => true,
  });
  if (!canceled.ok) return null;
  return reopen(services, update, accepted);
}

/** Places the successor of a canceled order, after the units of the one before it are free. */
async function reopen(
  services: TakeServices,
  { seen, next }: ChannelUpdate,
  accepted: AcceptedOrder,
): Promise<ChannelOrderRow> {
  await releaseOrderStock(services, seen.orderId ?? "");
  return writeAccepted(services, next, accepted);
}

/** Money, address and whether it may be sent, together with the version they came with. */
async function settle(
  services: TakeServices,
  { connection, order, seen, next }: ChannelUpdate,
  aggregate: OrderAggregate,
  conflict: Conflict | null,
): Promise<ChannelOrderRow | null> {
  const nowMs = services.nowMs();
  const { id, version, status } = aggregate.order;
  const actor = connectionActor(connection.code);
  const entries = moneyEntries(
    { platform: connection.platform, order },
    summarizeLedger(aggregate.transactions),
  );
  const money = paymentRows(aggregate.order, connection.platform, entries, actor, nowMs);
  const paymentStatus = paymentStatusOf([...aggregate.transactions, ...entries], aggregate.order.total);
  const isFreed = seen.isReserved && order.state !== "reserved" && status === "on_hold" && !seen.isShort;
  const isHeld = order.state === "reserved" && status === "placed" && !hasLeft(aggregate);
  const newStatus = isFreed
    ? "placed"
    : isHeld || (conflict !== null && status === "placed")
      ? "on_hold"
      : status;
  const address = hasLeft(aggregate) ? null : order.shippingAddress;
  const isReserved = isHeld || (seen.isReserved && !isFreed && order.state === "reserved");
  const row: ChannelOrderRow = { ...next, isReserved, outcome: "captured", receivedAtMs: seen.receivedAtMs };
  const outbox = isFreed ? [outboxRow("fulfillment", { type: "order.route", order_id: id }, nowMs)] : [];
  await services.db.d1.batch([
    succeedChannelOrder(services.db, row),
    abortUnlessChanged(services.db),
    services.db.d1
      .prepare(
        `UPDATE orders SET status = ?3, payment_status = ?4, shipping_address = coalesce(?5, shipping_address),
           updated_at_ms = ?6, version = version + 1 WHERE id = ?1 AND version = ?2`,
      )
      .bind(id, version, newStatus, paymentStatus, address === null ? null : JSON.stringify(address), nowMs),
    abortUnlessChanged(services.db),
    insertOutboxIfChanged(services.db, outbox),
    insertMany(services.db, paymentTransaction, money.transactions, "nothing"),
    insertMany(
      services.db,
      orderEvent,
      [...money.events, changedEvent(id, next, newStatus, status, actor, nowMs)].filter(
        (event) => event !== null,
      ),
      "nothing",
    ),
    insertExceptions(
      services.db,
      conflict === null ? [] : [conflictException(id, connection.code, order, conflict)],
      nowMs,
    ),
  ]);
  if (outbox.length > 0) services.background(relayCommitted(services, outbox));
  return row;
}

function changedEvent(
  id: string,
  next: ChannelOrderRow,
  to: string,
  from: string,
  actor: string,
  nowMs: number,
) {
  if (to === from) return null;
  return eventRow(id, "order.changed", next.digest, { status: to, because: "channel" }, actor, nowMs);
}

function conflictException(orderId: string, connection: string, order: ChannelOrder, conflict: Conflict) {
  return {
    kind: "channel_order_conflict" as const,
    subject: `order:${orderId}`,
    fact: `${conflict} ${order.version.updatedAtMs}`,
    orderId,
    data: { connection, external_id: order.externalId, because: conflict },
  };
}
