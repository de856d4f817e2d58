import { CHOSEN, CostShares, EXCLUDED, FREE } from "./cost-shares.ts";
import { coverOf, PARCELS_ROOM, type CoverProblem } from "./cover.ts";
import { assess, compareKeys, ranksOf, type Assessed } from "./take-units.ts";

/** Sets looked at before the search settles for the best one so far: a decision has a few milliseconds. */
const NODES_MAX = 5_000;
/** Relative to what is compared: more than rounding can amount to. */
const TOLERANCE = 1e-9;

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

export type Solution = Omit<Assessed, "key"> & {
  /** Indexes of sources, ascending. */
  readonly chosen: ReadonlyArray<number>;
  readonly isExact: boolean;
};

/**
 * The set of locations to ship from: as much placed as can be, then the best by the objective.
 *
 * First every set is looked at that places all that can be placed (branch and bound: some location must serve what is
 * hardest to get). Only where there is none within the parcels and values allowed, the sets that place less are.
 *
 * @returns null where nothing can be placed at all.
 */
export function searchSubset(problem: SearchProblem): Solution | null {
  const search = new Search(problem);
  search.considerGreedy();
  search.searchComplete();
  if (!search.isComplete) search.searchPartial();
  if (search.best === null) return null;
  const { chosen, taken, unplaced, cost } = search.best;
  return { chosen, taken, unplaced, cost, isExact: search.isExact };
}

class Search {
  best: (Assessed & { readonly chosen: ReadonlyArray<number> }) | null = null;
  readonly #problem: SearchProblem;
  readonly #cover: CoverProblem;
  readonly #states: Uint8Array;
  /** What the chosen sources leave of each need; below zero where they have more. */
  readonly #left: Int32Array;
  /** The best cover's number. */
  #bestNumber = Number.POSITIVE_INFINITY;
  #nodes = 0;

  constructor(problem: SearchProblem) {
    this.#problem = problem;
    this.#cover = coverOf(problem);
    this.#states = new Uint8Array(problem.sources.length);
    this.#left = Int32Array.from(this.#cover.cover.needs);
  }

  get isExact(): boolean {
    return this.#nodes < NODES_MAX;
  }

  /** Whether everything that can be placed has been. */
  get isComplete(): boolean {
    return this.best !== null && this.best.unplaced <= this.#cover.unplacedMin;
  }

  /** Always the source that gives most of what is left: a first answer, so that worse ones are passed over early. */
  considerGreedy(): void {
    const chosen: Array<number> = [];
    while (chosen.length < this.#problem.parcelsMax) {
      let best = -1;
      let most = 0;
      for (let source = 0; source < this.#states.length; source += 1) {
        const gives = this.#states[source] === FREE ? this.#givesMore(source) : 0;
        if (gives > most) [best, most] = [source, gives];
      }
      if (best < 0) break;
      this.#states[best] = CHOSEN;
      this.#move(best, -1);
      chosen.push(best);
    }
    // The first ones may be idle now.
    const kept = chosen.filter((source) => !this.#isIdle(source));
    for (const source of kept) this.#move(source, 1);
    this.#states.fill(FREE);
    if (kept.length > 0) this.#consider(kept.toSorted((a, b) => a - b));
  }

  /** Whether the others cover every need; if so they have to from now on. */
  #isIdle(source: number): boolean {
    this.#move(source, 1);
    if (this.#left.every((left) => left <= 0)) return true;
    this.#move(source, -1);
    return false;
  }

  /** Of what is left, this source could give so much. */
  #givesMore(source: number): number {
    const { sources, positions, units } = this.#cover.cover;
    let gives = 0;
    for (let position = 0; position < positions; position += 1) {
      const left = this.#left[position] ?? 0;
      if (left > 0) gives += Math.min(left, units[position * sources + source] ?? 0);
    }
    return gives;
  }

