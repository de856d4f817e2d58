import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import {
  commitFulfillment,
  type FulfillmentChange,
  type FulfillmentOrder,
  type FulfillmentSnapshot,
} from "../../db/fulfillment.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { outstandingOf } from "../../domain/fulfillment/progress.ts";
import { parseHoldId } from "../../domain/inventory/hold.ts";
import { planRoute, type RouteLine, type RoutePlan } from "../../domain/routing/plan.ts";
import { routeByPlan } from "../../domain/routing/route-by-plan.ts";
import type { Unallocated } from "../../domain/routing/routing-plan.ts";
import type { Services } from "../services.ts";
import { afterChange, changeOf, nextStep, SYSTEM_ACTOR, type StepPorts } from "./fulfillment-step.ts";
import { mapInParallel } from "./in-parallel.ts";
import { promiseOfOrder } from "./promise-order.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { dayOf, readRoutingFacts, type RoutingFacts } from "./routing-facts.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";

const ROUNDS_MAX = 10;
const DAY_MS = 86_400_000;

type Ports = StepPorts & Pick<Services, "sku" | "addressChecker">;

/**
 * Finds the locations that ship an order and sets its units aside there.
 *
 * The plan is written first, then the SKU objects allocate it, then it is confirmed with its pick lists. A run that
 * dies anywhere leaves its plan behind, and the next one goes on with it: planning again could find other locations,
 * and what was allocated at the first ones would be lost. What a location cannot give any more is planned again; what
 * none can give waits in an `incomplete` fulfillment order.
 */
export async function routeOrder(services: Ports, orderId: string): Promise<void> {
  let known: FulfillmentSnapshot | null = null;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const snapshot: FulfillmentSnapshot | null =
      known ?? (await readFulfillmentOf(services.db, "order", orderId));
    if (snapshot === null) throw new StepImpossible("no such order");
    const { status, stockCommittedAtMs } = snapshot.order;
    // A cancel closes what was planned and gives the units back; an order is not routed before it is placed.
    // The release of an order on hold asks for its route again.
    if (status !== "placed") return;
    if (stockCommittedAtMs === null) throw new RetryLater("the order's stock is not committed yet");

    await giveBackRefused(services, snapshot);
    const nowMs = services.nowMs();
    const planned = plannedOf(snapshot);
    const change =
      planned.length > 0
        ? confirm(services, snapshot, await allocate(services, snapshot, planned), nowMs)
        : await plan(services, snapshot, nowMs);
    if (change === null) return;
    if (await commitFulfillment(services.db, snapshot, change, nowMs)) {
      await relayCommitted(services, change.outbox ?? []);
      // Whoever changes the order meanwhile raises its version, and the next write finds out.
      known = afterChange(snapshot, change, nowMs);
    } else known = null;
  }
  throw new RetryLater("stock moved too often while the order was routed");
}

/** Written as a plan, not confirmed yet: only a confirmed one has a pick list. */
function plannedOf({ fulfillmentOrders, pickLists }: FulfillmentSnapshot): Array<FulfillmentOrder> {
  const confirmed = new Set(pickLists.map(({ fulfillmentOrderId }) => fulfillmentOrderId));
  return fulfillmentOrders.filter(({ id, status }) => status === "open" && !confirmed.has(id));
}

/** Units by SKU, because a SKU's object knows one allocation for each fulfillment order. */
export function unitsBySku(lines: FulfillmentOrder["lines"]): ReadonlyMap<Sku, number> {
  const units = new Map<Sku, number>();
  for (const { sku, quantity } of lines) units.set(sku as Sku, (units.get(sku as Sku) ?? 0) + quantity);
  return units;
}

/** A plan that was refused in part may have been allocated in part. What another one takes over waits for it. */
async function giveBackRefused(services: Ports, snapshot: FulfillmentSnapshot): Promise<void> {
  const awaited = new Set(plannedOf(snapshot).map(({ replaces }) => replaces));
  const refused = snapshot.fulfillmentOrders.filter(
    ({ id, status, location }) => status === "canceled" && location !== null && !awaited.has(id),
  );
  for (const { id, lines } of refused) {
    await mapInParallel([...unitsBySku(lines).keys()], (sku) =>
      services.sku(sku).deallocate({ allocationId: id }),
    );
  }
}

type Allocated = { readonly fulfillmentOrder: FulfillmentOrder; readonly isAllocated: boolean };

