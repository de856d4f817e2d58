import { createHash } from "node:crypto";

import { derivedId } from "../../db/events.ts";
import { writeImportBatch, type SeenSku } from "../../db/import-batch.ts";
import { findSkus } from "../../db/imports.ts";
import { customerIdOf, type CustomerRow } from "../../db/new-orders.ts";
import type { Sku } from "../../domain/brand.ts";
import { encodeBytes } from "../../domain/ids.ts";
import {
  applyCancellationRows,
  mergeReversals,
  type UnmatchedLine,
} from "../../domain/imports/apply-cancellation.ts";
import {
  applyOrderRows,
  type HashedRow,
  type ImportRules,
  type RunOutcome,
} from "../../domain/imports/apply-order.ts";
import { emptyWork, type FullOrder, type ImportIds, type Work } from "../../domain/imports/document.ts";
import { mergeFacts, type FactsRead, type Inherited, type OrderFacts } from "../../domain/imports/facts.ts";
import { countOccurrences } from "../../domain/imports/fragments.ts";
import { noteRejection, type ImportReport } from "../../domain/imports/report.ts";
import { readRow, referenceOf, type RowOwner, type RowStyle } from "../../domain/imports/row.ts";
import { settleOrder, type SettledOrder } from "../../domain/imports/settle.ts";
import type { Channel } from "../../domain/orders/order.ts";
import { loadDocuments, loadOrders, loadTouched } from "./import-load.ts";
import type { ImportPorts } from "./import-orders.ts";

/** Rows of one document that follow each other in the file. */
export type DocumentRun = RowOwner & {
  /** Whether it stands where a cut file may have left it in two pieces. */
  edge: "whole" | "edge";
  readonly rows: Array<{ readonly row: number; readonly record: ReadonlyArray<string> }>;
};

/** What stays the same from batch to batch of one request. */
export type BatchContext = {
  readonly style: RowStyle;
  readonly readFacts: (record: ReadonlyArray<string>, inherited: Inherited) => FactsRead;
  readonly rules: ImportRules;
  readonly channel: Channel;
  readonly actor: string;
  readonly knownSkus: Set<string>;
  /** What became of each order of this request, for counting each once. */
  readonly documents: Map<string, RunOutcome>;
};

export type PreparedRow = Omit<HashedRow, "occurrence">;
export type PreparedRun = Omit<DocumentRun, "rows"> & { readonly rows: ReadonlyArray<PreparedRow> };

/** Decides a stretch of the file and writes what it comes to. Nothing of the context changes where it throws. */
export async function importBatch(
  ports: ImportPorts,
  runs: ReadonlyArray<DocumentRun>,
  context: BatchContext,
  report: ImportReport,
): Promise<void> {
  if (runs.length === 0) return;
  const ids = importIds(context.channel);
  const work = emptyWork();
  await loadDocuments(ports.db, work, runs, context);
  const prepared = prepareRuns(work, runs, context, report);
  const foreign = await loadOrders(ports.db, work, prepared, context, ids);

  const unmatched: Array<UnmatchedLine> = [];
  const outcomes: Array<readonly [string, RunOutcome]> = [];
  for (const run of prepared) {
    if (run.kind === "order" && foreign.has(run.document)) {
      for (const { row, reference } of run.rows)
        noteRejection(report, { row, reference, reason: "order_exists" });
      continue;
    }
    const rows = withOccurrences(work, run);
    if (run.kind === "order") {
      outcomes.push([run.document, applyOrderRows(work, run.document, rows, context.rules, ids, report)]);
    } else unmatched.push(...applyCancellationRows(work, run.document, rows, context.rules, ids, report));
  }
  await loadTouched(ports.db, work);
  const orders = settleTouched(work, report);
  const skus = seenSkus(orders, unmatched, outcomes, work);
  const isNew = await countNewSkus(ports, skus, context, report);
  const documents = [...work.changed];
  await writeImportBatch(ports.db, {
    channel: context.channel,
    orders,
    customers: orders.flatMap((written) => customerRows(written, ids)),
    documents,
    unmatched,
    cancellations: documents.flatMap((document) => (document.kind === "cancellation" ? [document] : [])),
    skus,
    actor: context.actor,
    nowMs: ports.nowMs(),
  });
  for (const sku of isNew) context.knownSkus.add(sku);
  for (const [document, outcome] of outcomes) countOutcome(context, document, outcome, report);
}

function importIds(channel: string): ImportIds {
  return {
    digest,
    customerId: ({ email, key }) =>
      email === null ? derivedId("cus", 0, "imported", channel, key) : customerIdOf(email),
  };
}

function digest(...facts: ReadonlyArray<string>): string {
  return encodeBytes(createHash("sha256").update(facts.join("\n")).digest(), 16);
}

/** Reads the rows, each with what is known of its document from the database and from the rows before it. */
function prepareRuns(
  work: Work,
  runs: ReadonlyArray<DocumentRun>,
  { style, readFacts }: BatchContext,
  report: ImportReport,
): Array<PreparedRun> {
  const known = new Map<string, OrderFacts>();
  return runs.flatMap((run) => {
    const rows: Array<PreparedRow> = [];
    for (const { row, record } of run.rows) {
      const inherited = inheritedBy(work, run, known.get(run.document));
      const reference = referenceOf(record, style.read);
      const facts = readFacts(record, inherited);
      const read = facts.ok ? readRow(record, run, facts.value, inherited, style) : facts;
      if (!facts.ok || !read.ok) {
        noteRejection(report, {
          row,
          reference,
          reason: facts.ok ? (read.ok ? "row_malformed" : read.error) : facts.error,
        });
        continue;
      }
      known.set(run.document, mergeFacts(known.get(run.document) ?? null, facts.value));
      const hash = digest(read.value.identity).slice(0, HASH_LENGTH);
      rows.push({ row, reference, facts: facts.value, hash, ...read.value });
    }
    return rows.length === 0 ? [] : [{ ...run, rows }];
  });
}

