import type { Sku } from "../brand.ts";
import type { HoldKey } from "../inventory/hold.ts";
import type { SweepReport } from "../inventory/sku-port.ts";
import type { OrderStatus } from "./order.ts";

/** Longer than any placement: a payment that is older belongs to nobody who is still at it. */
export const PAYING_ABANDONED_AFTER_MS = 180_000;
/** Longer than it takes to write an order after its stock was taken, and to release one after its cancel. */
export const STOCK_STRANDED_AFTER_MS = 120_000;

/** What the database knows of an order. */
export type OrderState = { readonly status: OrderStatus; readonly holdKey: HoldKey | null };

export type StockMend =
  | { readonly kind: "hold_converted"; readonly sku: Sku; readonly key: HoldKey; readonly orderId: string }
  | { readonly kind: "hold_given_back"; readonly sku: Sku; readonly key: HoldKey; readonly orderId: string }
  | {
      readonly kind: "stock_released";
      readonly sku: Sku;
      readonly key: HoldKey | null;
      readonly orderId: string;
    };

/** Orders whose state has to be known before {@link planMends} can decide. */
export function ordersIn(report: SweepReport): Array<string> {
  return [...report.paying, ...report.openOrders].map(({ orderId }) => orderId);
}

/**
 * What has to be done so that stock and orders agree again (I6): no order without its stock, no stock without its
 * order.
 *
 * @param orders - Every order of {@link ordersIn} that exists. Drafts keep their hold as it is; finished orders keep what they have.
 */
export function planMends(
  report: SweepReport,
  orders: ReadonlyMap<string, OrderState>,
  nowMs: number,
): Array<StockMend> {
  const { sku } = report.stock;
  const mends: Array<StockMend> = [];
  for (const { key, orderId, sinceMs } of report.paying) {
    const status = orders.get(orderId)?.status;
    // A draft waits for its payment, and its hold with it.
    if (status === "draft") continue;
    if (status === "canceled") mends.push({ kind: "stock_released", sku, key, orderId });
    else if (status !== undefined) mends.push({ kind: "hold_converted", sku, key, orderId });
    else if (nowMs - sinceMs >= PAYING_ABANDONED_AFTER_MS) {
      mends.push({ kind: "hold_given_back", sku, key, orderId });
    }
  }
  for (const { orderId, sinceMs } of report.openOrders) {
    const order = orders.get(orderId);
    if (order !== undefined && order.status !== "canceled") continue;
    if (nowMs - sinceMs < STOCK_STRANDED_AFTER_MS) continue;
    mends.push({ kind: "stock_released", sku, key: order?.holdKey ?? null, orderId });
  }
  return mends;
}
