import { and, eq } from "drizzle-orm";

import type {
  FulfillmentStatus,
  OrderStatus,
  OrderTotals,
  PaymentStatus,
  Address,
} from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { NewOrder } from "./new-orders.ts";
import type { OutboxRow } from "./outbox.ts";
import { insertPaymentRequest, type NewPaymentRequest } from "./payment-requests.ts";
import { auditLog, orderChange, orderEvent, orderLine, outbox } from "./schema/index.ts";

export type OrderChangeRow = typeof orderChange.$inferSelect;

export async function findChange(db: Db, id: string): Promise<OrderChangeRow | null> {
  const [row] = await db.orm.select().from(orderChange).where(eq(orderChange.id, id));
  return row ?? null;
}

/** The change of an order that somebody has begun; at most one is open. */
export async function findOpenChange(db: Db, orderId: string): Promise<OrderChangeRow | null> {
  const [row] = await db.orm
    .select()
    .from(orderChange)
    .where(and(eq(orderChange.orderId, orderId), eq(orderChange.status, "pending")));
  return row ?? null;
}

/** @returns False where another change of the order is open. */
export async function insertChange(
  db: Db,
  row: OrderChangeRow,
  audit: typeof auditLog.$inferInsert,
): Promise<boolean> {
  try {
    await db.d1.batch([
      insertMany(db, orderChange, [row], "nothing"),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [audit]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** Writes what is staged, or that it was given up, unless the change was changed since it was read. */
export async function updateChange(
  db: Db,
  next: Pick<OrderChangeRow, "id" | "status" | "actions" | "holds" | "updatedAtMs" | "version">,
): Promise<boolean> {
  const { id, status, actions, holds, updatedAtMs, version } = next;
  const { meta } = await db.d1
    .prepare(
      `UPDATE order_change SET status = ?3, actions = ?4, holds = ?5, updated_at_ms = ?6, version = ?2
       WHERE id = ?1 AND version = ?2 - 1 AND status = 'pending'`,
    )
    .bind(id, version, status, JSON.stringify(actions), JSON.stringify(holds), updatedAtMs)
    .run();
  return meta.changes > 0;
}

export type ConfirmedChange = {
  readonly orderId: string;
  readonly version: number;
  readonly status: OrderStatus;
  readonly holdReason: string | null;
  readonly paymentStatus: PaymentStatus;
  readonly fulfillmentStatus: FulfillmentStatus;
  readonly totals: OrderTotals;
  readonly address: Address | null;
  readonly lines: ReadonlyArray<typeof orderLine.$inferSelect>;
  readonly added: NewOrder["lines"];
  /** Fulfillment orders that are planned again without what was removed. */
  readonly unplanned: ReadonlyArray<string>;
  readonly change: OrderChangeRow;
  readonly request: NewPaymentRequest | null;
  readonly events: NewOrder["events"];
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly audit: typeof auditLog.$inferInsert;
};

/**
 * Writes a confirmed change, all of it or nothing, unless the order changed since it was worked out.
 *
 * @returns Whether it was written.
 */
export async function writeConfirmedChange(
  db: Db,
  confirmed: ConfirmedChange,
  nowMs: number,
): Promise<boolean> {
  const { orderId, version, totals, change, request } = confirmed;
  const unplanned = JSON.stringify(confirmed.unplanned);
  try {
    await db.d1.batch([
      db.d1
        .prepare(
          `UPDATE orders SET status = ?3, hold_reason = ?4, payment_status = ?5, fulfillment_status = ?6, subtotal = ?7,
             discount_total = ?8, shipping_total = ?9, tax_total = ?10, total = ?11,
             shipping_address = coalesce(?12, shipping_address), updated_at_ms = ?13, version = version + 1,
             completed_at_ms = iif(?3 = 'completed', ?13, completed_at_ms)
           WHERE id = ?1 AND version = ?2`,
        )
        .bind(
          orderId,
          version,
          confirmed.status,
          confirmed.holdReason,
          confirmed.paymentStatus,
          confirmed.fulfillmentStatus,
          totals.subtotal,
          totals.discountTotal,
          totals.shippingTotal,
          totals.taxTotal,
          totals.total,
          confirmed.address === null ? null : JSON.stringify(confirmed.address),
          nowMs,
        ),
      abortUnlessChanged(db),
      ...replaceStaged(db, change),
      insertMany(db, orderChange, [change]),
      db.d1
        .prepare(
          `UPDATE order_line SET unit_price = now.value->>1, discount = now.value->>2, tax = now.value->>3, total = now.value->>4, canceled_quantity = now.value->>5
           FROM json_each(?1) AS now WHERE order_line.id = now.value->>0`,
        )
        .bind(
          JSON.stringify(
            confirmed.lines.map((line) => [
              line.id,
              line.unitPrice,
              line.discount,
              line.tax,
              line.total,
              line.canceledQuantity,
            ]),
          ),
        ),
      insertMany(db, orderLine, confirmed.added),
      db.d1
        .prepare(
          `UPDATE pick_list SET status = 'canceled' WHERE status = 'open'
             AND fulfillment_order_id IN (SELECT value FROM json_each(?1))`,
        )
        .bind(unplanned),
      db.d1
        .prepare(
          `UPDATE fulfillment_order SET status = 'canceled', updated_at_ms = ?2, version = version + 1
           WHERE id IN (SELECT value FROM json_each(?1))`,
        )
        .bind(unplanned, nowMs),
      insertMany(db, orderEvent, confirmed.events),
      insertMany(db, outbox, confirmed.outbox, "nothing"),
      insertMany(db, auditLog, [confirmed.audit]),
      ...(request === null ? [] : insertPaymentRequest(db, request)),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** What is confirmed is what was read: somebody may have staged something else since. A change that was never staged has no row. */
function replaceStaged(db: Db, { id, version }: OrderChangeRow): Array<D1PreparedStatement> {
  if (version === 1) return [];
  return [
    db.d1
      .prepare("DELETE FROM order_change WHERE id = ?1 AND version = ?2 AND status = 'pending'")
      .bind(id, version - 1),
    abortUnlessChanged(db),
  ];
}
