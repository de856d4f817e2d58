import type { BuyerKey } from "../brand.ts";

/** Somebody who was let in and makes no claim gives the place to the next. */
export const ADMISSION_MS = 60_000;
/** Somebody in line who neither asks again nor has a socket open has gone. */
const ABSENCE_MS_MAX = 60_000;
/** Beyond this many in line nobody's place is remembered. */
export const LINE_BUYERS_MAX = 20_000;

export type Entry =
  | { readonly isAdmitted: true }
  /** At most so many are let in before and with the buyer. */
  | { readonly isAdmitted: false; readonly position: number };

/** Buyers in order; the number is until when an admission is good, or when somebody in line was last heard of. */
export type WaitingRoomRows = {
  readonly admitted: ReadonlyArray<readonly [BuyerKey, number]>;
  readonly line: ReadonlyArray<readonly [BuyerKey, number]>;
};

type InLine = { readonly number: number; seenAtMs: number };

/**
 * Lets buyers at the units in the order in which they came, never many more than there are units for. Whoever has been
 * decided, has left, or was let in and did nothing makes room for the next. With nothing left nobody waits: the answer
 * is `sold_out` at once.
 */
export class WaitingRoom {
  /** By buyer: until when the admission is good. */
  readonly #admitted = new Map<BuyerKey, number>();
  /** By buyer, in the order of arrival. */
  readonly #line = new Map<BuyerKey, InLine>();
  #arrivals = 0;
  readonly #isPresent: (buyer: BuyerKey) => boolean;

  /** @param isPresent - Whether the buyer has a socket open here, and so cannot have gone. */
  constructor(isPresent: (buyer: BuyerKey) => boolean, rows: WaitingRoomRows = { admitted: [], line: [] }) {
    this.#isPresent = isPresent;
    for (const [buyer, untilMs] of rows.admitted) this.#admitted.set(buyer, untilMs);
    for (const [buyer, seenAtMs] of rows.line) this.#join(buyer, seenAtMs);
  }

  get isEmpty(): boolean {
    return this.#admitted.size === 0 && this.#line.size === 0;
  }

  rows(): WaitingRoomRows {
    const line = [...this.#line].map(([buyer, { seenAtMs }]) => [buyer, seenAtMs] as const);
    return { admitted: [...this.#admitted], line };
  }

  /** A buyer wants to claim. `capacity` is how many may be inside now; null lets everybody in. */
  enter(buyer: BuyerKey, capacity: number | null, nowMs: number): Entry {
    if (capacity === null) return { isAdmitted: true };
    this.#forgetAdmitted(nowMs);
    if (this.#admitted.has(buyer)) return { isAdmitted: true };
    const isFirst = this.#line.size === 0 || this.#line.keys().next().value === buyer;
    if (isFirst && this.#admitted.size < capacity) {
      this.#line.delete(buyer);
      this.#admitted.set(buyer, nowMs + ADMISSION_MS);
      return { isAdmitted: true };
    }
    const place = this.#line.get(buyer);
    if (place === undefined && this.#line.size >= LINE_BUYERS_MAX) {
      return { isAdmitted: false, position: LINE_BUYERS_MAX + 1 };
    }
    if (place === undefined) this.#join(buyer, nowMs);
    else place.seenAtMs = nowMs;
    return { isAdmitted: false, position: this.#positionOf(place?.number ?? this.#arrivals) };
  }

  /** The buyer's claim was decided, or the buyer has left. */
  leave(buyer: BuyerKey): void {
    this.#admitted.delete(buyer);
    this.#line.delete(buyer);
  }

  /**
   * Lets in from the head of the line as many as there is room for.
   *
   * @returns Who was let in.
   */
  admit(capacity: number | null, nowMs: number): ReadonlyArray<BuyerKey> {
    this.#forgetAdmitted(nowMs);
    const admitted: Array<BuyerKey> = [];
    for (const [buyer, { seenAtMs }] of this.#line) {
      if (capacity !== null && this.#admitted.size >= capacity) break;
      this.#line.delete(buyer);
      if (nowMs - seenAtMs > ABSENCE_MS_MAX && !this.#isPresent(buyer)) continue;
      this.#admitted.set(buyer, nowMs + ADMISSION_MS);
      admitted.push(buyer);
    }
    return admitted;
  }

  #forgetAdmitted(nowMs: number): void {
    // Admissions all last as long, so the oldest come first.
    for (const [buyer, untilMs] of this.#admitted) {
      if (untilMs > nowMs) return;
      this.#admitted.delete(buyer);
    }
  }

  #join(buyer: BuyerKey, nowMs: number): void {
    this.#arrivals += 1;
    this.#line.set(buyer, { number: this.#arrivals, seenAtMs: nowMs });
  }

  /** Nobody counts twenty thousand people for each who asks: who left from the middle of the line is counted as well. */
  #positionOf(number: number): number {
    const [head] = this.#line.values();
    return Math.min(this.#line.size, number - (head?.number ?? number) + 1);
  }
}

/**
 * How many may be inside a gate at once, for the units left behind it.
 *
 * @param perUnit - Buyers let in for each unit; null: the show has no waiting room.
 * @param gates - Gates that share the crowd of a region.
 * @returns null where everybody is let in: there is no waiting room, or nothing left to wait for.
 */
export function admissionCapacity(perUnit: number | null, unitsLeft: number, gates: number): number | null {
  if (perUnit === null || unitsLeft <= 0) return null;
  return Math.max(1, Math.ceil((perUnit * unitsLeft) / gates));
}
