import { and, eq } from "drizzle-orm";

import type { OrderStatus, PaymentStatus } from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import { insertExceptions, type Raised } from "./exceptions.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { NewOrder } from "./new-orders.ts";
import { insertOutboxIfChanged, type OutboxRow } from "./outbox.ts";
import { orderEvent, outbox, type payment, paymentNews, paymentTransaction } from "./schema/index.ts";

export type PaymentRow = typeof payment.$inferSelect;
export type PaymentNewsRow = typeof paymentNews.$inferSelect;

/** Keeps a piece of news with the message that has it handled: once, however often it comes. */
export async function keepNews(db: Db, row: PaymentNewsRow, message: OutboxRow): Promise<boolean> {
  const [kept] = await db.d1.batch([
    insertMany(db, paymentNews, [row], "nothing"),
    insertOutboxIfChanged(db, [message]),
  ]);
  return (kept?.meta.changes ?? 0) > 0;
}

export async function findNews(db: Db, id: string): Promise<PaymentNewsRow | null> {
  const [row] = await db.orm.select().from(paymentNews).where(eq(paymentNews.id, id));
  return row ?? null;
}

export async function markNews(db: Db, id: string, status: "applied" | "unmatched"): Promise<void> {
  await db.orm
    .update(paymentNews)
    .set({ status })
    .where(and(eq(paymentNews.id, id), eq(paymentNews.status, "received")));
}

/** News that nobody got through with, those looked at longest ago first; they count as looked at now. */
export async function takeOverdueNews(
  db: Db,
  touchedBeforeMs: number,
  limit: number,
  nowMs: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE payment_news SET touched_at_ms = ?3 WHERE id IN (
         SELECT id FROM payment_news WHERE status = 'received' AND touched_at_ms < ?1 ORDER BY touched_at_ms LIMIT ?2
       ) RETURNING id`,
    )
    .bind(touchedBeforeMs, limit, nowMs)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Whose payment it is: by the payments that orders wait for, or by the ledger. */
export async function findOrderOfPayment(
  db: Db,
  provider: string,
  reference: string,
): Promise<string | null> {
  const row = await db.d1
    .prepare(
      `SELECT order_id FROM payment WHERE provider = ?1 AND reference = ?2
       UNION ALL
       SELECT order_id FROM payment_transaction WHERE provider = ?1 AND reference = ?2 LIMIT 1`,
    )
    .bind(provider, reference)
    .first<{ order_id: string }>();
  return row?.order_id ?? null;
}

/** Payments whose provider has said nothing for too long. Each is next asked after another while. */
export async function takePaymentsToCheck(
  db: Db,
  nowMs: number,
  nextCheckAtMs: number,
  limit: number,
): Promise<ReadonlyArray<Pick<PaymentRow, "provider" | "reference" | "orderId" | "dueAtMs">>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE payment SET check_at_ms = ?2 WHERE (provider, reference) IN (
         SELECT provider, reference FROM payment WHERE check_at_ms IS NOT NULL AND check_at_ms <= ?1 ORDER BY check_at_ms LIMIT ?3
       ) RETURNING provider, reference, order_id AS orderId, due_at_ms AS dueAtMs`,
    )
    .bind(nowMs, nextCheckAtMs, limit)
    .all<Pick<PaymentRow, "provider" | "reference" | "orderId" | "dueAtMs">>();
  return results;
}

export type PaymentChange = {
  readonly orderId: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly holdReason: string | null;
  readonly paymentStatus: PaymentStatus;
  /** As it is now; null where the order does not wait for it. */
  readonly payment: PaymentRow | null;
  readonly rows: Pick<NewOrder, "transactions" | "events">;
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly exceptions: ReadonlyArray<Raised>;
};

/**
 * Writes what news of a payment mean for its order, all of it or nothing, unless the order changed since it was read.
 *
 * @returns Whether it was written.
 */
export async function writePaymentChange(
  db: Db,
  change: PaymentChange,
  nowMs: number,
  others: ReadonlyArray<D1PreparedStatement> = [],
): Promise<boolean> {
  const { orderId, version, status, holdReason, paymentStatus, rows } = change;
  const statements = [
    db.d1
      .prepare(
        `UPDATE orders SET status = ?3, payment_status = ?4, updated_at_ms = ?5, hold_reason = ?6, version = version + 1
         WHERE id = ?1 AND version = ?2`,
      )
      .bind(orderId, version, status, paymentStatus, nowMs, holdReason),
    abortUnlessChanged(db),
    insertMany(db, paymentTransaction, rows.transactions),
    insertMany(db, orderEvent, rows.events, "nothing"),
    insertMany(db, outbox, change.outbox, "nothing"),
    insertExceptions(db, change.exceptions, nowMs),
    ...others,
  ];
  if (change.payment !== null) {
    const { provider, reference, status: paid, checkAtMs } = change.payment;
    statements.push(
      db.d1
        .prepare("UPDATE payment SET status = ?3, check_at_ms = ?4 WHERE provider = ?1 AND reference = ?2")
        .bind(provider, reference, paid, checkAtMs),
    );
  }
  try {
    await db.d1.batch(statements);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
