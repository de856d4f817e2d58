/** Sets looked at before the search settles for the best one so far: a decision has a few milliseconds. */
const NODES_MAX = 20_000;

/** One location as the search sees it: numbers by the position of what is wanted. */
export type Source = {
  /** Units there, by position. */
  readonly units: ReadonlyArray<number>;
  /** A parcel from here, before anything is in it. */
  readonly fixedCost: number;
  /** Of one gram. */
  readonly gramCost: number;
  /** What each ranking adds for a parcel from here; less is better. */
  readonly ranks: ReadonlyArray<number>;
};

/** Something wanted: units that may come from several locations, unless they are kept whole. */
export type Want = {
  readonly quantity: number;
  readonly grams: number;
  readonly value: number;
};

export type SearchProblem = {
  /** In the order in which they give: the first one first. */
  readonly sources: ReadonlyArray<Source>;
  readonly wants: ReadonlyArray<Want>;
  /** Positions of wants that must come out of one parcel together, with what each has to find there. */
  readonly groups: ReadonlyArray<{
    readonly needs: ReadonlyArray<{ readonly position: number; readonly quantity: number }>;
  }>;
  readonly parcelsMax: number;
  readonly parcelValueMin: number;
  readonly splitPenalty: number;
  readonly objective: "ranked" | "least_cost";
};

/** Units taken: `taken[index of the source][position]`. */
export type Solution = {
  readonly chosen: ReadonlyArray<number>;
  readonly taken: ReadonlyArray<ReadonlyArray<number>>;
  readonly unplaced: number;
  /** In thousandths of a minor unit. */
  readonly cost: number;
  readonly isExact: boolean;
};

type Best = { readonly key: ReadonlyArray<number>; readonly solution: Omit<Solution, "isExact"> };

/**
 * The set of locations to ship from: as much placed as can be, then the best by the objective. Every set of at most
 * `parcelsMax` is looked at, except those that cannot be better than what was found: with costs because the parcels
 * alone cost more already, and anyway because what is left of the locations does not hold what is wanted.
 *
 * @returns null where nothing can be placed at all.
 */
export function searchSubset(problem: SearchProblem): Solution | null {
  const search = new Search(problem);
  search.considerGreedy();
  search.extend([], 0, 0);
  return search.best === null ? null : { ...search.best.solution, isExact: search.isExact };
}

class Search {
  best: Best | null = null;
  readonly #problem: SearchProblem;
  /** Units from this source on, by position: what a set can still hope for. */
  readonly #unitsFrom: ReadonlyArray<ReadonlyArray<number>>;
  /** The most that one source from this one on has, by position. */
  readonly #mostFrom: ReadonlyArray<ReadonlyArray<number>>;
  /** The least that a parcel of one of those costs, and adds to each ranking. */
  readonly #fixedFrom: ReadonlyArray<number>;
  readonly #ranksFrom: ReadonlyArray<ReadonlyArray<number>>;
  /** The cheapest that the goods themselves can be shipped for, wherever from. */
  readonly #goodsCostMin: number;
  readonly #wanted: number;
  /** What all sources together cannot give. */
  readonly #unplacedMin: number;
  #nodes = 0;

