import { problem, type Problem } from "../../contract/problem.ts";
import type { SimulationView } from "../../contract/routing.ts";
import { readLocations } from "../../db/catalogue.ts";
import { readPastOrders, readSkuRouting, type PastOrder } from "../../db/routing-facts.ts";
import { findRoutingPlan } from "../../db/routing-plans.ts";
import { readProjectedLocations } from "../../db/stock-projection.ts";
import type { Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { costOfRoute } from "../../domain/routing/candidate-merit.ts";
import { planRoute, type RoutePlan } from "../../domain/routing/plan.ts";
import { routeByPlan } from "../../domain/routing/route-by-plan.ts";
import type { PlannedCandidate, PlannedRequest, RoutingPlan } from "../../domain/routing/routing-plan.ts";
import type { Services } from "../services.ts";
import { candidateOf, plannedLine, readPace } from "./routing-facts.ts";

const DIFFERENCES_MAX = 100;

/**
 * What would have become of past orders under a plan, compared with another plan or with none. Each order is decided by
 * itself with the stock of now and free capacities, so that the two differ by nothing but the plan. Nothing is written.
 */
export async function simulateRouting(
  services: Pick<Services, "db" | "nowMs">,
  code: string,
  againstCode: string | undefined,
  ordersMax: number,
): Promise<Result<SimulationView, Problem>> {
  const plan = await findRoutingPlan(services.db, code);
  const against = againstCode === undefined ? null : await findRoutingPlan(services.db, againstCode);
  if (plan === null || (againstCode !== undefined && against === null)) return err(problem("not_found"));
  const orders = await readPastOrders(services.db, ordersMax);
  const requests = await requestsOf(services, orders);
  const compared = requests.map(({ order, request }) => ({
    order,
    request,
    ours: routeByPlan(plan.plan, request),
    theirs: against === null ? planRoute(request) : routeByPlan(against.plan, request),
  }));
  const differences = compared
    .map(({ order, ours, theirs }) => ({
      order: order.id,
      plan: locationsOf(ours),
      against: locationsOf(theirs),
    }))
    .filter((one) => one.plan.join() !== one.against.join());
  return ok({
    plan: sideOf(
      plan.plan,
      compared.map(({ request, ours }) => ({ request, route: ours })),
    ),
    against: sideOf(
      plan.plan,
      compared.map(({ request, theirs }) => ({ request, route: theirs })),
    ),
    differences: differences.slice(0, DIFFERENCES_MAX),
  });
}

async function requestsOf(services: Pick<Services, "db" | "nowMs">, orders: ReadonlyArray<PastOrder>) {
  const skus = [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku as Sku)))];
  const nowMs = services.nowMs();
  const [locations, skuFacts, stock, pace] = await Promise.all([
    readLocations(services.db),
    readSkuRouting(services.db, skus, "", 0),
    readProjectedLocations(services.db, skus),
    readPace(services, skus, nowMs),
  ]);
  const candidates = locations.map((row): PlannedCandidate => ({
    ...candidateOf(row, 0, pace(row.code)),
    hasRejected: false,
    allocatable: new Map(skus.map((sku) => [sku, stock.get(sku)?.get(row.code) ?? 0])),
  }));
  return orders.map((order): { readonly order: PastOrder; readonly request: PlannedRequest } => ({
    order,
    request: {
      destination: order.shippingAddress,
      pickupLocation: null,
      order: { channel: order.channel, shippingMethod: order.shippingMethod, total: order.total },
      lines: order.lines.map(({ id, sku, quantity, value }) =>
        plannedLine({ orderLineId: id, sku: sku as Sku, quantity }, skuFacts.get(sku), value),
      ),
      candidates,
    },
  }));
}

function locationsOf({ parcels }: RoutePlan): Array<string> {
  return parcels.map(({ location }): string => location).toSorted();
}

function sideOf(
  plan: RoutingPlan,
  routes: ReadonlyArray<{ readonly request: PlannedRequest; readonly route: RoutePlan }>,
): SimulationView["plan"] {
  const side = { orders: routes.length, parcels: 0, split_orders: 0, units_unplaced: 0, cost: 0, metres: 0 };
  for (const { request, route } of routes) {
    side.parcels += route.parcels.length;
    side.split_orders += route.parcels.length > 1 ? 1 : 0;
    side.units_unplaced += route.unplaced.reduce((sum, { quantity }) => sum + quantity, 0);
    side.cost += costOfRoute(plan.costs, request, route);
    for (const { outcome, distance_metres: metres } of route.trace.locations) {
      if (outcome === "chosen") side.metres += metres ?? 0;
    }
  }
  return side;
}
