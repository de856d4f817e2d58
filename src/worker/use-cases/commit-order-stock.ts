import { buyerSchema, skuSchema } from "../../contract/primitives.ts";
import { outboxRow } from "../../db/events.ts";
import { markStockCommitted, readStockToCommit, type StockToCommit } from "../../db/stock-commit.ts";
import type { Sku } from "../../domain/brand.ts";
import { parseHoldId, type HoldKey } from "../../domain/inventory/hold.ts";
import type { Services } from "../services.ts";
import { cancelOrder } from "./cancel-order.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { releaseOrderStock } from "./release-order-stock.ts";
import { settleShortfall, type StockGap } from "./settle-shortfall.ts";

type CommitServices = Pick<
  Services,
  "nowMs" | "db" | "sku" | "paymentProvider" | "carrier" | "send" | "background"
>;

/**
 * Makes sure that a placed order has its stock: converts what is left of its hold, takes again what expired, and
 * cancels the order with its money back where the stock is gone. Then the order goes on to the router, once.
 */
export async function commitOrderStock(services: CommitServices, orderId: string): Promise<void> {
  const order = await readStockToCommit(services.db, orderId);
  if (order === null || order.isCommitted) return;
  if (order.status !== "placed" && order.status !== "on_hold") return;

  const gaps = (
    await Promise.all(
      [...quantitiesOf(order)].map(([sku, quantity]) => commitLine(services, order, sku, quantity)),
    )
  ).filter((gap) => gap !== null);
  if (gaps.length > 0) {
    // What a platform has sold cannot be refused any more: its connection says what becomes of it.
    if (await settleShortfall(services, orderId, gaps)) return;
    return cancelWithoutStock(services, orderId);
  }

  const nowMs = services.nowMs();
  const next = outboxRow("fulfillment", { type: "order.route", order_id: orderId }, nowMs);
  const { isMarked, isSentOn } = await markStockCommitted(services.db, orderId, next, nowMs);
  if (isSentOn) await relayCommitted(services, [next]);
  if (isMarked) return;
  // Canceled while we took its stock: whoever released it before us found nothing.
  await releaseOrderStock(services, orderId);
}

function quantitiesOf({ lines }: StockToCommit): Map<Sku, number> {
  const quantities = new Map<Sku, number>();
  for (const line of lines) {
    const sku = skuSchema.parse(line.sku);
    quantities.set(sku, (quantities.get(sku) ?? 0) + line.quantity);
  }
  return quantities;
}

/** @returns What is missing, or null where the SKU has committed the units. */
async function commitLine(
  services: Pick<Services, "sku">,
  order: StockToCommit,
  sku: Sku,
  quantity: number,
): Promise<StockGap | null> {
  const port = services.sku(sku);
  const holdKey: HoldKey | null = parseHoldId(order.holdId ?? "")?.key ?? null;
  if (holdKey !== null && (await port.convertHold(holdKey, order.id)).ok) return null;
  const hold = holdKey === null ? null : await port.readHold(holdKey);
  const committed = await port.commit({
    orderId: order.id,
    quantity,
    buyer: buyerSchema.parse(order.buyer ?? order.id),
    location: hold?.location ?? null,
  });
  if (committed.ok) return null;
  const { error } = committed;
  if (error.code === "stock_insufficient") return { sku, requested: quantity, available: error.available };
  if (error.code === "sku_unknown") return { sku, requested: quantity, available: 0 };
  throw new Error(`stock of ${order.id} was not committed: ${error.code}`);
}

async function cancelWithoutStock(services: CommitServices, orderId: string): Promise<void> {
  await cancelOrder(services, {
    orderId,
    reason: "inventory",
    because: "stock_gone",
    restock: true,
    refund: true,
    notify: true,
    actor: "system",
    requestId: null,
    mark: "stock_gone",
    isVersionAcceptable: () => true,
  });
}
