import type { LocationCode, Sku } from "../brand.ts";
import {
  excuse,
  fixedCostOf,
  isAble,
  ranksOf,
  THOUSANDTHS,
  zoneOf,
  type Measured,
} from "./candidate-merit.ts";
import { distanceBetween } from "./distance.ts";
import type { RouteLine, RouteOutcome, RoutePlan, RouteTrace } from "./plan.ts";
import {
  isForOrder,
  type PlannedLine,
  type PlannedRequest,
  type RoutingCosts,
  type RoutingPlan,
  type RoutingRule,
  type Unallocated,
} from "./routing-plan.ts";
import { searchSubset, type Solution } from "./subset-search.ts";

export type PlannedRoute = RoutePlan & {
  /** What becomes of the units without a location. */
  readonly unallocated: Unallocated;
  /** Of all parcels, in minor units. */
  readonly cost: number;
};

type Explained = RouteTrace["locations"][number];

/**
 * Routes an order as a merchant's plan says: the rules of the first batch that is for it, each for what the one before
 * it left. The same request always gives the same route.
 */
export function routeByPlan(plan: RoutingPlan, request: PlannedRequest): PlannedRoute {
  const batch = plan.batches.find((candidate) => isForOrder(candidate, request));
  const candidates = request.candidates
    .map((candidate): Measured => ({
      ...candidate,
      distance: request.destination === null ? null : distanceBetween(candidate.place, request.destination),
    }))
    .toSorted((a, b) => (a.location < b.location ? -1 : 1));
  let left: ReadonlyArray<PlannedLine> = request.lines;
  let unallocated: Unallocated = { kind: "backorder" };
  const parcels = new Map<LocationCode, Array<RouteLine>>();
  const explained = new Map<LocationCode, Explained>();
  const rules: Array<string> = [];
  let cost = 0;
  let isExact = true;
  for (const rule of batch?.rules ?? []) {
    if (left.length === 0) break;
    const outcome = applyRule(plan, rule, request, candidates, left, parcels);
    for (const one of outcome.explained) {
      // A later rule's word counts, except against a location that was chosen before.
      if (explained.get(one.location)?.outcome !== "chosen") explained.set(one.location, one);
    }
    rules.push(rule.name);
    cost += outcome.cost;
    isExact = isExact && outcome.isExact;
    left = outcome.left;
    unallocated = rule.unallocated.kind === "next" ? { kind: "backorder" } : rule.unallocated;
    if (rule.unallocated.kind !== "next") break;
  }
  return {
    parcels: [...parcels].map(([location, lines]) => ({ location, lines })),
    unplaced: left.map(({ orderLineId, sku, quantity }) => ({ orderLineId, sku, quantity })),
    trace: {
      strategy: parcels.size === 0 ? "nothing" : isExact ? "plan" : "plan_cut_short",
      plan: { code: plan.code, batch: batch?.name ?? null, rules },
      cost: Math.round(cost / THOUSANDTHS),
      locations: candidates.map(
        (candidate) =>
          explained.get(candidate.location) ?? explain(candidate, "not_needed", request.lines, 0),
      ),
    },
    unallocated,
    cost: Math.round(cost / THOUSANDTHS),
  };
}

function applyRule(
  plan: RoutingPlan,
  rule: RoutingRule,
  request: PlannedRequest,
  candidates: ReadonlyArray<Measured>,
  lines: ReadonlyArray<PlannedLine>,
  parcels: Map<LocationCode, Array<RouteLine>>,
) {
  const excused = new Map(
    candidates.map((candidate) => [
      candidate.location,
      excuse(rule, request, candidate, lines) ?? (parcels.has(candidate.location) ? "chosen" : null),
    ]),
  );
  const useful = sortForRule(
    plan.costs,
    rule,
    candidates.filter(({ location }) => excused.get(location) === null),
    lines,
  );
  const { problem, skus } = problemOf(plan.costs, rule, useful, lines);
  const found = searchSubset(problem);
  // One parcel means the whole of it: a part would be a split in time.
  const solution = found !== null && rule.parcelsMax === 1 && found.unplaced > 0 ? null : found;
  const given = solution === null ? [] : assign(lines, useful, solution, skus, rule.keepsGroups);
  for (const { location, lines: parcel } of given) parcels.set(location, [...parcel]);
  const units = new Map(given.map(({ location, lines: parcel }) => [location, unitsOf(parcel)]));
  const rest = restOf(lines, given);
  return {
    left: rest,
    cost: solution?.cost ?? 0,
    isExact: solution?.isExact ?? true,
    explained: candidates.map((candidate) => {
      const { location } = candidate;
      const chosen = units.get(location) ?? 0;
      const because = chosen > 0 ? "chosen" : (excused.get(location) ?? unchosen(rule, candidate, lines));
      return explain(candidate, because, lines, chosen);
    }),
  };
}

/** Which gives first: with costs the one that is cheapest by weight, otherwise the better one. */
function sortForRule(
  costs: RoutingCosts,
  rule: RoutingRule,
  useful: ReadonlyArray<Measured>,
  lines: ReadonlyArray<PlannedLine>,
): Array<Measured> {
  const keyOf = (candidate: Measured) =>
    rule.objective === "least_cost"
      ? [zoneOf(costs, candidate).perKilogram, fixedCostOf(costs, candidate)]
      : ranksOf(costs, rule, candidate, lines);
  return useful
    .map((candidate) => ({ candidate, key: keyOf(candidate) }))
    .toSorted((a, b) => {
      const at = a.key.findIndex((value, index) => value !== b.key[index]);
      return at < 0 ? 0 : (a.key[at] ?? 0) - (b.key[at] ?? 0);
    })
    .map(({ candidate }) => candidate);
}

