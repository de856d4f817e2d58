import { distanceBetween, type Distance } from "./distance.ts";
import type { RouteOutcome, RoutePlan } from "./plan.ts";
import type {
  PlannedCandidate,
  PlannedLine,
  PlannedRequest,
  Ranking,
  RoutingCosts,
  RoutingRule,
} from "./routing-plan.ts";

/** Costs are counted in thousandths, so that a gram's share of a kilogram stays a whole number. */
export const THOUSANDTHS = 1_000;
/** A location whose distance nobody knows is farther than any other. */
const UNKNOWN_METRES = 40_000_000;
const WEEKS_MAX = 1_000;

export type Measured = PlannedCandidate & { readonly distance: Distance | null };

/** @returns null where the rule may choose the location. */
export function excuse(
  { locations }: RoutingRule,
  request: PlannedRequest,
  candidate: Measured,
  lines: ReadonlyArray<PlannedLine>,
): RouteOutcome | null {
  if (candidate.hasRejected) return "rejected";
  if (request.pickupLocation !== null) {
    if (candidate.location !== request.pickupLocation) return "not_pickup_location";
  } else {
    if (!candidate.ships) return "does_not_ship";
    if (candidate.capacityPerDay !== null && candidate.fulfillmentOrdersToday >= candidate.capacityPerDay) {
      return "at_capacity";
    }
    const { groups, notInGroups, types, distanceMetresMax, onlySameCountry } = locations;
    if (groups !== undefined && !groups.some((group) => candidate.groups.includes(group))) {
      return "not_in_group";
    }
    if (notInGroups?.some((group) => candidate.groups.includes(group)) === true) return "not_in_group";
    if (types !== undefined && !types.includes(candidate.type)) return "not_of_type";
    if (distanceMetresMax !== undefined && metresOf(candidate) > distanceMetresMax) return "too_far";
    if (onlySameCountry === true && candidate.distance?.isSameCountry !== true) return "other_country";
  }
  const able = lines.filter((line) => isAble(candidate, line));
  if (able.length === 0) return "lacks_capability";
  const kept = locations.unitsKept ?? 0;
  const hasStock = able.some(({ sku }) => (candidate.allocatable.get(sku) ?? 0) > 0);
  if (!hasStock) return "no_stock";
  return able.some(({ sku }) => (candidate.allocatable.get(sku) ?? 0) > kept) ? null : "below_safety_stock";
}

export function isAble({ capabilities }: PlannedCandidate, { requires }: PlannedLine): boolean {
  return requires.every((capability) => capabilities.includes(capability));
}

function metresOf({ distance }: Measured): number {
  return distance?.metres ?? UNKNOWN_METRES;
}

export function zoneOf({ zones }: RoutingCosts, candidate: Measured) {
  const metres = metresOf(candidate);
  return (
    zones.find(({ distanceMetresMax }) => distanceMetresMax === null || metres <= distanceMetresMax) ??
    zones.at(-1) ?? { base: 0, perKilogram: 0 }
  );
}

export function fixedCostOf(costs: RoutingCosts, candidate: Measured): number {
  return (zoneOf(costs, candidate).base + costs.handling) * THOUSANDTHS;
}

/** What each ranking adds for a parcel from here; less is better. */
export function ranksOf(
  costs: RoutingCosts,
  rule: RoutingRule,
  candidate: Measured,
  lines: ReadonlyArray<PlannedLine>,
): Array<number> {
  const rankOf = (ranking: Ranking): number => {
    switch (ranking) {
      case "fewest_parcels":
        return 1;
      case "same_country":
        return candidate.distance?.isSameCountry === true ? 0 : 1;
      case "distance":
        return metresOf(candidate);
      case "cost": {
        const grams = lines.reduce((sum, line) => sum + line.grams * line.quantity, 0);
        return fixedCostOf(costs, candidate) + zoneOf(costs, candidate).perKilogram * grams;
      }
      case "capacity_left":
        return candidate.capacityPerDay === null
          ? 0
          : 1 / (1 + candidate.capacityPerDay - candidate.fulfillmentOrdersToday);
      case "most_stock":
        return 1 / (1 + lines.reduce((sum, { sku }) => sum + (candidate.allocatable.get(sku) ?? 0), 0));
      case "weeks_of_supply":
        return 1 / (1 + weeksOf(candidate, lines));
      case "preferred": {
        const at = rule.preferred.indexOf(candidate.location);
        return at < 0 ? rule.preferred.length : at;
      }
      case "warehouses_first":
        return candidate.type === "store" ? 1 : 0;
      case "stores_first":
        return candidate.type === "store" ? 0 : 1;
    }
  };
  return rule.rankings.map(rankOf);
}

/** How long the scarcest of these SKUs lasts here at the pace of the last weeks. */
function weeksOf(candidate: Measured, lines: ReadonlyArray<PlannedLine>): number {
  return lines.reduce((weeks, { sku }) => {
    const weekly = candidate.weeklyUnits.get(sku) ?? 0;
    if (weekly === 0) return weeks;
    return Math.min(weeks, (candidate.allocatable.get(sku) ?? 0) / weekly);
  }, WEEKS_MAX);
}

/** What a route costs by a plan's costs, whoever chose it; in minor units. */
export function costOfRoute(costs: RoutingCosts, request: PlannedRequest, { parcels }: RoutePlan): number {
  const gramsOf = new Map(request.lines.map(({ orderLineId, grams }) => [orderLineId, grams]));
  let cost = costs.splitPenalty * THOUSANDTHS * Math.max(0, parcels.length - 1);
  for (const { location, lines } of parcels) {
    const candidate = request.candidates.find((one) => one.location === location);
    if (candidate === undefined) continue;
    const distance =
      request.destination === null ? null : distanceBetween(candidate.place, request.destination);
    const measured = { ...candidate, distance };
    const grams = lines.reduce(
      (sum, { orderLineId, quantity }) => sum + quantity * (gramsOf.get(orderLineId) ?? 0),
      0,
    );
    cost += fixedCostOf(costs, measured) + zoneOf(costs, measured).perKilogram * grams;
  }
  return Math.round(cost / THOUSANDTHS);
}
