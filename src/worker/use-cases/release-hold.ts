import type { HoldView } from "../../contract/holds.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { holdChangeProblem, holdView } from "./hold-view.ts";
import { mapInParallel } from "./in-parallel.ts";
import { findHold } from "./read-hold.ts";

/** Lets go of every part. A released hold is answered as it is. */
export async function releaseHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<HoldView, Problem>> {
  const found = await findHold(services, id, owner);
  if (!found.ok) return found;
  const { home } = found.value;
  // The home part goes first: an order that is being placed from the hold fails there, before it pays.
  const released = await services.sku(home.sku).releaseHold(home.key);
  if (!released.ok && released.error.code !== "hold_expired") return err(holdChangeProblem(released.error));
  const others = await mapInParallel(
    found.value.parts.filter((part) => part.sku !== home.sku),
    async (part) => {
      const outcome = await services.sku(part.sku).releaseHold(part.key);
      return outcome.ok ? outcome.value : null;
    },
  );
  if (!released.ok) return err(holdChangeProblem(released.error));
  // A part that expired in the same moment has let go of its units as well: the hold as a whole is released.
  return ok({
    ...holdView(released.value, [released.value, ...others.filter((part) => part !== null)]),
    status: "released",
  });
}
