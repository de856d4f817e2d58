import { asc, desc, eq, getTableColumns, inArray, sql } from "drizzle-orm";

import type { Db } from "./client.ts";
import { matchingOrders, type OrderCursor, type OrderFilter } from "./order-search.ts";
import {
  customer,
  deliveryPromise,
  fulfillmentOrder,
  fulfillmentOrderLine,
  orderEvent,
  orderLine,
  orderReturn,
  orders,
  orderTag,
  payment,
  paymentRequest,
  paymentRequestPart,
  paymentTransaction,
  shipment,
} from "./schema/index.ts";

export type OrderRow = typeof orders.$inferSelect;
export type OrderLineRow = typeof orderLine.$inferSelect;
export type TransactionRow = typeof paymentTransaction.$inferSelect;

/** An order with what every answer about it needs. */
export type OrderHead = {
  readonly order: OrderRow;
  readonly customer: typeof customer.$inferSelect | null;
  readonly lines: ReadonlyArray<OrderLineRow>;
  readonly transactions: ReadonlyArray<TransactionRow>;
  readonly tags: ReadonlyArray<typeof orderTag.$inferSelect>;
};

/** An order with everything that hangs on it. */
export type OrderAggregate = OrderHead & {
  readonly fulfillmentOrders: ReadonlyArray<typeof fulfillmentOrder.$inferSelect>;
  readonly fulfillmentLines: ReadonlyArray<typeof fulfillmentOrderLine.$inferSelect>;
  readonly shipments: ReadonlyArray<typeof shipment.$inferSelect>;
  readonly returns: ReadonlyArray<typeof orderReturn.$inferSelect>;
  /** Payments that go on at their providers. The client token is known only when a payment is begun. */
  readonly payments: ReadonlyArray<typeof payment.$inferSelect & { readonly clientToken?: string | null }>;
  readonly paymentRequests: ReadonlyArray<typeof paymentRequest.$inferSelect>;
  readonly paymentParts: ReadonlyArray<typeof paymentRequestPart.$inferSelect>;
  readonly events: ReadonlyArray<typeof orderEvent.$inferSelect>;
  readonly promise: typeof deliveryPromise.$inferSelect | null;
};

export async function readOrder(db: Db, id: string): Promise<OrderAggregate | null> {
  const { orm } = db;
  const [
    order,
    customers,
    lines,
    transactions,
    fulfillmentOrders,
    fulfillmentLines,
    shipments,
    returns,
    payments,
    paymentRequests,
    paymentParts,
    events,
    tags,
    promises,
  ] = await orm.batch([
    orm.select().from(orders).where(eq(orders.id, id)),
    orm
      .select(getTableColumns(customer))
      .from(orders)
      .innerJoin(customer, eq(customer.id, orders.customerId))
      .where(eq(orders.id, id)),
    orm.select().from(orderLine).where(eq(orderLine.orderId, id)).orderBy(asc(orderLine.position)),
    orm
      .select()
      .from(paymentTransaction)
      .where(eq(paymentTransaction.orderId, id))
      .orderBy(asc(paymentTransaction.occurredAtMs), sql`rowid`),
    orm
      .select()
      .from(fulfillmentOrder)
      .where(eq(fulfillmentOrder.orderId, id))
      .orderBy(asc(fulfillmentOrder.id)),
    orm
      .select(getTableColumns(fulfillmentOrderLine))
      .from(fulfillmentOrder)
      .innerJoin(fulfillmentOrderLine, eq(fulfillmentOrderLine.fulfillmentOrderId, fulfillmentOrder.id))
      .where(eq(fulfillmentOrder.orderId, id)),
    orm.select().from(shipment).where(eq(shipment.orderId, id)).orderBy(asc(shipment.id)),
    orm.select().from(orderReturn).where(eq(orderReturn.orderId, id)).orderBy(asc(orderReturn.id)),
    orm
      .select()
      .from(payment)
      .where(eq(payment.orderId, id))
      .orderBy(sql`rowid`),
    orm
      .select()
      .from(paymentRequest)
      .where(eq(paymentRequest.orderId, id))
      .orderBy(sql`rowid`),
    orm
      .select()
      .from(paymentRequestPart)
      .where(eq(paymentRequestPart.orderId, id))
      .orderBy(sql`rowid`),
    orm
      .select()
      .from(orderEvent)
      .where(eq(orderEvent.orderId, id))
      .orderBy(asc(orderEvent.occurredAtMs), sql`rowid`),
    orm.select().from(orderTag).where(eq(orderTag.orderId, id)).orderBy(asc(orderTag.tag)),
    orm.select().from(deliveryPromise).where(eq(deliveryPromise.orderId, id)),
  ]);
  const [row] = order;
  if (row === undefined) return null;
  return {
    order: row,
    customer: customers[0] ?? null,
    lines,
    transactions,
    fulfillmentOrders,
    fulfillmentLines,
    shipments,
    returns,
    payments,
    paymentRequests,
    paymentParts,
    events,
    tags,
    promise: promises[0] ?? null,
  };
}

