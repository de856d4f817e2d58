import type { LocationCode, Sku } from "../brand.ts";
import { distanceBetween, type Distance, type Place } from "./distance.ts";

/** Above this many useful locations the search for the fewest parcels is greedy. */
export const EXACT_CANDIDATES_MAX = 10;

export type RouteLine = { readonly orderLineId: string; readonly sku: Sku; readonly quantity: number };

export type RouteCandidate = {
  readonly location: LocationCode;
  readonly place: Place;
  readonly ships: boolean;
  /** Null has no limit. */
  readonly capacityPerDay: number | null;
  readonly fulfillmentOrdersToday: number;
  /** Units by SKU that may be allocated here. */
  readonly allocatable: ReadonlyMap<Sku, number>;
  /** It gave this order back before, and is not asked again. */
  readonly hasRejected: boolean;
};

export type RouteRequest = {
  /** Null where nobody knows where the parcel goes. */
  readonly destination: Place | null;
  /** Set where the buyer picks the goods up: no other location will do, and it need not ship. */
  readonly pickupLocation: LocationCode | null;
  readonly lines: ReadonlyArray<RouteLine>;
  readonly candidates: ReadonlyArray<RouteCandidate>;
};

export const routeOutcomes = [
  "chosen",
  /** It gave this order back before. */
  "rejected",
  /** The buyer picks up somewhere else. */
  "not_pickup_location",
  "does_not_ship",
  "at_capacity",
  "no_stock",
  /** Has everything, and so has a nearer one. */
  "farther",
  /** Has something, and is in no better set of parcels. */
  "not_needed",
  // What the rules of a merchant's plan say.
  "not_in_group",
  "not_of_type",
  "too_far",
  "other_country",
  "lacks_capability",
  /** All it has is kept back. */
  "below_safety_stock",
  /** The order may not be split, and not all of it is here. */
  "not_whole",
  "ranked_lower",
  "costlier",
] as const;
export type RouteOutcome = (typeof routeOutcomes)[number];

export const routeStrategies = [
  "nothing",
  "single",
  "fewest_parcels",
  "greedy",
  "plan",
  /** There were more ways than could be looked at. */
  "plan_cut_short",
] as const;

/** Why each location was or was not chosen, for people to read. */
export type RouteTrace = {
  readonly strategy: (typeof routeStrategies)[number];
  /** The merchant's plan, its batch for this order and the rules that were applied, where there is a plan. */
  readonly plan?: {
    readonly code: string;
    readonly batch: string | null;
    readonly rules: ReadonlyArray<string>;
  };
  /** Of all parcels as the plan counts it, in minor units. */
  readonly cost?: number;
  readonly locations: ReadonlyArray<{
    readonly location: LocationCode;
    readonly outcome: RouteOutcome;
    readonly distance_metres: number | null;
    readonly is_estimated: boolean;
    /** Units of the order that could have come from here. */
    readonly units_available: number;
    readonly units_chosen: number;
  }>;
};

export type RoutePlan = {
  /** One parcel a location, nearest first. */
  readonly parcels: ReadonlyArray<{
    readonly location: LocationCode;
    readonly lines: ReadonlyArray<RouteLine>;
  }>;
  readonly unplaced: ReadonlyArray<RouteLine>;
  readonly trace: RouteTrace;
};

/** Decides which location ships what. The same request always gives the same plan. */
export type RoutePlanner = (request: RouteRequest) => RoutePlan;

type Demand = ReadonlyMap<Sku, number>;
type Ranked = RouteCandidate & { readonly distance: Distance | null; readonly unitsAvailable: number };

/**
 * The nearest location that has everything; else the fewest parcels, and among those the shortest way. Units that
 * are nowhere are unplaced; the rest is placed all the same.
 */
export const planRoute: RoutePlanner = (request) => {
  const wanted = demandOf(request.lines);
  const ranked = rank(request, wanted);
  const useful = ranked.filter((candidate) => excuse(candidate, request) === null);
  const demand = placeable(wanted, useful);

  const single = useful.find((candidate) => covers([candidate], demand));
  const strategy =
    demand.size === 0
      ? "nothing"
      : single !== undefined
        ? "single"
        : useful.length <= EXACT_CANDIDATES_MAX
          ? "fewest_parcels"
          : "greedy";
  const chosen = choose(strategy, single, useful, demand, comparable(ranked));
  const { parcels, unplaced } = assign(request.lines, chosen);
  return {
    parcels,
    unplaced,
    trace: { strategy, locations: ranked.map((candidate) => explain(candidate, request, demand, parcels)) },
  };
};

