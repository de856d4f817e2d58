import { unreachable } from "../domain/invariant.ts";
import type { HoldChangeRefusal } from "../domain/inventory/errors.ts";
import { composeHoldId, worstStatus, type HoldPart } from "../domain/inventory/hold.ts";
import type { NoHold } from "../domain/inventory/take-basket.ts";
import type { Unanswered } from "../domain/inventory/take-in-order.ts";
import { composeWaitlistId } from "../domain/inventory/waitlist-entry.ts";
import { availableSeenBy, type Viewer } from "../domain/live/seen-stock.ts";
import type { HoldView } from "./holds.ts";
import { problem, type Problem } from "./problem.ts";

/**
 * A hold as its owner sees it.
 *
 * @param home - The part that knows the basket; its age is the hold's.
 * @param parts - All parts, the home part among them. The first to expire ends the hold.
 */
export function holdView(home: HoldPart, parts: ReadonlyArray<HoldPart>): HoldView {
  const expiresAtMs = Math.min(...parts.map((part) => part.expiresAtMs));
  return {
    id: composeHoldId(home.createdAtMs, home.key, home.sku),
    status: worstStatus(parts),
    buyer: home.buyer,
    lines: (home.basket ?? [home]).map(({ sku, quantity }) => ({ sku, quantity })),
    location: home.location,
    show: home.show,
    secured: parts.every((part) => part.isSecured),
    order: home.orderId,
    expires_at: new Date(expiresAtMs).toISOString(),
    created_at: new Date(home.createdAtMs).toISOString(),
  };
}

export function noHoldProblem(refusal: NoHold | Unanswered): Problem {
  switch (refusal.code) {
    case "hold_resolved":
      return problem(refusal.code, {
        hold_status: refusal.status,
        detail: "What was held under this key was given back. Use a new key.",
      });
    case "drop_not_open":
      return problem(refusal.code, {
        sku: refusal.sku,
        show: refusal.show,
        drop_status: refusal.status,
        opens_at: refusal.opensAtMs === null ? null : new Date(refusal.opensAtMs).toISOString(),
      });
    case "rate_limited":
      return problem(refusal.code, {
        sku: refusal.sku,
        reason: refusal.reason,
        retry_after_seconds: refusal.retryAfterSeconds,
      });
    case "waitlisted": {
      const { position, entry } = refusal.place;
      return problem(refusal.code, { sku: refusal.sku, waitlist: composeWaitlistId(entry), position });
    }
    case "unavailable":
      return problem(refusal.code);
    case "sku_unknown":
    case "idempotency_key_reused":
      return problem(refusal.code, { sku: refusal.sku });
    case "limit_reached":
      return problem(refusal.code, { sku: refusal.sku, limit: refusal.limit, counted: refusal.counted });
    case "sold_out":
      return problem(refusal.code, {
        sku: refusal.sku,
        requested: refusal.requested,
        available: refusal.available,
      });
    default:
      return unreachable(refusal);
  }
}

export function holdChangeProblem(refusal: HoldChangeRefusal): Problem {
  switch (refusal.code) {
    case "hold_unknown":
      return problem(refusal.code);
    case "hold_expired":
      return problem(refusal.code, { expired_at: new Date(refusal.expiredAtMs).toISOString() });
    case "hold_resolved":
      return problem(refusal.code, { hold_status: refusal.status, order: refusal.orderId });
    case "hold_paying":
      return problem(refusal.code, { order: refusal.orderId });
    case "hold_not_extendable":
      return problem(refusal.code, { reason: refusal.reason });
    case "sold_out":
      return problem(refusal.code, {
        sku: refusal.sku,
        requested: refusal.requested,
        available: refusal.available,
      });
    default:
      return unreachable(refusal);
  }
}

/** A refusal says how much is left, which a page must not tell exactly. */
export function refusalSeenBy(viewer: Viewer, refusal: Problem): Problem {
  const { available } = refusal;
  return typeof available === "number"
    ? { ...refusal, available: availableSeenBy(viewer, available) }
    : refusal;
}
