import { readLocations, type LocationRow } from "../../db/catalogue.ts";
import { countFulfillmentOrders, type FulfillmentSnapshot } from "../../db/fulfillment.ts";
import { readWantedLocation } from "../../db/order-tags.ts";
import { readShippedUnits, readSkuRouting, type SkuRouting } from "../../db/routing-facts.ts";
import { findActivePlan } from "../../db/routing-plans.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { ITEM_GRAMS_DEFAULT } from "../../domain/fulfillment/parcel.ts";
import { unitsToRoute } from "../../domain/routing/awaited.ts";
import type { RouteLine } from "../../domain/routing/plan.ts";
import type {
  PlannedCandidate,
  PlannedLine,
  PlannedRequest,
  RoutingPlan,
} from "../../domain/routing/routing-plan.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";

const DAY_MS = 86_400_000;
/** How far back the pace of sales is looked at. */
const WEEKS = 4;

type Ports = Pick<Services, "db" | "sku">;

/** When the day began, in UTC: capacities are per day. */
export function dayOf(nowMs: number): number {
  return nowMs - (nowMs % DAY_MS);
}

/** What a decision depends on, read once. */
export type RoutingFacts = {
  readonly plan: RoutingPlan | null;
  readonly request: PlannedRequest;
  /** Lines that nobody may route yet: older orders wait for the same units, or they are sold before their date. */
  readonly postponed: ReadonlyArray<RouteLine>;
};

/** @param lines - What has no location yet. */
export async function readRoutingFacts(
  services: Ports,
  { order, fulfillmentOrders, lines: orderLines }: FulfillmentSnapshot,
  lines: ReadonlyArray<RouteLine>,
  pickupLocation: LocationCode | null,
  nowMs: number,
): Promise<RoutingFacts> {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const waitingSinceMs =
    fulfillmentOrders.find(({ status }) => status === "incomplete")?.createdAtMs ?? nowMs;
  const [plan, locations, today, skuFacts, stock, wanted] = await Promise.all([
    findActivePlan(services.db),
    readLocations(services.db),
    countFulfillmentOrders(services.db, dayOf(nowMs)),
    readSkuRouting(services.db, skus, order.id, waitingSinceMs),
    mapInParallel(skus, async (sku) => [sku, await services.sku(sku).stock()] as const),
    readWantedLocation(services.db, order.id),
  ]);
  const weekly = usesPace(plan) ? await readPace(services, skus, nowMs) : noPace;
  const rejectedBy = new Set(
    fulfillmentOrders.flatMap(({ location, rejectedReason }) => (rejectedReason === null ? [] : [location])),
  );
  const reports = new Map(stock);
  const allocatableAt = (location: string, sku: Sku) =>
    reports.get(sku)?.locations.find((one) => one.location === location)?.allocatable ?? 0;
  const { now, later } = unitsToRoute(lines, (sku) => ({
    there: locations.reduce((sum, { code }) => sum + Math.max(0, allocatableAt(code, sku)), 0),
    awaited: pickupLocation === null ? (skuFacts.get(sku)?.awaited ?? 0) : 0,
    isBeforeDate: isBeforeDate(skuFacts.get(sku), nowMs),
  }));
  const candidates = locations.map((row) => ({
    ...candidateOf(row, today.get(row.code) ?? 0, weekly(row.code)),
    hasRejected: rejectedBy.has(row.code),
    allocatable: new Map(
      skus.map((sku) => {
        // Units held for pick-up are allocatable to nobody else, so the order's own have to be added.
        const promised = row.code === pickupLocation ? unitsOf(now, sku) : 0;
        return [sku, allocatableAt(row.code, sku) + promised];
      }),
    ),
  }));
  const priceOf = new Map(orderLines.map(({ id, unitPrice }) => [id, unitPrice]));
  return {
    plan,
    postponed: later,
    request: {
      destination: order.shippingAddress,
      pickupLocation,
      order: { channel: order.channel, shippingMethod: order.shippingMethod, total: order.total },
      lines: now.map((line) => plannedLine(line, skuFacts.get(line.sku), priceOf.get(line.orderLineId) ?? 0)),
      candidates: preferred(candidates, wanted, now),
    },
  };
}

/** Only the location that somebody wished for, where it can ship all of it; all of them otherwise. */
function preferred(
  candidates: ReadonlyArray<PlannedCandidate>,
  wanted: string | null,
  lines: ReadonlyArray<RouteLine>,
): ReadonlyArray<PlannedCandidate> {
  const found = candidates.find(({ location }) => location === wanted);
  if (found === undefined || !found.ships) return candidates;
  const canGive = lines.every(({ sku }) => (found.allocatable.get(sku) ?? 0) >= unitsOf(lines, sku));
  return canGive ? [found] : candidates;
}

/** A location as the router sees it, for stock to be added to. */
export function candidateOf(
  row: LocationRow,
  fulfillmentOrdersToday: number,
  weeklyUnits: ReadonlyMap<Sku, number>,
): Omit<PlannedCandidate, "allocatable" | "hasRejected"> {
  return {
    location: row.code as LocationCode,
    place: row.address,
    ships: row.ships,
    capacityPerDay: row.capacityPerDay,
    fulfillmentOrdersToday,
    type: row.type,
    groups: row.groups,
    capabilities: row.capabilities,
    weeklyUnits,
  };
}

/** A line with what its SKU says of it: `requires` names capabilities, `ships_with` what it belongs to. */
export function plannedLine(line: RouteLine, sku: SkuRouting | undefined, value: number): PlannedLine {
  const { requires = "", ships_with: group = "" } = sku?.attributes ?? {};
  return {
    ...line,
    value,
    grams: sku?.weightGrams ?? ITEM_GRAMS_DEFAULT,
    group: group === "" ? null : group,
    requires: requires.split(/[\s,]+/).filter((name) => name !== ""),
  };
}

/** A SKU that is sold before it may leave says when it may: `available_from`, a date. */
function isBeforeDate(sku: SkuRouting | undefined, nowMs: number): boolean {
  const fromMs = Date.parse(sku?.attributes["available_from"] ?? "");
  return !Number.isNaN(fromMs) && nowMs < fromMs;
}

function usesPace(plan: RoutingPlan | null): boolean {
  return (
    plan?.batches.some(({ rules }) => rules.some(({ rankings }) => rankings.includes("weeks_of_supply"))) ===
    true
  );
}

type Pace = (location: string) => ReadonlyMap<Sku, number>;
const noPace: Pace = () => new Map();

/** Units that left each location in an average week. */
export async function readPace(
  services: Pick<Services, "db">,
  skus: ReadonlyArray<Sku>,
  nowMs: number,
): Promise<Pace> {
  const rows = await readShippedUnits(services.db, skus, nowMs - WEEKS * 7 * DAY_MS);
  const byLocation = Map.groupBy(rows, ({ location }) => location);
  return (location) =>
    new Map((byLocation.get(location) ?? []).map(({ sku, units }) => [sku as Sku, units / WEEKS]));
}

function unitsOf(lines: ReadonlyArray<RouteLine>, sku: Sku): number {
  return lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0);
}
