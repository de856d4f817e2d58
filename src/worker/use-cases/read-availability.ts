import type { AvailabilityView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Sku } from "../../domain/brand.ts";
import { stockStateOf } from "../../domain/inventory/stock-state.ts";
import { availableSeenBy, type Viewer } from "../../domain/live/seen-stock.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";

export async function readAvailability(
  services: Pick<Services, "sku">,
  viewer: Viewer,
  sku: Sku,
): Promise<Result<AvailabilityView, Problem>> {
  const stock = await services.sku(sku).stock();
  if (stock === null) return err(problem("sku_unknown", { sku }));
  // What a hold could take now, as a refusal counts it. An object of an older version does not tell its limit.
  const available = Math.max(0, stock.available + (stock.backorderLimit ?? 0));
  return ok({
    sku,
    available: availableSeenBy(viewer, available),
    state: stockStateOf(available),
    version: stock.version,
  });
}
