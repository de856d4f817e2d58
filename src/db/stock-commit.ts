import type { Db } from "./client.ts";
import { insertOutboxIfChanged, type OutboxRow } from "./outbox.ts";

/**
 * Notes that the units of every line are committed, and lets the order go on: once, however often it is asked.
 *
 * @returns Whether this call was the one.
 */
export async function markStockCommitted(
  db: Db,
  orderId: string,
  next: OutboxRow,
  nowMs: number,
): Promise<boolean> {
  const [marked] = await db.d1.batch([
    db.d1
      .prepare(
        `UPDATE orders SET stock_committed_at_ms = ?2, updated_at_ms = ?2
         WHERE id = ?1 AND stock_committed_at_ms IS NULL AND status IN ('placed', 'on_hold')`,
      )
      .bind(orderId, nowMs),
    insertOutboxIfChanged(db, [next]),
  ]);
  return (marked?.meta.changes ?? 0) > 0;
}
