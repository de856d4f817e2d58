import type { BuyerKey } from "../brand.ts";
import type { HoldKey, HoldPart } from "./hold.ts";
import {
  byRank,
  bySeq,
  type WaitlistEntry,
  type WaitlistPlace,
  type WaitlistStatus,
} from "./waitlist-entry.ts";

/** The units that a line waits for: those of a show's drop, or, for null, those for everybody. */
export type Pool = string | null;

export type WaitlistRows = {
  /** Those that are waiting or offered. */
  readonly open: ReadonlyArray<WaitlistEntry>;
  readonly lastSeq: number;
  /** How many of each drop ended up how. Open ones are not counted here. */
  readonly ended: ReadonlyArray<{
    readonly show: string;
    readonly status: WaitlistStatus;
    readonly entries: number;
  }>;
};

type Line = {
  /** In the order in which they are served. Entries that no longer wait are skipped, and cleared away now and then. */
  order: Array<HoldKey>;
  /** Before this place nobody waits any more. */
  head: number;
  waiting: number;
  /** How many wait for each quantity, so that nobody is looked for where nobody's wish can be met. */
  readonly byQuantity: Map<number, number>;
};

/** The lines of one SKU in memory: who waits for which pool, in which order, and whose offer lives. */
export class Waitlist {
  readonly #open = new Map<HoldKey, WaitlistEntry>();
  readonly #keyByBuyer = new Map<string, HoldKey>();
  readonly #lines = new Map<Pool, Line>();
  readonly #ended = new Map<string, number>();
  readonly #changed = new Map<HoldKey, WaitlistEntry>();
  #lastSeq: number;

