import { getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

import type { CurrencyCode, Sku } from "../domain/brand.ts";
import type { UnmatchedLine } from "../domain/imports/apply-cancellation.ts";
import type {
  CancellationDocument,
  FullOrder,
  ImportDocument,
  OrderDetails,
} from "../domain/imports/document.ts";
import type { SettledOrder } from "../domain/imports/settle.ts";
import type { Channel } from "../domain/orders/order.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { eventRow } from "./events.ts";
import { abortUnlessAllChanged } from "./guard.ts";
import { importedTransactionId, importedTransactionIds, toDocumentRow } from "./import-documents.ts";
import { customerWordRows, insertNumbered, type CustomerRow } from "./new-orders.ts";
import {
  customer,
  customerWord,
  importDocument,
  orderEvent,
  orderLine,
  orderReturn,
  orders,
  paymentTransaction,
  returnLine,
  sku,
} from "./schema/index.ts";

export type SeenSku = {
  readonly sku: Sku;
  readonly title: string;
  readonly currency: CurrencyCode;
  /** The latest price above zero; null where there was none. */
  readonly price: { readonly amount: number; readonly atMs: number } | null;
};

/** What one batch of an import writes: all of it or nothing. */
export type ImportBatch = {
  readonly channel: Channel;
  readonly orders: ReadonlyArray<{ readonly order: FullOrder; readonly settled: SettledOrder }>;
  readonly customers: ReadonlyArray<CustomerRow>;
  readonly documents: ReadonlyArray<ImportDocument>;
  readonly unmatched: ReadonlyArray<UnmatchedLine>;
  readonly cancellations: ReadonlyArray<CancellationDocument>;
  readonly skus: ReadonlyArray<SeenSku>;
  readonly actor: string;
  readonly nowMs: number;
};

/** Rows of one statement: a bound text may have 2 MB. Orders carry addresses, documents all of their rows. */
const ROWS_PER_STATEMENT = 2000;
const BIG_ROWS_PER_STATEMENT = 400;

/**
 * Writes a batch. It is undone as a whole (`isAbort`, or a broken key) where somebody changed one of its documents or
 * orders since they were read.
 */
export async function writeImportBatch(db: Db, batch: ImportBatch): Promise<void> {
  const { channel, nowMs } = batch;
  const created = batch.orders.filter(({ order }) => order.stored === null);
  const changed = batch.orders.filter(({ order }) => order.stored !== null);
  const documents = batch.documents.map((document) => toDocumentRow(channel, document, nowMs));
  const changedIds = changed.map(({ order }) => order.document.orderId);
  const statements = [
    ...succeedAll(db, importDocument, documents, []),
    ...insertAll(db, customer, batch.customers, "nothing"),
    ...insertAll(db, customerWord, batch.customers.flatMap(customerWordRows), "nothing"),
    ...writeSkus(db, batch),
    ...parts(created, BIG_ROWS_PER_STATEMENT).map((part) =>
      insertNumbered(
        db,
        part.map((each) => orderRow(batch, each)),
      ),
    ),
    ...succeedAll(
      db,
      orders,
      changed.map((each) => ({ ...orderRow(batch, each), number: 0 })),
      KEPT_COLUMNS,
    ),
    ...(changed.length === 0
      ? []
      : [
          deleteAll(db, orderLine, "order_id", changedIds),
          deleteAll(
            db,
            paymentTransaction,
            "id",
            changed.flatMap(({ order }) =>
              importedTransactionIds(order.document.orderId, order.document.reversals),
            ),
          ),
          deleteAll(db, orderEvent, "id", changed.flatMap(restatedEventIds)),
          ...deleteReturns(db, changed),
        ]),
    ...insertAll(db, orderLine, batch.orders.flatMap(lineRows)),
    ...insertAll(db, paymentTransaction, batch.orders.flatMap(transactionRows)),
    ...insertAll(
      db,
      orderEvent,
      batch.orders.flatMap((each) => eventRows(batch, each)),
      "nothing",
    ),
    ...writeReturns(db, batch),
  ];
  if (statements.length > 0) await db.d1.batch(statements);
}

/** What only the order's first rows know, or the database gave out. */
const KEPT_COLUMNS = [
  "number",
  "customer_id",
  "shipping_address",
  "shipping_method",
  "metadata",
  "hold_id",
  "buyer",
  "stock_committed_at_ms",
];

type Written = { readonly order: FullOrder; readonly settled: SettledOrder };

function orderRow(batch: ImportBatch, { order, settled }: Written) {
  const { document, details, stored } = order;
  return {
    id: document.orderId,
    status: settled.status,
    paymentStatus: settled.paymentStatus,
    fulfillmentStatus: settled.fulfillmentStatus,
    currency: document.currency,
    subtotal: settled.subtotal,
    discountTotal: settled.discountTotal,
    shippingTotal: settled.shippingTotal,
    taxTotal: settled.taxTotal,
    total: settled.total,
    customerId: document.customerId,
    shippingAddress: details.address,
    shippingMethod: details.shippingMethod,
    channel: batch.channel,
    externalId: document.externalId,
    metadata: metadataOf(details),
    cancelReason: settled.canceledAtMs === null ? null : "imported",
    placedAtMs: document.placedAtMs,
    completedAtMs: settled.canceledAtMs === null ? document.placedAtMs : null,
    canceledAtMs: settled.canceledAtMs,
    updatedAtMs: batch.nowMs,
    version: (stored?.version ?? 0) + 1,
  };
}

function metadataOf({ countryText }: OrderDetails): Record<string, string> | null {
  return countryText === null ? null : { country: countryText };
}

function lineRows({ order, settled }: Written): Array<typeof orderLine.$inferSelect> {
  return settled.lines.map((line) => ({
    id: line.id,
    orderId: order.document.orderId,
    placedAtMs: order.document.placedAtMs,
    position: line.position,
    sku: line.sku,
    title: line.title,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    discount: line.discount,
    tax: line.tax,
    total: line.total,
    fulfilledQuantity: line.fulfilledQuantity,
    deliveredQuantity: line.fulfilledQuantity,
    returnedQuantity: line.returnedQuantity,
    canceledQuantity: line.canceledQuantity,
  }));
}

function transactionRows({ order, settled }: Written): Array<typeof paymentTransaction.$inferInsert> {
  const { orderId, currency, externalId } = order.document;
  return settled.ledger.map(({ kind, amount, atMs, by }) => ({
    id: importedTransactionId(orderId, kind, by),
    orderId,
    kind,
    amount,
    currency,
    provider: "imported",
    reference: by === "" ? externalId : by,
    occurredAtMs: atMs,
  }));
}

function eventRows(batch: ImportBatch, { order, settled }: Written): Array<typeof orderEvent.$inferInsert> {
  const { orderId, externalId, placedAtMs, reversals } = order.document;
  const event = (
    ...[type, fact, data, atMs]: [Parameters<typeof eventRow>[1], string, Record<string, unknown>, number]
  ) => eventRow(orderId, type, fact, data, batch.actor, atMs);
  return [
    ...(order.stored === null
      ? [event("order.imported", "", { channel: batch.channel, external_id: externalId }, placedAtMs)]
      : []),
    ...(settled.canceledAtMs === null
      ? []
      : [event("order.canceled", "", { reason: "imported" }, settled.canceledAtMs)]),
    ...reversals.map(({ by, atMs }) => event("payment.refunded", by, { reference: by }, atMs)),
    ...settled.returns.map(({ by, returnId, atMs }) =>
      event("return.resolved", returnId, { return: returnId, reference: by }, atMs),
    ),
  ];
}

/** What another piece of a cancellation may have made untrue: half an order came back, and then all of it. */
function restatedEventIds({ order }: Written): ReadonlyArray<string> {
  const { orderId, reversals } = order.document;
  return [
    eventRow(orderId, "order.canceled", "", {}, "", 0).id,
    ...reversals.map(({ returnId }) => eventRow(orderId, "return.resolved", returnId, {}, "", 0).id),
  ];
}

/** The returns of an order are written as a whole: a cancellation that came in two pieces may have become another thing. */
function deleteReturns(db: Db, changed: ReadonlyArray<Written>): Array<D1PreparedStatement> {
  const ids = changed.flatMap(({ order }) => order.document.reversals.map(({ returnId }) => returnId));
  return ids.length === 0
    ? []
    : [deleteAll(db, orderReturn, "id", ids), deleteAll(db, returnLine, "return_id", ids)];
}

function writeReturns(db: Db, batch: ImportBatch): Array<D1PreparedStatement> {
  const matched = batch.orders.flatMap(({ order, settled }) =>
    settled.returns.map((reversal) => ({ order, reversal })),
  );
  const unmatched = batch.cancellations.filter(({ hasUnmatched }) => hasUnmatched);
  const common = { channel: batch.channel, status: "closed" as const, reason: "imported" };
  return [
    ...(unmatched.length === 0
      ? []
      : [
          deleteAll(
            db,
            orderReturn,
            "id",
            unmatched.map(({ returnId }) => returnId),
          ),
        ]),
    ...insertAll(db, orderReturn, [
      ...matched.map(({ order, reversal }) => ({
        ...common,
        id: reversal.returnId,
        orderId: order.document.orderId,
        externalId: reversal.by,
        currency: order.document.currency,
        refundAmount: reversal.lines.reduce((sum, { amount }) => sum + amount, reversal.credit),
        createdAtMs: reversal.atMs,
      })),
      ...unmatched.map(({ returnId, externalId, currency, unmatchedRefund, atMs }) => ({
        ...common,
        id: returnId,
        orderId: null,
        externalId,
        currency,
        refundAmount: unmatchedRefund,
        createdAtMs: atMs,
      })),
    ]),
    ...insertAll(db, returnLine, [
      ...matched.flatMap(({ reversal }) =>
        reversal.lines.map(({ id, lineId, sku, quantity, amount }) => ({
          id,
          returnId: reversal.returnId,
          orderLineId: lineId,
          sku,
          quantity,
          amount,
        })),
      ),
      ...batch.unmatched.map((line) => ({ ...line, orderLineId: null })),
    ]),
  ];
}

/**
 * SKUs that the catalogue lacks, and newer prices for those that an import put there. A SKU that somebody has set up
 * since is theirs: setting it up takes the mark away.
 */
function writeSkus(db: Db, { skus, channel, nowMs }: ImportBatch): Array<D1PreparedStatement> {
  if (skus.length === 0) return [];
  const rows = skus.map((seen) => ({
    sku: seen.sku,
    title: seen.title === "" ? seen.sku : seen.title,
    backorderLimit: 0,
    taxRateBps: 0,
    attributes: { imported_from: channel, imported_price_at_ms: "0" },
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  }));
  const prices = skus.flatMap((seen) =>
    seen.price === null ? [] : [[seen.sku, seen.currency, seen.price.amount, seen.price.atMs]],
  );
  const titles = skus.flatMap((seen) => (seen.title === "" ? [] : [[seen.sku, seen.title]]));
  return [
    ...insertAll(db, sku, rows, "nothing"),
    db.d1
      .prepare(
        `INSERT INTO sku_price (sku, currency, amount)
         SELECT sku.sku, price.value->>1, price.value->>2 FROM json_each(?1) price
         JOIN sku ON sku.sku = price.value->>0
         WHERE CAST(sku.attributes->>'imported_price_at_ms' AS INTEGER) <= price.value->>3
         ON CONFLICT (sku, currency) DO UPDATE SET amount = excluded.amount WHERE amount <> excluded.amount`,
      )
      .bind(JSON.stringify(prices)),
    db.d1
      .prepare(
        `UPDATE sku SET attributes = json_set(attributes, '$.imported_price_at_ms', CAST(price.value->>3 AS TEXT)),
           version = sku.version + 1, updated_at_ms = ?2
         FROM json_each(?1) price
         WHERE sku.sku = price.value->>0
           AND CAST(sku.attributes->>'imported_price_at_ms' AS INTEGER) < price.value->>3`,
      )
      .bind(JSON.stringify(prices), nowMs),
    db.d1
      .prepare(
        `UPDATE sku SET title = named.value->>1, version = sku.version + 1, updated_at_ms = ?2 FROM json_each(?1) named
         WHERE sku.sku = named.value->>0 AND sku.title = sku.sku
           AND sku.attributes->>'imported_price_at_ms' IS NOT NULL`,
      )
      .bind(JSON.stringify(titles), nowMs),
  ];
}

function insertAll<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: Parameters<typeof insertMany<Table>>[2],
  onConflict: "fail" | "nothing" = "fail",
): Array<D1PreparedStatement> {
  return parts(rows, ROWS_PER_STATEMENT).map((part) => insertMany(db, table, part, onConflict));
}

/** Undoes the batch where one of the rows has got another version since it was read. */
function succeedAll<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: Parameters<typeof succeedMany<Table>>[2],
  kept: ReadonlyArray<string>,
): Array<D1PreparedStatement> {
  return parts(rows, BIG_ROWS_PER_STATEMENT).flatMap((part) => [
    succeedMany(db, table, part, "id", kept),
    abortUnlessAllChanged(db, part.length),
  ]);
}

function parts<Row>(rows: ReadonlyArray<Row>, size: number): Array<ReadonlyArray<Row>> {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, part) =>
    rows.slice(part * size, (part + 1) * size),
  );
}

function deleteAll(
  db: Db,
  table: SQLiteTable,
  column: string,
  values: ReadonlyArray<string>,
): D1PreparedStatement {
  return db.d1
    .prepare(`DELETE FROM "${getTableName(table)}" WHERE "${column}" IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(values));
}
