import { noHoldProblem } from "../../contract/hold-view.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { waitlistView } from "../../contract/waitlist-view.ts";
import type { WaitlistEntryView } from "../../contract/waitlist.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import type { JoinWaitlist } from "../../domain/inventory/sku-port.ts";
import { isOtherWish, parseWaitlistId, type WaitlistPlace } from "../../domain/inventory/waitlist-entry.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";

/** Puts a buyer in line, or finds where the buyer stands. */
export async function joinWaitlist(
  services: Pick<Services, "sku">,
  sku: Sku,
  command: JoinWaitlist,
): Promise<Result<WaitlistEntryView, Problem>> {
  const joined = await services.sku(sku).joinWaitlist(command);
  if (!joined.ok) return err(noHoldProblem(joined.error));
  return isOtherWish(joined.value.entry, command)
    ? err(problem("idempotency_key_reused"))
    : ok(waitlistView(sku, joined.value));
}

/** @param owner - Whose place it must be, where a token said who asks; null otherwise. */
export async function readWaitlist(
  services: Pick<Services, "sku">,
  sku: Sku,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<WaitlistEntryView, Problem>> {
  const place = await findPlace(services, sku, id, owner);
  return place === null ? err(problem("waitlist_unknown")) : ok(waitlistView(sku, place));
}

/** Leaves the line, or declines the offer. What has ended is answered as it is. */
export async function leaveWaitlist(
  services: Pick<Services, "sku">,
  sku: Sku,
  id: string,
  owner: BuyerKey | null,
): Promise<Result<WaitlistEntryView, Problem>> {
  const place = await findPlace(services, sku, id, owner);
  const left = place === null ? null : await services.sku(sku).leaveWaitlist(place.entry.key);
  return left === null ? err(problem("waitlist_unknown")) : ok(waitlistView(sku, left));
}

/** Every character of the id must fit: whoever knows it may act on the place. */
async function findPlace(
  services: Pick<Services, "sku">,
  sku: Sku,
  id: string,
  owner: BuyerKey | null,
): Promise<WaitlistPlace | null> {
  const named = parseWaitlistId(id);
  if (named === null) return null;
  const place = await services.sku(sku).readWaitlist(named.key);
  if (place === null || place.entry.createdAtMs !== named.createdAtMs) return null;
  return owner !== null && place.entry.buyer !== owner ? null : place;
}
