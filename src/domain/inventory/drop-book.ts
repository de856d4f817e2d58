import type { BuyerKey } from "../brand.ts";
import { dropStatus, type Drop, type DropTally } from "./drop.ts";
import { isLive, type HoldPart } from "./hold.ts";

/** What is counted as it is decided, because a refused claim leaves no row. Written now and then, not with each claim. */
export type ClaimCounters = {
  readonly claims: number;
  readonly refusedSoldOut: number;
  readonly refusedLimit: number;
  readonly soldOutAtMs: number | null;
};

export type ClaimOutcome = "refusedSoldOut" | "refusedLimit" | "other";

/** Sums over the rows of holds that are resolved and entries of the waitlist, for one drop. */
export type ResolvedSums = {
  readonly paidHolds: number;
  readonly soldUnits: number;
  readonly expiredHolds: number;
  readonly releasedHolds: number;
  readonly recycledUnits: number;
};

export type DropRows = {
  readonly drop: Drop;
  readonly counters: ClaimCounters;
  readonly resolved: ResolvedSums;
};

export const NO_CLAIMS: ClaimCounters = { claims: 0, refusedSoldOut: 0, refusedLimit: 0, soldOutAtMs: null };
const NOTHING_RESOLVED: ResolvedSums = {
  paidHolds: 0,
  soldUnits: 0,
  expiredHolds: 0,
  releasedHolds: 0,
  recycledUnits: 0,
};

/** A drop that was closed this long ago is nobody's news. */
const RECENT_MS = 86_400_000;

type Entry = {
  drop: Drop;
  counters: ClaimCounters;
  resolved: ResolvedSums;
  liveHolds: number;
  heldUnits: number;
  readonly heldByBuyer: Map<BuyerKey, number>;
};

/**
 * The drops of one SKU, those that ended too, with sums over their holds that are never stored. A fence stands from the
 * moment a drop is set up until it is closed; what nobody holds or has bought behind it is its `left`.
 */
export class DropBook {
  readonly #entries = new Map<string, Entry>();
  readonly #changedDrops = new Set<string>();
  readonly #changedCounters = new Set<string>();

  constructor(rows: ReadonlyArray<DropRows>) {
    for (const { drop, counters, resolved } of rows)
      this.#entries.set(drop.show, entryOf(drop, counters, resolved));
  }

  find(show: string): Drop | undefined {
    return this.#entries.get(show)?.drop;
  }

