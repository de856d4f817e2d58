import { expect, test } from "vitest";

import { searchSubset, type SearchProblem } from "../../../src/domain/routing/subset-search.ts";
import { assess, compareKeys } from "../../../src/domain/routing/take-units.ts";
import { Random } from "../../simulation/random.ts";

/** Up to nine locations and six wants, with everything a rule may ask for. */
function randomProblem(seed: number): SearchProblem {
  const source = new Random(seed);
  const random = () => source.next();
  const upTo = (max: number) => Math.floor(random() * (max + 1));
  const size = 1 + upTo(8);
  const wantCount = 1 + upTo(5);
  const objective = random() < 0.5 ? "least_cost" : "ranked";
  const isFractional = random() < 0.3;
  const levels = 1 + upTo(2);
  const rankOf = (level: number) => {
    if (isFractional) return 1 / (1 + upTo(9));
    return level === 0 ? upTo(3) : upTo(100_000);
  };
  const sources = Array.from({ length: size }, () => ({
    units: Array.from({ length: wantCount }, () => (random() < 0.5 ? 0 : upTo(6))),
    fixedCost: upTo(20) * 1_000,
    gramCost: upTo(4),
    ranks: Array.from({ length: levels }, (_, level) => rankOf(level)),
  }));
  const wants = Array.from({ length: wantCount }, () => ({
    quantity: 1 + upTo(7),
    grams: 100 * upTo(20),
    value: upTo(1_000),
  }));
  const [first, second] = wants;
  const isGrouped = random() < 0.3;
  const needs = [
    { position: 0, quantity: Math.min(first?.quantity ?? 1, 1 + upTo(3)) },
    ...(second === undefined ? [] : [{ position: 1, quantity: second.quantity }]),
  ];
  return {
    sources:
      objective === "least_cost"
        ? sources.toSorted((a, b) => a.gramCost - b.gramCost || a.fixedCost - b.fixedCost)
        : sources,
    wants,
    groups: isGrouped ? [{ needs }] : [],
    parcelsMax: 1 + upTo(size),
    parcelValueMin: random() < 0.2 ? upTo(1_500) : 0,
    splitPenalty: upTo(5) * 1_000,
    objective,
  };
}

/** The best key of every set there is. */
function bestKey(problem: SearchProblem): ReadonlyArray<number> | null {
  let best: ReadonlyArray<number> | null = null;
  for (let bits = 1; bits < 2 ** problem.sources.length; bits += 1) {
    const chosen = problem.sources.flatMap((_, index) => ((bits >> index) & 1 ? [index] : []));
    if (chosen.length > problem.parcelsMax) continue;
    const key = assess(problem, chosen)?.key ?? null;
    if (key !== null && (best === null || compareKeys(key, best) < 0)) best = key;
  }
  return best;
}

test("2,000 random problems (costs and rankings, groups, least values, few parcels): nothing is better than what is found", () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const problem = randomProblem(seed);
    const found = searchSubset(problem);
    const key = found === null ? null : (assess(problem, found.chosen)?.key ?? null);
    const best = bestKey(problem);
    expect(found?.isExact ?? true, String(seed)).toBe(true);
    expect(key?.length, String(seed)).toBe(best?.length);
    for (const [level, value] of (best ?? []).entries())
      expect(key?.[level], String(seed)).toBeCloseTo(value, 9);
  }
});

test("20 locations of which none has everything are searched to the end", () => {
  const random = new Random(7);
  const sources = Array.from({ length: 20 }, () => ({
    units: Array.from({ length: 10 }, () => (random.next() < 0.7 ? 0 : 1)),
    fixedCost: 1_000_000,
    gramCost: 1,
    ranks: [1, Math.floor(random.next() * 1_000_000)],
  }));
  const wants = Array.from({ length: 10 }, () => ({ quantity: 2, grams: 100, value: 1 }));
  const problem = { sources, wants, groups: [], parcelsMax: 20, parcelValueMin: 0, splitPenalty: 500_000 };
  for (const objective of ["least_cost", "ranked"] as const) {
    expect(searchSubset({ ...problem, objective })).toMatchObject({ unplaced: 0, isExact: true });
  }
});
