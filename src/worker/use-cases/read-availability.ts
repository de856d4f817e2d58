import { AVAILABLE_PUBLIC_MAX, type AvailabilityView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Sku } from "../../domain/brand.ts";
import { stockStateOf } from "../../domain/inventory/stock-state.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Principal } from "../http/principal.ts";
import type { Services } from "../services.ts";

export async function readAvailability(
  services: Pick<Services, "sku">,
  kind: Principal["kind"],
  sku: Sku,
): Promise<Result<AvailabilityView, Problem>> {
  const stock = await services.sku(sku).stock();
  if (stock === null) return err(problem("sku_unknown", { sku }));
  // What a hold could take now, as a refusal counts it. An object of an older version does not tell its limit.
  const available = Math.max(0, stock.available + (stock.backorderLimit ?? 0));
  return ok({
    sku,
    available: seenBy(kind, available),
    state: stockStateOf(available),
    version: stock.version,
  });
}

/** Pages must not tell competitors how much there is. */
function seenBy(kind: Principal["kind"], available: number): number {
  return kind === "publishable" ? Math.min(available, AVAILABLE_PUBLIC_MAX) : available;
}

/** A refusal says how much is left, so it keeps the same secret. */
export function refusalSeenBy(kind: Principal["kind"], refusal: Problem): Problem {
  const { available } = refusal;
  return typeof available === "number" ? { ...refusal, available: seenBy(kind, available) } : refusal;
}
