import type { CurrencyCode, Sku } from "../domain/brand.ts";
import type {
  CancellationDocument,
  FullOrder,
  ImportDocument,
  OrderDocument,
  Reversal,
  WorkOrder,
} from "../domain/imports/document.ts";
import type { DocumentKind } from "../domain/imports/row.ts";
import { capturedOf, refundedOf } from "../domain/imports/settle.ts";
import { derivedId } from "./events.ts";
import type { DocumentRow, ReversibleOrderRow, WholeOrderRows } from "./imports.ts";

/** Under which an import's documents are kept. Kinds are apart, because a return may carry its order's number. */
export function documentId(channel: string, kind: DocumentKind, externalId: string): string {
  return `${channel} ${kind} ${externalId}`;
}

type OrderState = Omit<OrderDocument, "kind" | "seen" | "version">;
type CancellationState = Omit<CancellationDocument, "kind" | "seen" | "version">;

export function toDocument(row: DocumentRow): ImportDocument {
  const seen = row.seen === "" ? [] : row.seen.split(" ");
  const state = row.state as { readonly kind: DocumentKind };
  if (state.kind === "cancellation") {
    return { ...(state as unknown as CancellationState), kind: "cancellation", seen, version: row.version };
  }
  return { ...(state as unknown as OrderState), kind: "order", seen, version: row.version };
}

export function toDocumentRow(channel: string, document: ImportDocument, nowMs: number): DocumentRow {
  const { seen, version, ...state } = document;
  return {
    id: documentId(channel, document.kind, document.externalId),
    orderId: document.kind === "order" && document.hasOrder ? document.orderId : null,
    seen: seen.join(" "),
    state,
    version: version + 1,
    updatedAtMs: nowMs,
  };
}

/** Ledger entries that an import writes are recognised by their ids; all others are somebody else's. */
export function importedTransactionId(orderId: string, kind: string, by: string): string {
  return derivedId("txn", 0, "import", orderId, kind, by);
}

/** Every ledger entry that an import may have written for these reversals. */
export function importedTransactionIds(
  orderId: string,
  reversals: ReadonlyArray<Reversal>,
): ReadonlyArray<string> {
  return [
    ...["authorization", "void", "capture", "refund"].map((kind) => importedTransactionId(orderId, kind, "")),
    ...reversals.map(({ by }) => importedTransactionId(orderId, "refund", by)),
  ];
}

/**
 * The whole of an order.
 *
 * @param document - What the batch made of it already, where one of its rows was read; otherwise as it is stored.
 */
export function toFullOrder(rows: WholeOrderRows, document: OrderDocument): FullOrder {
  const { order, lines, transactions } = rows;
  const stored = toDocument(rows.document);
  const reversals = stored.kind === "order" ? stored.reversals : [];
  const ours = new Set(importedTransactionIds(order.id, reversals));
  const returnedByImport = new Map<string, number>();
  for (const { lineId, quantity } of reversals.flatMap((reversal) => reversal.lines)) {
    returnedByImport.set(lineId, (returnedByImport.get(lineId) ?? 0) + quantity);
  }
  return {
    document,
    details: { customer: null, address: null, countryText: null, shippingMethod: null },
    lines: lines.map((line) => ({
      id: line.id,
      sku: line.sku as Sku,
      title: line.title,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      returnedElsewhere: Math.max(0, line.returnedQuantity - (returnedByImport.get(line.id) ?? 0)),
    })),
    stored: {
      version: order.version,
      status: order.status,
      refundedElsewhere: transactions
        .filter(({ id, kind }) => (kind === "refund" || kind === "chargeback") && !ours.has(id))
        .reduce((sum, { amount }) => sum + amount, 0),
      reversals,
    },
  };
}

export function toWorkOrder(row: ReversibleOrderRow): WorkOrder {
  return {
    orderId: row.order_id,
    externalId: row.external_id,
    placedAtMs: row.placed_at_ms,
    currency: row.currency as CurrencyCode,
    customerId: row.customer_id,
    captured: row.captured,
    refunded: row.refunded,
    reversals: [],
    full: null,
    isTouched: false,
  };
}

/** An order that more rows have come for, and that no cancellation has asked for yet. */
export function workOrderOf(full: FullOrder): WorkOrder {
  const { document, stored } = full;
  const reversed = document.reversals.flatMap(({ lines, credit }) => [
    ...lines.map(({ amount }) => amount),
    credit,
  ]);
  const captured = capturedOf(document.ledger, document.subtotal);
  return {
    orderId: document.orderId,
    externalId: document.externalId,
    placedAtMs: document.placedAtMs,
    currency: document.currency,
    customerId: document.customerId,
    // Both are counted anew when its rows are taken.
    captured,
    refunded: reversed.reduce(
      (sum, amount) => sum + amount,
      refundedOf(document.ledger, captured) + (stored?.refundedElsewhere ?? 0),
    ),
    reversals: [],
    full,
    isTouched: false,
  };
}
