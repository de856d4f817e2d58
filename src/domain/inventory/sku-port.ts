import type { BuyerKey, LocationCode, Sku } from "../brand.ts";
import type { Result } from "../result.ts";
import type { Drop, DropPolicy, DropReport, DropStatus } from "./drop.ts";
import type { DropRefusal, HoldChangeRefusal, HoldRefusal, StockRefusal, WaitlistRefusal } from "./errors.ts";
import type { HoldKey, HoldLine, HoldPart } from "./hold.ts";
import type { LiveHold } from "./live-holds.ts";
import type { WaitlistEntry, WaitlistPlace } from "./waitlist-entry.ts";

/**
 * When a change has to be on disk: before it is answered (the default), or within half a second, together with whatever
 * the object stores next. The second is for callers who have stored elsewhere what brings the change about again.
 */
export type Storing = "at_once" | "soon";

/** What the object of one SKU does for others. The Durable Object's stub satisfies it; tests may pass the pure model. */
export interface SkuPort {
  /** Makes the SKU known, or changes its rules. Nothing can be held before this. */
  configure(command: ConfigureSku): Promise<StockReport>;
  /** Decides each hold by itself, in order. Repeats with the same key find the same hold. */
  takeHolds(commands: ReadonlyArray<TakeHold>): Promise<Array<Result<HoldPart, HoldRefusal>>>;
  readHold(key: HoldKey): Promise<HoldPart | null>;
  /** Live holds that end soonest; null before the SKU is configured. For who watches, now and then: it looks at each. */
  liveHolds(asked: {
    readonly show: string | null;
    readonly limit: number;
  }): Promise<ReadonlyArray<LiveHold> | null>;
  /** Lets go of an active hold; a released one stays as it is. One that is being paid is refused: its payment owns it. */
  releaseHold(key: HoldKey): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** Once, counted from now, within the hold's longest life. */
  extendHold(key: HoldKey, ttlSeconds: number): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** `active → paying` for `orderId`; the hold does not expire while the payment is in flight, bounded by its longest life. */
  startPaying(key: HoldKey, orderId: string, storing?: Storing): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** `paying → active`: the payment failed. The hold expires when it would have. */
  stopPaying(key: HoldKey, orderId: string): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** `paying → converted`: the units become committed to the order. Repeats are harmless. */
  convertHold(key: HoldKey, orderId: string, storing?: Storing): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** Commits units to an order without a hold: taking stock again, or an outside channel's order. Repeats are harmless. */
  commit(command: CommitStock): Promise<Result<StockReport, StockRefusal>>;
  /**
   * Gives everything an order has here and has not shipped back to the pool: its paying hold, what is committed, what
   * is allocated. Nothing can be committed or allocated to that order afterwards. Repeats are harmless.
   */
  releaseOrder(command: ReleaseOrder): Promise<Result<StockReport, StockRefusal>>;
  /** More units for an order, or fewer of those that no location was given. Once per id. */
  changeOrder(command: ChangeOrderStock): Promise<Result<StockReport, StockRefusal>>;
  /** `committed → allocated` at a location, for a fulfillment order. Repeats are harmless. */
  allocate(command: AllocateStock): Promise<Result<StockReport, StockRefusal>>;
  /** `allocated → committed`: the location will not ship these. Repeats are harmless. */
  deallocate(command: { readonly allocationId: string }): Promise<Result<StockReport, StockRefusal>>;
  /** The goods left: `on_hand` and `allocated` fall together. Repeats are harmless. */
  ship(command: { readonly allocationId: string }): Promise<Result<StockReport, StockRefusal>>;
  /** Physical changes by people: each decided by itself, in order, once per id. */
  move(commands: ReadonlyArray<MoveStock>): Promise<Array<Result<StockReport, StockRefusal>>>;
  /** Units kept back from sale at a location; what is really set aside never exceeds what is there. */
  setSafetyStock(location: LocationCode, quantity: number): Promise<Result<StockReport, StockRefusal>>;
  stock(): Promise<StockReport | null>;
  /** The ledger, oldest first. `afterSeq` is the last `seq` already seen. */
  movements(page: LedgerPage): Promise<ReadonlyArray<Movement>>;
  /** The ledger, newest first: what is behind a number, by its kinds and its location. */
  latestMovements(page: LatestMovements): Promise<ReadonlyArray<Movement>>;
  /**
   * Fences units in for a show, or changes the drop. Absolute, so that a repeat is harmless. The seed of a lottery is made
   * by the object and never leaves it before the draw.
   */
  putDrop(command: PutDrop): Promise<Result<DropReport, DropRefusal>>;
  /** Takes the fence down: what is left is for everybody. Holds stay; whoever still waits has left. Repeats are harmless. */
  closeDrop(show: string): Promise<DropReport | null>;
  /** Lottery: ends the entries and draws, unless that was done. */
  drawDrop(show: string): Promise<DropReport | null>;
  /** @param detail - `state` leaves out what takes reading rows: its `fairness` is null. */
  readDrop(show: string, detail: "state" | "figures"): Promise<DropReport | null>;
  /** Lottery: what anybody needs to draw again: the entries that are in the draw, and the seed once it was drawn. */
  readDraw(show: string, page: DrawPage): Promise<Draw | null>;
  /** Sets the units of a hold aside that has none yet (`hold_on_checkout`). Repeats are harmless. */
  secureHold(key: HoldKey): Promise<Result<HoldPart, HoldChangeRefusal>>;
  /** Puts a buyer in line, or finds where the buyer stands: one open entry for each buyer and pool. */
  joinWaitlist(command: JoinWaitlist): Promise<Result<WaitlistPlace, WaitlistRefusal>>;
  /** `waiting → left`; an offer is declined, and goes to the next. Repeats are harmless. Null: no such entry. */
  leaveWaitlist(key: HoldKey): Promise<WaitlistPlace | null>;
  readWaitlist(key: HoldKey): Promise<WaitlistPlace | null>;
  /** Tells the gate of this name what changes from now on, and answers what is. Null before the SKU is configured. */
  watch(gate: string): Promise<SkuNews | null>;
  unwatch(gate: string): Promise<void>;
  /** Ends what is due, forgets what is old, publishes what changed, and reports what an auditor has to compare with the orders. */
  sweep(command: { readonly pruneBeforeMs: number }): Promise<SweepReport | null>;
}

