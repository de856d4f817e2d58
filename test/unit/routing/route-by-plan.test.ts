import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { LocationCode, Sku } from "../../../src/domain/brand.ts";
import { greatCircleMetres } from "../../../src/domain/routing/distance.ts";
import { routeByPlan } from "../../../src/domain/routing/route-by-plan.ts";
import type {
  PlannedCandidate,
  PlannedLine,
  PlannedRequest,
  RoutingCosts,
  RoutingPlan,
  RoutingRule,
} from "../../../src/domain/routing/routing-plan.ts";
import { Random } from "../../simulation/random.ts";

const berlin = { country: "DE", latitude: 52.52, longitude: 13.405 };
const costs: RoutingCosts = {
  zones: [
    { distanceMetresMax: 300_000, base: 400, perKilogram: 50 },
    { distanceMetresMax: null, base: 900, perKilogram: 200 },
  ],
  handling: 100,
  splitPenalty: 150,
};
const rule: RoutingRule = {
  name: "all",
  locations: {},
  objective: "ranked",
  rankings: ["fewest_parcels", "same_country", "distance"],
  preferred: [],
  parcelsMax: 3,
  parcelValueMin: 0,
  keepsGroups: false,
  unallocated: { kind: "backorder" },
};
const planOf = (...rules: ReadonlyArray<Partial<RoutingRule>>): RoutingPlan => ({
  code: "test",
  costs,
  batches: [{ name: "every order", orders: {}, rules: rules.map((change) => ({ ...rule, ...change })) }],
});

function candidate(
  code: string,
  stock: Record<string, number>,
  rest: Partial<PlannedCandidate> = {},
): PlannedCandidate {
  return {
    location: code as LocationCode,
    place: berlin,
    ships: true,
    capacityPerDay: null,
    fulfillmentOrdersToday: 0,
    hasRejected: false,
    allocatable: new Map(Object.entries(stock) as Array<[Sku, number]>),
    type: "warehouse",
    groups: [],
    capabilities: [],
    weeklyUnits: new Map(),
    ...rest,
  };
}
const line = (sku: string, quantity: number, rest: Partial<PlannedLine> = {}): PlannedLine => ({
  orderLineId: `line-${sku}`,
  sku: sku as Sku,
  quantity,
  grams: 500,
  value: 1_000,
  group: null,
  requires: [],
  ...rest,
});
const request = (
  lines: ReadonlyArray<PlannedLine>,
  candidates: ReadonlyArray<PlannedCandidate>,
): PlannedRequest => ({
  destination: berlin,
  pickupLocation: null,
  order: { channel: "storefront", shippingMethod: null, total: 5_000 },
  lines,
  candidates,
});
const summary = (route: ReturnType<typeof routeByPlan>) =>
  Object.fromEntries(
    route.parcels.map(({ location, lines }) => [
      location,
      Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity])),
    ]),
  );
const outcomes = (route: ReturnType<typeof routeByPlan>) =>
  Object.fromEntries(route.trace.locations.map(({ location, outcome }) => [location, outcome]));
const munich = { country: "DE", latitude: 48.14, longitude: 11.58 };
const paris = { country: "FR", latitude: 48.86, longitude: 2.35 };

