import { err, ok, type Result } from "../result.ts";
import { isDrawPending } from "./change-drop.ts";
import type { ClaimOutcome } from "./drop-book.ts";
import { dropStatus, type Drop } from "./drop.ts";
import type { HoldRefusal } from "./errors.ts";
import type { HoldKey, HoldPart } from "./hold.ts";
import { joinWaitlist, placeOf, type Digest } from "./join-waitlist.ts";
import { refuseOverLimit, type Bought } from "./limits.ts";
import { newHold } from "./new-hold.ts";
import type { TakeHold } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";

/** What the store knows beyond the open holds. */
export type TakeHoldFacts = {
  /** Resolved holds under the keys asked for. */
  readonly resolved: ReadonlyMap<HoldKey, HoldPart>;
  readonly bought: Bought;
  readonly digest: Digest;
};

/**
 * Decides one hold. The caller has ended what was due.
 *
 * @returns The hold, found or taken, or the first applicable {@link HoldRefusal} in the order that type lists them. A
 * refusal changes nothing, but for the first claim in a lottery, which enters it.
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
  const { show } = command;
  if (show === null) return decide(stock, command, undefined, facts, nowMs);

  const drop = stock.drops.find(show);
  const status = drop === undefined ? null : dropStatus(drop, nowMs);
  if (drop === undefined || status !== "open") {
    return err({ code: "drop_not_open", sku, show, status, opensAtMs: drop?.opensAtMs ?? null });
  }
  const decided = decide(stock, command, drop, facts, nowMs);
  stock.drops.countClaim(show, outcomeOf(decided));
  return decided;
}

function decide(
  stock: SkuStock,
  command: TakeHold,
  drop: Drop | undefined,
  facts: TakeHoldFacts,
  nowMs: number,
): Result<HoldPart, HoldRefusal> {
  const { sku } = stock;
  const { buyer, quantity: requested, location, show } = command;
  if (command.isGuarded) {
    const refusal = stock.guard.refuse(buyer, command.device, stock.heldBy(buyer), nowMs);
    if (refusal !== null) return err({ code: "rate_limited", sku, ...refusal });
  }
  const overLimit = refuseOverLimit(stock, command, facts.bought);
  if (overLimit !== null) return err(overLimit);

  const waiting = stock.waitlist.ofBuyer(buyer, show);
  if (waiting?.status === "waiting") return err({ code: "waitlisted", sku, place: placeOf(stock, waiting) });
  if (isDrawPending(drop)) {
    const entered = joinWaitlist(stock, command, facts, nowMs);
    return entered.ok ? err({ code: "waitlisted", sku, place: entered.value }) : entered;
  }

  const left = stock.left(show);
  if (requested > left) return err({ code: "sold_out", sku, requested, available: Math.max(0, left) });
  if (location !== null && requested > stock.allocatableAt(location)) {
    return err({ code: "sold_out", sku, requested, available: Math.max(0, stock.allocatableAt(location)) });
  }
  const isSecured = drop === undefined || drop.policy === "hold_on_claim" || drop.policy === "lottery";
  const part = newHold(stock, command, { isSecured, arrivedAtMs: command.arrivedAtMs }, nowMs);
  stock.insertHold(part);
  return ok(part);
}

function outcomeOf(decided: Result<HoldPart, HoldRefusal>): ClaimOutcome {
  if (decided.ok) return "other";
  if (decided.error.code === "sold_out") return "refusedSoldOut";
  return decided.error.code === "limit_reached" ? "refusedLimit" : "other";
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
