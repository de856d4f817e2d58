import type { BuyerKey, LocationCode, Sku } from "../brand.ts";
import { invariant } from "../invariant.ts";
import { DropBook, type DropRows } from "./drop-book.ts";
import type { Drop } from "./drop.ts";
import { ExpiryHeap } from "./expiry-heap.ts";
import { HoldGuard } from "./guard.ts";
import { holdEndsAtMs, isLive, type HoldKey, type HoldPart } from "./hold.ts";
import { movementEffects } from "./ledger.ts";
import { locationAvailable, safetyStock, type LocationRow } from "./location-row.ts";
import type {
  ConfigureSku,
  LocationStock,
  Movement,
  MovementKind,
  SkuEvent,
  StockReport,
} from "./sku-port.ts";
import { VERSIONS_PER_MS } from "./stock-version.ts";
import type { WaitlistEntry } from "./waitlist-entry.ts";
import { Waitlist, type WaitlistRows } from "./waitlist.ts";

export type Allocation = {
  readonly id: string;
  readonly orderId: string;
  /** The hold or commitment its units come from, and go back to. */
  readonly holdKey: HoldKey;
  readonly location: LocationCode;
  readonly quantity: number;
  readonly status: "allocated" | "shipped" | "deallocated";
};

/** What is stored of a SKU and still matters for decisions. */
export type SkuRows = {
  readonly config: ConfigureSku;
  readonly locations: ReadonlyArray<LocationRow>;
  /** Live holds, and converted ones with units that wait for a location. */
  readonly holds: ReadonlyArray<HoldPart>;
  /** Those with status `allocated`. */
  readonly allocations: ReadonlyArray<Allocation>;
  readonly drops: ReadonlyArray<DropRows>;
  readonly waitlist: WaitlistRows;
  readonly lastSeq: number;
  /** The latest time that stands in any row: neither the clock nor the version may start before it. */
  readonly lastAtMs: number;
};

/** What a decision changed and has to be stored with it, or not at all. */
export type SkuChanges = {
  readonly insertedHolds: ReadonlyArray<HoldPart>;
  readonly updatedHolds: ReadonlyArray<HoldPart>;
  readonly locations: ReadonlyArray<LocationRow>;
  readonly allocations: ReadonlyArray<Allocation>;
  readonly movements: ReadonlyArray<Movement>;
  readonly drops: ReadonlyArray<Drop>;
  readonly waitlist: ReadonlyArray<WaitlistEntry>;
  /** When: stored with every row, later than anything stored before. */
  readonly atMs: number;
};

/**
 * The stock of one SKU in memory: rows, and sums over them that are never stored, so that they cannot drift from the
 * rows that justify them. Decisions change it through four verbs and hand what changed to the store.
 */
export class SkuStock {
  readonly drops: DropBook;
  readonly waitlist: Waitlist;
  readonly guard = new HoldGuard();
  #config: ConfigureSku;
  readonly #locations = new Map<LocationCode, LocationRow>();
  readonly #holds = new Map<HoldKey, HoldPart>();
  readonly #allocations = new Map<string, Allocation>();
  readonly #holdKeyByOrder = new Map<string, HoldKey>();
  readonly #heldByBuyer = new Map<BuyerKey, number>();
  /** Units held or committed for pick-up at a location: no other order may be allocated there from them. */
  readonly #promisedAt = new Map<LocationCode, number>();
  readonly #expiries = new ExpiryHeap();
  #held = 0;
  #committed = 0;
  #sellable = 0;
  #lastSeq: number;
  #lastMs: number;
  #version: number;

  readonly #insertedHolds = new Map<HoldKey, HoldPart>();
  readonly #updatedHolds = new Map<HoldKey, HoldPart>();
  readonly #changedLocations = new Set<LocationCode>();
  readonly #changedAllocations = new Map<string, Allocation>();
  #newMovements: Array<Movement> = [];
  #newEvents: Array<SkuEvent> = [];

  constructor(rows: SkuRows) {
    this.#config = rows.config;
    this.drops = new DropBook(rows.drops);
    this.waitlist = new Waitlist(rows.waitlist);
    // A millisecond later than anything stored, so that no version is given twice, restart after restart.
    this.#lastMs = rows.lastAtMs + 1;
    this.#version = this.#lastMs * VERSIONS_PER_MS;
    for (const row of rows.locations) {
      this.#locations.set(row.location, row);
      this.#sellable += locationAvailable(row);
    }
    for (const part of rows.holds) this.#keepHold(part);
    for (const allocation of rows.allocations) this.#allocations.set(allocation.id, allocation);
    this.#lastSeq = rows.lastSeq;
  }

  get sku(): Sku {
    return this.#config.sku;
  }

  get buyerLimit(): number | null {
    return this.#config.buyerLimit;
  }

  /** Units for everybody that may still be promised before the backorder limit. Those behind a drop's fence are not. */
  get available(): number {
    return this.#sellable - this.#held - this.#committed - this.drops.fencedUnits;
  }

