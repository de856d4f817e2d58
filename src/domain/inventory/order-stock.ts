import { err, ok, type Result } from "../result.ts";
import type { StockRefusal } from "./errors.ts";
import { isLive, type HoldKey, type HoldPart } from "./hold.ts";
import type { AllocateStock, ChangeOrderStock, CommitStock, Movement } from "./sku-port.ts";
import type { Allocation, SkuStock } from "./sku-stock.ts";

type Change = Result<null, StockRefusal>;
const DONE: Change = ok(null);

/** Commitments without a hold stand among the holds under this key. No hold has it: it is longer than theirs. */
export function commitmentKey(orderId: string): HoldKey {
  return `order:${orderId}`;
}

/**
 * Commits units to an order that has no hold, or whose hold has ended.
 *
 * @param earlier - What is stored under {@link commitmentKey}, open or not.
 */
export function commitStock(
  stock: SkuStock,
  command: CommitStock,
  earlier: HoldPart | null,
  nowMs: number,
): Change {
  const { sku } = stock;
  const { orderId, quantity, location } = command;
  if (earlier !== null)
    return earlier.quantity === quantity ? DONE : err({ code: "movement_id_reused", sku });
  const left = stock.available + stock.backorderLimit;
  const leftHere = location === null ? left : Math.min(left, stock.allocatableAt(location));
  if (quantity > leftHere) {
    return err({
      code: "stock_insufficient",
      sku,
      location,
      requested: quantity,
      available: Math.max(0, leftHere),
    });
  }
  stock.record("committed", quantity, nowMs, { orderId, location });
  stock.insertHold(commitmentOf(stock, command, nowMs));
  return DONE;
}

function commitmentOf({ sku }: SkuStock, command: CommitStock, nowMs: number): HoldPart {
  const { orderId, quantity, buyer, location } = command;
  return {
    key: commitmentKey(orderId),
    sku,
    buyer,
    quantity,
    status: "converted",
    ttlSeconds: 0,
    location,
    show: null,
    home: null,
    basket: null,
    isSecured: true,
    device: null,
    arrivedAtMs: null,
    isExtended: false,
    orderId,
    payingSinceMs: null,
    committedQuantity: quantity,
    canceledQuantity: 0,
    createdAtMs: nowMs,
    expiresAtMs: nowMs,
    resolvedAtMs: nowMs,
  };
}

/** What is stored under ids that an allocation names, whatever became of it; null where nothing is. */
export type AllocationFacts = {
  readonly earlier: Allocation | null;
  /** The allocation whose units it takes over. */
  readonly replaced: Allocation | null;
};

/**
 * Promises units of an order at a location: committed ones, or those that another allocation has. The latter changes
 * hands in one decision, so that nobody else can take them in between; where it is refused the other one keeps them.
 */
export function allocateStock(
  stock: SkuStock,
  command: AllocateStock,
  { earlier, replaced }: AllocationFacts,
  nowMs: number,
): Change {
  const { sku } = stock;
  const { orderId, allocationId, location, quantity } = command;
  if (earlier !== null) {
    if (earlier.status === "deallocated") return err({ code: "allocation_unknown", sku });
    const isSame =
      earlier.orderId === orderId && earlier.location === location && earlier.quantity === quantity;
    return isSame ? DONE : err({ code: "movement_id_reused", sku });
  }
  // What it was to take over may have been given back meanwhile: then its units are committed again.
  if (replaced?.status === "allocated" && replaced.orderId === orderId && replaced.quantity >= quantity) {
    return reallocate(stock, command, replaced, nowMs);
  }
  const commitment = stock.holdOfOrder(orderId);
  const committed = commitment?.committedQuantity ?? 0;
  if (commitment === undefined || quantity > committed) {
    return err({
      code: "stock_insufficient",
      sku,
      location: null,
      requested: quantity,
      available: committed,
    });
  }
  // A pick-up order's own units are promised at its location, and may be allocated there.
  const ownPromise = commitment.location === location ? committed : 0;
  const refusal = refusalAt(stock, command, ownPromise);
  if (refusal !== null) return refusal;
  stock.updateHold({ ...commitment, committedQuantity: committed - quantity });
  stock.putAllocation({
    id: allocationId,
    orderId,
    holdKey: commitment.key,
    location,
    quantity,
    status: "allocated",
  });
  stock.record("allocated", quantity, nowMs, { orderId, allocationId, location });
  return DONE;
}

/** @param ownUnits - That the order itself keeps from others at the location. */
function refusalAt(
  stock: SkuStock,
  { location, quantity }: AllocateStock,
  ownUnits: number,
): ReturnType<typeof err<StockRefusal>> | null {
  const allocatable = stock.allocatableAt(location) + ownUnits;
  if (quantity <= allocatable) return null;
  return err({
    code: "stock_insufficient",
    sku: stock.sku,
    location,
    requested: quantity,
    available: Math.max(0, allocatable),
  });
}

function reallocate(stock: SkuStock, command: AllocateStock, from: Allocation, nowMs: number): Change {
  const { orderId, allocationId, location, quantity } = command;
  const refusal = refusalAt(stock, command, from.location === location ? quantity : 0);
  if (refusal !== null) return refusal;
  const left = from.quantity - quantity;
  stock.putAllocation(left === 0 ? { ...from, status: "deallocated" } : { ...from, quantity: left });
  stock.record("deallocated", quantity, nowMs, { orderId, allocationId: from.id, location: from.location });
  stock.putAllocation({
    id: allocationId,
    orderId,
    holdKey: from.holdKey,
    location,
    quantity,
    status: "allocated",
  });
  stock.record("allocated", quantity, nowMs, { orderId, allocationId, location });
  return DONE;
}

