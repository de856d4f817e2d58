import type { BuyerKey, LocationCode, Sku } from "../brand.ts";
import type { Result } from "../result.ts";
import type { HoldChangeRefusal, HoldRefusal, StockRefusal } from "./errors.ts";
import type { HoldKey, HoldLine, HoldPart } from "./hold.ts";

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
  movements(page: { readonly afterSeq: number; readonly limit: number }): Promise<ReadonlyArray<Movement>>;
  /** Ends what is due, forgets what is old, publishes what changed, and reports what an auditor has to compare with the orders. */
  sweep(command: { readonly pruneBeforeMs: number }): Promise<SweepReport | null>;
}

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
};

export type CommitStock = {
  readonly orderId: string;
  readonly quantity: number;
  readonly buyer: BuyerKey;
  readonly location: LocationCode | null;
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
