import { err, ok, type Result } from "../result.ts";
import type { HoldChangeRefusal } from "./errors.ts";
import { HOLD_LIFE_SECONDS_MAX, isLive, type HoldPart } from "./hold.ts";
import type { SkuStock } from "./sku-stock.ts";

type Change = Result<HoldPart, HoldChangeRefusal>;

/** Lets go of an active hold. A hold that is being paid belongs to its payment until that ends. */
export function releaseHold(stock: SkuStock, part: HoldPart, nowMs: number): Change {
  if (part.status === "released") return ok(part);
  if (part.status === "paying") return err({ code: "hold_paying", orderId: part.orderId ?? "" });
  if (!isLive(part.status)) return err(resolved(part));
  return put(stock, { ...part, status: "released", resolvedAtMs: nowMs });
}

export function extendHold(stock: SkuStock, part: HoldPart, ttlSeconds: number, nowMs: number): Change {
  if (part.status === "paying") return err({ code: "hold_paying", orderId: part.orderId ?? "" });
  if (!isLive(part.status)) return err(resolved(part));
  if (part.isExtended) return err({ code: "hold_not_extendable", reason: "already_extended" });
  const drop = part.show === null ? undefined : stock.drops.find(part.show);
  const expiresAtMs = nowMs + Math.min(ttlSeconds, drop?.ttlSeconds ?? ttlSeconds) * 1000;
  if (expiresAtMs > part.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1000) {
    return err({ code: "hold_not_extendable", reason: "life_exceeded" });
  }
  return put(stock, { ...part, isExtended: true, expiresAtMs: Math.max(part.expiresAtMs, expiresAtMs) });
}

/** Sets the units of a claim aside that has none yet. */
export function secureHold(stock: SkuStock, part: HoldPart): Change {
  if (!isLive(part.status)) return err(resolved(part));
  if (part.isSecured) return ok(part);
  const left = stock.left(part.show);
  if (part.quantity > left) {
    const { sku } = stock;
    return err({ code: "sold_out", sku, requested: part.quantity, available: Math.max(0, left) });
  }
  return put(stock, { ...part, isSecured: true });
}

/** From here on the hold ends with its payment, or at the end of its longest life. Its units are set aside, if they were not. */
export function startPaying(stock: SkuStock, part: HoldPart, orderId: string, nowMs: number): Change {
  if (part.status === "paying")
    return part.orderId === orderId ? ok(part) : err({ code: "hold_paying", orderId: part.orderId ?? "" });
  const secured = secureHold(stock, part);
  if (!secured.ok) return secured;
  return put(stock, { ...secured.value, status: "paying", orderId, payingSinceMs: nowMs });
}

/** The payment failed. What is left of the hold's time is the buyer's again; if none is, the hold expires. */
export function stopPaying(stock: SkuStock, part: HoldPart, orderId: string, nowMs: number): Change {
  if (part.status === "active") return ok(part);
  if (!isLive(part.status)) return err(resolved(part));
  if (part.orderId !== orderId) return err({ code: "hold_paying", orderId: part.orderId ?? "" });
  // Where the first to pay has the units, a payment that failed gives them to the next.
  const policy = part.show === null ? undefined : stock.drops.find(part.show)?.policy;
  const stopped = { ...part, orderId: null, payingSinceMs: null, isSecured: policy !== "first_paid" };
  if (part.expiresAtMs <= nowMs) return put(stock, { ...stopped, status: "expired", resolvedAtMs: nowMs });
  return put(stock, { ...stopped, status: "active" });
}

/**
 * The order is placed: its units become committed. A hold whose payment was given up meanwhile is converted all the
 * same while it lives, because the order stands.
 */
export function convertHold(stock: SkuStock, part: HoldPart, orderId: string, nowMs: number): Change {
  if (part.status === "converted" && part.orderId === orderId) return ok(part);
  if (part.status === "paying" && part.orderId !== orderId)
    return err({ code: "hold_paying", orderId: part.orderId ?? "" });
  // The object may have died after it said that the units were set aside, and before it stored that.
  const secured = secureHold(stock, part);
  if (!secured.ok) return secured;
  const { quantity, location } = part;
  stock.record("committed", quantity, nowMs, { orderId, location });
  return put(stock, {
    ...secured.value,
    status: "converted",
    orderId,
    payingSinceMs: null,
    committedQuantity: quantity,
    resolvedAtMs: nowMs,
  });
}

function put(stock: SkuStock, part: HoldPart): Change {
  stock.updateHold(part);
  return ok(part);
}

function resolved(part: HoldPart): HoldChangeRefusal {
  if (part.status === "expired")
    return { code: "hold_expired", expiredAtMs: part.resolvedAtMs ?? part.expiresAtMs };
  return { code: "hold_resolved", status: part.status, orderId: part.orderId };
}
