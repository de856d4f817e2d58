import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import type { Sku } from "../../src/domain/brand.ts";
import { createManifest } from "../../src/worker/use-cases/manifests.ts";
import { createWave, scanGoods } from "../../src/worker/use-cases/waves.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

const api = apiClient("sk_test_warehouse", { FULFILLMENT_MODE: "manual" });
beforeAll(async () => {
  await seedKey("sk_test_warehouse");
});
beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  // A wave takes whatever is open, so nothing of another test may be.
  for (const table of ["outbox", "wave", "wave_pick_list", "parcel_size", "bin"]) {
    await env.DB.prepare(`DELETE FROM ${table}`).run();
  }
  await env.DB.prepare("UPDATE pick_list SET status = 'canceled' WHERE status = 'open'").run();
  await env.DB.prepare("UPDATE shipment SET status = 'canceled' WHERE status = 'labeled'").run();
});

const byHand = (world: ParcelWorld) => world.services({ fulfillmentMode: "manual" });

/** An order at the pickers, of SKUs that are its own. */
async function routed(lines: Readonly<Record<string, number>>) {
  const world = new ParcelWorld();
  const stock = Object.keys(lines).map((name) => [name, { BER: 9, HAM: 9 }] as const);
  await world.stock(Object.fromEntries(stock));
  await world.order(lines);
  await world.deliver(byHand(world));
  const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
  const [row] = snapshot?.fulfillmentOrders ?? [];
  const [list] = snapshot?.pickLists ?? [];
  return { world, id: row?.id ?? "", list: list?.id ?? "", snapshot };
}

async function parts(world: ParcelWorld) {
  const snapshot = await readFulfillmentOf(createDb(env.DB), "order", world.orderId);
  return (snapshot?.fulfillmentOrders ?? [])
    .filter(({ status }) => status !== "canceled")
    .map(({ location, status, lines }) => [
      location,
      status,
      lines.reduce((sum, { quantity }) => sum + quantity, 0),
    ]);
}

async function barcode(sku: Sku, code: string): Promise<void> {
  await env.DB.prepare("UPDATE sku SET barcode = ?2 WHERE sku = ?1").bind(sku, code).run();
}

test("a wave is walked by zone and bin, scanned into cartons, and becomes parcels", async () => {
  const one = await routed({ MUG: 2 });
  const two = await routed({ CAP: 1, TEE: 1 });
  const [mug, cap, tee] = [one.world.sku("MUG"), two.world.sku("CAP"), two.world.sku("TEE")];
  await barcode(mug, "036000291452");
  const bins = [
    { sku: mug, zone: "B", bin: "10" },
    { sku: cap, zone: "B", bin: "2" },
    { sku: tee, zone: "A", bin: "1" },
  ];
  expect((await api.put("/v1/locations/BER/bins", { bins })).body).toEqual({ placed: 3, removed: 0 });
  expect((await api.put("/v1/locations/NOWHERE/bins", { bins })).body.code).toBe("location_unknown");

  const made = await api.post("/v1/waves", { location: "BER" }, "wave-1");
  expect(made.status).toBe(201);
  expect(made.body.lines.map((line: { sku: string }) => line.sku)).toEqual([tee, cap, mug]);
  const lists = made.body.pick_lists as ReadonlyArray<{ id: string; carton: number }>;
  expect(lists.map(({ carton }) => carton)).toEqual([1, 2]);
  const cartonOf = new Map(lists.map((list) => [list.id, list.carton]));
  expect((await api.post("/v1/waves", { location: "BER" })).body.code).toBe("nothing_to_do");
  const { id } = made.body;
  const paper = await api.get(`/v1/waves/${id}/document?zone=B`);
  expect([paper.status, paper.body.slice(0, 5)]).toEqual([200, "%PDF-"]);

  const scan = (code: string, quantity: number, key?: string) =>
    api.post(`/v1/waves/${id}/scans`, { barcode: code, quantity }, key);
  expect((await scan("0036000291452", 1, "scan-1")).body).toMatchObject({
    sku: mug,
    cartons: [{ carton: cartonOf.get(one.list), quantity: 1 }],
    wanted: 2,
    scanned: 1,
  });
  expect((await scan("0036000291452", 1, "scan-1")).body).toMatchObject({ scanned: 1 });
  expect((await scan(mug, 2)).body).toMatchObject({ code: "item_too_many", wanted: 2, scanned: 1 });
  expect((await scan("no-such-code", 1)).body.code).toBe("barcode_unknown");
  const other = await routed({ HAT: 1 });
  expect((await scan(other.world.sku("HAT"), 1)).body).toMatchObject({
    code: "item_not_wanted",
    sku: other.world.sku("HAT"),
  });
  await scan(mug, 1);
  await scan(cap, 1);
  const early = await api.post(`/v1/waves/${id}/finish`, {});
  const resultOf = (list: string) =>
    early.body.results.find((result: { pick_list: string }) => result.pick_list === list);
  expect(resultOf(one.list)).toMatchObject({ shipment: { status: "packed" }, problem: null });
  expect(resultOf(two.list)).toMatchObject({
    shipment: null,
    problem: { code: "pick_incomplete", missing: [{ sku: tee, quantity: 1 }] },
  });
  expect((await api.get(`/v1/waves/${id}`)).body.status).toBe("open");
  await scan(tee, 1);
  await api.post(`/v1/waves/${id}/finish`, {});
  expect((await api.get(`/v1/waves/${id}`)).body).toMatchObject({ status: "closed" });
  expect(await parts(two.world)).toEqual([["BER", "in_progress", 2]]);
  expect((await scan(tee, 1)).body.code).toBe("order_state_conflict");
});

