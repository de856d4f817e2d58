/** Millimetres, in any order. */
export type Dimensions = readonly [number, number, number];

/** A carton or bag that a location packs into. */
export type ParcelSize = {
  readonly code: string;
  /** Inside. */
  readonly dimensions: Dimensions;
  /** With what is in it. */
  readonly gramsMax: number;
  /** Of its own, with padding. */
  readonly grams: number;
};

/** One unit. */
export type Item = {
  readonly line: string;
  readonly grams: number;
  /** Null where nobody measured it: then its weight alone decides. */
  readonly dimensions: Dimensions | null;
};

export type PackedParcel = {
  /** Null where no size takes it. */
  readonly size: ParcelSize | null;
  readonly grams: number;
  readonly lines: ReadonlyArray<{ readonly line: string; readonly quantity: number }>;
};

/** Several things never fill a box: the gaps between them are about this much of it. */
const GAPS = 0.15;
/** Packing tries each unit in each parcel; a pallet is packed by a person. */
const UNITS_MAX = 2_000;

/** Whether a box holds some units: each by itself, all by weight, and all by volume with gaps between them. */
export function holds(size: ParcelSize, items: ReadonlyArray<Item>): boolean {
  if (items.reduce((sum, { grams }) => sum + grams, size.grams) > size.gramsMax) return false;
  const inner = sorted(size.dimensions);
  const measured = items.flatMap(({ dimensions }) => (dimensions === null ? [] : [sorted(dimensions)]));
  if (measured.some((sides) => sides.some((side, index) => side > (inner[index] ?? 0)))) return false;
  if (measured.length < 2) return true;
  const volume = measured.reduce((sum, sides) => sum + volumeOf(sides), 0);
  return volume <= volumeOf(inner) * (1 - GAPS);
}

/** The smallest size that holds all of it; null where none does. */
export function smallestFor(sizes: ReadonlyArray<ParcelSize>, items: ReadonlyArray<Item>): ParcelSize | null {
  return bySize(sizes).find((size) => holds(size, items)) ?? null;
}

/**
 * Into which parcels units go: the largest first, each into the first parcel that some size makes large enough, and every
 * parcel in the smallest size that holds it. What no size takes is a parcel by itself, for a person to see.
 *
 * @param plainGrams - What packing weighs where there are no sizes.
 */
export function packUnits(
  sizes: ReadonlyArray<ParcelSize>,
  items: ReadonlyArray<Item>,
  plainGrams: number,
): Array<PackedParcel> {
  const together = smallestFor(sizes, items);
  if (together !== null || sizes.length === 0 || items.length > UNITS_MAX) {
    return [parcelOf(together, items, plainGrams)];
  }
  const parcels: Array<Array<Item>> = [];
  const bulky: Array<Item> = [];
  for (const item of items.toSorted(largestFirst)) {
    if (smallestFor(sizes, [item]) === null) {
      bulky.push(item);
      continue;
    }
    const open = parcels.find((parcel) => sizes.some((size) => holds(size, [...parcel, item])));
    if (open === undefined) parcels.push([item]);
    else open.push(item);
  }
  return [
    ...parcels.map((parcel) => parcelOf(smallestFor(sizes, parcel), parcel, plainGrams)),
    ...bulky.map((item) => parcelOf(null, [item], plainGrams)),
  ];
}

function parcelOf(size: ParcelSize | null, items: ReadonlyArray<Item>, plainGrams: number): PackedParcel {
  const ofLine = Map.groupBy(items, ({ line }) => line);
  return {
    size,
    grams: items.reduce((sum, { grams }) => sum + grams, size?.grams ?? plainGrams),
    lines: [...ofLine].map(([line, units]) => ({ line, quantity: units.length })),
  };
}

function bySize(sizes: ReadonlyArray<ParcelSize>): Array<ParcelSize> {
  return sizes.toSorted(
    (a, b) =>
      volumeOf(a.dimensions) - volumeOf(b.dimensions) ||
      a.gramsMax - b.gramsMax ||
      (a.code < b.code ? -1 : 1),
  );
}

function largestFirst(a: Item, b: Item): number {
  const volume = ({ dimensions }: Item) => (dimensions === null ? 0 : volumeOf(dimensions));
  return volume(b) - volume(a) || b.grams - a.grams || (a.line < b.line ? -1 : 1);
}

function sorted([a, b, c]: Dimensions): Dimensions {
  const [x = 0, y = 0, z = 0] = [a, b, c].toSorted((one, two) => one - two);
  return [x, y, z];
}

function volumeOf([a, b, c]: Dimensions): number {
  return a * b * c;
}

/** What a SKU's attributes say of its size: `length_mm`, `width_mm`, `height_mm`. Null where one is missing or nonsense. */
export function dimensionsOf(attributes: Readonly<Record<string, string>>): Dimensions | null {
  const [length = 0, width = 0, height = 0] = ["length_mm", "width_mm", "height_mm"].map((name) =>
    /^\d{1,5}$/.test(attributes[name] ?? "") ? Number(attributes[name]) : 0,
  );
  return length > 0 && width > 0 && height > 0 ? [length, width, height] : null;
}
