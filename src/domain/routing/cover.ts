import type { Cover } from "./cost-shares.ts";
import type { SearchProblem } from "./subset-search.ts";

/** More parcels than any order is split into: room for their count below a cost. */
export const PARCELS_ROOM = 64;
/** Whole numbers below this are exact, sums of a few of them included. */
const EXACT_MAX = 2 ** 50;

/** A search as a covering problem with one number for how good a cover is. */
export type CoverProblem = {
  readonly cover: Cover;
  /** Units that no set of sources can place. */
  readonly unplacedMin: number;
  /** Whether one number tells any two covers apart as their keys would. If not, equal ones have to be looked at. */
  readonly isDecisive: boolean;
  /** Whether it is a whole number, so that a better one is better by one at least. */
  readonly isWhole: boolean;
};

/**
 * Every set that places all that can be placed covers this. Units that must stay together are a need of one: somebody
 * has them all. Where nobody has, they stay behind.
 */
export function coverOf(problem: SearchProblem): CoverProblem {
  const { sources, wants, groups } = problem;
  const there = wants.map((_, position) =>
    sources.reduce((sum, { units }) => sum + Math.max(0, units[position] ?? 0), 0),
  );
  // What can be placed of each want, and how much of it one by one.
  const wanted = wants.map(({ quantity }) => quantity);
  const fits = groups.map(({ needs }) =>
    sources.map(({ units }) =>
      needs.every(({ position, quantity }) => (units[position] ?? 0) >= quantity) ? 1 : 0,
    ),
  );
  for (const [index, { needs }] of groups.entries()) {
    if (fits[index]?.includes(1) === true) continue;
    for (const { position, quantity } of needs) wanted[position] = (wanted[position] ?? 0) - quantity;
  }
  const placeable = wanted.map((quantity, position) => Math.min(quantity, there[position] ?? 0));
  const loose = [...placeable];
  const together: Array<{ readonly needs: Group["needs"]; readonly fits: ReadonlyArray<number> }> = [];
  for (const [index, { needs }] of groups.entries()) {
    const row = fits[index] ?? [];
    // Where units are short, placing single ones instead may come to as much.
    const isPlenty = needs.every(({ position }) => (there[position] ?? 0) >= (wanted[position] ?? 0));
    if (!row.includes(1) || !isPlenty) continue;
    together.push({ needs, fits: row });
    for (const { position, quantity } of needs) loose[position] = (loose[position] ?? 0) - quantity;
  }
  const rows = [
    ...loose.map((quantity, position) =>
      sources.map(({ units }) => Math.min(quantity, Math.max(0, units[position] ?? 0))),
    ),
    ...together.map((group) => group.fits),
  ];
  const contents = [
    ...wants.map((_, position) => [{ position, quantity: 1 }]),
    ...together.map(({ needs }) => needs),
  ];
  const { sourceCosts, isDecisive, isWhole } = measures(problem);
  return {
    cover: {
      sources: sources.length,
      positions: rows.length,
      needs: Int32Array.from([...loose, ...together.map(() => 1)]),
      units: Int32Array.from(rows.flat()),
      unitCosts: Float64Array.from(contents.flatMap((content) => goodsCosts(problem, content))),
      sourceCosts: Float64Array.from(sourceCosts),
    },
    unplacedMin: wants.reduce(
      (sum, { quantity }, position) => sum + quantity - (placeable[position] ?? 0),
      0,
    ),
    isDecisive,
    isWhole,
  };
}

type Group = SearchProblem["groups"][number];

/** What some goods cost from each source, beside its parcel. */
function goodsCosts({ sources, wants, objective }: SearchProblem, content: Group["needs"]): Array<number> {
  const grams = content.reduce(
    (sum, { position, quantity }) => sum + quantity * (wants[position]?.grams ?? 0),
    0,
  );
  return sources.map(({ gramCost }) => (objective === "ranked" ? 0 : grams * gramCost * PARCELS_ROOM));
}

/** How good a cover is as one number, which adds up over sources and units. */
function measures(problem: SearchProblem) {
  const { sources, splitPenalty, objective } = problem;
  if (objective === "ranked") return ranksAsOne(sources.map(({ ranks }) => ranks));
  // Of equal costs the one of fewer parcels.
  const sourceCosts = sources.map(({ fixedCost }) => (fixedCost + splitPenalty) * PARCELS_ROOM + 1);
  return { sourceCosts, isDecisive: true, isWhole: true };
}

/** Rankings in turn as one number, as many of the first ones as fit into it exactly. */
function ranksAsOne(ranks: ReadonlyArray<ReadonlyArray<number>>) {
  const levels = ranks[0]?.length ?? 0;
  let numbers = ranks.map(() => 0);
  let room = 1;
  for (let level = 0; level < levels; level += 1) {
    const values = ranks.map((row) => row[level] ?? 0);
    const above = values.reduce((sum, value) => sum + value, 1);
    room *= above;
    if (!values.every(Number.isInteger) || room > EXACT_MAX) {
      // The first level is compared as it is; later ones are left to the keys.
      if (level === 0) numbers = values;
      return { sourceCosts: numbers, isDecisive: levels === 1, isWhole: level > 0 };
    }
    numbers = numbers.map((number, index) => number * above + (values[index] ?? 0));
  }
  return { sourceCosts: numbers, isDecisive: true, isWhole: true };
}
