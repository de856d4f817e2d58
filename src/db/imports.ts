import { and, eq, inArray, sql } from "drizzle-orm";

import type { Sku } from "../domain/brand.ts";
import type { ReversalOwner } from "../domain/imports/document.ts";
import type { Db } from "./client.ts";
import { importDocument, orderLine, orders, paymentTransaction, sku } from "./schema/index.ts";

export type DocumentRow = typeof importDocument.$inferSelect;

/** The rows of a JSON array, for `IN`: D1 allows 100 bound parameters. */
function eachOf(values: ReadonlyArray<string>) {
  return sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

export async function readDocuments(db: Db, ids: ReadonlyArray<string>): Promise<Array<DocumentRow>> {
  if (ids.length === 0) return [];
  return db.orm
    .select()
    .from(importDocument)
    .where(inArray(importDocument.id, eachOf(ids)));
}

/** An imported order as far as matching a cancellation needs it. */
export type ReversibleOrderRow = {
  readonly order_id: string;
  readonly external_id: string;
  readonly customer_id: string | null;
  readonly placed_at_ms: number;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
};
export type ReversibleLineRow = {
  readonly id: string;
  readonly order_id: string;
  readonly position: number;
  readonly sku: string;
  readonly unit_price: number;
  readonly units_left: number;
};

/** Imported orders of these owners, and their lines of these SKUs that units may still come back from. */
export async function readReversible(
  db: Db,
  channel: string,
  wanted: ReadonlyArray<{ readonly owner: ReversalOwner; readonly sku: Sku | null }>,
): Promise<{ orders: Array<ReversibleOrderRow>; lines: Array<ReversibleLineRow> }> {
  if (wanted.length === 0) return { orders: [], lines: [] };
  const owners = new Set<string>();
  const pairs = new Set<string>();
  const [sample] = wanted;
  const column = sample !== undefined && "customerId" in sample.owner ? "customer_id" : "external_id";
  for (const { owner, sku } of wanted) {
    const name = "customerId" in owner ? owner.customerId : owner.externalId;
    owners.add(name);
    if (sku !== null) pairs.add(JSON.stringify([name, sku]));
  }
  const imported = "o.channel = ?2 AND EXISTS (SELECT 1 FROM import_document d WHERE d.order_id = o.id)";
  const [foundOrders, foundLines] = await db.d1.batch([
    db.d1
      .prepare(
        `SELECT o.id AS order_id, o.external_id, o.customer_id, o.placed_at_ms, o.currency,
           (SELECT coalesce(sum(amount), 0) FROM payment_transaction t WHERE t.order_id = o.id AND t.kind = 'capture') AS captured,
           (SELECT coalesce(sum(amount), 0) FROM payment_transaction t WHERE t.order_id = o.id AND t.kind IN ('refund', 'chargeback')) AS refunded
         FROM json_each(?1) owner CROSS JOIN orders o ON o.${column} = owner.value WHERE ${imported}`,
      )
      .bind(JSON.stringify([...owners]), channel),
    db.d1
      .prepare(
        // CROSS JOIN keeps this order: a few orders of one customer, then one look-up by SKU and order for each.
        `SELECT l.id, l.order_id, l.position, l.sku, l.unit_price,
           l.quantity - l.returned_quantity - l.canceled_quantity AS units_left
         FROM json_each(?1) pair CROSS JOIN orders o ON o.${column} = pair.value->>0
         CROSS JOIN order_line l ON l.sku = pair.value->>1 AND l.placed_at_ms = o.placed_at_ms AND l.order_id = o.id
         WHERE ${imported} AND l.quantity > l.returned_quantity + l.canceled_quantity`,
      )
      .bind(`[${[...pairs].join(",")}]`, channel),
  ]);
  return {
    orders: (foundOrders?.results ?? []) as Array<ReversibleOrderRow>,
    lines: (foundLines?.results ?? []) as Array<ReversibleLineRow>,
  };
}

export type WholeOrderRows = {
  readonly order: typeof orders.$inferSelect;
  readonly document: DocumentRow;
  readonly lines: ReadonlyArray<typeof orderLine.$inferSelect>;
  readonly transactions: ReadonlyArray<typeof paymentTransaction.$inferSelect>;
};

/** Imported orders with everything that an import may change of them. */
export async function readWholeOrders(
  db: Db,
  orderIds: ReadonlyArray<string>,
): Promise<Array<WholeOrderRows>> {
  if (orderIds.length === 0) return [];
  const ids = eachOf(orderIds);
  // No join: in a batch, columns of one name become one.
  const [found, documents, lines, transactions] = await db.orm.batch([
    db.orm.select().from(orders).where(inArray(orders.id, ids)),
    db.orm.select().from(importDocument).where(inArray(importDocument.orderId, ids)),
    db.orm.select().from(orderLine).where(inArray(orderLine.orderId, ids)).orderBy(orderLine.position),
    db.orm.select().from(paymentTransaction).where(inArray(paymentTransaction.orderId, ids)),
  ]);
  const documentOf = new Map(documents.map((document) => [document.orderId, document]));
  const linesOf = Map.groupBy(lines, ({ orderId }) => orderId);
  const transactionsOf = Map.groupBy(transactions, ({ orderId }) => orderId);
  return found.flatMap((order) => {
    const document = documentOf.get(order.id);
    if (document === undefined) return [];
    const { id } = order;
    return [{ order, document, lines: linesOf.get(id) ?? [], transactions: transactionsOf.get(id) ?? [] }];
  });
}

/** Which of these orders' numbers are taken in the channel by an order that no import wrote. */
export async function findForeignOrders(
  db: Db,
  channel: (typeof orders.$inferSelect)["channel"],
  externalIds: ReadonlyArray<string>,
): Promise<ReadonlySet<string>> {
  if (externalIds.length === 0) return new Set();
  const rows = await db.orm
    .select({ externalId: orders.externalId })
    .from(orders)
    .where(and(eq(orders.channel, channel), inArray(orders.externalId, eachOf(externalIds))));
  return new Set(rows.flatMap(({ externalId }) => (externalId === null ? [] : [externalId])));
}

/** Which of these SKUs the catalogue has. */
export async function findSkus(db: Db, skus: ReadonlyArray<Sku>): Promise<ReadonlySet<string>> {
  if (skus.length === 0) return new Set();
  const rows = await db.orm
    .select({ sku: sku.sku })
    .from(sku)
    .where(inArray(sku.sku, eachOf(skus)));
  return new Set(rows.map((row) => row.sku));
}
