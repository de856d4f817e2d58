import type { BuyerKey, Sku } from "../brand.ts";
import { err, ok, type Result } from "../result.ts";
import type { HoldChangeRefusal } from "./errors.ts";
import type { HoldKey } from "./hold.ts";
import type { HoldSkus, TakenHold } from "./take-basket.ts";

/** What a hold's id says. */
export type HoldName = { readonly createdAtMs: number; readonly key: HoldKey; readonly home: Sku };

/**
 * Finds a hold by its id, whose every character must fit: whoever knows the id may act on the hold. A basket whose taking
 * was never finished lacks parts.
 *
 * @param owner - Whose hold it must be, where a token said who asks; null otherwise.
 */
export async function findHold(
  skus: HoldSkus,
  name: HoldName,
  owner: BuyerKey | null,
): Promise<TakenHold | null> {
  const home = await skus(name.home).readHold(name.key);
  if (home === null || home.home !== null || home.createdAtMs !== name.createdAtMs) return null;
  if (owner !== null && home.buyer !== owner) return null;
  const others = await Promise.all(
    (home.basket ?? [])
      .filter((line) => line.sku !== home.sku)
      .map((line) => skus(line.sku).readHold(name.key)),
  );
  return { home, parts: [home, ...others.filter((part) => part !== null)] };
}

/** Lets go of every part. A released hold is answered as it is. */
export async function releaseFound(
  skus: HoldSkus,
  { home, parts }: TakenHold,
): Promise<Result<TakenHold, HoldChangeRefusal>> {
  // The home part goes first: an order that is being placed from the hold fails there, before it pays.
  const released = await skus(home.sku).releaseHold(home.key);
  if (!released.ok && released.error.code !== "hold_expired") return released;
  const others = await Promise.all(
    parts
      .filter((part) => part.sku !== home.sku)
      .map(async (part) => {
        const outcome = await skus(part.sku).releaseHold(part.key);
        return outcome.ok ? outcome.value : null;
      }),
  );
  if (!released.ok) return err(released.error);
  // A part that expired in the same moment has let go of its units as well: the hold as a whole is released.
  const ended = others
    .filter((part) => part !== null)
    .map((part) => ({ ...part, status: "released" as const }));
  return ok({ home: released.value, parts: [released.value, ...ended] });
}