function demandOf(lines: ReadonlyArray<RouteLine>): Demand {
  const demand = new Map<Sku, number>();
  for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  return demand;
}

/** What of the demand is somewhere at all. */
function placeable(wanted: Demand, candidates: ReadonlyArray<RouteCandidate>): Demand {
  const demand = new Map<Sku, number>();
  for (const [sku, quantity] of wanted) {
    const there = Math.min(
      quantity,
      candidates.reduce((sum, { allocatable }) => sum + unitsOf(allocatable, sku), 0),
    );
    if (there > 0) demand.set(sku, there);
  }
  return demand;
}

function unitsOf(allocatable: ReadonlyMap<Sku, number>, sku: Sku): number {
  return Math.max(0, allocatable.get(sku) ?? 0);
}

/** Units of `demand` that this location could give. */
function unitsFor(candidate: RouteCandidate, demand: Demand): number {
  let units = 0;
  for (const [sku, quantity] of demand) units += Math.min(quantity, unitsOf(candidate.allocatable, sku));
  return units;
}

function covers(candidates: ReadonlyArray<RouteCandidate>, demand: Demand): boolean {
  for (const [sku, quantity] of demand) {
    const there = candidates.reduce((sum, { allocatable }) => sum + unitsOf(allocatable, sku), 0);
    if (there < quantity) return false;
  }
  return true;
}

/** Nearest first. */
function rank({ candidates, destination }: RouteRequest, wanted: Demand): Array<Ranked> {
  const measured = candidates.map((candidate) => ({
    ...candidate,
    distance: destination === null ? null : distanceBetween(candidate.place, destination),
    unitsAvailable: unitsFor(candidate, wanted),
  }));
  const cost = comparable(measured);
  return measured.toSorted((a, b) => compareCosts(cost([a]), cost([b])) || compareCodes(a, b));
}

/** Border crossings first where they count, then metres. */
type Cost = readonly [crossings: number, metres: number];
type CostOf = (candidates: ReadonlyArray<Ranked>) => Cost;

/**
 * How far a set of locations is from the buyer. Where the middle of a country stands in for an address, metres say
 * little (New York is farther from the middle of its country than Toronto is), so the same country is nearer than any other.
 */
function comparable(candidates: ReadonlyArray<{ readonly distance: Distance | null }>): CostOf {
  const areExact = candidates.every(({ distance }) => distance !== null && !distance.isEstimated);
  return (chosen) => [
    areExact ? 0 : chosen.filter(({ distance }) => distance?.isSameCountry !== true).length,
    chosen.reduce((sum, { distance }) => sum + (distance?.metres ?? Number.MAX_SAFE_INTEGER / 1024), 0),
  ];
}

function compareCosts(a: Cost, b: Cost): number {
  return a[0] - b[0] || a[1] - b[1];
}

function compareCodes(a: RouteCandidate, b: RouteCandidate): number {
  return a.location < b.location ? -1 : Number(a.location > b.location);
}

/** @returns null where the location may be chosen. */
function excuse(candidate: Ranked, { pickupLocation }: RouteRequest): RouteOutcome | null {
  if (candidate.hasRejected) return "rejected";
  if (pickupLocation !== null) {
    if (candidate.location !== pickupLocation) return "not_pickup_location";
  } else {
    if (!candidate.ships) return "does_not_ship";
    if (candidate.capacityPerDay !== null && candidate.fulfillmentOrdersToday >= candidate.capacityPerDay) {
      return "at_capacity";
    }
  }
  return candidate.unitsAvailable === 0 ? "no_stock" : null;
}

function choose(
  strategy: "nothing" | "single" | "fewest_parcels" | "greedy",
  single: Ranked | undefined,
  useful: ReadonlyArray<Ranked>,
  demand: Demand,
  cost: CostOf,
): ReadonlyArray<Ranked> {
  switch (strategy) {
    case "nothing":
      return [];
    case "single":
      return single === undefined ? [] : [single];
    case "fewest_parcels":
      return searchFewest(useful, demand, cost);
    case "greedy":
      return searchGreedily(useful, demand);
  }
}

