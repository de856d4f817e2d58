import type { ReversibleLine } from "./document.ts";

export type Candidate = { readonly line: ReversibleLine; readonly placedAtMs: number };
export type MatchedUnits = {
  readonly parts: ReadonlyArray<{ readonly line: ReversibleLine; readonly units: number }>;
  /** Units that were never sold, as far as is known. */
  readonly unitsLeft: number;
};

/**
 * Finds the lines that units come back from. A line that can take all of them goes before one that cannot, one of the
 * same price before another, then the latest. Only where no line can take all are they spread.
 */
export function matchUnits(
  units: number,
  unitPrice: number,
  candidates: ReadonlyArray<Candidate>,
): MatchedUnits {
  const ranked = candidates
    .filter(({ line }) => line.unitsLeft > 0)
    .toSorted(
      (a, b) =>
        Number(b.line.unitsLeft >= units) - Number(a.line.unitsLeft >= units) ||
        Number(b.line.unitPrice === unitPrice) - Number(a.line.unitPrice === unitPrice) ||
        b.placedAtMs - a.placedAtMs ||
        compareText(b.line.orderId, a.line.orderId) ||
        a.line.position - b.line.position,
    );
  const parts: Array<{ line: ReversibleLine; units: number }> = [];
  let unitsLeft = units;
  for (const { line } of ranked) {
    if (unitsLeft === 0) break;
    const taken = Math.min(unitsLeft, line.unitsLeft);
    parts.push({ line, units: taken });
    unitsLeft -= taken;
  }
  return { parts, unitsLeft };
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
