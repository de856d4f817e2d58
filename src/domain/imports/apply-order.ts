import { composeId, decodeTimeMs } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { AMOUNT_MAX } from "../money.ts";
import {
  DOCUMENT_ROWS_MAX,
  PENDING_LINES_MAX,
  indexLine,
  indexOrder,
  type DraftLine,
  type FullOrder,
  type ImportIds,
  type OrderDetails,
  type OrderDocument,
  type Work,
  type WorkOrder,
} from "./document.ts";
import { mergeFacts, type OrderFacts } from "./facts.ts";
import {
  noteRejection,
  noteWarning,
  type ImportReport,
  type RejectionReason,
  type WarningCode,
} from "./report.ts";
import type { ImportRow } from "./row.ts";
import { capturedOf, isOpen, refundedOf, totalImported } from "./settle.ts";

/** A row with the hash of its content, and which occurrence of it this is: 0 where it was seen before. */
export type HashedRow = ImportRow & { readonly hash: string; readonly occurrence: number };

/** What an import was asked to do. */
export type ImportRules = {
  readonly channel: string;
  readonly repeatedRows: "keep" | "reject";
  readonly withoutFulfillment: "finished" | "open";
  /** Whether a cancellation names the order it is about, or has to find it among its customer's. */
  readonly reversalsName: "order" | "customer";
};

export type RunOutcome = "created" | "updated" | "unchanged" | "none";

/** Takes the rows of one order, in their order, into the work. */
export function applyOrderRows(
  work: Work,
  externalId: string,
  rows: ReadonlyArray<HashedRow>,
  rules: ImportRules,
  ids: ImportIds,
  report: ImportReport,
): RunOutcome {
  const facts = rows.reduce<OrderFacts | null>((known, row) => mergeFacts(known, row.facts), null);
  const [first] = rows;
  if (facts === null || first === undefined) return "none";
  const known = work.orderDocuments.get(externalId);
  const ledger = { ...known?.ledger, ...facts.ledger };
  if (known?.hasOrder !== true && isOpen(ledger, rules.withoutFulfillment)) {
    return rejectAll(rows, () => "order_open", report);
  }
  const document = known ?? newDocument(externalId, first, facts, rules, ids);
  if (document === null) return rejectAll(rows, () => "date_missing", report);
  work.orderDocuments.set(externalId, document);
  const isLedgerNew = JSON.stringify(ledger) !== JSON.stringify(document.ledger);
  document.ledger = ledger;
  noteFacts(document, rows, facts, ids, report);

  const taken = rows.filter((row) => row.occurrence > 0 && takeRow(document, row, rules, report));
  const lines = taken.flatMap((row) => draftLine(document, row, ids));
  if (taken.length > 0 || isLedgerNew) work.changed.add(document);
  if (!document.hasOrder && lines.every(({ unitPrice }) => unitPrice === 0)) {
    document.pending.push(...lines);
    return rejectAll(
      rows.filter((row) => row.occurrence === 0 || taken.includes(row)),
      ({ content }) => (content.type === "line" ? "order_without_value" : "order_without_lines"),
      report,
    );
  }
  noteTaken(rows, taken, report);
  const isNew = !document.hasOrder;
  if (taken.length === 0 && !isLedgerNew && !isNew) return "unchanged";
  report.late_lines += document.pending.length;
  const order = isNew ? createOrder(work, document, facts) : work.orders.get(document.orderId);
  invariant(order?.full != null, `order ${document.orderId} was not loaded`);
  addLines(work, order, order.full, [...document.pending, ...lines]);
  document.pending = [];
  return isNew ? "created" : "updated";
}

function rejectAll(
  rows: ReadonlyArray<HashedRow>,
  reasonOf: (row: HashedRow) => RejectionReason,
  report: ImportReport,
): RunOutcome {
  for (const row of rows)
    noteRejection(report, { row: row.row, reference: row.reference, reason: reasonOf(row) });
  return "none";
}

function newDocument(
  externalId: string,
  first: HashedRow,
  facts: OrderFacts,
  rules: ImportRules,
  ids: ImportIds,
): OrderDocument | null {
  const bornAtMs = first.facts.placedAtMs ?? facts.placedAtMs;
  if (bornAtMs === null || facts.placedAtMs === null || facts.currency === null) return null;
  return {
    kind: "order",
    externalId,
    orderId: composeId("ord", bornAtMs, ids.digest("order", rules.channel, externalId)),
    hasOrder: false,
    seen: [],
    placedAtMs: facts.placedAtMs,
    currency: facts.currency,
    customerId: null,
    subtotal: 0,
    shipping: 0,
    discount: 0,
    ledger: {},
    pending: [],
    reversals: [],
    version: 0,
  };
}