test("waves take lists by zone, and those of a wave that was given up are free again", async () => {
  const near = await routed({ MUG: 1 });
  await routed({ CAP: 1 });
  await api.put("/v1/locations/BER/bins", { bins: [{ sku: near.world.sku("MUG"), zone: "A", bin: "1" }] });
  const wave = await api.post("/v1/waves", { location: "BER", zones: ["A"] });
  expect(wave.body.pick_lists).toMatchObject([{ id: near.list }]);
  expect((await api.post(`/v1/waves/${wave.body.id}/cancel`, undefined)).body).toMatchObject({
    status: "canceled",
    pick_lists: [],
  });
  const alone = await api.post("/v1/waves", { location: "BER", pick_lists: [near.list] });
  expect(alone.body.pick_lists).toHaveLength(1);
  await api.put("/v1/locations/BER/bins", { bins: [{ sku: near.world.sku("MUG"), zone: null, bin: null }] });
  expect((await api.get("/v1/locations/BER/bins")).body.data).toEqual([]);
});

test("two pickers who scan the last unit at once, and repeats of both, count it once", async () => {
  const { world, list } = await routed({ MUG: 3 });
  const scans = Array.from({ length: 5 }, (_, index) =>
    scanGoods(
      world.services(),
      { kind: "pick_list", id: list },
      { barcode: world.sku("MUG"), quantity: 1 },
      { request: `picker ${list} ${index % 4}`, actor: "key_test" },
    ),
  );
  const answers = await Promise.all(scans);
  expect(answers.filter(({ ok }) => !ok)).toMatchObject([{ error: { code: "item_too_many" } }]);
  const total = await env.DB.prepare("SELECT sum(quantity) AS units FROM pick_scan WHERE pick_list_id = ?1")
    .bind(list)
    .first("units");
  expect(total).toBe(3);
});

test("a short pick from scans ships what was found, and another location the rest", async () => {
  const { world, id, list } = await routed({ MUG: 3, CAP: 1 });
  await api.post(`/v1/pick-lists/${list}/scans`, { barcode: world.sku("MUG"), quantity: 2 });
  const finished = await api.post(`/v1/pick-lists/${list}/finish`, { missing: "reroute" });
  expect(finished.body.results).toMatchObject([
    { pick_list: list, shipment: { status: "packed", weight_grams: 850 } },
  ]);
  await world.deliver(byHand(world));
  expect((await parts(world)).toSorted((a, b) => String(a[0]).localeCompare(String(b[0])))).toEqual([
    ["BER", "in_progress", 2],
    ["HAM", "open", 2],
  ]);
  const raised = await api.get("/v1/exceptions?kind=short_pick");
  expect(raised.body.data).toContainEqual(expect.objectContaining({ subject: `fulfillment_order:${id}` }));
});

test("goods are packed into the smallest parcels that hold them, each with units and a label of its own", async () => {
  const size = (grams: number, side: number) => ({
    name: "Carton",
    length_mm: side,
    width_mm: side,
    height_mm: side,
    max_grams: grams,
    grams: 100,
  });
  await api.put("/v1/parcel-sizes/SMALL", size(1_000, 200));
  await api.put("/v1/parcel-sizes/LARGE", size(2_000, 400));
  expect((await api.put("/v1/parcel-sizes/NONE", { ...size(50, 10) })).status).toBe(422);
  const { world, id, snapshot } = await routed({ MUG: 6 });
  const line = snapshot?.lines[0]?.id ?? "";
  const odd = (parcels: unknown) => api.post(`/v1/fulfillment-orders/${id}/pack`, { parcels });
  expect((await odd([{ lines: [{ line, quantity: 7 }] }])).body.code).toBe("quantity_unavailable");
  expect((await odd([{ lines: [{ line, quantity: 5 }] }])).body).toMatchObject({ because: "not_all_packed" });
  expect((await odd([{ size: "NO", lines: [{ line, quantity: 6 }] }])).body.code).toBe("parcel_size_unknown");

  const packed = await api.post(`/v1/fulfillment-orders/${id}/pack`, {}, "pack-1");
  const shapes = packed.body.data.map((one: Record<string, unknown>) => [
    one["parcel_size"],
    one["weight_grams"],
  ]);
  expect(shapes.toSorted()).toEqual([
    ["LARGE", 1_700],
    ["SMALL", 900],
  ]);
  // With another key: it is done, and stays so.
  expect((await api.post(`/v1/fulfillment-orders/${id}/pack`, {})).body.data).toHaveLength(2);
  await world.deliver(byHand(world));
  expect(await parts(world)).toEqual(
    expect.arrayContaining([
      ["BER", "in_progress", 4],
      ["BER", "in_progress", 2],
    ]),
  );
  const report = await world.services().sku(world.sku("MUG")).stock();
  expect(report).toMatchObject({ committed: 0, available: 12 });
  for (const parcel of packed.body.data as ReadonlyArray<{ fulfillment_order: string }>) {
    expect(
      (await api.post(`/v1/fulfillment-orders/${parcel.fulfillment_order}/ship`, undefined)).body.status,
    ).toBe("shipped");
  }
  expect(await world.outcome()).toMatchObject({ lines: [["MUG", 6, 6, 0]] });
});

