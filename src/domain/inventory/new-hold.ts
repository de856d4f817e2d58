import type { HoldPart } from "./hold.ts";
import type { TakeHold } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/** An active hold from now on. In a drop it lives no longer than the drop allows. */
export function newHold(
  stock: SkuStock,
  wish: Pick<
    TakeHold,
    "key" | "buyer" | "quantity" | "ttlSeconds" | "location" | "show" | "home" | "basket" | "device"
  >,
  { isSecured, arrivedAtMs }: Pick<HoldPart, "isSecured" | "arrivedAtMs">,
  nowMs: number,
): HoldPart {
  const { key, buyer, quantity, ttlSeconds, location, show, home, basket, device } = wish;
  const ttlSecondsMax = show === null ? ttlSeconds : (stock.drops.find(show)?.ttlSeconds ?? ttlSeconds);
  return {
    key,
    sku: stock.sku,
    buyer,
    quantity,
    status: "active",
    ttlSeconds,
    location,
    show,
    home,
    basket,
    isSecured,
    device,
    arrivedAtMs: show === null ? null : arrivedAtMs,
    isExtended: false,
    orderId: null,
    payingSinceMs: null,
    committedQuantity: 0,
    canceledQuantity: 0,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + Math.min(ttlSeconds, ttlSecondsMax) * 1000,
    resolvedAtMs: null,
  };
}
