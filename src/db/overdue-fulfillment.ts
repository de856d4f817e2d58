import type { Db } from "./client.ts";

/** Orders that waited for units until they are to be canceled. */
export async function listOverdueBackorders(
  db: Db,
  nowMs: number,
  limit: number,
): Promise<ReadonlyArray<{ readonly id: string; readonly orderId: string }>> {
  const { results } = await db.d1
    .prepare(
      `SELECT fulfillment_order.id AS id, order_id AS orderId FROM fulfillment_order
       JOIN orders ON orders.id = order_id AND orders.status = 'placed'
       WHERE location IS NULL AND fulfillment_order.status = 'incomplete' AND cancel_at_ms <= ?1
         AND NOT EXISTS (SELECT 1 FROM exception
           WHERE kind = 'backorder_overdue' AND subject = 'fulfillment_order:' || fulfillment_order.id)
       LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<{ id: string; orderId: string }>();
  return results;
}

type Stuck = {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly location: string | null;
};

/** Fulfillment orders that nobody has touched since a moment and that are not done. */
export async function listStuckFulfillment(
  db: Db,
  beforeMs: number,
  limit: number,
): Promise<ReadonlyArray<Stuck>> {
  const { results } = await db.d1
    .prepare(
      `SELECT id, order_id AS orderId, status, location FROM fulfillment_order
       WHERE status IN ('open', 'in_progress') AND updated_at_ms < ?1
         AND NOT EXISTS (SELECT 1 FROM exception
           WHERE kind = 'fulfillment_stuck' AND subject = 'fulfillment_order:' || fulfillment_order.id)
       LIMIT ?2`,
    )
    .bind(beforeMs, limit)
    .all<Stuck>();
  return results;
}
