import type { LocationCode, Sku } from "../brand.ts";
import type { RouteCandidate, RouteLine, RouteRequest } from "./plan.ts";

/** Which orders a batch is for. What is left out lets every order through. */
export type OrderFilter = {
  readonly channels?: ReadonlyArray<string> | undefined;
  readonly countries?: ReadonlyArray<string> | undefined;
  readonly shippingMethods?: ReadonlyArray<string> | undefined;
  /** Minor units of the order's currency. */
  readonly totalMin?: number | undefined;
};

/** Which locations a rule may choose. What is left out lets every location through. */
export type LocationFilter = {
  readonly groups?: ReadonlyArray<string> | undefined;
  readonly notInGroups?: ReadonlyArray<string> | undefined;
  readonly types?: ReadonlyArray<LocationType> | undefined;
  readonly distanceMetresMax?: number | undefined;
  readonly onlySameCountry?: boolean | undefined;
  /** Units of each SKU that a location keeps back from this rule, beside its safety stock. */
  readonly unitsKept?: number | undefined;
};
export const locationTypes = ["warehouse", "store", "3pl"] as const;
export type LocationType = (typeof locationTypes)[number];

/** What makes one way of shipping better than another; the first that tells two apart decides. */
export const rankings = [
  "fewest_parcels",
  "same_country",
  "distance",
  "cost",
  "capacity_left",
  "most_stock",
  "weeks_of_supply",
  "preferred",
  "warehouses_first",
  "stores_first",
] as const;
export type Ranking = (typeof rankings)[number];

/** What becomes of units that a rule gave no location. */
export type Unallocated =
  | { readonly kind: "next" }
  /** They wait in a named place until a person or a later run takes them. */
  | { readonly kind: "queue"; readonly queue: string }
  | { readonly kind: "backorder" }
  | { readonly kind: "cancel"; readonly afterDays: number };

export type RoutingRule = {
  readonly name: string;
  readonly locations: LocationFilter;
  /** `ranked` compares by the rankings in turn; `least_cost` by the plan's costs alone. */
  readonly objective: "ranked" | "least_cost";
  readonly rankings: ReadonlyArray<Ranking>;
  /** For `preferred`: earlier is better, the others come last. */
  readonly preferred: ReadonlyArray<LocationCode>;
  /** 1 ships the whole order from one location or not at all. */
  readonly parcelsMax: number;
  /** A parcel of a split order has at least this value, in minor units. */
  readonly parcelValueMin: number;
  /** Lines of one group are not split between parcels. */
  readonly keepsGroups: boolean;
  readonly unallocated: Unallocated;
};

export type RoutingBatch = {
  readonly name: string;
  readonly orders: OrderFilter;
  readonly rules: ReadonlyArray<RoutingRule>;
};

/** What a parcel costs, by how far it goes. Minor units of one currency. */
export type RoutingCosts = {
  /** Nearest first; the last one has no limit. */
  readonly zones: ReadonlyArray<{
    readonly distanceMetresMax: number | null;
    readonly base: number;
    readonly perKilogram: number;
  }>;
  /** Of each parcel, wherever it goes. */
  readonly handling: number;
  /** Of each parcel beyond the first, for what a split order costs beside postage. */
  readonly splitPenalty: number;
};

/** How a merchant wants orders routed: the first batch whose filter fits, and its rules in turn. */
export type RoutingPlan = {
  readonly code: string;
  readonly batches: ReadonlyArray<RoutingBatch>;
  readonly costs: RoutingCosts;
};

export type PlannedLine = RouteLine & {
  readonly grams: number;
  /** Of one unit, in minor units. */
  readonly value: number;
  /** Lines of the same group belong together. */
  readonly group: string | null;
  /** What a location must be able to do to ship it, such as `hazmat`. */
  readonly requires: ReadonlyArray<string>;
};

export type PlannedCandidate = RouteCandidate & {
  readonly type: LocationType;
  readonly groups: ReadonlyArray<string>;
  readonly capabilities: ReadonlyArray<string>;
  /** Units shipped from here in an average week, by SKU; missing where none were. */
  readonly weeklyUnits: ReadonlyMap<Sku, number>;
};

export type PlannedRequest = Omit<RouteRequest, "lines" | "candidates"> & {
  readonly order: {
    readonly channel: string;
    readonly shippingMethod: string | null;
    readonly total: number;
  };
  readonly lines: ReadonlyArray<PlannedLine>;
  readonly candidates: ReadonlyArray<PlannedCandidate>;
};

/** Whether a batch is for this order. */
export function isForOrder({ orders }: RoutingBatch, { order, destination }: PlannedRequest): boolean {
  const { channels, countries, shippingMethods, totalMin } = orders;
  if (channels !== undefined && !channels.includes(order.channel)) return false;
  if (countries !== undefined && !countries.includes(destination?.country ?? "")) return false;
  if (shippingMethods !== undefined && !shippingMethods.includes(order.shippingMethod ?? "")) return false;
  return totalMin === undefined || order.total >= totalMin;
}
