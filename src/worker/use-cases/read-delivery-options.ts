import type { DeliveryOptionsQuery, DeliveryOptionsView } from "../../contract/delivery.ts";
import { isoDay } from "../../contract/local-time.ts";
import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { readLocations } from "../../db/catalogue.ts";
import { countFulfillmentOrders } from "../../db/fulfillment.ts";
import { readSkuRouting } from "../../db/routing-facts.ts";
import { findActivePlan } from "../../db/routing-plans.ts";
import { listShippingMethods, type ShippingMethodRow } from "../../db/shipping-methods.ts";
import { readProjectedLocations } from "../../db/stock-projection.ts";
import type { Sku } from "../../domain/brand.ts";
import { servesCountry } from "../../domain/fulfillment/promise.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { planRoute, type RoutePlan } from "../../domain/routing/plan.ts";
import { routeByPlan } from "../../domain/routing/route-by-plan.ts";
import type { PlannedRequest, RoutingPlan } from "../../domain/routing/routing-plan.ts";
import type { Services } from "../services.ts";
import { promiseOfRoute } from "./promise-order.ts";
import { candidateOf, dayOf, plannedLine } from "./routing-facts.ts";

/** More than a checkout can show. */
const METHODS_MAX = 50;

/**
 * What shipping would cost and when it would arrive, for a basket that is ordered now. It is decided as the router
 * decides, with the stock that the projection knows: what the objects say a moment later counts.
 */
export async function readDeliveryOptions(
  services: Pick<Services, "db" | "nowMs">,
  query: DeliveryOptionsQuery,
): Promise<Result<DeliveryOptionsView, Problem>> {
  const nowMs = services.nowMs();
  const methods = (await listShippingMethods(services.db, null, METHODS_MAX)).filter(
    ({ isOffered, delivery }) => isOffered && (delivery === null || servesCountry(delivery, query.country)),
  );
  const facts = await readFacts(services, query, nowMs);
  if (!facts.ok) return facts;
  const { plan, request } = facts.value;
  const routed = methods.map((method) => ({ method, route: routeFor(plan, request, method.code) }));
  const options = routed.flatMap(({ method, route }) => optionOf(method, route, request, query, nowMs));
  return ok({
    options: options.toSorted((a, b) => a.amount - b.amount || (a.method < b.method ? -1 : 1)),
    split: routed.some(({ route }) => route.parcels.length > 1),
  });
}

function routeFor(plan: RoutingPlan | null, request: PlannedRequest, method: string): RoutePlan {
  const named = { ...request, order: { ...request.order, shippingMethod: method } };
  return plan === null ? planRoute(named) : routeByPlan(plan, named);
}

async function readFacts(
  services: Pick<Services, "db">,
  { lines, country, postal_code: postcode, latitude, longitude }: DeliveryOptionsQuery,
  nowMs: number,
): Promise<Result<{ readonly plan: RoutingPlan | null; readonly request: PlannedRequest }, Problem>> {
  const skus = [...new Set(lines.map(({ sku }) => skuSchema.parse(sku)))];
  const [plan, locations, today, skuFacts, stock] = await Promise.all([
    findActivePlan(services.db),
    readLocations(services.db),
    countFulfillmentOrders(services.db, dayOf(nowMs)),
    readSkuRouting(services.db, skus, "", nowMs),
    readProjectedLocations(services.db, skus),
  ]);
  const unknown = skus.find((sku) => !skuFacts.has(sku));
  if (unknown !== undefined) return err(problem("sku_unknown", { sku: unknown }));
  const destination = { country, postal_code: postcode, latitude, longitude };
  return ok({
    plan,
    request: {
      destination,
      pickupLocation: null,
      order: { channel: "storefront", shippingMethod: null, total: 0 },
      lines: lines.map(({ sku, quantity }, index) =>
        plannedLine({ orderLineId: String(index), sku: sku as Sku, quantity }, skuFacts.get(sku), 0),
      ),
      candidates: locations.map((row) => ({
        ...candidateOf(row, today.get(row.code) ?? 0, new Map()),
        hasRejected: false,
        allocatable: new Map(skus.map((sku) => [sku, stock.get(sku)?.get(row.code) ?? 0])),
      })),
    },
  });
}

/** None where the method has times and none of them fits: it does not go there. */
function optionOf(
  { code, title, prices, delivery }: ShippingMethodRow,
  route: RoutePlan,
  { destination }: PlannedRequest,
  { currency }: DeliveryOptionsQuery,
  nowMs: number,
): Array<DeliveryOptionsView["options"][number]> {
  const option = { method: code, title, amount: prices[currency] ?? 0, currency: currency as string };
  const isInStock = route.unplaced.length === 0;
  if (delivery === null || destination === null || !isInStock) return [{ ...option, delivery: null }];
  const promised = promiseOfRoute(delivery, route, destination, nowMs);
  if (promised === null) return [];
  return [{ ...option, delivery: { earliest: isoDay(promised.earliest), latest: isoDay(promised.latest) } }];
}