/** Orders, newest first. */
export async function listOrders(
  db: Db,
  filter: OrderFilter,
  after: OrderCursor | null,
  limit: number,
): Promise<ReadonlyArray<OrderHead>> {
  const { orm } = db;
  const ids = await matchingOrders(db, filter, after, limit);
  const rows = await orm
    .select({ order: getTableColumns(orders), customer: getTableColumns(customer) })
    .from(orders)
    .leftJoin(customer, eq(customer.id, orders.customerId))
    .where(inArray(orders.id, sql`(SELECT id FROM (${ids}))`))
    .orderBy(desc(orders.placedAtMs), desc(orders.id));
  if (rows.length === 0) return [];
  const found = sql`(SELECT value FROM json_each(${JSON.stringify(rows.map(({ order }) => order.id))}))`;
  const [lines, transactions, tags] = await orm.batch([
    orm.select().from(orderLine).where(inArray(orderLine.orderId, found)).orderBy(asc(orderLine.position)),
    orm.select().from(paymentTransaction).where(inArray(paymentTransaction.orderId, found)),
    orm.select().from(orderTag).where(inArray(orderTag.orderId, found)).orderBy(asc(orderTag.tag)),
  ]);
  const linesOf = Map.groupBy(lines, ({ orderId }) => orderId);
  const tagsOf = Map.groupBy(tags, ({ orderId }) => orderId);
  const transactionsOf = Map.groupBy(transactions, ({ orderId }) => orderId);
  return rows.map(({ order, customer }) => ({
    order,
    customer,
    lines: linesOf.get(order.id) ?? [],
    transactions: transactionsOf.get(order.id) ?? [],
    tags: tagsOf.get(order.id) ?? [],
  }));
}

export async function isOrderKnown(db: Db, id: string): Promise<boolean> {
  return (await db.d1.prepare("SELECT 1 FROM orders WHERE id = ?1").bind(id).first()) !== null;
}

/** Which of these orders stand: their status and whether their stock was committed. */
export async function readOrderStates(
  db: Db,
  ids: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, Pick<OrderRow, "id" | "status" | "stockCommittedAtMs" | "holdId">>> {
  const rows = await db.orm
    .select({
      id: orders.id,
      status: orders.status,
      stockCommittedAtMs: orders.stockCommittedAtMs,
      holdId: orders.holdId,
    })
    .from(orders)
    .where(inArray(orders.id, sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Placed orders whose stock nobody has committed, oldest first. */
export async function readOrdersWithoutStock(
  db: Db,
  placedBeforeMs: number,
  limit: number,
): Promise<ReadonlyArray<string>> {
  const rows = await db.orm
    .select({ id: orders.id })
    .from(orders)
    .where(
      // Word for word the condition of the partial index, so that it is used.
      sql`${orders.stockCommittedAtMs} IS NULL AND ${orders.holdId} IS NOT NULL AND ${orders.status} = 'placed' AND ${orders.placedAtMs} < ${placedBeforeMs}`,
    )
    .orderBy(asc(orders.placedAtMs))
    .limit(limit);
  return rows.map(({ id }) => id);
}
