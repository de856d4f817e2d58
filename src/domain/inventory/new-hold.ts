import type { Sku } from "../brand.ts";
import type { HoldPart } from "./hold.ts";
import type { TakeHold } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

type Wish = Pick<
  TakeHold,
  "key" | "buyer" | "quantity" | "ttlSeconds" | "location" | "show" | "home" | "basket" | "device"
>;

/** What a hold that nothing has happened to yet knows beside what was wished for. */
export type FreshFacts = Pick<HoldPart, "isSecured" | "arrivedAtMs" | "createdAtMs" | "expiresAtMs">;

/** An active hold from now on. In a drop it lives no longer than the drop allows. */
export function newHold(
  stock: SkuStock,
  wish: Wish,
  { isSecured, arrivedAtMs }: Pick<HoldPart, "isSecured" | "arrivedAtMs">,
  nowMs: number,
): HoldPart {
  const { ttlSeconds, show } = wish;
  const ttlSecondsMax = show === null ? ttlSeconds : (stock.drops.find(show)?.ttlSeconds ?? ttlSeconds);
  return freshHold(stock.sku, wish, {
    isSecured,
    arrivedAtMs: show === null ? null : arrivedAtMs,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + Math.min(ttlSeconds, ttlSecondsMax) * 1000,
  });
}

export function freshHold(sku: Sku, wish: Wish, facts: FreshFacts): HoldPart {
  const { key, buyer, quantity, ttlSeconds, location, show, home, basket, device } = wish;
  const { isSecured, arrivedAtMs, createdAtMs, expiresAtMs } = facts;
  return {
    key,
    sku,
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
    arrivedAtMs,
    isExtended: false,
    orderId: null,
    payingSinceMs: null,
    committedQuantity: 0,
    canceledQuantity: 0,
    createdAtMs,
    expiresAtMs,
    resolvedAtMs: null,
  };
}

/** Whether nothing has happened to the hold since it was taken for this wish. */
export function isFresh(part: HoldPart, wish: Pick<Wish, "device">): boolean {
  return (
    part.status === "active" && !part.isExtended && part.payingSinceMs === null && part.device === wish.device
  );
}