/** Sixty bits: plenty for the rows of one document, and half the storage of more. */
const HASH_LENGTH = 12;

function inheritedBy(work: Work, { document, kind }: RowOwner, facts: OrderFacts | undefined): Inherited {
  const order = work.orderDocuments.get(document);
  const cancellation = kind === "cancellation" ? work.cancellationDocuments.get(document) : undefined;
  return {
    placedAtMs: facts?.placedAtMs ?? cancellation?.atMs ?? order?.placedAtMs ?? null,
    currency: facts?.currency ?? cancellation?.currency ?? order?.currency ?? null,
  };
}

function withOccurrences(work: Work, run: PreparedRun): Array<HashedRow> {
  const known =
    run.kind === "order"
      ? work.orderDocuments.get(run.document)
      : work.cancellationDocuments.get(run.document);
  const occurrences = countOccurrences(
    known?.seen ?? [],
    run.rows.map(({ hash }) => hash),
    run.edge,
  );
  return run.rows.map((row, index) => ({ ...row, occurrence: occurrences[index] ?? 0 }));
}

type Written = { readonly order: FullOrder; readonly settled: SettledOrder };

function settleTouched(work: Work, report: ImportReport): Array<Written> {
  return [...work.orders.values()].flatMap(({ full: order, isTouched, reversals }) => {
    if (!isTouched || order === null) return [];
    order.document.reversals = mergeReversals(order.document.reversals, reversals);
    work.changed.add(order.document);
    const settled = settleOrder(order);
    const earlier = new Set(order.stored?.reversals.map(({ returnId }) => returnId));
    report.returns_created += settled.returns.filter(({ returnId }) => !earlier.has(returnId)).length;
    if (settled.status === "canceled" && order.stored?.status !== "canceled") report.canceled_orders += 1;
    return [{ order, settled }];
  });
}

function customerRows({ order }: Written, ids: ImportIds): Array<CustomerRow> {
  const { customer } = order.details;
  if (customer === null) return [];
  const { email, name, phone } = customer;
  return [{ id: ids.customerId(customer), email, name, phone, createdAtMs: order.document.placedAtMs }];
}

/** What the catalogue should know: the SKUs of orders that were made or grew, and of goods that came from nowhere. */
function seenSkus(
  orders: ReadonlyArray<Written>,
  unmatched: ReadonlyArray<UnmatchedLine>,
  outcomes: ReadonlyArray<readonly [string, RunOutcome]>,
  work: Work,
): ReadonlyArray<SeenSku> {
  const grown = new Set(
    outcomes.flatMap(([document, outcome]) =>
      outcome === "created" || outcome === "updated" ? [document] : [],
    ),
  );
  const skus = new Map<Sku, SeenSku>();
  for (const { order } of orders) {
    const { externalId, currency, placedAtMs: atMs } = order.document;
    if (!grown.has(externalId)) continue;
    for (const { sku, title, unitPrice } of order.lines) {
      const known = skus.get(sku);
      const isLatest = unitPrice > 0 && (known?.price?.atMs ?? 0) <= atMs;
      skus.set(sku, {
        sku,
        title: known === undefined || known.title === "" ? titleOf(title, sku) : known.title,
        currency: isLatest ? currency : (known?.currency ?? currency),
        price: isLatest ? { amount: unitPrice, atMs } : (known?.price ?? null),
      });
    }
  }
  for (const { sku, returnId } of unmatched) {
    const currency = [...work.cancellationDocuments.values()].find(
      (each) => each.returnId === returnId,
    )?.currency;
    if (!skus.has(sku) && currency !== undefined) skus.set(sku, { sku, title: "", currency, price: null });
  }
  return [...skus.values()];
}

/** A line without a title carries its SKU's code, which is no title for the catalogue. */
function titleOf(title: string, sku: Sku): string {
  return title === sku ? "" : title;
}

async function countNewSkus(
  ports: ImportPorts,
  skus: ReadonlyArray<SeenSku>,
  context: BatchContext,
  report: ImportReport,
): Promise<ReadonlyArray<Sku>> {
  const asked = skus.map(({ sku }) => sku).filter((sku) => !context.knownSkus.has(sku));
  const found = await findSkus(ports.db, asked);
  report.skus_created += asked.filter((sku) => !found.has(sku)).length;
  return asked;
}

/** An order whose rows stand in two places of the file is still one order. */
function countOutcome(
  { documents }: BatchContext,
  document: string,
  outcome: RunOutcome,
  report: ImportReport,
): void {
  if (outcome === "none") return;
  const before = documents.get(document);
  if (before === "created" || before === outcome) return;
  if (before === "updated" && outcome === "unchanged") return;
  if (before === "unchanged" && outcome === "updated") report.orders_unchanged -= 1;
  documents.set(document, outcome);
  report[`orders_${outcome}`] += 1;
}