  searchComplete(): void {
    if (this.#cover.cover.needs.every((need) => need === 0)) return;
    this.#branch(new CostShares(this.#cover.cover, this.#bestNumber), 0);
  }

  /** Every set that has the chosen sources and none of the excluded ones. */
  #branch(shares: CostShares, count: number): void {
    if (this.#nodes >= NODES_MAX) return;
    this.#nodes += 1;
    const hardest = this.#hardest(count);
    if (hardest === "hopeless" || this.#isNoBetter(shares.boundOf(this.#states))) return;
    if (hardest === "covered") {
      const outcome = this.#consider(this.#chosen());
      // More sources may be cheaper still, or keep together what these tear apart; a better rank they have never.
      const isDone = outcome === "idle" || (outcome === "complete" && this.#problem.objective === "ranked");
      if (!isDone && count < this.#problem.parcelsMax) this.#branchOn(shares, count, null);
      return;
    }
    this.#branchOn(shares, count, hardest);
  }

  /** With each source in turn that serves the position, without those before it: no set is looked at twice. */
  #branchOn(shares: CostShares, count: number, position: number | null): void {
    const { sources, units } = this.#cover.cover;
    const tried: Array<number> = [];
    for (const source of shares.byCost(position)) {
      const serves = position === null || (units[position * sources + source] ?? 0) > 0;
      if (this.#states[source] !== FREE || !serves) continue;
      this.#states[source] = CHOSEN;
      this.#move(source, -1);
      this.#branch(shares, count + 1);
      this.#move(source, 1);
      this.#states[source] = EXCLUDED;
      tried.push(source);
    }
    for (const source of tried) this.#states[source] = FREE;
  }

  #move(source: number, sign: 1 | -1): void {
    const { sources, positions, units } = this.#cover.cover;
    for (let position = 0; position < positions; position += 1) {
      this.#left[position] = (this.#left[position] ?? 0) + sign * (units[position * sources + source] ?? 0);
    }
  }

  /** The uncovered position that the fewest free sources serve. */
  #hardest(count: number): number | "covered" | "hopeless" {
    const { sources, positions, units } = this.#cover.cover;
    let hardest: number | "covered" = "covered";
    let fewest = Number.POSITIVE_INFINITY;
    let parcelsMore = 0;
    for (let position = 0; position < positions; position += 1) {
      const left = this.#left[position] ?? 0;
      if (left <= 0) continue;
      let there = 0;
      let most = 0;
      let serving = 0;
      for (let source = 0; source < sources; source += 1) {
        if (this.#states[source] !== FREE) continue;
        const here = units[position * sources + source] ?? 0;
        if (here === 0) continue;
        there += here;
        most = Math.max(most, here);
        serving += 1;
      }
      if (there < left) return "hopeless";
      parcelsMore = Math.max(parcelsMore, Math.ceil(left / most));
      if (serving < fewest) [hardest, fewest] = [position, serving];
    }
    return count + parcelsMore > this.#problem.parcelsMax ? "hopeless" : hardest;
  }

  /** Whether a bound says that nothing with the chosen sources can be better than the best cover. */
  #isNoBetter(bound: number): boolean {
    if (bound === Number.POSITIVE_INFINITY || this.#bestNumber === Number.POSITIVE_INFINITY) {
      return bound === Number.POSITIVE_INFINITY;
    }
    const { isDecisive, isWhole } = this.#cover;
    // Whole numbers are better by one or not at all, and rounding stays below a half.
    if (isWhole) return bound > this.#bestNumber + (isDecisive ? -0.5 : 0.5);
    return bound > this.#bestNumber + Math.max(1, Math.abs(this.#bestNumber)) * TOLERANCE;
  }

  #chosen(): Array<number> {
    const chosen: Array<number> = [];
    for (const [source, state] of this.#states.entries()) if (state === CHOSEN) chosen.push(source);
    return chosen;
  }

  /**
   * @returns Whether the set places all that can be placed. `idle` where a source gives nothing, or too little: with
   * more sources beside it, it would give no more.
   */
  #consider(chosen: ReadonlyArray<number>): "complete" | "partial" | "idle" {
    const assessed = assess(this.#problem, chosen);
    if (assessed === null) return "idle";
    const isComplete = assessed.unplaced <= this.#cover.unplacedMin;
    if (this.best === null || compareKeys(assessed.key, this.best.key) < 0) {
      this.best = { ...assessed, chosen };
      if (isComplete) this.#bestNumber = this.#numberOf(this.best);
    }
    return isComplete ? "complete" : "partial";
  }

  #numberOf({ chosen, cost }: { readonly chosen: ReadonlyArray<number>; readonly cost: number }): number {
    const { objective, splitPenalty } = this.#problem;
    if (objective === "least_cost") return (cost + splitPenalty) * PARCELS_ROOM + chosen.length;
    return chosen.reduce((sum, source) => sum + (this.#cover.cover.sourceCosts[source] ?? 0), 0);
  }

  /** Sets that place less than could be placed, because of the parcels or values allowed, or of what is kept whole. */
  searchPartial(): void {
    this.#left.set(this.#cover.cover.needs);
    this.#states.fill(FREE);
    this.#extend([], 0);
  }

  #extend(chosen: ReadonlyArray<number>, from: number): void {
    const { sources, parcelsMax } = this.#problem;
    for (let index = from; index < sources.length; index += 1) {
      if (this.#nodes >= NODES_MAX || this.#placesLess(parcelsMax - chosen.length, index, chosen)) return;
      this.#nodes += 1;
      const extended = [...chosen, index];
      this.#move(index, -1);
      const isIdle = this.#isWorthwhile(extended) && this.#consider(extended) === "idle";
      if (!isIdle && extended.length < parcelsMax) this.#extend(extended, index + 1);
      this.#move(index, 1);
    }
  }

  /** Whether so many more sources from this one on cannot place as much as the best set, or not at less. */
  #placesLess(parcels: number, from: number, chosen: ReadonlyArray<number>): boolean {
    if (this.best === null) return false;
    const gives: Array<number> = [];
    for (let source = from; source < this.#states.length; source += 1) gives.push(this.#givesMore(source));
    const most = gives
      .toSorted((a, b) => b - a)
      .slice(0, parcels)
      .reduce((sum, here) => sum + here, 0);
    const unplaced = Math.max(this.#cover.unplacedMin, this.#unplaced() - most);
    if (unplaced !== this.best.unplaced) return unplaced > this.best.unplaced;
    return !this.#isBetter(chosen);
  }

  #unplaced(): number {
    let unplaced = this.#cover.unplacedMin;
    for (let position = 0; position < this.#problem.wants.length; position += 1) {
      unplaced += Math.max(0, this.#left[position] ?? 0);
    }
    return unplaced;
  }

  #isWorthwhile(chosen: ReadonlyArray<number>): boolean {
    if (this.best === null) return true;
    const unplaced = this.#unplaced();
    if (unplaced !== this.best.unplaced) return unplaced < this.best.unplaced;
    return this.#isBetter(chosen);
  }

  /** Whether the parcels alone are better than the best set, before the goods are in them. */
  #isBetter(chosen: ReadonlyArray<number>): boolean {
    if (this.best === null) return true;
    const { sources, splitPenalty, objective } = this.#problem;
    if (objective === "ranked")
      return compareKeys(ranksOf(this.#problem, chosen), this.best.key.slice(1)) < 0;
    const cost = chosen.reduce(
      (sum, source) => sum + splitPenalty + (sources[source]?.fixedCost ?? 0),
      -splitPenalty,
    );
    return cost < this.best.cost;
  }
}