  constructor(rows: WaitlistRows) {
    this.#lastSeq = rows.lastSeq;
    for (const { show, status, entries } of rows.ended) this.#ended.set(`${status} ${show}`, entries);
    for (const entry of rows.open.toSorted(bySeq)) this.#keep(entry);
    for (const [pool, line] of this.#lines) if (this.#isRanked(line)) this.sortByRank(pool);
  }

  /** An entry that waits or is offered. */
  find(key: HoldKey): WaitlistEntry | undefined {
    return this.#open.get(key);
  }

  /** The buyer's entry in this pool that waits or is offered. */
  ofBuyer(buyer: BuyerKey, pool: Pool): WaitlistEntry | undefined {
    const key = this.#keyByBuyer.get(buyerKey(buyer, pool));
    return key === undefined ? undefined : this.#open.get(key);
  }

  pools(): ReadonlyArray<Pool> {
    return [...this.#lines].filter(([, { waiting }]) => waiting > 0).map(([pool]) => pool);
  }

  waiting(pool: Pool): ReadonlyArray<WaitlistEntry> {
    return [...this.#inLine(pool)];
  }

  /** Those whose offer lives. */
  *offered(): Generator<WaitlistEntry> {
    for (const entry of this.#open.values()) if (entry.status === "offered") yield entry;
  }

  /** The first in line who wants no more than this many units: a bigger wish before them keeps its place. */
  firstFor(pool: Pool, units: number): WaitlistEntry | undefined {
    const line = this.#lines.get(pool);
    if (line === undefined || line.waiting === 0) return undefined;
    if (![...line.byQuantity.keys()].some((quantity) => quantity <= units)) return undefined;
    for (const entry of this.#inLine(pool)) if (entry.quantity <= units) return entry;
    return undefined;
  }

  place(entry: WaitlistEntry, isDrawPending: boolean): WaitlistPlace {
    if (entry.status !== "waiting" || isDrawPending) return { entry, position: null };
    const line = this.#line(entry.show);
    // Whoever has just joined is the last, and need not be looked for.
    if (line.order.at(-1) === entry.key) return { entry, position: line.waiting };
    let position = 1;
    for (const { key } of this.#inLine(entry.show)) {
      if (key === entry.key) break;
      position += 1;
    }
    return { entry, position };
  }

  join(entry: Omit<WaitlistEntry, "seq" | "status" | "offeredAtMs">): WaitlistEntry {
    this.#lastSeq += 1;
    const joined: WaitlistEntry = { ...entry, seq: this.#lastSeq, status: "waiting", offeredAtMs: null };
    this.put(joined);
    return joined;
  }

  put(entry: WaitlistEntry): void {
    this.#keep(entry);
    this.#changed.set(entry.key, entry);
  }

  /** The hold that was this entry's offer is resolved. */
  resolveOffer(part: HoldPart): void {
    const entry = this.#open.get(part.key);
    if (entry?.status !== "offered") return;
    this.put({ ...entry, status: part.status === "converted" ? "converted" : "lapsed" });
  }

  /** After a draw: those who were drawn come first, in the order of their rank; who came later follows. */
  sortByRank(pool: Pool): void {
    const line = this.#lines.get(pool);
    if (line === undefined) return;
    line.order = this.waiting(pool)
      .toSorted(byRank)
      .map(({ key }) => key);
    line.head = 0;
  }

  tally(show: string): Record<"waitlisted" | "waiting" | "offered" | "lapsedOffers", number> {
    const ended = (status: WaitlistStatus) => this.#ended.get(`${status} ${show}`) ?? 0;
    let offered = 0;
    for (const entry of this.offered()) if (entry.show === show) offered += 1;
    const waiting = this.#lines.get(show)?.waiting ?? 0;
    return {
      waitlisted: waiting + offered + ended("converted") + ended("lapsed") + ended("left"),
      waiting,
      offered,
      lapsedOffers: ended("lapsed"),
    };
  }

  takeChanges(): ReadonlyArray<WaitlistEntry> {
    const changed = [...this.#changed.values()];
    this.#changed.clear();
    return changed;
  }

  #keep(entry: WaitlistEntry): void {
    const before = this.#open.get(entry.key);
    const line = this.#line(entry.show);
    if (before?.status === "waiting") countWish(line, before.quantity, -1);
    if (entry.status === "waiting" || entry.status === "offered") {
      this.#open.set(entry.key, entry);
      this.#keyByBuyer.set(buyerKey(entry.buyer, entry.show), entry.key);
      if (entry.status !== "waiting") return;
      if (before === undefined) line.order.push(entry.key);
      countWish(line, entry.quantity, 1);
      return;
    }
    this.#open.delete(entry.key);
    this.#keyByBuyer.delete(buyerKey(entry.buyer, entry.show));
    if (entry.show === null) return;
    const name = `${entry.status} ${entry.show}`;
    this.#ended.set(name, (this.#ended.get(name) ?? 0) + 1);
  }

  *#inLine(pool: Pool): Generator<WaitlistEntry> {
    const line = this.#line(pool);
    if (line.order.length > 2 * line.waiting + 1_000) {
      line.order = line.order.filter((key) => this.#open.get(key)?.status === "waiting");
      line.head = 0;
    }
    for (let index = line.head; index < line.order.length; index += 1) {
      const entry = this.#open.get(line.order[index] ?? "");
      if (entry?.status === "waiting") yield entry;
      else if (index === line.head) line.head += 1;
    }
  }

  #isRanked(line: Line): boolean {
    return line.order.some((key) => this.#open.get(key)?.rank !== null);
  }

  #line(pool: Pool): Line {
    const line = this.#lines.get(pool) ?? {
      order: [],
      head: 0,
      waiting: 0,
      byQuantity: new Map<number, number>(),
    };
    this.#lines.set(pool, line);
    return line;
  }
}

function countWish(line: Line, quantity: number, sign: 1 | -1): void {
  line.waiting += sign;
  const count = (line.byQuantity.get(quantity) ?? 0) + sign;
  if (count === 0) line.byQuantity.delete(quantity);
  else line.byQuantity.set(quantity, count);
}

/** No buyer key has a space in it. */
function buyerKey(buyer: BuyerKey, pool: Pool): string {
  return pool === null ? buyer : `${buyer} ${pool}`;
}
