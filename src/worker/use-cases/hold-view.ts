import type { HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { unreachable } from "../../domain/invariant.ts";
import type { HoldChangeRefusal, HoldRefusal } from "../../domain/inventory/errors.ts";
import { composeHoldId, type HoldPart, type HoldStatus } from "../../domain/inventory/hold.ts";
import { composeWaitlistId } from "../../domain/inventory/waitlist-entry.ts";

/** Worst first: a basket is only as good as its worst part. */
const statusesWorstFirst: ReadonlyArray<HoldStatus> = [
  "expired",
  "released",
  "converted",
  "paying",
  "active",
];

export function worstStatus(parts: ReadonlyArray<HoldPart>): HoldStatus {
  return statusesWorstFirst.find((status) => parts.some((part) => part.status === status)) ?? "active";
}

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

export function holdRefusalProblem(refusal: HoldRefusal): Problem {
  switch (refusal.code) {
    case "rate_limited":
      return problem(refusal.code, {
        sku: refusal.sku,
        reason: refusal.reason,
        retry_after_seconds: refusal.retryAfterSeconds,
      });
    case "drop_not_open": {
      const { code, sku, show, status, opensAtMs } = refusal;
      const opensAt = opensAtMs === null ? null : new Date(opensAtMs).toISOString();
      return problem(code, { sku, show, drop_status: status, opens_at: opensAt });
    }
    case "waitlisted": {
      const { code, sku, place } = refusal;
      const { position, entry } = place;
      return problem(code, { sku, waitlist: composeWaitlistId(entry), position });
    }
    case "sku_unknown":
    case "idempotency_key_reused":
    case "limit_reached":
    case "sold_out": {
      const { code, ...facts } = refusal;
      return problem(code, facts);
    }
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
    case "sold_out": {
      const { code, ...facts } = refusal;
      return problem(code, facts);
    }
    default:
      return unreachable(refusal);
  }
}
