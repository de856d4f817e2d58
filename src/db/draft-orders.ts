import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { upsertCustomers, type NewOrder } from "./new-orders.ts";
import { auditLog, orderEvent, orderLine } from "./schema/index.ts";

/**
 * Writes a draft anew, unless it changed since it was read, or is none any more. Its number and when it was drawn up stay.
 *
 * @returns Whether it was written.
 */
export async function replaceDraft(
  db: Db,
  version: number,
  { order, customer, lines, events, audit }: NewOrder,
  nowMs: number,
): Promise<boolean> {
  try {
    await db.d1.batch([
      db.d1
        .prepare(
          `UPDATE orders SET version = version + 1, updated_at_ms = ?3, payment_status = ?4, currency = ?5, subtotal = ?6,
             discount_total = ?7, shipping_total = ?8, tax_total = ?9, total = ?10, customer_id = ?11, shipping_address = ?12,
             shipping_method = ?13, channel = ?14, metadata = ?15, expires_at_ms = ?16
           WHERE id = ?1 AND version = ?2 AND status = 'draft' AND hold_id IS NULL AND holds_stock IS NOT 1
             AND NOT EXISTS (SELECT 1 FROM payment WHERE order_id = ?1)`,
        )
        .bind(
          order.id,
          version,
          nowMs,
          order.paymentStatus,
          order.currency,
          order.subtotal,
          order.discountTotal,
          order.shippingTotal,
          order.taxTotal,
          order.total,
          order.customerId ?? null,
          JSON.stringify(order.shippingAddress ?? null),
          order.shippingMethod ?? null,
          order.channel,
          JSON.stringify(order.metadata ?? {}),
          order.expiresAtMs ?? null,
        ),
      abortUnlessChanged(db),
      upsertCustomers(db, customer === null ? [] : [customer]),
      db.d1.prepare("DELETE FROM order_line WHERE order_id = ?1").bind(order.id),
      insertMany(db, orderLine, lines),
      insertMany(db, orderEvent, events),
      insertMany(db, auditLog, audit),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** Quotes whose time is over, those that ended first before others. One whose payment has begun is decided by that. */
export async function listExpiredDrafts(
  db: Db,
  nowMs: number,
  limit: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `SELECT id FROM orders WHERE status = 'draft' AND expires_at_ms IS NOT NULL AND expires_at_ms <= ?1
         AND NOT EXISTS (SELECT 1 FROM payment WHERE order_id = orders.id)
       ORDER BY expires_at_ms LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
