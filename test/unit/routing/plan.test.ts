import fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { LocationCode, Sku } from "../../../src/domain/brand.ts";
import { greatCircleMetres } from "../../../src/domain/routing/distance.ts";
import {
  EXACT_CANDIDATES_MAX,
  planRoute,
  type RouteCandidate,
  type RouteRequest,
} from "../../../src/domain/routing/plan.ts";

const berlin = { country: "DE", latitude: 52.52, longitude: 13.405 };
const places = {
  BER: berlin,
  HAM: { country: "DE", latitude: 53.55, longitude: 9.99 },
  MUC: { country: "DE", latitude: 48.14, longitude: 11.58 },
  PAR: { country: "FR", latitude: 48.86, longitude: 2.35 },
};

function candidate(
  location: keyof typeof places,
  stock: Record<string, number>,
  rest: Partial<RouteCandidate> = {},
): RouteCandidate {
  return {
    location: location as string as LocationCode,
    place: places[location],
    ships: true,
    capacityPerDay: null,
    fulfillmentOrdersToday: 0,
    hasRejected: false,
    allocatable: new Map(Object.entries(stock) as Array<[Sku, number]>),
    ...rest,
  };
}

function request(
  lines: Record<string, number>,
  candidates: ReadonlyArray<RouteCandidate>,
  rest: Partial<RouteRequest> = {},
): RouteRequest {
  return {
    destination: berlin,
    pickupLocation: null,
    lines: Object.entries(lines).map(([sku, quantity]) => ({
      orderLineId: `line-${sku}`,
      sku: sku as Sku,
      quantity,
    })),
    candidates,
    ...rest,
  };
}

/** `{ BER: { A: 1 } }`. */
function summary(plan: ReturnType<typeof planRoute>): Record<string, Record<string, number>> {
  return Object.fromEntries(
    plan.parcels.map(({ location, lines }) => [
      location,
      Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity])),
    ]),
  );
}

const outcomes = (plan: ReturnType<typeof planRoute>) =>
  Object.fromEntries(plan.trace.locations.map(({ location, outcome }) => [location, outcome]));

