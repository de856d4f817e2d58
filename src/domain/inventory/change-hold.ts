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
  const expiresAtMs = nowMs + ttlSeconds * 1000;
  if (expiresAtMs > part.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1000) {
    return err({ code: "hold_not_extendable", reason: "life_exceeded" });
  }
  return put(stock, { ...part, isExtended: true, expiresAtMs: Math.max(part.expiresAtMs, expiresAtMs) });
}

/** From here on the hold ends with its payment, or at the end of its longest life. */
export function startPaying(stock: SkuStock, part: HoldPart, orderId: string, nowMs: number): Change {
  if (part.status === "paying")
    return part.orderId === orderId ? ok(part) : err({ code: "hold_paying", orderId: part.orderId ?? "" });
  if (!isLive(part.status)) return err(resolved(part));
  return put(stock, { ...part, status: "paying", orderId, payingSinceMs: nowMs });
}

/** The payment failed. What is left of the hold's time is the buyer's again; if none is, the hold expires. */
export function stopPaying(stock: SkuStock, part: HoldPart, orderId: string, nowMs: number): Change {
  if (part.status === "active") return ok(part);
  if (!isLive(part.status)) return err(resolved(part));
  if (part.orderId !== orderId) return err({ code: "hold_paying", orderId: part.orderId ?? "" });
  const stopped = { ...part, orderId: null, payingSinceMs: null };
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
  if (!isLive(part.status)) return err(resolved(part));
  const { quantity, location } = part;
  stock.record("committed", quantity, nowMs, { orderId, location });
  return put(stock, {
    ...part,
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