export type LatestMovements = {
  /** The first `seq` that was seen already; null begins at the newest. */
  readonly beforeSeq: number | null;
  readonly limit: number;
  /** Null: all of them, and what happens at none. */
  readonly location: LocationCode | null;
  readonly kinds: ReadonlyArray<MovementKind>;
};

export type LedgerPage = { readonly afterSeq: number; readonly limit: number };
export type DrawPage = { readonly afterPosition: number; readonly limit: number };

export type ConfigureSku = {
  readonly sku: Sku;
  readonly buyerLimit: number | null;
  readonly backorderLimit: number;
};

export type TakeHold = {
  readonly key: HoldKey;
  readonly buyer: BuyerKey;
  readonly quantity: number;
  readonly ttlSeconds: number;
  /** Pick-up: the units must be at this location. Null takes from the SKU's pool. */
  readonly location: LocationCode | null;
  readonly show: string | null;
  readonly home: Sku | null;
  readonly basket: ReadonlyArray<HoldLine> | null;
  /** The device that asks, where it is known: an opaque key. */
  readonly device: string | null;
  /** When the claim reached the first of our machines; null where nobody noted it. */
  readonly arrivedAtMs: number | null;
  /** Whether the caller is a page, whose live and unpaid holds are limited. */
  readonly isGuarded: boolean;
};

export type PutDrop = Pick<
  Drop,
  "show" | "quantity" | "policy" | "buyerLimit" | "ttlSeconds" | "opensAtMs" | "endsAtMs" | "drawsAtMs"
>;

export type JoinWaitlist = {
  /** Of the entry, and of the hold that it will be offered. */
  readonly key: HoldKey;
  readonly buyer: BuyerKey;
  readonly quantity: number;
  readonly show: string | null;
  /** Of the offer. In a drop, never longer than the drop allows. */
  readonly ttlSeconds: number;
};

export type Draw = {
  readonly seedHash: string;
  /** Null before the draw. */
  readonly seed: string | null;
  readonly drawnAtMs: number | null;
  /** How many there are in all. */
  readonly entryCount: number;
  /** In the order drawn once it was drawn, in the order of arrival before. The rank is SHA-256 of `seed:id`. */
  readonly entries: ReadonlyArray<WaitlistEntry>;
};

