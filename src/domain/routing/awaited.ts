import type { Sku } from "../brand.ts";
import type { RouteLine } from "./plan.ts";

type Supply = {
  /** Units that locations could give. */
  readonly there: number;
  /** Units that older orders wait for. */
  readonly awaited: number;
  /** Whether the SKU may not leave yet. */
  readonly isBeforeDate: boolean;
};

/**
 * First come, first served: an order is given only what older ones that wait for the same SKU leave, and nothing of what
 * may not leave yet.
 *
 * @returns What may be routed now, and what has to wait.
 */
export function unitsToRoute(
  lines: ReadonlyArray<RouteLine>,
  supplyOf: (sku: Sku) => Supply,
): { readonly now: ReadonlyArray<RouteLine>; readonly later: ReadonlyArray<RouteLine> } {
  const left = new Map<Sku, number>();
  const now: Array<RouteLine> = [];
  const later: Array<RouteLine> = [];
  for (const line of lines) {
    const { there, awaited, isBeforeDate } = supplyOf(line.sku);
    // Where nobody older waits, the router itself finds out what there is.
    const free = isBeforeDate ? 0 : awaited === 0 ? Number.MAX_SAFE_INTEGER : Math.max(0, there - awaited);
    const quantity = Math.min(line.quantity, left.get(line.sku) ?? free);
    left.set(line.sku, (left.get(line.sku) ?? free) - quantity);
    if (quantity > 0) now.push({ ...line, quantity });
    if (quantity < line.quantity) later.push({ ...line, quantity: line.quantity - quantity });
  }
  return { now, later };
}