/** Keeps what the rows newly say of the order, and warns of what does not fit. */
function noteFacts(
  document: OrderDocument,
  rows: ReadonlyArray<HashedRow>,
  facts: OrderFacts,
  ids: ImportIds,
  report: ImportReport,
): void {
  if (facts.placedAtMs !== null) document.placedAtMs = Math.min(document.placedAtMs, facts.placedAtMs);
  document.customerId ??= facts.customer === null ? null : ids.customerId(facts.customer);
  let last: OrderFacts | null = null;
  for (const row of rows.filter(({ occurrence }) => occurrence > 0)) {
    const note = (code: WarningCode) => noteWarning(report, { row: row.row, reference: row.reference, code });
    for (const code of row.warnings) note(code);
    if (row.facts === last) continue;
    last = row.facts;
    for (const code of row.facts.warnings) note(code);
    const isSomebodyElse =
      row.facts.customer !== null && ids.customerId(row.facts.customer) !== document.customerId;
    if (isSomebodyElse) note("customer_differs");
  }
}

/** Adds a new row to the document's sums. @returns false where it was rejected. */
function takeRow(document: OrderDocument, row: HashedRow, rules: ImportRules, report: ImportReport): boolean {
  const { content } = row;
  const amount = content.type === "line" ? content.quantity * content.unitPrice : content.amount;
  const reason = refusalOf(document, row, amount, rules);
  if (reason !== null) {
    noteRejection(report, { row: row.row, reference: row.reference, reason });
    return false;
  }
  if (row.occurrence > 1)
    noteWarning(report, { row: row.row, reference: row.reference, code: "repeated_row" });
  document.seen.push(row.hash);
  if (content.type === "line") document.subtotal += amount;
  else document[content.type] += amount;
  return true;
}

function refusalOf(
  document: OrderDocument,
  row: HashedRow,
  amount: number,
  rules: ImportRules,
): RejectionReason | null {
  if (row.occurrence > 1 && rules.repeatedRows === "reject") return "repeated_row";
  if (document.seen.length >= DOCUMENT_ROWS_MAX) return "order_too_large";
  // Nothing of the document has a price yet, this row included.
  if (amount === 0 && document.subtotal === 0 && document.seen.length >= PENDING_LINES_MAX)
    return "order_too_large";
  const sum = document.subtotal + document.shipping + document.discount;
  return sum + amount > AMOUNT_MAX ? "amount_too_large" : null;
}

function draftLine(document: OrderDocument, row: HashedRow, ids: ImportIds): Array<DraftLine> {
  if (row.content.type !== "line") return [];
  const { sku, title, quantity, unitPrice } = row.content;
  return [
    {
      id: rowId("line", document.orderId, row, ids),
      sku,
      title: title === "" ? sku : title,
      quantity,
      unitPrice,
    },
  ];
}

/** The same row of the same document has the same id in whatever file it comes. It sorts with its document. */
export function rowId(
  prefix: "line" | "rline",
  documentId: string,
  row: Pick<HashedRow, "hash" | "occurrence">,
  ids: ImportIds,
  ...facts: ReadonlyArray<string>
): string {
  const timeMs = decodeTimeMs(documentId.slice(documentId.indexOf("_") + 1).slice(0, 10));
  return composeId(prefix, timeMs, ids.digest(documentId, row.hash, String(row.occurrence), ...facts));
}

function noteTaken(
  rows: ReadonlyArray<HashedRow>,
  taken: ReadonlyArray<HashedRow>,
  report: ImportReport,
): void {
  report.unchanged += rows.filter(({ occurrence }) => occurrence === 0).length;
  for (const { content } of taken) {
    if (content.type === "line") report.lines_created += 1;
    else report[content.type === "shipping" ? "shipping_rows" : "discount_rows"] += 1;
  }
}

function createOrder(work: Work, document: OrderDocument, facts: OrderFacts): WorkOrder {
  document.hasOrder = true;
  const details: OrderDetails = {
    customer: facts.customer,
    address: facts.address,
    countryText: facts.countryText,
    shippingMethod: facts.shippingMethod,
  };
  const order: WorkOrder = {
    orderId: document.orderId,
    externalId: document.externalId,
    placedAtMs: document.placedAtMs,
    currency: document.currency,
    customerId: document.customerId,
    captured: 0,
    refunded: 0,
    reversals: [],
    full: { document, details, lines: [], stored: null },
    isTouched: true,
  };
  indexOrder(work, order);
  return order;
}

function addLines(work: Work, order: WorkOrder, full: FullOrder, lines: ReadonlyArray<DraftLine>): void {
  for (const line of lines) {
    indexLine(work, order, line.sku, {
      id: line.id,
      orderId: order.orderId,
      position: full.lines.length,
      unitPrice: line.unitPrice,
      unitsLeft: line.quantity,
    });
    full.lines.push({ ...line, returnedElsewhere: 0 });
  }
  const { document } = full;
  order.isTouched = true;
  order.captured = capturedOf(document.ledger, totalImported(full.lines, document).total);
  const reversed = [...document.reversals, ...order.reversals].reduce(
    (sum, { lines: back, credit }) => back.reduce((total, { amount }) => total + amount, sum + credit),
    0,
  );
  order.refunded =
    refundedOf(document.ledger, order.captured) + reversed + (full.stored?.refundedElsewhere ?? 0);
}
