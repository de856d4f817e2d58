import { readLocations } from "../../db/catalogue.ts";
import { derivedId, eventRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import {
  commitFulfillment,
  countFulfillmentOrders,
  type FulfillmentChange,
  type FulfillmentOrder,
  type FulfillmentSnapshot,
} from "../../db/fulfillment.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { outstandingOf } from "../../domain/fulfillment/progress.ts";
import { parseHoldId } from "../../domain/inventory/hold.ts";
import type { StockReport } from "../../domain/inventory/sku-port.ts";
import { planRoute, type RouteCandidate, type RouteLine, type RoutePlan } from "../../domain/routing/plan.ts";
import type { Services } from "../services.ts";
import { afterChange, changeOf, nextStep, SYSTEM_ACTOR, type StepPorts } from "./fulfillment-step.ts";
import { mapInParallel } from "./in-parallel.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";

const ROUNDS_MAX = 10;
const DAY_MS = 86_400_000;

type Ports = StepPorts & Pick<Services, "sku">;

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
function unitsBySku(lines: FulfillmentOrder["lines"]): ReadonlyMap<Sku, number> {
  const units = new Map<Sku, number>();
  for (const { sku, quantity } of lines) units.set(sku as Sku, (units.get(sku as Sku) ?? 0) + quantity);
  return units;
}

/** A plan that was refused in part may have been allocated in part. */
async function giveBackRefused(services: Ports, { fulfillmentOrders }: FulfillmentSnapshot): Promise<void> {
  const refused = fulfillmentOrders.filter(
    ({ status, location }) => status === "canceled" && location !== null,
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
    const { id, lines } = fulfillmentOrder;
    const location = fulfillmentOrder.location as LocationCode;
    const answers = await mapInParallel([...unitsBySku(lines)], ([sku, quantity]) =>
      services.sku(sku).allocate({ orderId: order.id, allocationId: id, location, quantity }),
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
  const [pickupLocation, facts] = await Promise.all([
    pickupLocationOf(services, snapshot),
    readFacts(services, lines, nowMs),
  ]);
  const candidates = candidatesOf(facts, lines, pickupLocation);
  const destination = snapshot.order.shippingAddress;
  const route = planRoute({ destination, pickupLocation, lines, candidates });

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
      // Whoever collects an order uses up no parcel.
      ...(pickupLocation === null ? { capacitySinceMs: dayOf(nowMs) } : {}),
    },
    nowMs,
  );
}

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
  { unplaced, trace }: RoutePlan,
  nowMs: number,
): Array<FulfillmentOrder> {
  const id = derivedId("ful", order.placedAtMs, order.id, "incomplete");
  const lines = lineRows(id, order.placedAtMs, unplaced);
  const version = (waiting?.version ?? 0) + 1;
  const createdAtMs = waiting?.createdAtMs ?? nowMs;
  const row = { id, orderId: order.id, location: null, trace, createdAtMs, updatedAtMs: nowMs, version };
  if (unplaced.length === 0) {
    return waiting === null ? [] : [{ ...row, status: "canceled", lines: waiting.lines }];
  }
  const quantities = (rows: FulfillmentOrder["lines"]) =>
    rows
      .map(({ orderLineId, quantity }) => `${orderLineId} ${quantity}`)
      .toSorted()
      .join();
  if (waiting !== null && quantities(waiting.lines) === quantities(lines)) return [];
  return [{ ...row, status: "incomplete", lines }];
}

/** When the day began, in UTC. */
function dayOf(nowMs: number): number {
  return nowMs - (nowMs % DAY_MS);
}

type RoutingFacts = {
  readonly locations: Awaited<ReturnType<typeof readLocations>>;
  readonly today: ReadonlyMap<string, number>;
  readonly stock: ReadonlyMap<Sku, StockReport | null>;
};

async function readFacts(
  services: Ports,
  lines: ReadonlyArray<RouteLine>,
  nowMs: number,
): Promise<RoutingFacts> {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const [locations, today, stock] = await Promise.all([
    readLocations(services.db),
    countFulfillmentOrders(services.db, dayOf(nowMs)),
    mapInParallel(skus, async (sku) => [sku, await services.sku(sku).stock()] as const),
  ]);
  return { locations, today, stock: new Map(stock) };
}

function candidatesOf(
  { locations, today, stock }: RoutingFacts,
  lines: ReadonlyArray<RouteLine>,
  pickupLocation: LocationCode | null,
): Array<RouteCandidate> {
  return locations.map((row) => ({
    location: row.code as LocationCode,
    place: row.address,
    ships: row.ships,
    capacityPerDay: row.capacityPerDay,
    fulfillmentOrdersToday: today.get(row.code) ?? 0,
    allocatable: new Map(
      [...stock].map(([sku, report]) => {
        const there = report?.locations.find(({ location }) => location === row.code);
        // Units held for pick-up are allocatable to nobody else, so the order's own have to be added.
        const promised =
          row.code === pickupLocation
            ? lines.reduce((sum, line) => (line.sku === sku ? sum + line.quantity : sum), 0)
            : 0;
        return [sku, (there?.allocatable ?? 0) + promised];
      }),
    ),
  }));
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
