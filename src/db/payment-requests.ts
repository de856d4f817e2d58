import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, outbox, paymentRequest, paymentRequestPart } from "./schema/index.ts";

export type PaymentRequestRow = typeof paymentRequest.$inferSelect;
export type PaymentPartRow = typeof paymentRequestPart.$inferSelect;

export type NewPaymentRequest = {
  readonly request: PaymentRequestRow;
  readonly parts: ReadonlyArray<PaymentPartRow>;
  readonly outbox: OutboxRow;
  readonly audit: typeof auditLog.$inferInsert;
};

/** The statements that write a request, to stand in a batch that a guard on the order's version opens. */
export function insertPaymentRequest(db: Db, rows: NewPaymentRequest): Array<D1PreparedStatement> {
  return [
    insertMany(db, paymentRequest, [rows.request]),
    insertMany(db, paymentRequestPart, rows.parts),
    abortAboveCaptures(db, rows.request.orderId),
    // The message of another request that stands already says the same.
    insertMany(db, outbox, [rows.outbox], "nothing"),
    insertMany(db, auditLog, [rows.audit]),
  ];
}

/**
 * Writes what somebody asked for, if the order is still as it was when that was worked out.
 *
 * @returns Whether it was written.
 */
export async function writePaymentRequest(
  db: Db,
  version: number,
  rows: NewPaymentRequest,
): Promise<boolean> {
  const { orderId, createdAtMs } = rows.request;
  try {
    await db.d1.batch([
      db.d1
        .prepare("UPDATE orders SET version = version + 1, updated_at_ms = ?3 WHERE id = ?1 AND version = ?2")
        .bind(orderId, version, createdAtMs),
      abortUnlessChanged(db),
      ...insertPaymentRequest(db, rows),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** I9, whatever the caller has worked out: what is and will be paid back never passes what was captured. */
function abortAboveCaptures(db: Db, orderId: string): D1PreparedStatement {
  return db.d1
    .prepare(
      `SELECT iif(
         (SELECT total(iif(kind = 'capture', amount, 0) - iif(kind IN ('refund', 'chargeback'), amount, 0) + iif(kind = 'reversal', amount, 0))
            FROM payment_transaction WHERE order_id = ?1)
         >= (SELECT total(amount) FROM payment_request_part WHERE order_id = ?1 AND kind = 'refund' AND status = 'pending')
         OR NOT EXISTS (SELECT 1 FROM payment_request_part WHERE order_id = ?1 AND kind = 'refund' AND status = 'pending'),
         1, json('refunds above captures'))`,
    )
    .bind(orderId);
}

/** What the provider said of a part, and what that makes of its request once none of its parts is open. */
export function answerPart(
  db: Db,
  part: Pick<PaymentPartRow, "id" | "requestId">,
  answer: { readonly status: "succeeded" | "failed"; readonly failure: string | null },
  nowMs: number,
): Array<D1PreparedStatement> {
  return [
    db.d1
      .prepare("UPDATE payment_request_part SET status = ?2 WHERE id = ?1 AND status = 'pending'")
      .bind(part.id, answer.status),
    db.d1
      .prepare(
        `UPDATE payment_request SET updated_at_ms = ?2, failure = coalesce(?3, failure),
           status = CASE
             WHEN EXISTS (SELECT 1 FROM payment_request_part WHERE request_id = ?1 AND status = 'pending') THEN 'pending'
             WHEN EXISTS (SELECT 1 FROM payment_request_part WHERE request_id = ?1 AND status = 'failed') THEN 'failed'
             ELSE 'succeeded' END
         WHERE id = ?1 AND status = 'pending'`,
      )
      .bind(part.requestId, nowMs, answer.failure),
  ];
}

/** Orders with requests that nobody answered, those looked at longest ago first; they count as looked at now. */
export async function takePendingRequests(
  db: Db,
  touchedBeforeMs: number,
  limit: number,
  nowMs: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE payment_request SET updated_at_ms = ?3 WHERE id IN (
         SELECT id FROM payment_request WHERE status = 'pending' AND updated_at_ms < ?1 ORDER BY updated_at_ms LIMIT ?2
       ) RETURNING order_id`,
    )
    .bind(touchedBeforeMs, limit, nowMs)
    .all<{ order_id: string }>();
  return [...new Set(results.map((row) => row.order_id))];
}
