import type { Lane, Outcome } from "./load.ts";

export type Line = { readonly sku: string; readonly quantity: number };

/** What one buyer wants; the key is the buyer's as well. */
export type Claim = { readonly key: string; readonly lines: ReadonlyArray<Line> };

/** A way into a system under load. */
export type Door = {
  readonly open: () => Promise<Lane>;
  readonly hold: (lane: Lane, claim: Claim) => Promise<Outcome>;
  /** Many claims at once, each decided by itself; null where there is no such thing. */
  readonly holdMany: ((lane: Lane, key: string, claims: ReadonlyArray<Claim>) => Promise<Outcome>) | null;
  /** A hold that becomes an order; null where this door does not take orders. */
  readonly order: ((lane: Lane, claim: Claim) => Promise<Outcome>) | null;
};

/** A system under load: ours, or one that does the same. */
export type Subject = {
  readonly name: string;
  /** Makes the SKUs known and puts their units there. */
  readonly stockUp: (stock: ReadonlyMap<string, number>, buyerLimit: number | null) => Promise<void>;
  /** Units that the system itself says can still be held: of one SKU, or, for null, of all together. */
  readonly left: (sku: string | null) => Promise<number | null>;
  readonly door: Door;
};

/** Makes lanes of one kind fit a door that nobody else opens lanes for. */
export function doorOf<Used extends Lane>(door: {
  readonly open: () => Promise<Used>;
  readonly hold: (lane: Used, claim: Claim) => Promise<Outcome>;
  readonly holdMany?: (lane: Used, key: string, claims: ReadonlyArray<Claim>) => Promise<Outcome>;
  readonly order?: (lane: Used, claim: Claim) => Promise<Outcome>;
}): Door {
  const { open, hold, holdMany, order } = door;
  return {
    open,
    hold: (lane, claim) => hold(lane as Used, claim),
    holdMany: holdMany === undefined ? null : (lane, key, claims) => holdMany(lane as Used, key, claims),
    order: order === undefined ? null : (lane, claim) => order(lane as Used, claim),
  };
}

/** What a batch of claims came to, told by how often each answer stands in the reply. */
export function batchOutcome(text: string, claims: ReadonlyArray<Claim>, isWhole: boolean): Outcome {
  const decisions = claims.length;
  const accepted = isWhole ? text.split('"ok":true').length - 1 : 0;
  const refused = isWhole ? text.split('"code":"sold_out"').length - 1 : 0;
  if (accepted + refused !== decisions) return { kind: "failed", decisions, why: text.slice(0, 200) };
  return accepted > 0 ? { kind: "accepted", decisions, accepted } : { kind: "refused", decisions };
}
