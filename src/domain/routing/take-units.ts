import type { SearchProblem } from "./subset-search.ts";

/** What a set of sources gives, and how good that is. Keys are compared number by number; less is better. */
export type Assessed = {
  /** Units taken: `taken[order in the set][position]`. */
  readonly taken: ReadonlyArray<ReadonlyArray<number>>;
  readonly unplaced: number;
  /** In thousandths of a minor unit. */
  readonly cost: number;
  readonly key: ReadonlyArray<number>;
};

/**
 * @param chosen - Indexes of sources, ascending.
 * @returns null where a source would give nothing (the set without it is looked at by itself), or too little for a parcel.
 */
export function assess(problem: SearchProblem, chosen: ReadonlyArray<number>): Assessed | null {
  const taken = takeUnits(problem, chosen);
  if (taken === null) return null;
  const { sources, wants, splitPenalty, objective } = problem;
  let cost = splitPenalty * (chosen.length - 1);
  let unplaced = wants.reduce((sum, { quantity }) => sum + quantity, 0);
  for (const [order, index] of chosen.entries()) {
    const source = sources[index];
    cost += source?.fixedCost ?? 0;
    for (const [position, units] of (taken[order] ?? []).entries()) {
      unplaced -= units;
      cost += units * (wants[position]?.grams ?? 0) * (source?.gramCost ?? 0);
    }
  }
  const merit = objective === "least_cost" ? [cost, chosen.length] : ranksOf(problem, chosen);
  return { taken, unplaced, cost, key: [unplaced, ...merit] };
}

export function ranksOf({ sources }: SearchProblem, chosen: ReadonlyArray<number>): Array<number> {
  return (sources[0]?.ranks ?? []).map((_, rank) =>
    chosen.reduce((sum, index) => sum + (sources[index]?.ranks[rank] ?? 0), 0),
  );
}

export function compareKeys(a: ReadonlyArray<number>, b: ReadonlyArray<number>): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * What each source of a set gives, in their order: groups first, each whole, then the rest. With costs the order is by
 * the price of a gram, so that taking from the first is cheapest.
 */
function takeUnits(problem: SearchProblem, chosen: ReadonlyArray<number>): Array<Array<number>> | null {
  const { sources, wants, groups, parcelValueMin } = problem;
  const left = wants.map(({ quantity }) => quantity);
  const taken = chosen.map(() => wants.map(() => 0));
  for (const { needs } of groups) {
    for (const { position, quantity } of needs) left[position] = (left[position] ?? 0) - quantity;
  }
  const there = (order: number, position: number) =>
    (sources[chosen[order] ?? -1]?.units[position] ?? 0) - (taken[order]?.[position] ?? 0);
  const give = (order: number, position: number, quantity: number) => {
    const row = taken[order];
    if (row !== undefined) row[position] = (row[position] ?? 0) + quantity;
  };
  for (const { needs } of groups) {
    const order = chosen.findIndex((_, candidate) =>
      needs.every(({ position, quantity }) => there(candidate, position) >= quantity),
    );
    if (order < 0) continue;
    for (const { position, quantity } of needs) give(order, position, quantity);
  }
  for (let order = 0; order < chosen.length; order += 1) {
    for (let position = 0; position < wants.length; position += 1) {
      const units = Math.min(left[position] ?? 0, there(order, position));
      if (units <= 0) continue;
      left[position] = (left[position] ?? 0) - units;
      give(order, position, units);
    }
  }
  const isLeft = chosen.length > 1 || left.some((units) => units > 0);
  for (const row of taken) {
    let units = 0;
    let value = 0;
    for (const [position, count] of row.entries()) {
      units += count;
      value += count * (wants[position]?.value ?? 0);
    }
    if (units === 0 || (isLeft && value < parcelValueMin)) return null;
  }
  return taken;
}
