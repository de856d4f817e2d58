import type { OrderStatus } from "../domain/orders/order.ts";
import type { Db } from "./client.ts";
import { insertOutboxIfChanged, type OutboxRow } from "./outbox.ts";

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