/**
 * @param commitment - What is stored under the allocation's `holdKey`, open or not: its units go back there.
 */
export function deallocateStock(
  stock: SkuStock,
  allocation: Allocation | null,
  commitment: HoldPart | null,
  nowMs: number,
): Change {
  if (allocation === null || allocation.status === "shipped" || commitment === null) {
    return err({ code: "allocation_unknown", sku: stock.sku });
  }
  if (allocation.status === "deallocated") return DONE;
  const { id: allocationId, orderId, location, quantity } = allocation;
  stock.putAllocation({ ...allocation, status: "deallocated" });
  stock.record("deallocated", quantity, nowMs, { orderId, allocationId, location });
  stock.updateHold({ ...commitment, committedQuantity: commitment.committedQuantity + quantity });
  return DONE;
}

export function shipStock(stock: SkuStock, allocation: Allocation | null, nowMs: number): Change {
  if (allocation === null || allocation.status === "deallocated")
    return err({ code: "allocation_unknown", sku: stock.sku });
  if (allocation.status === "shipped") return DONE;
  const { id: allocationId, orderId, location, quantity } = allocation;
  stock.putAllocation({ ...allocation, status: "shipped" });
  stock.record("shipped", quantity, nowMs, { orderId, allocationId, location });
  return DONE;
}

/**
 * Gives everything that an order has here and that was not shipped back to the pool.
 *
 * @param part - The order's hold or commitment, open or not; null where there is none.
 */
export function releaseOrderStock(
  stock: SkuStock,
  orderId: string,
  part: HoldPart | null,
  nowMs: number,
): Change {
  if (part === null) return DONE;
  if (isLive(part.status)) {
    if (part.status === "paying" && part.orderId !== orderId) return DONE;
    stock.updateHold({ ...part, status: "released", orderId, payingSinceMs: null, resolvedAtMs: nowMs });
    return DONE;
  }
  if (part.status !== "converted" || part.orderId !== orderId) return DONE;

  let committed = part.committedQuantity;
  for (const allocation of stock.allocationsOf(orderId)) {
    const { id: allocationId, location, quantity } = allocation;
    stock.putAllocation({ ...allocation, status: "deallocated" });
    stock.record("deallocated", quantity, nowMs, { orderId, allocationId, location });
    committed += quantity;
  }
  if (committed === 0) return DONE;
  stock.record("released", committed, nowMs, { orderId });
  stock.drops.countCanceled(part.show, committed);
  stock.updateHold({ ...part, committedQuantity: 0, canceledQuantity: part.canceledQuantity + committed });
  return DONE;
}

/** What a change of an order's units has to know: see {@link changeOrderStock}. */
export type OrderStockFacts = {
  /** The ledger's entry under the command's id, if there is one: the change was made before. */
  readonly earlier: Movement | null;
  /** The order's hold or commitment, open or not; null where it has none of this SKU. */
  readonly part: HoldPart | null;
  /** Holds that were taken for the change. */
  readonly held: ReadonlyArray<HoldPart>;
};

/** Commits more units to an order, from what was held for it, or gives back some that no location was given. */
export function changeOrderStock(
  stock: SkuStock,
  command: ChangeOrderStock,
  { earlier, part, held }: OrderStockFacts,
  nowMs: number,
): Change {
  const { sku } = stock;
  const { id, orderId, quantity } = command;
  if (earlier !== null) return DONE;
  const own = part?.status === "converted" && part.orderId === orderId ? part : null;
  if (quantity < 0) {
    const committed = own?.committedQuantity ?? 0;
    if (own === null || -quantity > committed) {
      return err({
        code: "stock_insufficient",
        sku,
        location: null,
        requested: -quantity,
        available: committed,
      });
    }
    stock.record("released", -quantity, nowMs, { id, orderId });
    stock.updateHold({
      ...own,
      committedQuantity: committed + quantity,
      canceledQuantity: own.canceledQuantity - quantity,
    });
    stock.drops.countCanceled(own.show, -quantity);
    return DONE;
  }
  const heldUnits = held.reduce((sum, each) => (each.status === "active" ? sum + each.quantity : sum), 0);
  const left = stock.available + stock.backorderLimit + heldUnits;
  if (quantity > left) {
    return err({
      code: "stock_insufficient",
      sku,
      location: null,
      requested: quantity,
      available: Math.max(0, left),
    });
  }
  for (const each of held) {
    if (each.status === "active") stock.updateHold({ ...each, status: "released", resolvedAtMs: nowMs });
  }
  if (own === null) {
    stock.insertHold(commitmentOf(stock, { orderId, quantity, buyer: command.buyer, location: null }, nowMs));
  } else {
    stock.updateHold({
      ...own,
      quantity: own.quantity + quantity,
      committedQuantity: own.committedQuantity + quantity,
    });
    // The units come out of everybody's, and count as the drop's from now on: its fence grows by what it sold beyond itself.
    const drop = own.show === null ? null : stock.drops.growBySold(own.show, quantity);
    if (drop !== null && drop.closedAtMs === null) {
      stock.record("ring_fenced", quantity, nowMs, { reason: drop.show });
    }
  }
  stock.record("committed", quantity, nowMs, { id, orderId });
  return DONE;
}
