import { endOfDayMs, isoDay, localMoment } from "../../contract/local-time.ts";
import type { DeliveryPromiseRow } from "../../db/delivery-promises.ts";
import type { FulfillmentSnapshot } from "../../db/fulfillment.ts";
import { promiseDelivery, type DeliveryRules, type PromisedDays } from "../../domain/fulfillment/promise.ts";
import type { Place } from "../../domain/routing/distance.ts";
import type { RoutePlan } from "../../domain/routing/plan.ts";

/** When a route's parcels arrive that is ordered at a moment; null where that cannot be promised. */
export function promiseOfRoute(
  rules: DeliveryRules,
  { parcels, unplaced, trace }: RoutePlan,
  destination: Place,
  orderedAtMs: number,
): PromisedDays | null {
  if (unplaced.length > 0) return null;
  const metresOf = new Map(trace.locations.map((one) => [one.location, one.distance_metres]));
  const origins = parcels.map(({ location }) => ({ metres: metresOf.get(location) ?? null }));
  const moment = localMoment(orderedAtMs, rules.timeZone);
  return promiseDelivery(rules, moment, destination.country, origins);
}

/** What an order is promised by its first plan: as a checkout would have said at the moment it was placed. */
export function promiseOfOrder(
  { order, fulfillmentOrders }: FulfillmentSnapshot,
  rules: DeliveryRules | null,
  route: RoutePlan,
  nowMs: number,
): DeliveryPromiseRow | null {
  const { shippingAddress, shippingMethod, placedAtMs } = order;
  if (rules === null || shippingAddress === null || shippingMethod === null) return null;
  if (fulfillmentOrders.length > 0) return null;
  const promised = promiseOfRoute(rules, route, shippingAddress, placedAtMs);
  if (promised === null) return null;
  return {
    orderId: order.id,
    method: shippingMethod,
    earliestOn: isoDay(promised.earliest),
    latestOn: isoDay(promised.latest),
    dueAtMs: endOfDayMs(promised.latest, rules.timeZone),
    madeAtMs: nowMs,
  };
}
