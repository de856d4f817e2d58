import { kendallTau } from "../analytics/kendall-tau.ts";
import { err, ok, type Result } from "../result.ts";
import { dropStatus, type Drop, type DropReport } from "./drop.ts";
import type { DropRefusal } from "./errors.ts";
import { isLive } from "./hold.ts";
import type { Draw, PutDrop } from "./sku-port.ts";
import type { SkuStock } from "./sku-stock.ts";
import type { WaitlistEntry } from "./waitlist-entry.ts";

export type LotterySeed = { readonly seed: string; readonly seedHash: string };

/**
 * Fences units in for a show, or changes the drop.
 *
 * @param makeSeed - Called once in the life of a lottery.
 */
export function putDrop(
  stock: SkuStock,
  command: PutDrop,
  makeSeed: () => LotterySeed,
  nowMs: number,
): Result<Drop, DropRefusal> {
  const { sku } = stock;
  const { show, quantity, policy } = command;
  const earlier = stock.drops.find(show);
  const isAnew = earlier === undefined || wasWithdrawn(earlier);
  const status = isAnew ? "scheduled" : dropStatus(earlier, nowMs);
  if (status === "closed") return err({ code: "drop_closed", sku, show });
  const isSettled = status === "open" || (earlier !== undefined && earlier.drawnAtMs !== null);
  if (isSettled && earlier?.policy !== policy) return err({ code: "drop_under_way", sku, show });

  const height = isAnew ? 0 : earlier.quantity;
  const used = stock.drops.used(show);
  const heightMax = height + Math.max(0, stock.available);
  if (quantity > heightMax || quantity < used) {
    const available = quantity < used ? used : heightMax;
    return err({ code: "stock_insufficient", sku, location: null, requested: quantity, available });
  }
  const { seed, seedHash } = seedOf(policy, earlier, makeSeed);
  const drop: Drop = {
    ...command,
    closedAtMs: null,
    drawnAtMs: earlier?.drawnAtMs ?? null,
    seed,
    seedHash,
  };
  if (earlier !== undefined && isSame(earlier, drop)) return ok(earlier);
  if (quantity > height) stock.record("ring_fenced", quantity - height, nowMs, { reason: show });
  if (quantity < height) stock.record("unfenced", height - quantity, nowMs, { reason: show });
  stock.drops.put(drop);
  return ok(drop);
}

/**
 * Takes the fence down: what is left is for everybody. Holds stay and can be paid for; claims that have no units end, and so
 * does waiting.
 */
export function closeDrop(stock: SkuStock, show: string, atMs: number): void {
  const drop = stock.drops.find(show);
  if (drop === undefined || drop.closedAtMs !== null) return;
  const withoutUnits = Array.from(stock.openHolds()).filter(
    (part) => part.show === show && isLive(part.status) && !part.isSecured,
  );
  for (const part of withoutUnits) stock.updateHold({ ...part, status: "expired", resolvedAtMs: atMs });
  for (const entry of stock.waitlist.waiting(show)) stock.waitlist.put({ ...entry, status: "left" });
  stock.record("unfenced", drop.quantity, atMs, { reason: show });
  stock.drops.put({ ...drop, closedAtMs: atMs });
}

/** Ends the entries of a lottery: from here on its units are offered in the order of the ranks that the seed gave. */
export function drawDrop(stock: SkuStock, show: string, atMs: number): void {
  const drop = stock.drops.find(show);
  if (drop === undefined || !isDrawPending(drop) || dropStatus(drop, atMs) !== "open") return;
  stock.waitlist.sortByRank(show);
  stock.drops.put({ ...drop, drawnAtMs: atMs });
}

/** Whether claims are entries still. */
export function isDrawPending(drop: Pick<Drop, "policy" | "drawnAtMs"> | undefined): boolean {
  return drop?.policy === "lottery" && drop.drawnAtMs === null;
}

/**
 * @param awards - For each award, when its claim arrived and when it was decided.
 */
export function dropReport(
  stock: SkuStock,
  drop: Drop,
  awards: ReadonlyArray<readonly [number, number]>,
  nowMs: number,
): DropReport {
  const { show } = drop;
  return {
    // The seed is shown with the draw, once it decides nothing any more.
    drop: { ...drop, seed: drop.drawnAtMs === null ? null : drop.seed },
    status: dropStatus(drop, nowMs),
    left: stock.drops.left(show),
    tally: { ...stock.drops.tally(show), ...stock.waitlist.tally(show) },
    fairness: kendallTau(awards),
  };
}

/** @param page - Of the entries that are in the draw, in their order. */
export function drawOf(
  drop: Drop,
  page: { readonly entries: ReadonlyArray<WaitlistEntry>; readonly entryCount: number },
): Draw | null {
  if (drop.seedHash === null) return null;
  const { seedHash, drawnAtMs } = drop;
  return { seedHash, drawnAtMs, seed: drawnAtMs === null ? null : drop.seed, ...page };
}

function seedOf(
  policy: Drop["policy"],
  earlier: Drop | undefined,
  makeSeed: () => LotterySeed,
): { readonly seed: string | null; readonly seedHash: string | null } {
  if (policy !== "lottery") return { seed: null, seedHash: null };
  // A published hash is a promise: the seed stays, whatever else of the drop is changed.
  if (earlier !== undefined && earlier.seed !== null)
    return { seed: earlier.seed, seedHash: earlier.seedHash };
  return makeSeed();
}

/** Closed before it began: its show was never set up, or took it out again. It may be set up once more. */
function wasWithdrawn({ closedAtMs, opensAtMs }: Drop): boolean {
  return closedAtMs !== null && (opensAtMs === null || opensAtMs > closedAtMs);
}

function isSame(a: Drop, b: Drop): boolean {
  return (
    a.quantity === b.quantity &&
    a.policy === b.policy &&
    a.buyerLimit === b.buyerLimit &&
    a.ttlSeconds === b.ttlSeconds &&
    a.opensAtMs === b.opensAtMs &&
    a.closedAtMs === b.closedAtMs &&
    a.endsAtMs === b.endsAtMs &&
    a.drawsAtMs === b.drawsAtMs
  );
}
