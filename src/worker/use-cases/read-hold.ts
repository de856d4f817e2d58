import type { HoldView } from "../../contract/holds.ts";
import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { parseHoldId, type HoldPart } from "../../domain/inventory/hold.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { holdView } from "./hold-view.ts";
import { mapInParallel } from "./in-parallel.ts";

/** A hold with all its parts. A basket whose taking was never finished lacks some. */
export type FoundHold = {
  readonly home: HoldPart;
  /** The home part among them. */
  readonly parts: ReadonlyArray<HoldPart>;
};

/**
 * Finds a hold by its id, whose every character must fit: whoever knows the id may act on the hold.
 *
 * @param owner - Whose hold it must be, where a token said who asks; null otherwise.
 */
export async function findHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<FoundHold, Problem>> {
  const unknown = err(problem("hold_unknown"));
  const named = parseHoldId(id);
  const sku = skuSchema.safeParse(named?.home);
  if (named === null || !sku.success) return unknown;
  const home = await services.sku(sku.data).readHold(named.key);
  if (home === null || home.home !== null || home.createdAtMs !== named.createdAtMs) return unknown;
  if (owner !== null && home.buyer !== owner) return unknown;
  const others = await mapInParallel(
    (home.basket ?? []).filter((line) => line.sku !== home.sku),
    (line) => services.sku(line.sku).readHold(named.key),
  );
  return ok({ home, parts: [home, ...others.filter((part) => part !== null)] });
}

/** The hold as it is now. */
export async function readHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<HoldView, Problem>> {
  const found = await findHold(services, id, owner);
  return found.ok ? ok(holdView(found.value.home, found.value.parts)) : found;
}
