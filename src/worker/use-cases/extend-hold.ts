import { holdChangeProblem, holdView } from "../../contract/hold-view.ts";
import type { HoldView } from "../../contract/holds.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import type { HoldChangeRefusal } from "../../domain/inventory/errors.ts";
import { worstStatus, type HoldPart } from "../../domain/inventory/hold.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";
import { findHold } from "./read-hold.ts";

/**
 * Extends every part, once. A basket that was extended in part, because the caller died in between, is completed by
 * the repeat.
 */
export async function extendHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
  ttlSeconds: number,
): Promise<Result<HoldView, Problem>> {
  const found = await findHold(services, id, owner);
  if (!found.ok) return found;
  const { home, parts } = found.value;
  const refusal = refuseExtension(parts);
  if (refusal !== null) return err(holdChangeProblem(refusal));
  const outcomes = await mapInParallel(parts, async (part): Promise<Result<HoldPart, HoldChangeRefusal>> =>
    part.isExtended ? ok(part) : services.sku(part.sku).extendHold(part.key, ttlSeconds),
  );
  const refused = outcomes.find((outcome) => !outcome.ok);
  if (refused !== undefined && !refused.ok) return err(holdChangeProblem(refused.error));
  const extended = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  return ok(holdView(extended.find((part) => part.sku === home.sku) ?? home, extended));
}

/** Asked before any part is extended, so that a basket is not extended in part. */
function refuseExtension(parts: ReadonlyArray<HoldPart>): HoldChangeRefusal | null {
  const status = worstStatus(parts);
  const part = parts.find((candidate) => candidate.status === status);
  switch (status) {
    case "expired":
      return { code: "hold_expired", expiredAtMs: part?.resolvedAtMs ?? part?.expiresAtMs ?? 0 };
    case "released":
    case "converted":
      return { code: "hold_resolved", status, orderId: part?.orderId ?? null };
    case "paying":
      return { code: "hold_paying", orderId: part?.orderId ?? "" };
    case "active":
      return parts.every((candidate) => candidate.isExtended)
        ? { code: "hold_not_extendable", reason: "already_extended" }
        : null;
  }
}