  constructor(problem: SearchProblem) {
    this.#problem = problem;
    const { sources, wants } = problem;
    const suffixes: Array<ReadonlyArray<number>> = [wants.map(() => 0)];
    const most: Array<ReadonlyArray<number>> = [wants.map(() => 0)];
    const fixed = [Number.POSITIVE_INFINITY];
    const least: Array<ReadonlyArray<number>> = [[]];
    for (const { units, fixedCost, ranks } of sources.toReversed()) {
      const [sums = [], maxima = []] = [suffixes[0], most[0]];
      suffixes.unshift(units.map((there, position) => there + (sums[position] ?? 0)));
      most.unshift(units.map((there, position) => Math.max(there, maxima[position] ?? 0)));
      fixed.unshift(Math.min(fixedCost, fixed[0] ?? fixedCost));
      const minima = least[0] ?? [];
      least.unshift(ranks.map((rank, index) => Math.min(rank, minima[index] ?? rank)));
    }
    this.#unitsFrom = suffixes;
    this.#mostFrom = most;
    this.#fixedFrom = fixed;
    this.#ranksFrom = least;
    this.#wanted = wants.reduce((sum, { quantity }) => sum + quantity, 0);
    this.#unplacedMin = wants.reduce(
      (sum, { quantity }, position) => sum + Math.max(0, quantity - (suffixes[0]?.[position] ?? 0)),
      0,
    );
    this.#goodsCostMin = cheapestGoods(problem);
  }

  get isExact(): boolean {
    return this.#nodes <= NODES_MAX;
  }

  /** Always the source that gives most of what is left: a first answer, so that worse ones are passed over early. */
  considerGreedy(): void {
    const { sources, wants, parcelsMax } = this.#problem;
    const left = wants.map(({ quantity }) => quantity);
    const chosen = new Set<number>();
    const gives = ({ units }: Source) =>
      left.reduce((sum, wanted, position) => sum + Math.min(wanted, units[position] ?? 0), 0);
    while (chosen.size < parcelsMax) {
      const [next] = sources
        .map((source, index) => ({ index, units: chosen.has(index) ? 0 : gives(source) }))
        .toSorted((a, b) => b.units - a.units || a.index - b.index);
      if (next === undefined || next.units === 0) break;
      chosen.add(next.index);
      for (const position of left.keys()) {
        const there = sources[next.index]?.units[position] ?? 0;
        left[position] = Math.max(0, (left[position] ?? 0) - there);
      }
    }
    const indexes = [...chosen].toSorted((a, b) => a - b);
    const cost = indexes.reduce((sum, index) => sum + (sources[index]?.fixedCost ?? 0), 0);
    if (indexes.length > 0) this.#consider(indexes, cost);
  }

  extend(chosen: ReadonlyArray<number>, from: number, fixedCost: number): void {
    const { sources, parcelsMax } = this.#problem;
    if (chosen.length === parcelsMax) return;
    for (let index = from; index < sources.length; index += 1) {
      if (this.#nodes > NODES_MAX || this.#isHopeless(chosen, index, fixedCost)) return;
      const cost = fixedCost + (sources[index]?.fixedCost ?? 0);
      this.#nodes += 1;
      const extended = [...chosen, index];
      this.#consider(extended, cost);
      this.extend(extended, index + 1, cost);
    }
  }

  /** Whether no set of `chosen` and sources from `index` on can be better than the best one. */
  #isHopeless(chosen: ReadonlyArray<number>, index: number, fixedCost: number): boolean {
    if (!this.#isComplete()) return false;
    const { sources, wants, parcelsMax, splitPenalty, objective } = this.#problem;
    let lacking = 0;
    let parcelsMore = 1;
    for (const [position, { quantity }] of wants.entries()) {
      let left = quantity;
      for (const one of chosen) left -= sources[one]?.units[position] ?? 0;
      if (left <= 0) continue;
      const there = this.#unitsFrom[index]?.[position] ?? 0;
      lacking += Math.max(0, left - there);
      const most = this.#mostFrom[index]?.[position] ?? 0;
      if (most > 0) parcelsMore = Math.max(parcelsMore, Math.ceil(Math.min(left, there) / most));
    }
    if (lacking > this.#unplacedMin || chosen.length + parcelsMore > parcelsMax) return true;
    if (objective === "least_cost") {
      const parcelsCost = fixedCost + parcelsMore * (this.#fixedFrom[index] ?? 0);
      return !this.#isCheaper(parcelsCost + splitPenalty * (chosen.length + parcelsMore - 1));
    }
    const ranks = this.#ranksOf(chosen).map(
      (sum, rank) => sum + parcelsMore * (this.#ranksFrom[index]?.[rank] ?? 0),
    );
    return !this.#isRankedHigher(ranks);
  }

  /** Whether parcels of this cost could make a better solution, once the goods are in them. */
  #isCheaper(parcelsCost: number): boolean {
    return this.best === null || parcelsCost + this.#goodsCostMin < this.best.solution.cost;
  }

  #isRankedHigher(ranks: ReadonlyArray<number>): boolean {
    return this.best === null || compareKeys(ranks, this.best.key.slice(1)) < 0;
  }

  #ranksOf(chosen: ReadonlyArray<number>): Array<number> {
    const { sources } = this.#problem;
    return (sources[0]?.ranks ?? []).map((_, rank) =>
      chosen.reduce((sum, index) => sum + (sources[index]?.ranks[rank] ?? 0), 0),
    );
  }

  /** Whether it is worth working out what each of these would give. */
  #isPromising(chosen: ReadonlyArray<number>, fixedCost: number): boolean {
    if (!this.#isComplete()) return true;
    const { sources, wants, splitPenalty, objective } = this.#problem;
    const isBetter =
      objective === "least_cost"
        ? this.#isCheaper(fixedCost + splitPenalty * (chosen.length - 1))
        : this.#isRankedHigher(this.#ranksOf(chosen));
    if (!isBetter) return false;
    let lacking = 0;
    for (const [position, { quantity }] of wants.entries()) {
      let left = quantity;
      for (const one of chosen) left -= sources[one]?.units[position] ?? 0;
      if (left > 0) lacking += left;
    }
    return lacking <= this.#unplacedMin;
  }

  /** Whether everything that can be placed has been. */
  #isComplete(): boolean {
    return this.best !== null && this.best.solution.unplaced <= this.#unplacedMin;
  }

  #consider(chosen: ReadonlyArray<number>, fixedCost: number): void {
    if (!this.#isPromising(chosen, fixedCost)) return;
    const taken = take(this.#problem, chosen);
    if (taken === null) return;
    const { sources, wants, splitPenalty, objective } = this.#problem;
    let cost = fixedCost + splitPenalty * (chosen.length - 1);
    let placed = 0;
    for (const [order, index] of chosen.entries()) {
      for (const [position, units] of (taken[order] ?? []).entries()) {
        placed += units;
        cost += units * (wants[position]?.grams ?? 0) * (sources[index]?.gramCost ?? 0);
      }
    }
    const unplaced = this.#wanted - placed;
    const merit = objective === "least_cost" ? [cost, chosen.length] : this.#ranksOf(chosen);
    const key = [unplaced, ...merit];
    if (this.best !== null && compareKeys(key, this.best.key) >= 0) return;
    this.best = { key, solution: { chosen, taken, unplaced, cost } };
  }
}

/** Nobody can ship the goods themselves for less than from the cheapest place that has them. */
function cheapestGoods({ sources, wants }: SearchProblem): number {
  const byPrice = sources.toSorted((a, b) => a.gramCost - b.gramCost);
  let cost = 0;
  for (const [position, { quantity, grams }] of wants.entries()) {
    let left = quantity;
    for (const { units, gramCost } of byPrice) {
      const here = Math.min(left, units[position] ?? 0);
      cost += here * grams * gramCost;
      left -= here;
      if (left === 0) break;
    }
  }
  return cost;
}

/**
 * What each source of a set gives, in their order: groups first, each whole, then the rest. With costs the order is by
 * the price of a gram, so that taking from the first is cheapest.
 *
 * @returns null where a source would give nothing (the set without it is looked at by itself), or too little for a parcel.
 */
function take(problem: SearchProblem, chosen: ReadonlyArray<number>): Array<Array<number>> | null {
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

function compareKeys(a: ReadonlyArray<number>, b: ReadonlyArray<number>): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