describe("a route", () => {
  test("comes from the nearest location that has everything, though a nearer one has something", () => {
    const plan = planRoute(
      request({ A: 1, B: 1 }, [
        candidate("PAR", { A: 9, B: 9 }),
        candidate("MUC", { A: 9, B: 9 }),
        candidate("BER", { A: 9 }),
      ]),
    );
    expect(summary(plan)).toEqual({ MUC: { A: 1, B: 1 } });
    expect(outcomes(plan)).toEqual({ BER: "not_needed", MUC: "chosen", PAR: "farther" });
    expect(plan.trace.strategy).toBe("single");
  });

  test("takes the fewest parcels where no location has everything, then the shortest way", () => {
    const plan = planRoute(
      request({ A: 1, B: 1, C: 1 }, [
        candidate("BER", { A: 1 }),
        candidate("HAM", { B: 1 }),
        candidate("MUC", { A: 1, C: 1 }),
        candidate("PAR", { B: 1 }),
      ]),
    );
    expect(summary(plan)).toEqual({ HAM: { B: 1 }, MUC: { A: 1, C: 1 } });
    expect(plan.trace.strategy).toBe("fewest_parcels");
  });

  test("splits one line where no location has enough of it, nearest first", () => {
    const plan = planRoute(request({ A: 5 }, [candidate("MUC", { A: 4 }), candidate("BER", { A: 2 })]));
    expect(summary(plan)).toEqual({ BER: { A: 2 }, MUC: { A: 3 } });
  });

  test("reports what is nowhere, and places the rest", () => {
    const plan = planRoute(request({ A: 5, B: 1 }, [candidate("MUC", { A: 3 })]));
    expect(summary(plan)).toEqual({ MUC: { A: 3 } });
    expect(plan.unplaced.map(({ sku, quantity }) => [sku, quantity])).toEqual([
      ["A", 2],
      ["B", 1],
    ]);
  });

  test("leaves out locations that do not ship or are full for today, and says why", () => {
    const full = { capacityPerDay: 10, fulfillmentOrdersToday: 10 };
    const plan = planRoute(
      request({ A: 1 }, [
        candidate("BER", { A: 9 }, { ships: false }),
        candidate("HAM", { A: 9 }, full),
        candidate("MUC", {}),
        candidate("PAR", { A: 1 }, { capacityPerDay: 10, fulfillmentOrdersToday: 9 }),
      ]),
    );
    expect(outcomes(plan)).toEqual({
      BER: "does_not_ship",
      HAM: "at_capacity",
      MUC: "no_stock",
      PAR: "chosen",
    });
  });

  test("of a pick-up comes from that location only, which need not ship", () => {
    const candidates = [
      candidate("BER", { A: 9 }),
      candidate("PAR", { A: 1 }, { ships: false, capacityPerDay: 0 }),
    ];
    const pickup = { pickupLocation: "PAR" as LocationCode };
    expect(summary(planRoute(request({ A: 1 }, candidates, pickup)))).toEqual({ PAR: { A: 1 } });
    const plan = planRoute(request({ A: 2 }, candidates, pickup));
    expect(plan.unplaced).toMatchObject([{ quantity: 1 }]);
    expect(outcomes(plan)).toEqual({ BER: "not_pickup_location", PAR: "chosen" });
  });

  test("breaks ties by location code, whatever the order of the candidates", () => {
    const same = [candidate("PAR", { A: 1 }), candidate("HAM", { A: 1 }), candidate("MUC", { A: 1 })].map(
      (one) => ({
        ...one,
        place: berlin,
      }),
    );
    for (const candidates of [same, same.toReversed()]) {
      expect(summary(planRoute(request({ A: 1 }, candidates)))).toEqual({ HAM: { A: 1 } });
      expect(summary(planRoute(request({ A: 2 }, candidates)))).toEqual({ HAM: { A: 1 }, MUC: { A: 1 } });
    }
  });

  test("prefers the buyer's country where only countries are known, though the border is closer", () => {
    const newYork = {
      ...candidate("BER", { A: 1 }),
      place: { country: "US", latitude: 40.7, longitude: -74 },
    };
    const toronto = {
      ...candidate("HAM", { A: 1 }),
      place: { country: "CA", latitude: 43.7, longitude: -79.4 },
    };
    const plan = planRoute(request({ A: 1 }, [toronto, newYork], { destination: { country: "US" } }));
    expect(summary(plan)).toEqual({ BER: { A: 1 } });
  });

  test("is found for a buyer whose place nobody knows", () => {
    const plan = planRoute(
      request({ A: 1 }, [candidate("PAR", { A: 1 }), candidate("MUC", { A: 1 })], { destination: null }),
    );
    expect(summary(plan)).toEqual({ MUC: { A: 1 } });
    expect(planRoute(request({ A: 1 }, [])).unplaced).toHaveLength(1);
  });
});

const skus = ["A", "B", "C", "D"] as ReadonlyArray<string>;
const instances = (locationsMax: number) =>
  fc.record({
    lines: fc.array(fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 6 }) }), {
      minLength: 1,
      maxLength: 5,
    }),
    locations: fc.array(
      fc.record({
        stock: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: skus.length, maxLength: skus.length }),
        latitude: fc.integer({ min: 35, max: 60 }),
        longitude: fc.integer({ min: -10, max: 30 }),
        ships: fc.boolean(),
      }),
      { maxLength: locationsMax },
    ),
  });
type Instance = ReturnType<ReturnType<typeof instances>["generate"]>["value"];

