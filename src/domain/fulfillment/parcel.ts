import type { Sku } from "../brand.ts";

/** Stands in for a SKU whose weight nobody entered: no carrier takes a parcel that weighs nothing. */
export const ITEM_GRAMS_DEFAULT = 250;
/** Carton and padding. */
export const PACKAGING_GRAMS = 50;

export type PickLine = { readonly sku: Sku; readonly title: string; readonly quantity: number };

/** What a picker walks for: each SKU once, in the order of the shelves' labels. */
export function buildPickLines(lines: ReadonlyArray<PickLine>): Array<PickLine> {
  const bySku = new Map<Sku, PickLine>();
  for (const line of lines) {
    const earlier = bySku.get(line.sku);
    bySku.set(
      line.sku,
      earlier === undefined ? line : { ...earlier, quantity: earlier.quantity + line.quantity },
    );
  }
  return [...bySku.values()].toSorted((a, b) => (a.sku < b.sku ? -1 : Number(a.sku > b.sku)));
}

/** @param gramsOf - Grams of one unit, by SKU; missing where they are unknown. */
export function parcelWeightGrams(
  lines: ReadonlyArray<{ readonly sku: Sku; readonly quantity: number }>,
  gramsOf: ReadonlyMap<Sku, number>,
): number {
  return lines.reduce(
    (sum, { sku, quantity }) => sum + quantity * (gramsOf.get(sku) ?? ITEM_GRAMS_DEFAULT),
    PACKAGING_GRAMS,
  );
}