describe("a rule", () => {
  test("chooses among the locations that its filters let through, and says why of each other", () => {
    const route = routeByPlan(
      planOf({
        locations: {
          groups: ["eu"],
          notInGroups: ["closing"],
          types: ["warehouse"],
          distanceMetresMax: 600_000,
          onlySameCountry: true,
          unitsKept: 2,
        },
      }),
      request(
        [line("A", 1, { requires: ["hazmat"] })],
        [
          candidate("GOOD", { A: 3 }, { groups: ["eu"], capabilities: ["hazmat"] }),
          candidate("KEPT", { A: 2 }, { groups: ["eu"], capabilities: ["hazmat"] }),
          candidate("UNABLE", { A: 9 }, { groups: ["eu"] }),
          candidate("EMPTY", {}, { groups: ["eu"], capabilities: ["hazmat"] }),
          candidate("ABROAD", { A: 9 }, { groups: ["eu"], place: { ...berlin, country: "PL" } }),
          candidate("FAR", { A: 9 }, { groups: ["eu"], place: paris }),
          candidate("STORE", { A: 9 }, { groups: ["eu"], type: "store" }),
          candidate("CLOSING", { A: 9 }, { groups: ["eu", "closing"] }),
          candidate("US", { A: 9 }, { groups: ["us"] }),
          candidate("FULL", { A: 9 }, { groups: ["eu"], capacityPerDay: 5, fulfillmentOrdersToday: 5 }),
          candidate("INSIDE", { A: 9 }, { groups: ["eu"], ships: false }),
          candidate("REFUSED", { A: 9 }, { groups: ["eu"], capabilities: ["hazmat"], hasRejected: true }),
        ],
      ),
    );
    expect(outcomes(route)).toEqual({
      GOOD: "chosen",
      KEPT: "below_safety_stock",
      UNABLE: "lacks_capability",
      EMPTY: "no_stock",
      ABROAD: "other_country",
      FAR: "too_far",
      STORE: "not_of_type",
      CLOSING: "not_in_group",
      US: "not_in_group",
      FULL: "at_capacity",
      INSIDE: "does_not_ship",
      REFUSED: "rejected",
    });
  });

  test.each([
    ["most_stock", "C"],
    ["capacity_left", "B"],
    ["preferred", "D"],
    ["stores_first", "E"],
    ["weeks_of_supply", "F"],
    ["distance", "A"],
  ] as const)("ranks by %s", (ranking, expected) => {
    const at = { place: munich, capacityPerDay: 10, fulfillmentOrdersToday: 8 };
    const slow = { weeklyUnits: new Map([["X" as Sku, 5]]) };
    const route = routeByPlan(
      planOf({ rankings: [ranking], preferred: ["D" as LocationCode] }),
      request(
        [line("X", 1)],
        [
          candidate("A", { X: 10 }, { ...at, ...slow, place: berlin }),
          candidate("B", { X: 10 }, { ...at, ...slow, fulfillmentOrdersToday: 1 }),
          candidate("C", { X: 90 }, { ...at, weeklyUnits: new Map([["X" as Sku, 60]]) }),
          candidate("D", { X: 10 }, { ...at, ...slow }),
          candidate("E", { X: 10 }, { ...at, ...slow, type: "store" }),
          candidate("F", { X: 10 }, { ...at, weeklyUnits: new Map([["X" as Sku, 1]]) }),
        ],
      ),
    );
    expect(route.parcels.map(({ location }) => location)).toEqual([expected]);
  });

  test("the first ranking that tells two ways apart decides", () => {
    const candidates = [
      candidate("NEAR-A", { A: 1 }),
      candidate("NEAR-B", { B: 1 }),
      candidate("FAR", { A: 1, B: 1 }, { place: munich }),
    ];
    const wanted = request([line("A", 1), line("B", 1)], candidates);
    expect(summary(routeByPlan(planOf({ rankings: ["fewest_parcels", "distance"] }), wanted))).toEqual({
      FAR: { A: 1, B: 1 },
    });
    expect(summary(routeByPlan(planOf({ rankings: ["distance", "fewest_parcels"] }), wanted))).toEqual({
      "NEAR-A": { A: 1 },
      "NEAR-B": { B: 1 },
    });
  });

  test("of one parcel ships all of an order or leaves it to the next rule", () => {
    const candidates = [candidate("A", { X: 1 }), candidate("B", { X: 1 })];
    const wanted = request([line("X", 2)], candidates);
    const alone = routeByPlan(planOf({ parcelsMax: 1 }), wanted);
    expect([summary(alone), outcomes(alone)["A"]]).toEqual([{}, "not_whole"]);
    const both = routeByPlan(
      planOf({ name: "whole", parcelsMax: 1, unallocated: { kind: "next" } }, { name: "split" }),
      wanted,
    );
    expect(summary(both)).toEqual({ A: { X: 1 }, B: { X: 1 } });
    expect(both.trace.plan).toEqual({ code: "test", batch: "every order", rules: ["whole", "split"] });
  });

  test("keeps what belongs together in one parcel", () => {
    const lines = [line("A", 1, { group: "gift" }), line("B", 1, { group: "gift" }), line("C", 1)];
    const candidates = [
      candidate("ONE", { A: 1, C: 1 }),
      candidate("TWO", { B: 1 }),
      candidate("THREE", { A: 1, B: 1 }, { place: munich }),
    ];
    const kept = routeByPlan(planOf({ keepsGroups: true }), request(lines, candidates));
    expect(summary(kept)).toEqual({ ONE: { C: 1 }, THREE: { A: 1, B: 1 } });
    // Where no place has all of it, it waits together.
    const [one, two] = candidates;
    const apart = routeByPlan(
      planOf({ keepsGroups: true }),
      request(
        lines,
        [one, two].flatMap((c) => c ?? []),
      ),
    );
    expect(summary(apart)).toEqual({ ONE: { C: 1 } });
    expect(apart.unplaced.map(({ sku }) => sku)).toEqual(["A", "B"]);
  });

  test("splits off no parcel of less than its least value", () => {
    const candidates = [candidate("A", { X: 1 }), candidate("B", { X: 5 })];
    const wanted = request([line("X", 6)], candidates);
    expect(summary(routeByPlan(planOf({ parcelValueMin: 1_000 }), wanted))).toEqual({
      A: { X: 1 },
      B: { X: 5 },
    });
    expect(summary(routeByPlan(planOf({ parcelValueMin: 2_000 }), wanted))).toEqual({ B: { X: 5 } });
  });

  test("says what becomes of the rest", () => {
    const unallocated = { kind: "queue", queue: "unfillable" } as const;
    const route = routeByPlan(planOf({ unallocated }), request([line("X", 3)], [candidate("A", { X: 1 })]));
    expect(route.unallocated).toEqual(unallocated);
    expect(route.unplaced).toMatchObject([{ sku: "X", quantity: 2 }]);
  });

  test("the first batch that is for an order decides, and none leaves it waiting", () => {
    const plan: RoutingPlan = {
      code: "two",
      costs,
      batches: [
        { name: "express", orders: { shippingMethods: ["express"] }, rules: [{ ...rule, name: "one" }] },
        { name: "dear", orders: { totalMin: 9_000, countries: ["DE"] }, rules: [{ ...rule, name: "two" }] },
      ],
    };
    const wanted = request([line("X", 1)], [candidate("A", { X: 1 })]);
    const dear = { ...wanted, order: { ...wanted.order, total: 9_000 } };
    expect(routeByPlan(plan, dear).trace.plan).toMatchObject({ batch: "dear", rules: ["two"] });
    expect(routeByPlan(plan, wanted)).toMatchObject({ parcels: [], trace: { plan: { batch: null } } });
  });
});

