/**
 * How a drop gives its units away.
 *
 * - `hold_on_claim`: a claim sets units aside at once.
 * - `hold_on_checkout`: a claim only says that a buyer wants units; they are set aside when the buyer begins to check out.
 * - `first_paid`: units are set aside while a payment is under way, so whoever pays first has them.
 * - `lottery`: a claim is an entry; who is offered units first is drawn, verifiably, when entries end.
 */
export const dropPolicies = ["hold_on_claim", "hold_on_checkout", "first_paid", "lottery"] as const;
export type DropPolicy = (typeof dropPolicies)[number];
export type DropStatus = "scheduled" | "open" | "closed";

/** Units of one SKU that are kept for one show, and the rules they are given away by. */
export type Drop = {
  readonly show: string;
  /** Units behind the fence, sold ones included. */
  readonly quantity: number;
  readonly policy: DropPolicy;
  readonly buyerLimit: number | null;
  /** The longest that a hold or an offer in this drop lives. */
  readonly ttlSeconds: number;
  /** Null: it opens when somebody opens it. */
  readonly opensAtMs: number | null;
  /** Null: it ends when somebody closes it. */
  readonly endsAtMs: number | null;
  readonly closedAtMs: number | null;
  /** Lottery: entries end, and the draw is made, at this time; null: when somebody draws. */
  readonly drawsAtMs: number | null;
  readonly drawnAtMs: number | null;
  /** Lottery: decides the draw. Its SHA-256 is published before, itself after. */
  readonly seed: string | null;
  readonly seedHash: string | null;
};

export function dropStatus(drop: Drop, nowMs: number): DropStatus {
  if (drop.closedAtMs !== null || (drop.endsAtMs !== null && drop.endsAtMs <= nowMs)) return "closed";
  return drop.opensAtMs !== null && drop.opensAtMs <= nowMs ? "open" : "scheduled";
}

/** What became of a drop so far. Claims and refusals are counted as they are decided; the rest are sums over stored rows. */
export type DropTally = {
  /** Claims decided, refused ones included; repeats of a claim are not. */
  readonly claims: number;
  readonly refusedSoldOut: number;
  readonly refusedLimit: number;
  readonly holds: number;
  readonly liveHolds: number;
  readonly paidHolds: number;
  readonly expiredHolds: number;
  readonly releasedHolds: number;
  /** Units set aside now. */
  readonly heldUnits: number;
  /** Units sold and not canceled. */
  readonly soldUnits: number;
  /** Units that came back by expiry, release or cancellation, and could be had again. */
  readonly recycledUnits: number;
  readonly waitlisted: number;
  readonly waiting: number;
  readonly offered: number;
  readonly lapsedOffers: number;
  readonly soldOutAtMs: number | null;
};

export type DropReport = {
  readonly drop: Drop;
  readonly status: DropStatus;
  /** Units that can be held now. */
  readonly left: number;
  readonly tally: DropTally;
  /** Kendall's τ-b between the order in which awarded claims arrived and the order of their award; null below two awards. */
  readonly fairness: number | null;
};
