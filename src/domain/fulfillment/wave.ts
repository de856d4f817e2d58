import { err, ok, type Result } from "../result.ts";
import type { PickListStatus } from "./fulfillment.ts";

export const waveStatuses = ["open", "closed", "canceled"] as const;
export type WaveStatus = (typeof waveStatuses)[number];

export const waveTransitions: Readonly<Record<WaveStatus, ReadonlyArray<WaveStatus>>> = {
  open: ["closed", "canceled"],
  closed: [],
  canceled: [],
};

/** What one pick list of a wave wants of one SKU, and what was scanned for it so far. */
export type Want = {
  readonly pickList: string;
  /** The carton on the trolley that its goods go into. */
  readonly slot: number;
  readonly status: PickListStatus;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly scanned: number;
  readonly barcode: string | null;
  readonly zone: string | null;
  readonly bin: string | null;
};

/** Units of one SKU that go into one carton. */
export type Placed = { readonly pickList: string; readonly slot: number; readonly quantity: number };

export type ScanRefusal =
  /** The code is that of something else. */
  | { readonly code: "item_not_wanted"; readonly sku: string | null }
  | {
      readonly code: "item_too_many";
      readonly sku: string;
      readonly wanted: number;
      readonly scanned: number;
    };

/**
 * Whether two codes are one article's. Scanners write a GTIN with or without the zeros in front of it: an American
 * article has twelve digits or thirteen.
 */
export function isSameCode(a: string, b: string): boolean {
  if (a === b) return true;
  const isGtin = (code: string) => /^\d{8,14}$/.test(code);
  return isGtin(a) && isGtin(b) && a.padStart(14, "0") === b.padStart(14, "0");
}

/**
 * Into which cartons scanned units go: in the order of the cartons, each as many as it wants. Units that are taken back
 * come out of the last ones first.
 *
 * @param quantity - Negative takes back.
 */
export function placeScan(
  wants: ReadonlyArray<Want>,
  code: string,
  quantity: number,
): Result<{ readonly sku: string; readonly placed: ReadonlyArray<Placed> }, ScanRefusal> {
  const named = wants.filter(
    ({ sku, barcode }) => sku === code || (barcode !== null && isSameCode(barcode, code)),
  );
  // One code on two SKUs is a mistake in the catalogue; the one that still wants something is meant.
  const open = named.find((want) => want.status === "open" && want.scanned < want.quantity) ?? named[0];
  if (open === undefined) return err({ code: "item_not_wanted", sku: null });
  const { sku } = open;
  const ofSku = named
    .filter((want) => want.sku === sku && want.status === "open")
    .toSorted((a, b) => a.slot - b.slot);
  const placed: Array<Placed> = [];
  let left = quantity;
  for (const want of quantity > 0 ? ofSku : ofSku.toReversed()) {
    const change =
      quantity > 0 ? Math.min(left, want.quantity - want.scanned) : Math.max(left, -want.scanned);
    if (change === 0) continue;
    placed.push({ pickList: want.pickList, slot: want.slot, quantity: change });
    left -= change;
  }
  if (left === 0) return ok({ sku, placed });
  const total = (field: "quantity" | "scanned") => ofSku.reduce((sum, want) => sum + want[field], 0);
  return err({ code: "item_too_many", sku, wanted: total("quantity"), scanned: total("scanned") });
}

/** What a picker walks for: each SKU once, along the shelves; what has no place comes last. */
export type WalkLine = {
  readonly sku: string;
  readonly title: string;
  readonly barcode: string | null;
  readonly zone: string | null;
  readonly bin: string | null;
  readonly quantity: number;
  readonly scanned: number;
  readonly cartons: ReadonlyArray<Placed>;
};

/** @param zone - Only what lies there; null for all of it. */
export function walkOf(wants: ReadonlyArray<Want>, zone: string | null): Array<WalkLine> {
  const ofSku = Map.groupBy(
    wants.filter((want) => want.status !== "canceled" && (zone === null || want.zone === zone)),
    ({ sku }) => sku,
  );
  const lines = [...ofSku.values()].flatMap((same): Array<WalkLine> => {
    const [first] = same;
    if (first === undefined) return [];
    const { sku, title, barcode, zone: inZone, bin } = first;
    const sum = (field: "quantity" | "scanned") => same.reduce((total, want) => total + want[field], 0);
    const cartons = same
      .toSorted((a, b) => a.slot - b.slot)
      .map(({ pickList, slot, quantity }) => ({ pickList, slot, quantity }));
    return [
      { sku, title, barcode, zone: inZone, bin, quantity: sum("quantity"), scanned: sum("scanned"), cartons },
    ];
  });
  return lines.toSorted(
    (a, b) => compareText(a.zone, b.zone) || compareText(a.bin, b.bin) || compareText(a.sku, b.sku),
  );
}

/** Bins are numbered: `A-2` comes before `A-10`. */
function compareText(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.localeCompare(b, "en", { numeric: true });
}

/** Units that a pick list wants and that were not scanned, by SKU. */
export function missingOf(
  wants: ReadonlyArray<Want>,
  pickList: string,
): ReadonlyArray<{ readonly sku: string; readonly quantity: number }> {
  return wants
    .filter((want) => want.pickList === pickList && want.scanned < want.quantity)
    .map(({ sku, quantity, scanned }) => ({ sku, quantity: quantity - scanned }));
}
