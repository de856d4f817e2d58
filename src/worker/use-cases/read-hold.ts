import { holdView } from "../../contract/hold-view.ts";
import { holdNamed, type HoldView } from "../../contract/holds.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { findHold as findNamed } from "../../domain/inventory/find-hold.ts";
import type { TakenHold } from "../../domain/inventory/take-basket.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";

/**
 * Finds a hold by its id.
 *
 * @param owner - Whose hold it must be, where a token said who asks; null otherwise.
 */
export async function findHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<TakenHold, Problem>> {
  const name = holdNamed(id);
  const found = name === null ? null : await findNamed(services.sku, name, owner);
  return found === null ? err(problem("hold_unknown")) : ok(found);
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