test("what fits into one parcel is one, and may be packed otherwise until there is a label", async () => {
  await api.put("/v1/parcel-sizes/SMALL", {
    name: "Small",
    length_mm: 200,
    width_mm: 200,
    height_mm: 200,
    max_grams: 1_000,
    grams: 100,
  });
  const { id } = await routed({ MUG: 2 });
  const [first] = (await api.post(`/v1/fulfillment-orders/${id}/pack`, {})).body.data;
  expect(first).toMatchObject({ parcel_size: "SMALL", weight_grams: 900, status: "packed", version: 1 });
  const lines = (await api.get(`/v1/fulfillment-orders/${id}`)).body.lines as ReadonlyArray<{ line: string }>;
  const again = await api.post(`/v1/fulfillment-orders/${id}/pack`, {
    parcels: [{ lines: [{ line: lines[0]?.line, quantity: 2 }] }],
  });
  expect(again.body.data).toMatchObject([{ id: first.id, parcel_size: null, weight_grams: 850, version: 2 }]);
  await api.post(`/v1/shipments/${first.id}/label`, undefined);
  expect((await api.post(`/v1/fulfillment-orders/${id}/pack`, {})).status).toBe(409);
});

test("at the end of the day a carrier is handed each labeled parcel once, and it is shipped", async () => {
  const label = async () => {
    const made = await routed({ MUG: 1 });
    const [parcel] = (await api.post(`/v1/fulfillment-orders/${made.id}/pack`, {})).body.data;
    await api.post(`/v1/shipments/${parcel.id}/label`, undefined);
    return { ...made, parcel: parcel.id as string };
  };
  const [one, two] = [await label(), await label()];
  const shelf = { location: "BER", carrier: "manual" };
  const ports = () => byHand(one.world);
  const [first, again, other] = await Promise.all([
    createManifest(ports(), shelf, { request: `end ${one.id}`, actor: "key_test" }),
    createManifest(ports(), shelf, { request: `end ${one.id}`, actor: "key_test" }),
    createManifest(ports(), shelf, { request: `other ${one.id}`, actor: "key_test" }),
  ]);
  // Whichever was first has them all.
  const { results } = await env.DB.prepare(
    "SELECT shipment_id, count(*) AS times FROM manifest_parcel WHERE shipment_id IN (?1, ?2) GROUP BY shipment_id",
  )
    .bind(one.parcel, two.parcel)
    .all();
  expect(results.map(({ times }) => times)).toEqual([1, 1]);
  expect([first, again, other].filter(({ ok }) => ok).length).toBeGreaterThan(0);
  await one.world.deliver(ports());
  for (const parcel of [one.parcel, two.parcel]) {
    expect((await api.get(`/v1/shipments/${parcel}`)).body.status).toBe("shipped");
  }
  const [listed] = (await api.get("/v1/manifests?location=BER")).body.data;
  const manifest = await api.get(`/v1/manifests/${listed.id}`);
  expect(manifest.body).toMatchObject({ carrier: "manual" });
  expect(manifest.body.parcels).toContainEqual(
    expect.objectContaining({ shipment: one.parcel, status: "shipped", postal_code: "14467", country: "DE" }),
  );
  const paper = await api.get(`/v1/manifests/${listed.id}/document`);
  expect(paper.body.slice(0, 5)).toBe("%PDF-");
  expect((await api.post("/v1/manifests", { location: "MUC", carrier: "manual" })).body.code).toBe(
    "nothing_to_do",
  );
});

test("a wave whose answer was lost is found by its call", async () => {
  const { world, list } = await routed({ MUG: 1 });
  const choice = { pickLists: [list], zones: null, sizeMax: 5 };
  const asked = { request: `lost ${list}`, actor: "key_test" };
  const first = await createWave(byHand(world), "BER", choice, asked);
  const again = await createWave(byHand(world), "BER", choice, asked);
  expect(first.ok && first.value.wave?.id).toBe(again.ok && again.value.wave?.id);
});
