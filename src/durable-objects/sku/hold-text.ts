import type { BuyerKey, LocationCode, Sku } from "../../domain/brand.ts";
import type { HoldRefusal } from "../../domain/inventory/errors.ts";
import type { HoldLine, HoldPart } from "../../domain/inventory/hold.ts";
import { freshHold, isFresh } from "../../domain/inventory/new-hold.ts";
import type { TakeHold } from "../../domain/inventory/sku-port.ts";
import { err, ok, type Result } from "../../domain/result.ts";

// A call that hands over a hundred claims as objects, and a hundred holds back, costs several times what deciding them does:
// the runtime copies each object member by member. One text each way is copied at once.

type ClaimRow = readonly [
  key: string,
  buyer: string,
  quantity: number,
  ttlSeconds: number,
  location: string | null,
  show: string | null,
  home: string | null,
  basket: ReadonlyArray<HoldLine> | null,
  device: string | null,
  arrivedAtMs: number | null,
  isGuarded: 0 | 1,
];
/** A hold that nothing has happened to yet: the caller knows the rest. */
type FreshRow = readonly [
  createdAtMs: number,
  expiresAtMs: number,
  isSecured: 0 | 1,
  arrivedAtMs: number | null,
];
type OutcomeRow = FreshRow | { readonly hold: HoldPart } | { readonly refusal: HoldRefusal };

export function writeClaims(claims: ReadonlyArray<TakeHold>): string {
  return JSON.stringify(
    claims.map((claim): ClaimRow => [
      claim.key,
      claim.buyer,
      claim.quantity,
      claim.ttlSeconds,
      claim.location,
      claim.show,
      claim.home,
      claim.basket,
      claim.device,
      claim.arrivedAtMs,
      claim.isGuarded ? 1 : 0,
    ]),
  );
}

export function readClaims(text: string): Array<TakeHold> {
  return (JSON.parse(text) as ReadonlyArray<ClaimRow>).map((row) => ({
    key: row[0],
    buyer: row[1] as BuyerKey,
    quantity: row[2],
    ttlSeconds: row[3],
    location: row[4] as LocationCode | null,
    show: row[5],
    home: row[6] as Sku | null,
    basket: row[7],
    device: row[8],
    arrivedAtMs: row[9],
    isGuarded: row[10] === 1,
  }));
}

/** @param outcomes - One for each claim, in order. */
export function writeOutcomes(
  outcomes: ReadonlyArray<Result<HoldPart, HoldRefusal>>,
  claims: ReadonlyArray<TakeHold>,
): string {
  return JSON.stringify(
    outcomes.map((outcome, index): OutcomeRow => {
      if (!outcome.ok) return { refusal: outcome.error };
      const hold = outcome.value;
      const claim = claims[index];
      if (claim === undefined || !isFresh(hold, claim)) return { hold };
      return [hold.createdAtMs, hold.expiresAtMs, hold.isSecured ? 1 : 0, hold.arrivedAtMs];
    }),
  );
}

/** @param claims - Those that were asked for: a fresh hold is what its claim wished for. */
export function readOutcomes(
  text: string,
  claims: ReadonlyArray<TakeHold>,
  sku: Sku,
): Array<Result<HoldPart, HoldRefusal>> {
  return (JSON.parse(text) as ReadonlyArray<OutcomeRow>).map((row, index) => {
    if ("refusal" in row) return err(row.refusal);
    if ("hold" in row) return ok(row.hold);
    const [createdAtMs, expiresAtMs, isSecured, arrivedAtMs] = row;
    const claim = claims[index] as TakeHold;
    return ok(freshHold(sku, claim, { createdAtMs, expiresAtMs, isSecured: isSecured === 1, arrivedAtMs }));
  });
}