async function allocate(
  services: Ports,
  { order }: FulfillmentSnapshot,
  planned: ReadonlyArray<FulfillmentOrder>,
): Promise<Array<Allocated>> {
  return mapInParallel(planned, async (fulfillmentOrder) => {
    const { id, lines, replaces } = fulfillmentOrder;
    const takenOver = replaces === null ? {} : { replaces };
    const location = fulfillmentOrder.location as LocationCode;
    const answers = await mapInParallel([...unitsBySku(lines)], ([sku, quantity]) =>
      services.sku(sku).allocate({ orderId: order.id, allocationId: id, location, quantity, ...takenOver }),
    );
    return { fulfillmentOrder, isAllocated: answers.every(({ ok }) => ok) };
  });
}

function confirm(
  services: Ports,
  snapshot: FulfillmentSnapshot,
  allocated: ReadonlyArray<Allocated>,
  nowMs: number,
): FulfillmentChange {
  const { id: orderId, placedAtMs } = snapshot.order;
  const refused = allocated
    .filter(({ isAllocated }) => !isAllocated)
    .map(({ fulfillmentOrder }) => ({
      ...fulfillmentOrder,
      status: "canceled" as const,
      updatedAtMs: nowMs,
      version: fulfillmentOrder.version + 1,
    }));
  const confirmed = allocated
    .filter(({ isAllocated }) => isAllocated)
    .map(({ fulfillmentOrder }) => fulfillmentOrder);
  const [first] = confirmed;
  const routed =
    first === undefined
      ? []
      : [
          eventRow(
            orderId,
            "order.routed",
            first.id,
            { fulfillment_orders: confirmed.map(({ id, location }) => ({ id, location })) },
            SYSTEM_ACTOR,
            nowMs,
          ),
        ];
  const created = confirmed.map(({ id, location }) =>
    eventRow(orderId, "fulfillment.created", id, { fulfillment_order: id, location }, SYSTEM_ACTOR, nowMs),
  );
  return changeOf(
    snapshot,
    {
      fulfillmentOrders: refused,
      pickLists: confirmed.map(({ id, location }) => ({
        id: derivedId("pick", placedAtMs, id),
        fulfillmentOrderId: id,
        location: location ?? "",
        status: "open" as const,
        createdAtMs: nowMs,
        pickedAtMs: null,
      })),
      events: [...routed, ...created],
      outbox: confirmed.flatMap(({ id }) =>
        nextStep(services, { type: "fulfillment.pick", fulfillment_order_id: id }, nowMs),
      ),
    },
    nowMs,
  );
}

/** @returns null where everything has its location, or waits for stock as it did before. */
async function plan(
  services: Ports,
  snapshot: FulfillmentSnapshot,
  nowMs: number,
): Promise<FulfillmentChange | null> {
  const outstanding = outstandingOf(snapshot.lines, snapshot.fulfillmentOrders);
  const waiting = snapshot.fulfillmentOrders.find(({ status }) => status === "incomplete") ?? null;
  if (outstanding.size === 0 && waiting === null) return null;
  const lines = snapshot.lines.flatMap(({ id, sku }) => {
    const quantity = outstanding.get(id) ?? 0;
    return quantity === 0 ? [] : [{ orderLineId: id, sku: sku as Sku, quantity }];
  });
  const pickupLocation = await pickupLocationOf(services, snapshot);
  const facts = await readRoutingFacts(services, snapshot, lines, pickupLocation, nowMs);
  const route = decide(facts);

  const leftOver = incompleteOf(snapshot, waiting, route, nowMs);
  if (route.parcels.length === 0 && leftOver.length === 0) return null;
  const isNew = leftOver.some(({ status }) => status === "incomplete") && waiting === null;
  const incompleteEvents = isNew
    ? [
        eventRow(
          snapshot.order.id,
          "fulfillment.incomplete",
          "",
          {
            lines: route.unplaced.map(({ orderLineId, sku, quantity }) => ({
              line: orderLineId,
              sku,
              quantity,
            })),
          },
          SYSTEM_ACTOR,
          nowMs,
        ),
      ]
    : [];
  return changeOf(
    snapshot,
    {
      fulfillmentOrders: [...plannedRows(snapshot, route, nowMs), ...leftOver],
      events: incompleteEvents,
      outbox: addressToCheck(services, snapshot, nowMs),
      promise:
        pickupLocation === null
          ? promiseOfOrder(snapshot, await rulesOf(services, snapshot), route, nowMs)
          : null,
      // Whoever collects an order uses up no parcel.
      ...(pickupLocation === null ? { capacitySinceMs: dayOf(nowMs) } : {}),
    },
    nowMs,
  );
}

async function rulesOf({ shippingMethods }: Ports, { order }: FulfillmentSnapshot) {
  if (order.shippingMethod === null) return null;
  return (await shippingMethods.find(order.shippingMethod))?.delivery ?? null;
}

