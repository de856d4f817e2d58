import { holdChangeProblem, holdView } from "../../contract/hold-view.ts";
import type { HoldView } from "../../contract/holds.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey } from "../../domain/brand.ts";
import { releaseFound } from "../../domain/inventory/find-hold.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { findHold } from "./read-hold.ts";

/** Lets go of every part. A released hold is answered as it is. */
export async function releaseHold(
  services: Pick<Services, "sku">,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<HoldView, Problem>> {
  const found = await findHold(services, id, owner);
  if (!found.ok) return found;
  const released = await releaseFound(services.sku, found.value);
  return released.ok
    ? ok(holdView(released.value.home, released.value.parts))
    : err(holdChangeProblem(released.error));
}