/** What a gate is told of a SKU: what is now, and what happened since it was told last. */
export type SkuNews = {
  readonly sku: Sku;
  readonly version: number;
  /** Units for everybody, those that may be backordered included. */
  readonly available: number;
  /** Drops that are not closed, and those that were closed in the last day. */
  readonly drops: ReadonlyArray<{
    readonly show: string;
    readonly status: DropStatus;
    readonly left: number;
    readonly policy: DropPolicy;
    readonly opensAtMs: number | null;
    readonly endsAtMs: number | null;
  }>;
  readonly events: ReadonlyArray<SkuEvent>;
};

/** `offered` is told again to a gate that begins to watch, for each offer that lives. */
export type SkuEvent =
  | { readonly type: "offered"; readonly buyer: BuyerKey; readonly hold: HoldPart }
  | { readonly type: "expired"; readonly buyer: BuyerKey; readonly hold: HoldPart };

export type CommitStock = {
  readonly orderId: string;
  readonly quantity: number;
  readonly buyer: BuyerKey;
  readonly location: LocationCode | null;
};
export type ChangeOrderStock = {
  readonly id: string;
  readonly orderId: string;
  /** The key of the hold the order was placed from, where there was one. */
  readonly holdKey: HoldKey | null;
  readonly buyer: BuyerKey;
  /** Signed. */
  readonly quantity: number;
  /** Holds that were taken for it: their units are free again in the same moment. */
  readonly fromHolds: ReadonlyArray<HoldKey>;
};
export type ReleaseOrder = {
  readonly orderId: string;
  /** The key of the hold the order was placed from, where there was one. */
  readonly holdKey: HoldKey | null;
};
export type AllocateStock = {
  readonly orderId: string;
  /** Names the allocation in later calls: the fulfillment order's id. */
  readonly allocationId: string;
  readonly location: LocationCode;
  readonly quantity: number;
  /** The allocation whose units these are, of the same order; absent where they are committed and nowhere yet. */
  readonly replaces?: string;
};

export type MoveStock =
  | {
      readonly id: string;
      readonly kind: "received";
      readonly location: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    }
  /** `quantity` is signed. */
  | {
      readonly id: string;
      readonly kind: "adjusted";
      readonly location: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    }
  /** `quantity` is what was counted, not a difference. */
  | {
      readonly id: string;
      readonly kind: "counted";
      readonly location: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    }
  | {
      readonly id: string;
      readonly kind: "damaged";
      readonly location: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    }
  | {
      readonly id: string;
      readonly kind: "transferred";
      readonly location: LocationCode;
      readonly toLocation: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    }
  | {
      readonly id: string;
      readonly kind: "returned";
      readonly location: LocationCode;
      readonly quantity: number;
      readonly reason: string | null;
    };

export type MovementKind =
  | "received"
  | "adjusted"
  | "counted"
  | "damaged"
  | "transferred_out"
  | "transferred_in"
  | "committed"
  | "allocated"
  | "deallocated"
  | "released"
  | "shipped"
  | "returned"
  | "ring_fenced"
  | "unfenced";

/** One entry of the append-only stock ledger. */
export type Movement = {
  readonly seq: number;
  readonly id: string;
  readonly kind: MovementKind;
  readonly location: LocationCode | null;
  /** Signed where the kind has a direction of its own (`adjusted`, `counted`); otherwise one or more. */
  readonly quantity: number;
  readonly orderId: string | null;
  readonly allocationId: string | null;
  readonly reason: string | null;
  readonly atMs: number;
};

export type LocationStock = {
  readonly location: LocationCode;
  readonly onHand: number;
  readonly allocated: number;
  readonly safetyStock: number;
  readonly damaged: number;
  readonly incoming: number;
  /** What may still be allocated here: not safety stock, not damaged, not held for pick-up. */
  readonly allocatable: number;
};

export type StockReport = {
  readonly sku: Sku;
  readonly available: number;
  /** Units that may be held beyond what is available. */
  readonly backorderLimit: number;
  readonly held: number;
  readonly committed: number;
  /** Units behind the fences of drops that nobody holds or has bought yet. */
  readonly ringFenced: number;
  readonly locations: ReadonlyArray<LocationStock>;
  /** Grows with every change, never goes backwards. */
  readonly version: number;
};

export type SweepReport = {
  readonly stock: StockReport;
  /** Holds whose payment began more than a minute ago. */
  readonly paying: ReadonlyArray<{
    readonly key: HoldKey;
    readonly orderId: string;
    readonly sinceMs: number;
  }>;
  /** Orders that have units here which were not shipped yet. */
  readonly openOrders: ReadonlyArray<{
    readonly orderId: string;
    readonly committed: number;
    readonly allocated: number;
    readonly sinceMs: number;
  }>;
};