/**
 * Every subset, by size and then by distance. `useful` is sorted nearest first with ties by code, and subsets are
 * made in that order, so the first of equals is the one to keep.
 */
function searchFewest(useful: ReadonlyArray<Ranked>, demand: Demand, cost: CostOf): ReadonlyArray<Ranked> {
  for (let size = 2; size <= useful.length; size += 1) {
    let best: ReadonlyArray<Ranked> | null = null;
    for (const subset of subsetsOf(useful, size)) {
      if (best !== null && compareCosts(cost(subset), cost(best)) >= 0) continue;
      if (covers(subset, demand)) best = subset;
    }
    if (best !== null) return best;
  }
  return useful;
}

function* subsetsOf(all: ReadonlyArray<Ranked>, size: number, from = 0): Generator<ReadonlyArray<Ranked>> {
  if (size === 0) {
    yield [];
    return;
  }
  for (const [index, first] of all.entries()) {
    if (index < from) continue;
    for (const rest of subsetsOf(all, size - 1, index + 1)) yield [first, ...rest];
  }
}

/** Always the location that gives most of what is left; the nearer of equals, because `useful` is sorted. */
function searchGreedily(useful: ReadonlyArray<Ranked>, demand: Demand): ReadonlyArray<Ranked> {
  const left = new Map(demand);
  const chosen = new Set<Ranked>();
  while (left.size > 0) {
    let best: Ranked | null = null;
    for (const candidate of useful) {
      if (chosen.has(candidate)) continue;
      if (best === null || unitsFor(candidate, left) > unitsFor(best, left)) best = candidate;
    }
    if (best === null) break;
    chosen.add(best);
    for (const [sku, quantity] of left) {
      const rest = quantity - unitsOf(best.allocatable, sku);
      if (rest > 0) left.set(sku, rest);
      else left.delete(sku);
    }
  }
  // A location chosen early may have become superfluous.
  const kept = useful.filter((candidate) => chosen.has(candidate));
  for (const candidate of kept.toReversed()) {
    const without = kept.filter((other) => other !== candidate);
    if (covers(without, demand)) kept.splice(kept.indexOf(candidate), 1);
  }
  return kept;
}

/** Nearer locations give first. In a smallest set each gives something, or the set without it would do. */
function assign(
  lines: ReadonlyArray<RouteLine>,
  chosen: ReadonlyArray<Ranked>,
): Pick<RoutePlan, "parcels" | "unplaced"> {
  const left = lines.map((line) => line.quantity);
  const parcels = [];
  for (const { location, allocatable } of chosen) {
    const stock = new Map(allocatable);
    const taken: Array<RouteLine> = [];
    for (const [index, line] of lines.entries()) {
      const quantity = Math.min(left[index] ?? 0, unitsOf(stock, line.sku));
      if (quantity === 0) continue;
      left[index] = (left[index] ?? 0) - quantity;
      stock.set(line.sku, unitsOf(stock, line.sku) - quantity);
      taken.push({ ...line, quantity });
    }
    if (taken.length > 0) parcels.push({ location, lines: taken });
  }
  const unplaced = lines.flatMap((line, index) => {
    const quantity = left[index] ?? 0;
    return quantity === 0 ? [] : [{ ...line, quantity }];
  });
  return { parcels, unplaced };
}

function explain(
  candidate: Ranked,
  request: RouteRequest,
  demand: Demand,
  parcels: RoutePlan["parcels"],
): RouteTrace["locations"][number] {
  const parcel = parcels.find(({ location }) => location === candidate.location);
  const outcome =
    parcel !== undefined
      ? "chosen"
      : (excuse(candidate, request) ?? (covers([candidate], demand) ? "farther" : "not_needed"));
  return {
    location: candidate.location,
    outcome,
    distance_metres: candidate.distance?.metres ?? null,
    is_estimated: candidate.distance?.isEstimated ?? true,
    units_available: candidate.unitsAvailable,
    units_chosen: parcel === undefined ? 0 : totalOf(parcel.lines),
  };
}

function totalOf(lines: ReadonlyArray<RouteLine>): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
