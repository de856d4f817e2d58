import type { OrderStatus } from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { NewOrder } from "./new-orders.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, orderEvent, outbox } from "./schema/index.ts";

export type StatusChange = {
  readonly orderId: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly holdReason: string | null;
  readonly events: NewOrder["events"];
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly audit: typeof auditLog.$inferInsert;
};

/** Writes where an order stands, unless it changed since it was read. @returns Whether it was written. */
export async function writeOrderStatus(db: Db, change: StatusChange, nowMs: number): Promise<boolean> {
  const { orderId, version, status, holdReason } = change;
  try {
    await db.d1.batch([
      db.d1
        .prepare(
          `UPDATE orders SET status = ?3, hold_reason = ?4, updated_at_ms = ?5, version = version + 1
           WHERE id = ?1 AND version = ?2`,
        )
        .bind(orderId, version, status, holdReason, nowMs),
      abortUnlessChanged(db),
      insertMany(db, orderEvent, change.events),
      insertMany(db, outbox, change.outbox, "nothing"),
      insertMany(db, auditLog, [change.audit]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
