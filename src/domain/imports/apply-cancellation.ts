import { composeId } from "../ids.ts";
import { AMOUNT_MAX } from "../money.ts";
import { rowId, type HashedRow, type ImportRules } from "./apply-order.ts";
import {
  DOCUMENT_ROWS_MAX,
  ownerKey,
  type CancellationDocument,
  type ImportIds,
  type Reversal,
  type ReversalOwner,
  type ReversedLine,
  type Work,
  type WorkOrder,
} from "./document.ts";
import { matchUnits } from "./match-cancellation.ts";
import { noteRejection, noteWarning, type ImportReport, type RejectionReason } from "./report.ts";

/** A line of a return that no order was found for. */
export type UnmatchedLine = Omit<ReversedLine, "lineId"> & { readonly returnId: string };

/** Whose orders a cancellation's rows are about; null where nobody can tell. */
export function reversalOwner(
  externalId: string,
  row: Pick<HashedRow, "facts">,
  rules: Pick<ImportRules, "reversalsName">,
  ids: ImportIds,
): ReversalOwner | null {
  if (rules.reversalsName === "order") return { externalId };
  return row.facts.customer === null ? null : { customerId: ids.customerId(row.facts.customer) };
}

/** Takes the rows of one cancellation, in their order, into the work. @returns Its lines that no order was found for. */
export function applyCancellationRows(
  work: Work,
  externalId: string,
  rows: ReadonlyArray<HashedRow>,
  rules: ImportRules,
  ids: ImportIds,
  report: ImportReport,
): ReadonlyArray<UnmatchedLine> {
  const [first] = rows;
  if (first === undefined) return [];
  const document =
    work.cancellationDocuments.get(externalId) ?? newCancellation(work, externalId, first, rules, ids);
  if (document === null) {
    for (const row of rows) noteRejection(report, { ...labelOf(row), reason: "date_missing" });
    return [];
  }
  work.cancellationDocuments.set(externalId, document);
  const unmatched: Array<UnmatchedLine> = [];
  for (const row of rows) {
    if (row.occurrence === 0) {
      report.unchanged += 1;
      continue;
    }
    const reason = refusalOf(document, row, rules);
    if (reason !== null) {
      noteRejection(report, { ...labelOf(row), reason });
      continue;
    }
    document.seen.push(row.hash);
    work.changed.add(document);
    for (const code of [...row.warnings, ...(row.occurrence > 1 ? (["repeated_row"] as const) : [])]) {
      noteWarning(report, { ...labelOf(row), code });
    }
    const owner = reversalOwner(externalId, row, rules, ids);
    if (row.content.type === "line") {
      report.cancellation_rows += 1;
      unmatched.push(...takeBack(work, document, row, owner, ids, report));
    } else {
      report[row.content.type === "discount" ? "discount_rows" : "cancellation_rows"] += 1;
      giveBack(work, document, row, row.content.amount, owner, ids, report);
    }
  }
  return unmatched;
}

function labelOf({ row, reference }: HashedRow): { readonly row: number; readonly reference: string } {
  return { row, reference };
}

function newCancellation(
  work: Work,
  externalId: string,
  first: HashedRow,
  rules: ImportRules,
  ids: ImportIds,
): CancellationDocument | null {
  // Where a cancellation names its order, that says what its own row may leave out.
  const order = rules.reversalsName === "order" ? work.orderDocuments.get(externalId) : undefined;
  const atMs = first.facts.placedAtMs ?? order?.placedAtMs ?? null;
  const currency = first.facts.currency ?? order?.currency ?? null;
  if (atMs === null || currency === null) return null;
  return {
    kind: "cancellation",
    externalId,
    returnId: composeId("ret", atMs, ids.digest("unmatched", rules.channel, externalId)),
    seen: [],
    atMs,
    currency,
    unmatchedRefund: 0,
    hasUnmatched: false,
    version: 0,
  };
}

function refusalOf(
  document: CancellationDocument,
  row: HashedRow,
  rules: ImportRules,
): RejectionReason | null {
  if (row.occurrence > 1 && rules.repeatedRows === "reject") return "repeated_row";
  if (document.seen.length >= DOCUMENT_ROWS_MAX) return "order_too_large";
  const { content } = row;
  const amount = content.type === "line" ? content.quantity * content.unitPrice : content.amount;
  return document.unmatchedRefund + amount > AMOUNT_MAX ? "amount_too_large" : null;
}

