import type { Db } from "../../db/client.ts";
import { documentId, toDocument, toFullOrder, toWorkOrder, workOrderOf } from "../../db/import-documents.ts";
import { findForeignOrders, readDocuments, readReversible, readWholeOrders } from "../../db/imports.ts";
import type { Sku } from "../../domain/brand.ts";
import { reversalOwner } from "../../domain/imports/apply-cancellation.ts";
import {
  indexLine,
  indexOrder,
  type ImportIds,
  type OrderDocument,
  type ReversalOwner,
  type Work,
} from "../../domain/imports/document.ts";
import type { BatchContext, DocumentRun, PreparedRun } from "./import-batch.ts";

/** What earlier imports remember of the documents that these rows are of. */
export async function loadDocuments(
  db: Db,
  work: Work,
  runs: ReadonlyArray<DocumentRun>,
  { channel, rules }: BatchContext,
): Promise<void> {
  const wanted = runs.flatMap(({ document, kind }) => [
    documentId(channel, kind, document),
    // A return that names its order may leave out what the order's rows have said.
    ...(rules.reversalsName === "order" ? [documentId(channel, "order", document)] : []),
  ]);
  for (const row of await readDocuments(db, [...new Set(wanted)])) {
    const document = toDocument(row);
    if (document.kind === "order") work.orderDocuments.set(document.externalId, document);
    else work.cancellationDocuments.set(document.externalId, document);
  }
}

/**
 * The orders that these rows add to, and those that their cancellations may be about.
 *
 * @returns Numbers of orders that the channel has from elsewhere: an import may not touch them.
 */
export async function loadOrders(
  db: Db,
  work: Work,
  runs: ReadonlyArray<PreparedRun>,
  context: BatchContext,
  ids: ImportIds,
): Promise<ReadonlySet<string>> {
  const added: Array<OrderDocument> = [];
  const unknown: Array<string> = [];
  const reversals: Array<{ owner: ReversalOwner; sku: Sku | null }> = [];
  for (const run of runs) {
    if (run.kind === "order") {
      const document = work.orderDocuments.get(run.document);
      if (document === undefined) unknown.push(run.document);
      else if (document.hasOrder && brings(document, run)) added.push(document);
    } else if (isNew(work.cancellationDocuments.get(run.document)?.seen ?? [], run)) {
      for (const row of run.rows) {
        const owner = reversalOwner(run.document, row, context.rules, ids);
        const sku = row.content.type === "line" ? row.content.sku : null;
        if (owner !== null) reversals.push({ owner, sku });
      }
    }
  }
  const [foreign, reversible] = await Promise.all([
    findForeignOrders(db, context.channel, unknown),
    readReversible(db, context.channel, reversals),
  ]);
  for (const row of reversible.orders) indexOrder(work, toWorkOrder(row));
  for (const line of reversible.lines) {
    const order = work.orders.get(line.order_id);
    if (order === undefined) continue;
    indexLine(work, order, line.sku as Sku, {
      id: line.id,
      orderId: line.order_id,
      position: line.position,
      unitPrice: line.unit_price,
      unitsLeft: line.units_left,
    });
  }
  await loadWhole(
    db,
    work,
    added.map(({ orderId }) => orderId),
  );
  return foreign;
}

/** Whether the rows bring anything: a row, or news of the order's payment. */
function brings(document: OrderDocument, run: PreparedRun): boolean {
  const ledger = run.rows.reduce((known, { facts }) => ({ ...known, ...facts.ledger }), document.ledger);
  return isNew(document.seen, run) || JSON.stringify(ledger) !== JSON.stringify(document.ledger);
}

function isNew(seen: ReadonlyArray<string>, run: PreparedRun): boolean {
  const left = new Map<string, number>();
  for (const hash of seen) left.set(hash, (left.get(hash) ?? 0) + 1);
  return run.rows.some(({ hash }) => {
    const count = left.get(hash) ?? 0;
    left.set(hash, count - 1);
    return count === 0;
  });
}

/** The orders that cancellations of this batch were found to be about. */
export async function loadTouched(db: Db, work: Work): Promise<void> {
  const touched = [...work.orders.values()].filter(({ isTouched, full }) => isTouched && full === null);
  await loadWhole(
    db,
    work,
    touched.map(({ orderId }) => orderId),
  );
}

async function loadWhole(db: Db, work: Work, orderIds: ReadonlyArray<string>): Promise<void> {
  for (const rows of await readWholeOrders(db, orderIds)) {
    const stored = toDocument(rows.document);
    if (stored.kind !== "order") continue;
    // The batch may have read this document already, and changed it.
    const document = work.orderDocuments.get(stored.externalId) ?? stored;
    work.orderDocuments.set(document.externalId, document);
    const full = toFullOrder(rows, document);
    const order = work.orders.get(document.orderId);
    if (order === undefined) indexOrder(work, workOrderOf(full));
    else order.full = full;
  }
}