const SKUS = Array.from({ length: 10 }, (_, index) => `S${index}` as Sku);

/** A random network of up to 20 locations and an order of up to 10 lines. Most are small: every set of 20 is a million. */
function instance(seed: number): PlannedRequest {
  const source = new Random(seed);
  const random = () => source.next();
  const upTo = (max: number) => Math.floor(random() * (max + 1));
  const size = seed % 40 === 0 ? 17 + upTo(3) : 1 + upTo(10);
  const lineCount = 1 + upTo(9);
  const candidates = Array.from({ length: size }, (_, index) =>
    candidate(
      `L${String(index).padStart(2, "0")}`,
      Object.fromEntries(SKUS.map((sku) => [sku, random() < 0.5 ? 0 : upTo(6)])),
      { place: { country: "DE", latitude: 47 + random() * 8, longitude: 6 + random() * 9 } },
    ),
  );
  const lines = SKUS.slice(0, lineCount).map((sku) =>
    line(sku, 1 + upTo(5), { grams: 100 * (1 + upTo(40)) }),
  );
  return request(lines, candidates);
}

/** The least cost of placing as much as can be placed, by looking at every set there is, without any code of the router. */
function bruteForce({ candidates, lines }: PlannedRequest): {
  readonly cost: number;
  readonly placed: number;
} {
  const zones = candidates.map(({ place }) =>
    greatCircleMetres(place as typeof berlin, berlin) <= 300_000 ? [500, 50] : [1_000, 200],
  );
  const units = candidates.map(({ allocatable }) => lines.map(({ sku }) => allocatable.get(sku) ?? 0));
  const most = lines.reduce(
    (sum, { quantity }, index) =>
      sum +
      Math.min(
        quantity,
        units.reduce((there, row) => there + (row[index] ?? 0), 0),
      ),
    0,
  );
  let best = Number.POSITIVE_INFINITY;
  for (let bits = 1; bits < 2 ** candidates.length; bits += 1) {
    let fixed = -150;
    for (let one = 0; one < candidates.length; one += 1) {
      if ((bits >> one) & 1) fixed += (zones[one]?.[0] ?? 0) + 150;
    }
    if (fixed * 1_000 >= best) continue;
    let placed = 0;
    let goods = 0;
    for (const [index, { quantity, grams }] of lines.entries()) {
      let near = 0;
      let all = 0;
      for (let one = 0; one < candidates.length; one += 1) {
        if (((bits >> one) & 1) === 0) continue;
        const there = units[one]?.[index] ?? 0;
        all += there;
        if (zones[one]?.[1] === 50) near += there;
      }
      const here = Math.min(quantity, all);
      const cheap = Math.min(here, near);
      placed += here;
      goods += cheap * grams * 50 + (here - cheap) * grams * 200;
    }
    if (placed === most) best = Math.min(best, fixed * 1_000 + goods);
  }
  return { cost: most === 0 ? 0 : Math.round(best / 1_000), placed: most };
}