/** Goods: each unit goes back to the line it was sold on, as far as one is found. */
function takeBack(
  work: Work,
  document: CancellationDocument,
  row: HashedRow,
  owner: ReversalOwner | null,
  ids: ImportIds,
  report: ImportReport,
): ReadonlyArray<UnmatchedLine> {
  if (row.content.type !== "line") return [];
  const { sku, quantity, unitPrice } = row.content;
  const atMs = row.facts.placedAtMs ?? document.atMs;
  const candidates = (owner === null ? [] : (work.linesByOwner.get(ownerKey(owner, sku)) ?? [])).flatMap(
    (line) => {
      const order = work.orders.get(line.orderId);
      return order === undefined || order.placedAtMs > atMs || order.currency !== document.currency
        ? []
        : [{ line, placedAtMs: order.placedAtMs }];
    },
  );
  const { parts, unitsLeft } = matchUnits(quantity, unitPrice, candidates);
  for (const { line, units } of parts) {
    const order = work.orders.get(line.orderId);
    if (order === undefined) continue;
    line.unitsLeft -= units;
    const amount = Math.min(units * unitPrice, order.captured - order.refunded);
    if (amount < units * unitPrice) noteWarning(report, { ...labelOf(row), code: "refund_bounded" });
    const id = rowId("rline", document.returnId, row, ids, line.id);
    reverse(order, document, ids, atMs, {
      lines: [{ id, lineId: line.id, sku, quantity: units, amount }],
      credit: 0,
    });
  }
  if (unitsLeft === 0) return [];
  noteUnmatched(document, row, unitsLeft * unitPrice, report);
  return [
    {
      id: rowId("rline", document.returnId, row, ids),
      returnId: document.returnId,
      sku,
      quantity: unitsLeft,
      amount: unitsLeft * unitPrice,
    },
  ];
}

/** Postage or a discount after the fact: money back on the customer's latest order that has it. */
function giveBack(
  work: Work,
  document: CancellationDocument,
  row: HashedRow,
  amount: number,
  owner: ReversalOwner | null,
  ids: ImportIds,
  report: ImportReport,
): void {
  const atMs = row.facts.placedAtMs ?? document.atMs;
  const orders = owner === null ? [] : (work.ordersByOwner.get(ownerKey(owner)) ?? []);
  const order = orders
    .filter(
      ({ placedAtMs, currency, captured, refunded }) =>
        placedAtMs <= atMs && currency === document.currency && captured - refunded >= amount,
    )
    .reduce<WorkOrder | null>(
      (latest, each) => (latest === null || isLater(each, latest) ? each : latest),
      null,
    );
  if (order === null) {
    noteUnmatched(document, row, amount, report);
    return;
  }
  reverse(order, document, ids, atMs, { lines: [], credit: amount });
}

function isLater(order: WorkOrder, than: WorkOrder): boolean {
  return (
    order.placedAtMs > than.placedAtMs ||
    (order.placedAtMs === than.placedAtMs && order.orderId > than.orderId)
  );
}

/** Adds to what this cancellation takes back of an order, as one reversal however many rows it has. */
function reverse(
  order: WorkOrder,
  document: CancellationDocument,
  ids: ImportIds,
  atMs: number,
  part: { readonly lines: ReadonlyArray<ReversedLine>; readonly credit: number },
): void {
  const { externalId: by } = document;
  const returnId = composeId("ret", document.atMs, ids.digest("return", order.orderId, by));
  order.reversals.push({ by, returnId, atMs, ...part });
  order.refunded += part.lines.reduce((sum, { amount }) => sum + amount, part.credit);
  order.isTouched = true;
}

/** One reversal for each cancellation, in the order they came. */
export function mergeReversals(
  known: ReadonlyArray<Reversal>,
  added: ReadonlyArray<Reversal>,
): ReadonlyArray<Reversal> {
  const merged = new Map(known.map((reversal) => [reversal.by, reversal]));
  for (const reversal of added) {
    const before = merged.get(reversal.by);
    merged.set(
      reversal.by,
      before === undefined
        ? reversal
        : {
            ...before,
            lines: [...before.lines, ...reversal.lines],
            credit: before.credit + reversal.credit,
          },
    );
  }
  return [...merged.values()];
}

function noteUnmatched(
  document: CancellationDocument,
  row: HashedRow,
  amount: number,
  report: ImportReport,
): void {
  if (!document.hasUnmatched) report.unmatched_returns += 1;
  document.hasUnmatched = true;
  document.unmatchedRefund += amount;
  noteWarning(report, { ...labelOf(row), code: "cancellation_unmatched" });
}
