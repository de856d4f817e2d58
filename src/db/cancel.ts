import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged } from "./guard.ts";
import type { NewOrder } from "./new-orders.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, orderEvent, outbox } from "./schema/index.ts";

export type CancelRows = {
  readonly orderId: string;
  readonly version: number;
  readonly reason: string;
  readonly atMs: number;
  readonly event: NewOrder["events"][number];
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly audit: NewOrder["audit"][number];
};

/**
 * Cancels an order and everything that is planned for it, if it is still at this version and nothing of it was shipped.
 *
 * @throws An abort (`isAbort`) where it is not.
 */
export async function writeCancel(db: Db, rows: CancelRows): Promise<void> {
  const { orderId, version, reason, atMs } = rows;
  await db.d1.batch([
    db.d1
      .prepare(
        `UPDATE orders SET status = 'canceled', fulfillment_status = 'unfulfilled', cancel_reason = ?3, canceled_at_ms = ?4,
           updated_at_ms = ?4, version = version + 1
         WHERE id = ?1 AND version = ?2 AND status IN ('draft', 'placed', 'on_hold')
           AND NOT EXISTS (SELECT 1 FROM shipment WHERE order_id = ?1 AND status IN ('shipped', 'delivered'))`,
      )
      .bind(orderId, version, reason, atMs),
    abortUnlessChanged(db),
    db.d1.prepare("UPDATE order_line SET canceled_quantity = quantity WHERE order_id = ?1").bind(orderId),
    db.d1
      .prepare(
        `UPDATE pick_list SET status = 'canceled' WHERE status = 'open'
           AND fulfillment_order_id IN (SELECT id FROM fulfillment_order WHERE order_id = ?1)`,
      )
      .bind(orderId),
    db.d1
      .prepare(
        `UPDATE shipment SET status = 'canceled', version = version + 1
         WHERE order_id = ?1 AND status IN ('pending', 'picked', 'packed', 'labeled')`,
      )
      .bind(orderId),
    db.d1
      .prepare(
        `UPDATE fulfillment_order SET status = 'canceled', updated_at_ms = ?2, version = version + 1
         WHERE order_id = ?1 AND status IN ('open', 'on_hold', 'in_progress', 'incomplete')`,
      )
      .bind(orderId, atMs),
    insertMany(db, orderEvent, [rows.event]),
    insertMany(db, outbox, rows.outbox),
    insertMany(db, auditLog, [rows.audit]),
  ]);
}
