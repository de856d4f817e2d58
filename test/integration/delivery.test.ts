import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { readDeliveryOptions } from "../../src/worker/use-cases/read-delivery-options.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

const api = apiClient("sk_delivery_test");
const express = {
  title: "Express",
  prices: [{ currency: "EUR", amount: 990 }],
  delivery: {
    service: "EXPRESS_12",
    countries: ["DE", "AT"],
    time_zone: "Europe/Berlin",
    cutoff: "13:30",
    transit: [
      { countries: ["DE"], distance_km_max: 200, days_min: 1, days_max: 1 },
      { days_min: 2, days_max: 3 },
    ],
  },
};

beforeAll(async () => {
  await seedKey("sk_delivery_test", ["catalogue:read", "catalogue:write", "orders:read", "stock:read"]);
});

test("a shipping method is written as it is read, once at a time, and nonsense has its place named", async () => {
  const put = await api.put("/v1/shipping-methods/express", express);
  expect(put.status).toBe(200);
  expect(put.body).toMatchObject({ ...express, code: "express", offered: true });
  expect((await api.get("/v1/shipping-methods/express")).body).toEqual(put.body);
  const { code: _, version: __, ...same } = put.body as Record<string, unknown>;
  expect((await api.put("/v1/shipping-methods/express", same)).body).toMatchObject(same);
  expect((await api.get("/v1/shipping-methods/nothing")).status).toBe(404);
  const wrong = { ...express, delivery: { ...express.delivery, time_zone: "Mars/Olympus", transit: [] } };
  const refused = await api.put("/v1/shipping-methods/express", wrong);
  expect(refused.status).toBe(422);
  const pointers = (refused.body as { errors: Array<{ pointer: string }> }).errors.map(
    ({ pointer }) => pointer,
  );
  expect(pointers).toEqual(["/delivery/time_zone", "/delivery/transit"]);
});

test("an order is promised what a checkout says, goes as its method says, and the promise is seen to be kept", async () => {
  await api.put("/v1/shipping-methods/express", express);
  const world = new ParcelWorld();
  // A Monday, before the cut-off in Berlin.
  await world.stock({ MUG: { BER: 1, MUC: 9 } });
  const sku = world.sku("MUG");
  const projected = (code: string, units: number) => ({
    location: code,
    on_hand: units,
    allocated: 0,
    safety_stock: 0,
    damaged: 0,
    incoming: 0,
  });
  await env.DB.prepare(
    `INSERT INTO stock_projection (sku, available, held, committed, locations, version, updated_at_ms)
     VALUES (?1, 10, 0, 0, ?2, 1, 0) ON CONFLICT (sku) DO UPDATE SET locations = ?2`,
  )
    .bind(sku, JSON.stringify([projected("BER", 1), projected("MUC", 9)]))
    .run();
  const query = {
    country: "DE",
    postal_code: "14467",
    latitude: 52.4,
    longitude: 13.06,
    currency: "EUR" as never,
  };
  const options = async (quantity: number, country = "DE") => {
    const read = await readDeliveryOptions(world.services(), {
      ...query,
      country,
      lines: [{ sku, quantity }],
    });
    if (!read.ok) throw new Error(read.error.code);
    return read.value.options.find(({ method }) => method === "express") ?? null;
  };
  const fromBerlin = { earliest: "2026-11-24", latest: "2026-11-24" };
  expect(await options(1)).toMatchObject({ amount: 990, delivery: fromBerlin });
  // Berlin has one only: the rest comes from Munich, or all of it does.
  expect(await options(2)).toMatchObject({ delivery: { earliest: "2026-11-25", latest: "2026-11-26" } });
  expect(await options(99)).toMatchObject({ delivery: null });
  expect(await options(1, "FR")).toBeNull();

  await world.order({ MUG: 1 });
  await world.deliver();
  const order = (await api.get(`/v1/orders/${world.orderId}`)).body as Record<string, unknown>;
  expect(order["delivery_promise"]).toEqual({
    method: "express",
    ...fromBerlin,
    due_at: "2026-11-24T23:00:00.000Z",
    kept: true,
  });
  expect(order["shipments"]).toMatchObject([{ service: "EXPRESS_12" }]);

  const figures = await api.get("/v1/delivery-performance?since=2026-11-23T00:00:00.000Z");
  expect(figures.body).toMatchObject({
    methods: [{ method: "express", kept: 1, late: 0, kept_bps: 10_000 }],
  });
  await env.DB.prepare(
    "UPDATE shipment SET delivered_at_ms = delivered_at_ms + 86400000 * 3 WHERE order_id = ?1",
  )
    .bind(world.orderId)
    .run();
  const late = await api.get("/v1/delivery-performance?since=2026-11-23T00:00:00.000Z");
  expect(late.body).toMatchObject({ delivered: 1, kept: 0, late: 1, kept_bps: 0 });
});

test("a page may ask for options, and an unknown SKU or unreadable lines have their answer", async () => {
  await seedKey("pk_delivery_test");
  const page = (lines: string) =>
    apiClient("pk_delivery_test").get(`/v1/delivery-options?lines=${lines}&country=DE&currency=EUR`);
  expect((await page("NOBODY-KNOWS*2")).body).toMatchObject({ code: "sku_unknown", sku: "NOBODY-KNOWS" });
  for (const lines of ["MUG*0", "MUG*x", "", "MUG,,TEE", "MUG*1*1".repeat(200)]) {
    expect((await page(encodeURIComponent(lines))).status, lines.slice(0, 20)).toBe(422);
  }
});