  /** Units that can be held now: in a show's drop, or, for null, by everybody. */
  left(show: string | null): number {
    return show === null ? this.available + this.backorderLimit : this.drops.left(show);
  }

  get backorderLimit(): number {
    return this.#config.backorderLimit;
  }

  get version(): number {
    return this.#version;
  }

  /** Time that never runs backwards, not even where the clock does. */
  now(clockMs: number): number {
    this.#lastMs = Math.max(this.#lastMs, clockMs);
    return this.#lastMs;
  }

  configure(config: ConfigureSku): void {
    this.#config = config;
  }

  hold(key: HoldKey): HoldPart | undefined {
    return this.#holds.get(key);
  }

  /** The open hold or commitment of an order. */
  holdOfOrder(orderId: string): HoldPart | undefined {
    const key = this.#holdKeyByOrder.get(orderId);
    return key === undefined ? undefined : this.#holds.get(key);
  }

  heldBy(buyer: BuyerKey): number {
    return this.#heldByBuyer.get(buyer) ?? 0;
  }

  location(code: LocationCode): LocationRow {
    return (
      this.#locations.get(code) ?? {
        location: code,
        onHand: 0,
        allocated: 0,
        damaged: 0,
        incoming: 0,
        safetyTarget: 0,
      }
    );
  }

  /** Those with status `allocated`. */
  allocations(): Iterable<Allocation> {
    return this.#allocations.values();
  }

  allocationsOf(orderId: string): Array<Allocation> {
    return [...this.#allocations.values()].filter((allocation) => allocation.orderId === orderId);
  }

  openHolds(): Iterable<HoldPart> {
    return this.#holds.values();
  }

  /** What may be taken at a location and is not promised to a pick-up there. */
  allocatableAt(code: LocationCode): number {
    return locationAvailable(this.location(code)) - (this.#promisedAt.get(code) ?? 0);
  }

  /** When the next live hold ends by itself. */
  nextEndMs(): number | null {
    for (let due = this.#expiries.peek(); due !== undefined; due = this.#expiries.peek()) {
      const part = this.#holds.get(due.key);
      if (part !== undefined && isLive(part.status) && holdEndsAtMs(part) === due.atMs) return due.atMs;
      this.#expiries.pop();
    }
    return null;
  }

  /** When something happens by itself: a hold ends, or a drop opens, is drawn or ends. */
  nextDueMs(nowMs: number): number | null {
    let dueMs = this.nextEndMs();
    for (const { opensAtMs, drawsAtMs, drawnAtMs, endsAtMs } of this.drops.standing()) {
      const times = [opensAtMs !== null && opensAtMs > nowMs ? opensAtMs : null, endsAtMs];
      if (drawnAtMs === null) times.push(drawsAtMs);
      for (const atMs of times) if (atMs !== null) dueMs = Math.min(dueMs ?? atMs, atMs);
    }
    return dueMs;
  }

  /** Ends holds that are due. Every decision begins with this, because an alarm may run late. */
  expireDue(nowMs: number): void {
    for (let dueMs = this.nextEndMs(); dueMs !== null && dueMs <= nowMs; dueMs = this.nextEndMs()) {
      const due = this.#expiries.pop();
      const part = due === undefined ? undefined : this.#holds.get(due.key);
      invariant(part !== undefined, "nextEndMs leaves a live hold on top");
      this.updateHold({ ...part, status: "expired", resolvedAtMs: dueMs });
    }
  }

  insertHold(part: HoldPart): void {
    this.#keepHold(part);
    this.#insertedHolds.set(part.key, part);
  }

  updateHold(part: HoldPart): void {
    this.#keepHold(part);
    if (this.#insertedHolds.has(part.key)) this.#insertedHolds.set(part.key, part);
    else this.#updatedHolds.set(part.key, part);
  }

  putAllocation(allocation: Allocation): void {
    if (allocation.status === "allocated") this.#allocations.set(allocation.id, allocation);
    else this.#allocations.delete(allocation.id);
    this.#changedAllocations.set(allocation.id, allocation);
  }

  putSafetyTarget(code: LocationCode, safetyTarget: number): void {
    this.#putLocation({ ...this.location(code), safetyTarget });
  }

  /** Writes one entry of the ledger and moves its location's quantities as the entry says. */
  record(
    kind: MovementKind,
    quantity: number,
    nowMs: number,
    facts: Partial<Pick<Movement, "id" | "location" | "orderId" | "allocationId" | "reason">>,
  ): void {
    this.#lastSeq += 1;
    const { id = "", location = null, orderId = null, allocationId = null, reason = null } = facts;
    this.#newMovements.push({
      seq: this.#lastSeq,
      id,
      kind,
      location,
      quantity,
      orderId,
      allocationId,
      reason,
      atMs: nowMs,
    });
    const effect = movementEffects[kind];
    if (location === null || (effect.onHand === 0 && effect.allocated === 0 && effect.damaged === 0)) return;
    const row = this.location(location);
    this.#putLocation({
      ...row,
      onHand: row.onHand + effect.onHand * quantity,
      allocated: row.allocated + effect.allocated * quantity,
      damaged: row.damaged + effect.damaged * quantity,
    });
  }

  /** What changed since the last call. A change moves the version on. */
  takeChanges(): SkuChanges | null {
    const changed =
      this.#insertedHolds.size +
      this.#updatedHolds.size +
      this.#changedLocations.size +
      this.#changedAllocations.size +
      this.#newMovements.length;
    const drops = this.drops.takeChangedDrops();
    const waitlist = this.waitlist.takeChanges();
    if (changed + drops.length + waitlist.length === 0) return null;
    const changes: SkuChanges = {
      insertedHolds: [...this.#insertedHolds.values()],
      updatedHolds: [...this.#updatedHolds.values()],
      locations: [...this.#changedLocations].map((code) => this.location(code)),
      allocations: [...this.#changedAllocations.values()],
      movements: this.#newMovements,
      drops,
      waitlist,
      atMs: this.#lastMs,
    };
    this.#insertedHolds.clear();
    this.#updatedHolds.clear();
    this.#changedLocations.clear();
    this.#changedAllocations.clear();
    this.#newMovements = [];
    // Who waits is nobody else's news.
    if (changed + drops.length > 0)
      this.#version = Math.max(this.#version + 1, this.#lastMs * VERSIONS_PER_MS);
    return changes;
  }

  tellOffer(hold: HoldPart): void {
    this.#newEvents.push({ type: "offered", buyer: hold.buyer, hold });
  }

  /** What happened to buyers since the last call. */
  takeEvents(): ReadonlyArray<SkuEvent> {
    const events = this.#newEvents;
    this.#newEvents = [];
    return events;
  }

  report(): StockReport {
    return {
      sku: this.sku,
      available: this.available,
      backorderLimit: this.backorderLimit,
      held: this.#held,
      committed: this.#committed,
      ringFenced: this.drops.fencedUnits,
      locations: [...this.#locations.values()]
        .map((row) => this.#locationReport(row))
        .toSorted((a, b) => (a.location < b.location ? -1 : 1)),
      version: this.#version,
    };
  }

  #locationReport(row: LocationRow): LocationStock {
    return {
      location: row.location,
      onHand: row.onHand,
      allocated: row.allocated,
      safetyStock: safetyStock(row),
      damaged: row.damaged,
      incoming: row.incoming,
      allocatable: this.allocatableAt(row.location),
    };
  }

  #putLocation(row: LocationRow): void {
    this.#sellable += locationAvailable(row) - locationAvailable(this.location(row.location));
    this.#locations.set(row.location, row);
    this.#changedLocations.add(row.location);
  }

  #keepHold(part: HoldPart): void {
    const before = this.#holds.get(part.key);
    if (before !== undefined) {
      this.#count(before, -1);
      this.#holds.delete(part.key);
      if (before.orderId !== null && this.#holdKeyByOrder.get(before.orderId) === part.key)
        this.#holdKeyByOrder.delete(before.orderId);
      if (isLive(before.status) && !isLive(part.status)) this.#countResolved(part);
    }
    if (!isLive(part.status) && part.committedQuantity === 0) return;
    this.#holds.set(part.key, part);
    this.#count(part, 1);
    if (part.orderId !== null) this.#holdKeyByOrder.set(part.orderId, part.key);
    if (isLive(part.status)) this.#expiries.push({ atMs: holdEndsAtMs(part), key: part.key });
  }

  #countResolved(part: HoldPart): void {
    this.drops.countResolved(part);
    this.waitlist.resolveOffer(part);
    if (part.status === "converted") this.guard.forgive(part.buyer);
    else this.guard.strike(part.buyer, this.#lastMs);
    if (part.status === "expired") this.#newEvents.push({ type: "expired", buyer: part.buyer, hold: part });
  }

  #count(part: HoldPart, sign: 1 | -1): void {
    const liveUnits = isLive(part.status) ? part.quantity : 0;
    const heldUnits = part.isSecured ? liveUnits : 0;
    this.#held += sign * heldUnits;
    this.#committed += sign * part.committedQuantity;
    this.drops.countLive(part, sign, this.#lastMs);
    if (liveUnits > 0) {
      addTo(this.#heldByBuyer, part.buyer, sign * liveUnits);
      this.guard.countDevice(part.device, sign * liveUnits);
    }
    if (part.location !== null)
      addTo(this.#promisedAt, part.location, sign * (heldUnits + part.committedQuantity));
  }
}

function addTo<Key>(sums: Map<Key, number>, key: Key, quantity: number): void {
  const sum = (sums.get(key) ?? 0) + quantity;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}
