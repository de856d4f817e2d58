import type { OrderStatus } from "../domain/orders/order.ts";
import type { Db } from "./client.ts";
import type { OutboxRow } from "./outbox.ts";

const WAITED_FOR_STOCK =
  "SELECT 1 FROM channel_order WHERE order_id = ?1 AND is_short = 1 AND is_reserved = 0";

/** What has to be known of an order to commit its stock. */
export type StockToCommit = {
  readonly id: string;
  readonly status: OrderStatus;
  readonly isCommitted: boolean;
  readonly holdId: string | null;
  readonly buyer: string | null;
  readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
};

export async function readStockToCommit(db: Db, orderId: string): Promise<StockToCommit | null> {
  const row = await db.d1
    .prepare(
      `SELECT status, stock_committed_at_ms IS NOT NULL AS is_committed, hold_id, buyer,
         (SELECT json_group_array(json_object('sku', sku, 'quantity', quantity)) FROM order_line WHERE order_id = ?1) AS lines
       FROM orders WHERE id = ?1`,
    )
    .bind(orderId)
    .first<{
      status: OrderStatus;
      is_committed: number;
      hold_id: string | null;
      buyer: string | null;
      lines: string;
    }>();
  if (row === null) return null;
  const { status, hold_id: holdId, buyer } = row;
  const lines = JSON.parse(row.lines) as StockToCommit["lines"];
  return { id: orderId, status, isCommitted: row.is_committed === 1, holdId, buyer, lines };
}

/**
 * Notes that the units of every line are committed, and lets the order go on: once, however often it is asked. An order
 * that waited only for its units is placed again; one that a platform or a person holds stays so, and goes on when it
 * is released.
 *
 * @returns Whether this call was the one, and whether the order goes on now.
 */
export async function markStockCommitted(
  db: Db,
  orderId: string,
  next: OutboxRow,
  nowMs: number,
): Promise<{ readonly isMarked: boolean; readonly isSentOn: boolean }> {
  const [marked, sentOn] = await db.d1.batch([
    db.d1
      .prepare(
        `UPDATE orders SET stock_committed_at_ms = ?2, updated_at_ms = ?2,
           status = iif(EXISTS (${WAITED_FOR_STOCK}), 'placed', status),
           version = version + EXISTS (${WAITED_FOR_STOCK})
         WHERE id = ?1 AND stock_committed_at_ms IS NULL AND status IN ('placed', 'on_hold')`,
      )
      .bind(orderId, nowMs),
    db.d1
      .prepare(
        `INSERT INTO outbox (id, queue, body, created_at_ms, next_attempt_at_ms)
         SELECT ?2, ?3, ?4, ?5, ?6 WHERE changes() > 0
           AND NOT EXISTS (SELECT 1 FROM channel_order WHERE order_id = ?1 AND is_reserved = 1)`,
      )
      .bind(orderId, next.id, next.queue, next.body, next.createdAtMs, next.nextAttemptAtMs),
    db.d1.prepare("UPDATE channel_order SET is_short = 0 WHERE order_id = ?1 AND is_short = 1").bind(orderId),
    db.d1
      .prepare(
        `UPDATE exception SET status = 'resolved', resolved_at_ms = ?2, resolved_by = 'system', resolution = 'the units arrived',
           version = version + 1 WHERE order_id = ?1 AND kind = 'stock_shortfall' AND status = 'open'`,
      )
      .bind(orderId, nowMs),
  ]);
  return { isMarked: (marked?.meta.changes ?? 0) > 0, isSentOn: (sentOn?.meta.changes ?? 0) > 0 };
}
