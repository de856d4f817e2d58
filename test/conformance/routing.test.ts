import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";

import type { LocationCode, Sku } from "../../src/domain/brand.ts";
import { routeByPlan } from "../../src/domain/routing/route-by-plan.ts";
import type { PlannedCandidate, RoutingPlan } from "../../src/domain/routing/routing-plan.ts";
import { Random } from "../simulation/random.ts";

const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");
const ordersFile = path.join(data, "uci-online-retail", "online_retail_2010-12_to_2011-08.csv.gz");
const postcodesFile = path.join(data, "geo", "us_zip3_centroids.json");

const ORDERS = 2_000;
const SAFETY = 2;
const CAPACITY = 260;
const CITIES = ["100", "303", "606", "770", "852", "900", "981", "802"];

type Row = { readonly InvoiceNo: string; readonly StockCode: string; readonly Quantity: string };

/** The first orders of the file as SKU → units, each small enough to be one delivery. */
function readOrders(): Array<ReadonlyMap<Sku, number>> {
  const rows = parse(gunzipSync(readFileSync(ordersFile)), {
    bom: true,
    columns: true,
    to: 80_000,
    relax_column_count: true,
    relax_quotes: true,
  }) as ReadonlyArray<Row>;
  const orders: Array<ReadonlyMap<Sku, number>> = [];
  for (const [invoice, lines] of Map.groupBy(rows, ({ InvoiceNo }) => InvoiceNo)) {
    if (!/^\d+$/.test(invoice)) continue;
    const units = new Map<Sku, number>();
    for (const { StockCode, Quantity } of lines.slice(0, 10)) {
      const quantity = Math.min(20, Number(Quantity));
      if (quantity > 0) units.set(StockCode as Sku, (units.get(StockCode as Sku) ?? 0) + quantity);
    }
    if (units.size > 0) orders.push(units);
  }
  return orders.slice(0, ORDERS);
}

const plan: RoutingPlan = {
  code: "conformance",
  batches: [
    {
      name: "all",
      orders: {},
      rules: [
        {
          name: "cheapest",
          locations: {},
          objective: "least_cost",
          rankings: [],
          preferred: [],
          parcelsMax: 3,
          parcelValueMin: 0,
          keepsGroups: false,
          unallocated: { kind: "backorder" },
        },
      ],
    },
  ],
  costs: {
    zones: [
      { distanceMetresMax: 500_000, base: 500, perKilogram: 60 },
      { distanceMetresMax: 1_500_000, base: 800, perKilogram: 110 },
      { distanceMetresMax: null, base: 1_200, perKilogram: 190 },
    ],
    handling: 90,
    splitPenalty: 200,
  },
};

describe.skipIf(!existsSync(ordersFile) || !existsSync(postcodesFile))(
  "real orders to real postcodes",
  () => {
    test("2,000 orders over 8 locations: none over capacity, none below safety stock, every unit placed once or backordered, every location explained", () => {
      const postcodes = Object.values(
        JSON.parse(readFileSync(postcodesFile, "utf8")) as Record<string, [number, number]>,
      );
      const places = JSON.parse(readFileSync(postcodesFile, "utf8")) as Record<string, [number, number]>;
      const orders = readOrders();
      expect(orders).toHaveLength(ORDERS);
      const random = new Random(20_261_125);
      const skus = new Set(orders.flatMap((order) => [...order.keys()]));
      const stock = new Map(
        CITIES.map((city) => [city, new Map([...skus].map((sku) => [sku, Math.floor(random.next() * 60)]))]),
      );
      const parcels = new Map(CITIES.map((city) => [city, 0]));
      let placed = 0;
      let backordered = 0;
      for (const order of orders) {
        const [latitude, longitude] = postcodes[Math.floor(random.next() * postcodes.length)] ?? [0, 0];
        const lines = [...order].map(([sku, quantity]) => ({
          orderLineId: `line ${sku}`,
          sku,
          quantity,
          grams: 300,
          value: 500,
          group: null,
          requires: [],
        }));
        const candidates = CITIES.map((city): PlannedCandidate => {
          const [lat = 0, lon = 0] = places[city] ?? [];
          return {
            location: city as LocationCode,
            place: { country: "US", latitude: lat, longitude: lon },
            ships: true,
            capacityPerDay: CAPACITY,
            fulfillmentOrdersToday: parcels.get(city) ?? 0,
            hasRejected: false,
            allocatable: new Map(
              lines.map(({ sku }) => [sku, Math.max(0, (stock.get(city)?.get(sku) ?? 0) - SAFETY)]),
            ),
            type: "warehouse",
            groups: [],
            capabilities: [],
            weeklyUnits: new Map(),
          };
        });
        const route = routeByPlan(plan, {
          destination: { country: "US", latitude, longitude },
          pickupLocation: null,
          order: { channel: "csv", shippingMethod: null, total: 1_000 },
          lines,
          candidates,
        });
        for (const { location, lines: parcel } of route.parcels) {
          parcels.set(location, (parcels.get(location) ?? 0) + 1);
          for (const { sku, quantity } of parcel) {
            const left = (stock.get(location)?.get(sku) ?? 0) - quantity;
            expect(left).toBeGreaterThanOrEqual(SAFETY);
            stock.get(location)?.set(sku, left);
            placed += quantity;
          }
        }
        for (const { orderLineId, quantity } of lines) {
          const units = [...route.parcels.flatMap((parcel) => parcel.lines), ...route.unplaced]
            .filter((one) => one.orderLineId === orderLineId)
            .reduce((sum, one) => sum + one.quantity, 0);
          expect(units).toBe(quantity);
        }
        backordered += route.unplaced.reduce((sum, { quantity }) => sum + quantity, 0);
        expect(route.trace.locations.map(({ location }) => location)).toEqual(CITIES.toSorted());
        for (const { outcome, units_chosen: units } of route.trace.locations) {
          expect(outcome === "chosen").toBe(units > 0);
        }
      }
      for (const count of parcels.values()) expect(count).toBeLessThanOrEqual(CAPACITY);
      expect(placed).toBeGreaterThan(0);
      expect(backordered).toBeGreaterThan(0);
      console.log(
        `${placed} units placed in ${[...parcels.values()].join(", ")} parcels, ${backordered} backordered`,
      );
    });
  },
);