  /** Those whose fence stands. */
  *standing(): Generator<Drop> {
    for (const { drop } of this.#entries.values()) if (drop.closedAtMs === null) yield drop;
  }

  /** Those of the last day, and all whose fence stands. */
  *recent(nowMs: number): Generator<Drop> {
    for (const { drop } of this.#entries.values()) {
      if (drop.closedAtMs === null || drop.closedAtMs > nowMs - RECENT_MS) yield drop;
    }
  }

  /** Units behind the fence that can still be held; none once the fence is down. */
  left(show: string): number {
    const entry = this.#entries.get(show);
    if (entry === undefined || entry.drop.closedAtMs !== null) return 0;
    return entry.drop.quantity - entry.heldUnits - entry.resolved.soldUnits;
  }

  /** Units behind all fences that nobody holds or has bought. They are not for everybody. */
  get fencedUnits(): number {
    let units = 0;
    for (const show of this.#entries.keys()) units += this.left(show);
    return units;
  }

  used(show: string): number {
    const entry = this.#entries.get(show);
    return entry === undefined ? 0 : entry.heldUnits + entry.resolved.soldUnits;
  }

  /** Units in the buyer's live holds of this drop, set aside or not. */
  heldBy(show: string, buyer: BuyerKey): number {
    return this.#entries.get(show)?.heldByBuyer.get(buyer) ?? 0;
  }

  put(drop: Drop): void {
    const entry = this.#entries.get(drop.show);
    if (entry === undefined) this.#entries.set(drop.show, entryOf(drop, NO_CLAIMS, NOTHING_RESOLVED));
    else entry.drop = drop;
    this.#changedDrops.add(drop.show);
  }

  countClaim(show: string, outcome: ClaimOutcome): void {
    const entry = this.#entries.get(show);
    if (entry === undefined) return;
    const { counters } = entry;
    entry.counters = {
      ...counters,
      claims: counters.claims + 1,
      ...(outcome === "other" ? {} : { [outcome]: counters[outcome] + 1 }),
    };
    this.#changedCounters.add(show);
  }

  /** Counts a live hold in (1) or out (−1). */
  countLive(part: HoldPart, sign: 1 | -1, nowMs: number): void {
    const entry = part.show === null ? undefined : this.#entries.get(part.show);
    if (entry === undefined || !isLive(part.status)) return;
    entry.liveHolds += sign;
    if (part.isSecured) entry.heldUnits += sign * part.quantity;
    const units = (entry.heldByBuyer.get(part.buyer) ?? 0) + sign * part.quantity;
    if (units === 0) entry.heldByBuyer.delete(part.buyer);
    else entry.heldByBuyer.set(part.buyer, units);
    const { drop, counters } = entry;
    const isSoldOut = sign === 1 && counters.soldOutAtMs === null && dropStatus(drop, nowMs) === "open";
    if (isSoldOut && this.left(drop.show) <= 0) {
      entry.counters = { ...counters, soldOutAtMs: nowMs };
      this.#changedCounters.add(drop.show);
    }
  }

  /** A hold that was live is resolved. */
  countResolved(part: HoldPart): void {
    const entry = part.show === null ? undefined : this.#entries.get(part.show);
    if (entry === undefined) return;
    const { resolved } = entry;
    const freed = part.isSecured ? part.quantity : 0;
    if (part.status === "converted") {
      const { paidHolds, soldUnits } = resolved;
      entry.resolved = { ...resolved, paidHolds: paidHolds + 1, soldUnits: soldUnits + part.quantity };
      return;
    }
    entry.resolved = {
      ...resolved,
      expiredHolds: resolved.expiredHolds + (part.status === "expired" ? 1 : 0),
      releasedHolds: resolved.releasedHolds + (part.status === "released" ? 1 : 0),
      recycledUnits: resolved.recycledUnits + freed,
    };
  }

  /** Units of an order that was canceled: behind the fence again while it stands. */
  countCanceled(show: string | null, quantity: number): void {
    const entry = show === null ? undefined : this.#entries.get(show);
    if (entry === undefined) return;
    const { resolved } = entry;
    entry.resolved = {
      ...resolved,
      soldUnits: resolved.soldUnits - quantity,
      recycledUnits: resolved.recycledUnits + quantity,
    };
  }

  /** Units that were added to an order of the drop, beyond what the drop had. @returns The drop; null where there is none. */
  growBySold(show: string, quantity: number): Drop | null {
    const entry = this.#entries.get(show);
    if (entry === undefined) return null;
    entry.resolved = { ...entry.resolved, soldUnits: entry.resolved.soldUnits + quantity };
    this.put({ ...entry.drop, quantity: entry.drop.quantity + quantity });
    return entry.drop;
  }

  tally(show: string): Omit<DropTally, "waitlisted" | "waiting" | "offered" | "lapsedOffers"> {
    const entry = this.#entries.get(show);
    const { liveHolds = 0, heldUnits = 0, counters = NO_CLAIMS, resolved = NOTHING_RESOLVED } = entry ?? {};
    const holds = liveHolds + resolved.paidHolds + resolved.expiredHolds + resolved.releasedHolds;
    return { ...counters, ...resolved, holds, liveHolds, heldUnits };
  }

  takeChangedDrops(): ReadonlyArray<Drop> {
    const drops = [...this.#changedDrops].flatMap((show) => this.find(show) ?? []);
    this.#changedDrops.clear();
    return drops;
  }

  /** Counters that changed since the last call. */
  takeChangedCounters(): ReadonlyArray<{ readonly show: string } & ClaimCounters> {
    const changed = [...this.#changedCounters].map((show) => ({
      show,
      ...(this.#entries.get(show)?.counters ?? NO_CLAIMS),
    }));
    this.#changedCounters.clear();
    return changed;
  }
}

function entryOf(drop: Drop, counters: ClaimCounters, resolved: ResolvedSums): Entry {
  return { drop, counters, resolved, liveHolds: 0, heldUnits: 0, heldByBuyer: new Map() };
}
