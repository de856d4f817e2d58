import { skuSchema } from "../../contract/primitives.ts";
import { derivedId } from "../../db/events.ts";
import { readOrdersWithoutStock, readOrderStates } from "../../db/orders.ts";
import { projectStock } from "../../db/stock-projection.ts";
import { readSkusToSweep, writeSwept } from "../../db/sweep.ts";
import type { Sku } from "../../domain/brand.ts";
import { parseHoldId } from "../../domain/inventory/hold.ts";
import type { SweepReport } from "../../domain/inventory/sku-port.ts";
import { ordersIn, planMends, type OrderState, type StockMend } from "../../domain/orders/reconcile.ts";
import type { Attempt } from "../../durable-objects/order-desk/port.ts";
import type { Services } from "../services.ts";
import { stockView } from "./move-stock.ts";
import { resolveAttempt } from "./undo-attempt.ts";

type ReconcileServices = Pick<Services, "nowMs" | "db" | "sku" | "orderDesk" | "paymentProvider" | "send">;

/** Bounds of one run; the next one goes on. */
const SKUS_MAX = 100;
const ATTEMPTS_MAX = 50;
const ORDERS_MAX = 100;
/** Objects asked at a time. */
const PARALLEL = 10;
/** A queue that works has long delivered by then. */
const STOCK_OVERDUE_MS = 120_000;
/** How long objects keep what is resolved. */
const HISTORY_MS = 30 * 86_400_000;

export type Mend =
  | StockMend
  | { readonly kind: "attempt_settled" | "attempt_undone"; readonly orderId: string }
  | { readonly kind: "stock_commit_sent"; readonly orderId: string };

/**
 * Compares stock with orders and mends what a crash left behind: placements whose Worker died, holds that are being
 * paid by nobody, units of orders that are not there, orders without units. A mend that fails is tried again at the
 * next run.
 */
export async function reconcile(services: ReconcileServices): Promise<ReadonlyArray<Mend>> {
  const nowMs = services.nowMs();
  const mends: Array<Mend> = [];
  for (const attempt of await services.orderDesk.stale(ATTEMPTS_MAX)) {
    const status = await resolveStale(services, attempt);
    if (status === "placed") mends.push({ kind: "attempt_settled", orderId: attempt.orderId });
    if (status === "undone") mends.push({ kind: "attempt_undone", orderId: attempt.orderId });
  }
  const { reports, swept } = await sweepSkus(services, nowMs);
  // News that an object could not tell before it died.
  await projectStock(
    services.db,
    reports.map(({ stock }) => stockView(stock)),
    nowMs,
  );
  const states = await readStates(services, reports.flatMap(ordersIn));
  for (const mend of reports.flatMap((report) => planMends(report, states, nowMs))) {
    if (await carryOut(services, mend)) mends.push(mend);
  }
  mends.push(...(await resendStockCommits(services, nowMs)));
  await writeSwept(
    services.db,
    swept,
    mends.map((mend) => ({
      id: derivedId("aud", nowMs, JSON.stringify(mend)),
      atMs: nowMs,
      actor: "system",
      action: "reconciler.mended",
      subject: mend.orderId,
      requestId: null,
      data: mend,
    })),
    nowMs,
  );
  return mends;
}

async function resolveStale(services: ReconcileServices, attempt: Attempt): Promise<string> {
  try {
    const home = skuSchema.parse(attempt.home);
    const part = await services.sku(home).readHold(attempt.holdKey);
    const skus = part?.basket?.map(({ sku }) => sku) ?? (part === null ? [] : [home]);
    return (await resolveAttempt(services, { ...attempt, skus })).status;
  } catch {
    return "pending";
  }
}

async function sweepSkus(
  services: ReconcileServices,
  nowMs: number,
): Promise<{ reports: Array<SweepReport>; swept: Array<Sku> }> {
  const due = await readSkusToSweep(services.db, SKUS_MAX);
  const reports: Array<SweepReport> = [];
  const swept: Array<Sku> = [];
  for (let start = 0; start < due.length; start += PARALLEL) {
    await Promise.all(
      due.slice(start, start + PARALLEL).map(async (sku) => {
        try {
          const report = await services.sku(sku).sweep({ pruneBeforeMs: nowMs - HISTORY_MS });
          if (report !== null) reports.push(report);
          swept.push(sku);
        } catch (error) {
          logFailure("sweep failed", sku, error);
        }
      }),
    );
  }
  return { reports, swept };
}

async function readStates(
  { db }: ReconcileServices,
  orderIds: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, OrderState>> {
  const rows = await readOrderStates(db, orderIds);
  return new Map(
    [...rows].map(([id, { status, holdId }]) => [
      id,
      { status, holdKey: parseHoldId(holdId ?? "")?.key ?? null },
    ]),
  );
}

/** @returns Whether the object did it. */
async function carryOut(services: ReconcileServices, mend: StockMend): Promise<boolean> {
  const { kind, sku, key, orderId } = mend;
  const port = services.sku(sku);
  try {
    switch (kind) {
      case "hold_converted":
        return (await port.convertHold(key, orderId)).ok;
      case "hold_given_back":
        return (await port.stopPaying(key, orderId)).ok;
      case "stock_released":
        return (await port.releaseOrder({ orderId, holdKey: key })).ok;
    }
  } catch (error) {
    logFailure("mend failed", orderId, error);
    return false;
  }
}

async function resendStockCommits(services: ReconcileServices, nowMs: number): Promise<Array<Mend>> {
  const orderIds = await readOrdersWithoutStock(services.db, nowMs - STOCK_OVERDUE_MS, ORDERS_MAX);
  if (orderIds.length === 0) return [];
  // Straight to the queue: what is sent for comes from the orders themselves, and the next run finds it again.
  await services.send(
    "fulfillment",
    orderIds.map((orderId): unknown => ({ type: "order.commit_stock", order_id: orderId })),
  );
  return orderIds.map((orderId) => ({ kind: "stock_commit_sent", orderId }));
}

function logFailure(message: string, subject: string, error: unknown): void {
  console.error(JSON.stringify({ message, subject, error: error instanceof Error ? error.name : "unknown" }));
}
