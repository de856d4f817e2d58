import type { SweepReport } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/** A payment that takes longer than this is asked about. */
const PAYING_TOO_LONG_MS = 60_000;

/** What an auditor has to compare with the orders. */
export function sweepReport(stock: SkuStock, nowMs: number): SweepReport {
  const openHolds = [...stock.openHolds()];
  const allocatedByOrder = new Map<string, number>();
  for (const { orderId, quantity } of stock.allocations()) {
    allocatedByOrder.set(orderId, (allocatedByOrder.get(orderId) ?? 0) + quantity);
  }
  const committed = openHolds.filter((part) => part.committedQuantity > 0);
  const openOrders = new Map(
    committed.map((part) => [
      part.orderId ?? "",
      { committed: part.committedQuantity, sinceMs: part.resolvedAtMs ?? nowMs },
    ]),
  );
  return {
    stock: stock.report(),
    paying: openHolds
      .filter(
        (part) => part.status === "paying" && (part.payingSinceMs ?? nowMs) < nowMs - PAYING_TOO_LONG_MS,
      )
      .map((part) => ({ key: part.key, orderId: part.orderId ?? "", sinceMs: part.payingSinceMs ?? nowMs })),
    openOrders: [...new Set([...openOrders.keys(), ...allocatedByOrder.keys()])].map((orderId) => ({
      orderId,
      committed: openOrders.get(orderId)?.committed ?? 0,
      allocated: allocatedByOrder.get(orderId) ?? 0,
      sinceMs: openOrders.get(orderId)?.sinceMs ?? 0,
    })),
  };
}
