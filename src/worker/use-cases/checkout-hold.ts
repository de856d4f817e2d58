import { holdChangeProblem, holdView } from "../../contract/hold-view.ts";
import type { HoldView } from "../../contract/holds.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";
import { findHold } from "./read-hold.ts";

/**
 * Sets the units of a claim aside that has none yet; what has them stays as it is. Where one part of a basket is sold
 * out, the others keep what they were given, and the buyer may try again while the hold lives.
 */
export async function checkoutHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<HoldView, Problem>> {
  const found = await findHold(services, id, owner);
  if (!found.ok) return found;
  const { home, parts } = found.value;
  const secured = await mapInParallel(parts, (part) => services.sku(part.sku).secureHold(part.key));
  const refused = secured.find((outcome) => !outcome.ok);
  if (refused !== undefined) return err(holdChangeProblem(refused.error));
  const ready = secured.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
  return ok(holdView(ready.find((part) => part.sku === home.sku) ?? home, ready));
}
