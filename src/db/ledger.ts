import type { PaymentStatus } from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import type { NewOrder } from "./new-orders.ts";
import { orderEvent, paymentTransaction } from "./schema/index.ts";

/**
 * Records money that moved. It did move, so the entries stand whatever became of the order meanwhile; rows that are
 * there already stay as they are.
 *
 * @param derived - The payment status that the whole ledger implies, if the order is still at this version.
 * @param others - Statements that stand or fall with it.
 * @returns Whether the status was written; if not, it has to be derived again.
 */
export async function recordPayment(
  db: Db,
  orderId: string,
  rows: Pick<NewOrder, "transactions" | "events">,
  derived: { readonly version: number; readonly paymentStatus: PaymentStatus },
  nowMs: number,
  others: ReadonlyArray<D1PreparedStatement> = [],
): Promise<boolean> {
  const results = await db.d1.batch([
    insertMany(db, paymentTransaction, rows.transactions, "nothing"),
    insertMany(db, orderEvent, rows.events, "nothing"),
    db.d1
      .prepare(
        "UPDATE orders SET payment_status = ?3, version = version + 1, updated_at_ms = ?4 WHERE id = ?1 AND version = ?2",
      )
      .bind(orderId, derived.version, derived.paymentStatus, nowMs),
    ...others,
  ]);
  return (results[2]?.meta.changes ?? 0) > 0;
}