/** Once for an order, with its first plan: before anybody is sent to the shelves. */
function addressToCheck(
  { addressChecker }: Pick<Services, "addressChecker">,
  { order, fulfillmentOrders }: FulfillmentSnapshot,
  nowMs: number,
) {
  if (addressChecker === null || fulfillmentOrders.length > 0 || order.shippingAddress === null) return [];
  return [outboxRow("fulfillment", { type: "order.check_address", order_id: order.id }, nowMs)];
}

/** As the merchant's active plan says. Whoever picks up has chosen the place already, so no plan is asked. */
function decide({ plan, request, postponed }: RoutingFacts): DecidedRoute {
  const route: DecidedRoute =
    plan === null || request.pickupLocation !== null
      ? { ...planRoute(request), unallocated: { kind: "backorder" } }
      : routeByPlan(plan, request);
  const unplaced = new Map(route.unplaced.map((line) => [line.orderLineId, line]));
  for (const line of postponed) {
    const quantity = (unplaced.get(line.orderLineId)?.quantity ?? 0) + line.quantity;
    unplaced.set(line.orderLineId, { ...line, quantity });
  }
  return { ...route, unplaced: [...unplaced.values()] };
}

type DecidedRoute = RoutePlan & { readonly unallocated: Unallocated };

function plannedRows(
  snapshot: FulfillmentSnapshot,
  route: RoutePlan,
  nowMs: number,
): Array<FulfillmentOrder> {
  const { id: orderId, placedAtMs } = snapshot.order;
  // A location that is tried again after a refusal needs a new id: the old one is spent in the SKU objects.
  const generation = String(snapshot.fulfillmentOrders.filter(({ location }) => location !== null).length);
  return route.parcels.map(({ location, lines }) => {
    const id = derivedId("ful", placedAtMs, orderId, generation, location);
    return {
      id,
      orderId,
      location,
      status: "open" as const,
      rejectedReason: null,
      replaces: null,
      queue: null,
      cancelAtMs: null,
      trace: route.trace,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
      version: 1,
      lines: lineRows(id, placedAtMs, lines),
    };
  });
}

function lineRows(
  id: string,
  placedAtMs: number,
  lines: ReadonlyArray<RouteLine>,
): FulfillmentOrder["lines"] {
  return lines.map(({ orderLineId, sku, quantity }) => ({
    id: derivedId("fline", placedAtMs, id, orderLineId),
    fulfillmentOrderId: id,
    orderLineId,
    sku,
    quantity,
  }));
}

/** The fulfillment order of what is nowhere; none where it would be as it is. */
function incompleteOf(
  { order }: FulfillmentSnapshot,
  waiting: FulfillmentOrder | null,
  { unplaced, trace, unallocated }: DecidedRoute,
  nowMs: number,
): Array<FulfillmentOrder> {
  const id = derivedId("ful", order.placedAtMs, order.id, "incomplete");
  const lines = lineRows(id, order.placedAtMs, unplaced);
  const version = (waiting?.version ?? 0) + 1;
  const createdAtMs = waiting?.createdAtMs ?? nowMs;
  const row = {
    id,
    orderId: order.id,
    location: null,
    rejectedReason: null,
    replaces: null,
    queue: unallocated.kind === "queue" ? unallocated.queue : null,
    // Counted from when it began to wait, so that looking again does not put it off.
    cancelAtMs: unallocated.kind === "cancel" ? createdAtMs + unallocated.afterDays * DAY_MS : null,
    trace,
    createdAtMs,
    updatedAtMs: nowMs,
    version,
  };
  if (unplaced.length === 0) {
    return waiting === null ? [] : [{ ...row, status: "canceled", lines: waiting.lines }];
  }
  const quantities = (rows: FulfillmentOrder["lines"]) =>
    rows
      .map(({ orderLineId, quantity }) => `${orderLineId} ${quantity}`)
      .toSorted()
      .join();
  const waitsTheSame = waiting?.queue === row.queue && waiting.cancelAtMs === row.cancelAtMs;
  if (waitsTheSame && quantities(waiting.lines) === quantities(lines)) return [];
  return [{ ...row, status: "incomplete", lines }];
}

/** A hold that was taken at a location is picked up there. */
async function pickupLocationOf(
  services: Ports,
  { order }: FulfillmentSnapshot,
): Promise<LocationCode | null> {
  const hold = order.holdId === null ? null : parseHoldId(order.holdId);
  if (hold === null) return null;
  const part = await services.sku(hold.home as Sku).readHold(hold.key);
  return part?.location ?? null;
}
