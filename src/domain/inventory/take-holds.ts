import type { BuyerKey } from "../brand.ts";
import { err, ok, type Result } from "../result.ts";
import type { HoldRefusal } from "./errors.ts";
import type { HoldKey, HoldPart } from "./hold.ts";
import type { TakeHold } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/** What the store knows beyond the open holds. Both may be empty where nothing was ever resolved. */
export type TakeHoldFacts = {
  /** Resolved holds under the keys asked for. */
  readonly resolved: ReadonlyMap<HoldKey, HoldPart>;
  /** Units bought and not canceled, for the buyers asking, where the SKU has a limit. */
  readonly boughtBy: ReadonlyMap<BuyerKey, number>;
};

/**
 * Decides one hold. The caller has ended what was due.
 *
 * @returns The hold, found or taken, or the first applicable {@link HoldRefusal} in the order that type lists them. A
 * refusal changes nothing.
 */
export function takeHold(
  stock: SkuStock,
  command: TakeHold,
  facts: TakeHoldFacts,
  nowMs: number,
): Result<HoldPart, HoldRefusal> {
  const { sku } = stock;
  const earlier = stock.hold(command.key) ?? facts.resolved.get(command.key);
  if (earlier !== undefined) {
    return isSameRequest(earlier, command) ? ok(earlier) : err({ code: "idempotency_key_reused", sku });
  }

  const { buyer, quantity: requested, location } = command;
  const limit = stock.buyerLimit;
  if (limit !== null) {
    const counted = stock.heldBy(buyer) + (facts.boughtBy.get(buyer) ?? 0);
    if (counted + requested > limit) return err({ code: "limit_reached", sku, limit, counted });
  }

  const left = stock.available + stock.backorderLimit;
  if (requested > left) return err({ code: "sold_out", sku, requested, available: Math.max(0, left) });
  if (location !== null && requested > stock.allocatableAt(location)) {
    return err({ code: "sold_out", sku, requested, available: Math.max(0, stock.allocatableAt(location)) });
  }

  const part: HoldPart = {
    key: command.key,
    sku,
    buyer,
    quantity: requested,
    status: "active",
    ttlSeconds: command.ttlSeconds,
    location,
    show: command.show,
    home: command.home,
    basket: command.basket,
    isExtended: false,
    orderId: null,
    payingSinceMs: null,
    committedQuantity: 0,
    canceledQuantity: 0,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + command.ttlSeconds * 1000,
    resolvedAtMs: null,
  };
  stock.insertHold(part);
  return ok(part);
}

function isSameRequest(part: HoldPart, command: TakeHold): boolean {
  return (
    part.buyer === command.buyer &&
    part.quantity === command.quantity &&
    part.ttlSeconds === command.ttlSeconds &&
    part.location === command.location &&
    part.show === command.show &&
    part.home === command.home &&
    JSON.stringify(part.basket) === JSON.stringify(command.basket)
  );
}