test("1,000 random instances: the least cost is the least there is, and as much is placed as can be", () => {
  const plan = planOf({ objective: "least_cost", parcelsMax: 20 });
  for (let seed = 1; seed <= 1_000; seed += 1) {
    const wanted = instance(seed);
    const route = routeByPlan(plan, wanted);
    const placed = route.parcels
      .flatMap(({ lines }) => lines)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    expect(route.trace.strategy, String(seed)).not.toBe("plan_cut_short");
    expect({ seed, cost: route.cost, placed }).toEqual({ seed, ...bruteForce(wanted) });
  }
});

test("every unit is placed once or left over, nobody gives what he has not, and the order of candidates does not matter", () => {
  const objective = fc.constantFrom("ranked" as const, "least_cost" as const);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      objective,
      fc.boolean(),
      (seed, chosen, keepsGroups) => {
        const wanted = instance(seed);
        const lines = wanted.lines.map((one, index) => ({ ...one, group: index % 3 === 0 ? "g" : null }));
        const plan = planOf({ objective: chosen, keepsGroups, parcelsMax: 3 });
        const route = routeByPlan(plan, { ...wanted, lines });
        for (const { orderLineId, quantity } of lines) {
          const units = [...route.parcels.flatMap((parcel) => parcel.lines), ...route.unplaced]
            .filter((one) => one.orderLineId === orderLineId)
            .reduce((sum, one) => sum + one.quantity, 0);
          expect(units).toBe(quantity);
        }
        expect(route.parcels.length).toBeLessThanOrEqual(3);
        for (const { location, lines: parcel } of route.parcels) {
          const source = wanted.candidates.find((one) => one.location === location);
          for (const { sku, quantity } of parcel) {
            expect(quantity).toBeLessThanOrEqual(source?.allocatable.get(sku) ?? 0);
          }
        }
        const homes = lines
          .filter(({ group }) => group !== null)
          .map(({ orderLineId }) =>
            route.parcels.findIndex((parcel) => parcel.lines.some((one) => one.orderLineId === orderLineId)),
          );
        expect(new Set(homes).size).toBeLessThanOrEqual(keepsGroups ? 1 : 4);
        const reversed = { ...wanted, lines, candidates: wanted.candidates.toReversed() };
        expect(routeByPlan(plan, reversed)).toEqual(route);
      },
    ),
    { numRuns: 300, seed: 20261124 },
  );
});
