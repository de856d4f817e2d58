import { insertMany, type Db } from "./client.ts";
import { deliveryPromise } from "./schema/index.ts";

export type DeliveryPromiseRow = typeof deliveryPromise.$inferSelect;

/** For the batch of the plan it follows from. What was promised first stays promised. */
export function insertPromise(db: Db, row: DeliveryPromiseRow): D1PreparedStatement {
  return insertMany(db, deliveryPromise, [row], "nothing");
}

export async function findPromiseDueMs(db: Db, orderId: string): Promise<number | null> {
  return db.d1
    .prepare("SELECT due_at_ms FROM delivery_promise WHERE order_id = ?1")
    .bind(orderId)
    .first<number>("due_at_ms");
}

export type PromiseCounts = {
  readonly method: string;
  readonly promised: number;
  readonly delivered: number;
  readonly kept: number;
  readonly overdue: number;
};

/** By method, of promises made in a span of time. An order has arrived with the last of its parcels. */
export async function countPromises(
  db: Db,
  span: { readonly sinceMs: number; readonly untilMs: number },
  nowMs: number,
): Promise<ReadonlyArray<PromiseCounts>> {
  const { results } = await db.d1
    .prepare(
      `WITH promise AS (
         SELECT method, due_at_ms, orders.fulfillment_status = 'delivered' AS is_delivered, orders.status = 'canceled' AS is_canceled,
           (SELECT max(delivered_at_ms) FROM shipment WHERE shipment.order_id = delivery_promise.order_id AND shipment.status = 'delivered') AS arrived_at_ms
         FROM delivery_promise JOIN orders ON orders.id = delivery_promise.order_id
         WHERE made_at_ms >= ?1 AND made_at_ms < ?2
       )
       SELECT method, count(*) AS promised, sum(is_delivered) AS delivered,
         sum(is_delivered AND arrived_at_ms <= due_at_ms) AS kept,
         sum(NOT is_delivered AND due_at_ms < ?3) AS overdue
       FROM promise WHERE NOT is_canceled GROUP BY method ORDER BY method`,
    )
    .bind(span.sinceMs, span.untilMs, nowMs)
    .all<PromiseCounts>();
  return results;
}