function problemOf(
  costs: RoutingCosts,
  rule: RoutingRule,
  useful: ReadonlyArray<Measured>,
  lines: ReadonlyArray<PlannedLine>,
) {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const kept = rule.locations.unitsKept ?? 0;
  const linesOf = Map.groupBy(lines, ({ sku }) => sku);
  const groups = rule.keepsGroups ? groupsOf(lines) : [];
  return {
    skus,
    problem: {
      sources: useful.map((candidate) => ({
        units: skus.map((sku) => {
          const [line] = linesOf.get(sku) ?? [];
          if (line === undefined || !isAble(candidate, line)) return 0;
          return Math.max(0, (candidate.allocatable.get(sku) ?? 0) - kept);
        }),
        fixedCost: fixedCostOf(costs, candidate),
        gramCost: zoneOf(costs, candidate).perKilogram,
        ranks: ranksOf(costs, rule, candidate, lines),
      })),
      wants: skus.map((sku) => {
        const ofSku = linesOf.get(sku) ?? [];
        return { quantity: unitsOf(ofSku), grams: ofSku[0]?.grams ?? 0, value: ofSku[0]?.value ?? 0 };
      }),
      groups: groups.map((ofGroup) => ({
        needs: [...Map.groupBy(ofGroup, ({ sku }) => sku)].map(([sku, ofSku]) => ({
          position: skus.indexOf(sku),
          quantity: unitsOf(ofSku),
        })),
      })),
      parcelsMax: rule.parcelsMax,
      parcelValueMin: rule.parcelValueMin,
      splitPenalty: costs.splitPenalty * THOUSANDTHS,
      objective: rule.objective,
    },
  };
}

/** Lines that belong together, in the order in which they are served. */
function groupsOf(lines: ReadonlyArray<PlannedLine>): Array<ReadonlyArray<PlannedLine>> {
  return [...Map.groupBy(lines, ({ group }) => group)].flatMap(([group, ofGroup]) =>
    group === null ? [] : [ofGroup],
  );
}

/** The units of a solution as lines. What is kept whole is served first, as the search did. */
function assign(
  lines: ReadonlyArray<PlannedLine>,
  useful: ReadonlyArray<Measured>,
  { chosen, taken }: Solution,
  skus: ReadonlyArray<Sku>,
  keepsGroups: boolean,
): Array<{ readonly location: LocationCode; readonly lines: ReadonlyArray<RouteLine> }> {
  const left = taken.map((row) => [...row]);
  const given = chosen.map((): Array<RouteLine> => []);
  const give = (order: number, { orderLineId, sku }: PlannedLine, quantity: number) => {
    const row = left[order];
    const position = skus.indexOf(sku);
    if (row === undefined || quantity === 0) return;
    row[position] = (row[position] ?? 0) - quantity;
    given[order]?.push({ orderLineId, sku, quantity });
  };
  const at = (order: number, sku: Sku) => left[order]?.[skus.indexOf(sku)] ?? 0;
  const wholes = keepsGroups ? groupsOf(lines) : [];
  for (const whole of wholes) {
    const needs = Map.groupBy(whole, ({ sku }) => sku);
    const order = chosen.findIndex((_, candidate) =>
      [...needs].every(([sku, ofSku]) => at(candidate, sku) >= unitsOf(ofSku)),
    );
    if (order >= 0) for (const line of whole) give(order, line, line.quantity);
  }
  const loose = keepsGroups ? lines.filter(({ group }) => group === null) : lines;
  for (const line of loose) {
    let wanted = line.quantity;
    for (const order of chosen.keys()) {
      const quantity = Math.min(wanted, at(order, line.sku));
      give(order, line, quantity);
      wanted -= quantity;
    }
  }
  return chosen.flatMap((index, order) => {
    const location = useful[index]?.location;
    const parcel = given[order] ?? [];
    return location === undefined || parcel.length === 0 ? [] : [{ location, lines: parcel }];
  });
}

function restOf(
  lines: ReadonlyArray<PlannedLine>,
  given: ReadonlyArray<{ readonly lines: ReadonlyArray<RouteLine> }>,
): Array<PlannedLine> {
  return lines.flatMap((line) => {
    const placed = given
      .flatMap((parcel) => parcel.lines)
      .reduce(
        (sum, { orderLineId, quantity }) => (orderLineId === line.orderLineId ? sum + quantity : sum),
        0,
      );
    return placed >= line.quantity ? [] : [{ ...line, quantity: line.quantity - placed }];
  });
}

function unchosen(
  { parcelsMax, objective }: RoutingRule,
  candidate: Measured,
  lines: ReadonlyArray<PlannedLine>,
): RouteOutcome {
  const hasAll = lines.every(({ sku, quantity }) => (candidate.allocatable.get(sku) ?? 0) >= quantity);
  if (!hasAll) return parcelsMax === 1 ? "not_whole" : "not_needed";
  return objective === "least_cost" ? "costlier" : "ranked_lower";
}

function explain(
  candidate: Measured,
  outcome: RouteOutcome,
  lines: ReadonlyArray<PlannedLine>,
  unitsChosen: number,
): Explained {
  const wanted = Map.groupBy(lines, ({ sku }) => sku);
  return {
    location: candidate.location,
    outcome,
    distance_metres: candidate.distance?.metres ?? null,
    is_estimated: candidate.distance?.isEstimated ?? true,
    units_available: [...wanted].reduce(
      (sum, [sku, ofSku]) => sum + Math.min(unitsOf(ofSku), Math.max(0, candidate.allocatable.get(sku) ?? 0)),
      0,
    ),
    units_chosen: unitsChosen,
  };
}

function unitsOf(lines: ReadonlyArray<{ readonly quantity: number }>): number {
  return lines.reduce((sum, { quantity }) => sum + quantity, 0);
}