function requestOf({ lines, locations }: Instance): RouteRequest {
  return {
    destination: berlin,
    pickupLocation: null,
    lines: lines.map(({ sku, quantity }, index) => ({
      orderLineId: `line-${index}`,
      sku: sku as Sku,
      quantity,
    })),
    candidates: locations.map(({ stock, latitude, longitude, ships }, index) => ({
      location: `L${String(index).padStart(2, "0")}` as LocationCode,
      place: { country: "DE", latitude, longitude },
      ships,
      capacityPerDay: null,
      fulfillmentOrdersToday: 0,
      hasRejected: false,
      allocatable: new Map(skus.map((sku, position) => [sku as Sku, stock[position] ?? 0])),
    })),
  };
}

/** Units by SKU, of lines or of a set of locations, without any code of the planner. */
function wantedOf(route: RouteRequest): Array<number> {
  return skus.map((sku) =>
    route.lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0),
  );
}
function thereOf(locations: ReadonlyArray<RouteCandidate>): Array<number> {
  return skus.map((sku) =>
    locations.reduce((sum, { allocatable }) => sum + (allocatable.get(sku as Sku) ?? 0), 0),
  );
}

describe("against brute force", () => {
  test("parcels are as few as can be, the way as short, and a single source the nearest", () => {
    fc.assert(
      fc.property(instances(7), (instance) => {
        const route = requestOf(instance);
        const shipping = route.candidates.filter(({ ships }) => ships);
        const demand = wantedOf(route).map((units, index) => Math.min(units, thereOf(shipping)[index] ?? 0));
        const metres = ({ place }: RouteCandidate) => greatCircleMetres(place as typeof berlin, berlin);
        let best = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
        for (let bits = 0; bits < 2 ** shipping.length; bits += 1) {
          const subset = shipping.filter((_, index) => (bits >> index) & 1);
          if (!thereOf(subset).every((units, index) => units >= (demand[index] ?? 0))) continue;
          const cost = [subset.length, subset.reduce((sum, one) => sum + metres(one), 0)];
          if ((cost[0] ?? 0) < (best[0] ?? 0) || (cost[0] === best[0] && (cost[1] ?? 0) < (best[1] ?? 0)))
            best = cost;
        }
        const plan = planRoute(route);
        const chosen = plan.parcels.map((parcel) =>
          shipping.find(({ location }) => location === parcel.location),
        );
        const way = chosen.reduce((sum, one) => sum + (one === undefined ? Number.NaN : metres(one)), 0);
        expect([plan.parcels.length, way]).toEqual(best);
      }),
      { numRuns: 500, seed: 20261123 },
    );
  });

  test("every unit is placed once or reported, no location gives what it has not, and order does not matter", () => {
    fc.assert(
      fc.property(instances(EXACT_CANDIDATES_MAX + 6), (instance) => {
        const route = requestOf(instance);
        const plan = planRoute(route);
        for (const [index, line] of route.lines.entries()) {
          const units = [...plan.parcels.flatMap(({ lines }) => lines), ...plan.unplaced]
            .filter(({ orderLineId }) => orderLineId === `line-${index}`)
            .reduce((sum, { quantity }) => sum + quantity, 0);
          expect(units).toBe(line.quantity);
        }
        for (const { location, lines } of plan.parcels) {
          const source = route.candidates.find((one) => one.location === location);
          expect(source?.ships).toBe(true);
          for (const sku of skus) {
            const taken = lines.reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
            expect(taken).toBeLessThanOrEqual(source?.allocatable.get(sku as Sku) ?? 0);
          }
        }
        const shipping = thereOf(route.candidates.filter(({ ships }) => ships));
        const lacking = wantedOf(route).reduce(
          (sum, units, index) => sum + Math.max(0, units - (shipping[index] ?? 0)),
          0,
        );
        expect(plan.unplaced.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(lacking);
        expect(planRoute({ ...route, candidates: route.candidates.toReversed() })).toEqual(plan);
      }),
      { numRuns: 300, seed: 20261123 },
    );
  });
});
