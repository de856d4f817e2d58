import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_catalogue");
let keyId = "";
beforeAll(async () => {
  keyId = await seedKey("sk_test_catalogue");
});

const warehouse = {
  name: "Berlin",
  type: "warehouse",
  address: { country: "DE", city: "Berlin" },
  ships: true,
  pickup: false,
};
const mug = { title: "Mug", prices: [{ currency: "EUR", amount: 1999 }], attributes: { colour: "blue" } };

test("a location is created, read, replaced, and left alone when nothing changes", async () => {
  const created = await api.put("/v1/locations/HAM-1", warehouse);
  expect(created).toMatchObject({ status: 200, body: { code: "HAM-1", version: 1, capacity_per_day: null } });
  expect(created.headers.get("etag")).toBe('"1"');
  expect((await api.get("/v1/locations/HAM-1")).body).toEqual(created.body);
  expect((await api.put("/v1/locations/HAM-1", warehouse)).body.version).toBe(1);
  const changed = await api.put("/v1/locations/HAM-1", { ...warehouse, capacity_per_day: 40 });
  expect(changed.body).toMatchObject({
    version: 2,
    capacity_per_day: 40,
    created_at: created.body.created_at,
  });
  expect((await api.get("/v1/locations/HAM-2")).status).toBe(404);
});

test("If-Match lets only the version it names be changed", async () => {
  await api.put("/v1/locations/TAG-1", warehouse);
  const wrong = await api.put("/v1/locations/TAG-1", { ...warehouse, name: "X" }, { "if-match": '"7"' });
  expect(wrong).toMatchObject({ status: 412, body: { code: "precondition_failed" } });
  const right = await api.put("/v1/locations/TAG-1", { ...warehouse, name: "X" }, { "if-match": '"1"' });
  expect(right.body).toMatchObject({ name: "X", version: 2 });
  expect((await api.put("/v1/locations/TAG-2", warehouse, { "if-match": "*" })).status).toBe(412);

  await api.put("/v1/skus/TAG-SKU", mug);
  expect((await api.put("/v1/skus/TAG-SKU", { ...mug, title: "Y" }, { "if-match": '"9"' })).status).toBe(412);
  const changed = await api.put("/v1/skus/TAG-SKU", { ...mug, title: "Y" }, { "if-match": '"1"' });
  expect(changed.headers.get("etag")).toBe('"2"');
});

test("of many who change the same version at once, one does", async () => {
  await api.put("/v1/skus/RACE", mug);
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      api.put(
        "/v1/skus/RACE",
        { ...mug, title: `Mug ${index}`, prices: [{ currency: "EUR", amount: index }] },
        { "if-match": '"1"' },
      ),
    ),
  );
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 412)).toHaveLength(7);
  const { body } = await api.get("/v1/skus/RACE");
  expect(body.version).toBe(2);
  expect(body.title).toBe(`Mug ${body.prices[0].amount}`);
});

test("a SKU is kept with its prices, and its rules reach its object", async () => {
  const put = await api.put("/v1/skus/FULL", {
    ...mug,
    prices: [
      { currency: "USD", amount: 2200 },
      { currency: "EUR", amount: 1999 },
    ],
    cost: { currency: "EUR", amount: 700 },
    weight_grams: 350,
    barcode: "4006381333931",
    buyer_limit: 1,
    backorder_limit: 5,
    tax_rate_bps: 1900,
  });
  expect(put.status).toBe(200);
  expect((await api.get("/v1/skus/FULL")).body).toEqual(put.body);
  expect(put.body.prices.map((price: { currency: string }) => price.currency)).toEqual(["EUR", "USD"]);
  const hold = { buyer: "ada", lines: [{ sku: "FULL", quantity: 1 }] };
  expect((await api.post("/v1/holds", hold)).status).toBe(201);
  expect((await api.post("/v1/holds", hold)).body).toMatchObject({ code: "limit_reached", limit: 1 });
  const removed = await api.put("/v1/skus/FULL", { title: "Mug", prices: [] });
  expect(removed.body).toMatchObject({ prices: [], cost: null, buyer_limit: null, version: 2 });
  expect((await api.get("/v1/skus/NONE")).body.code).toBe("sku_unknown");
});

test("lists go on where the cursor points, to the end, with nothing twice", async () => {
  for (let index = 0; index < 7; index += 1) await api.put(`/v1/skus/LIST-${index}`, mug);
  const seen: Array<string> = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = await api.get(`/v1/skus?limit=3${cursor === "" ? "" : `&cursor=${cursor}`}`);
    expect(page.status).toBe(200);
    seen.push(...page.body.data.map(({ sku }: { sku: string }) => sku));
    cursor = page.body.next_cursor as string | null;
  }
  expect(seen).toEqual([...new Set(seen)].sort());
  expect(seen.filter((sku) => sku.startsWith("LIST-"))).toHaveLength(7);
  expect((await api.get("/v1/skus?cursor=%00")).status).toBe(422);
  expect((await api.get("/v1/skus?limit=0")).status).toBe(422);
});

test("movements are decided one by one, and their reasons for refusal named", async () => {
  await stockUp(api, "MOVED", 0);
  await api.put("/v1/locations/MUC-1", warehouse);
  const moved = await api.post("/v1/stock/movements", {
    movements: [
      { sku: "MOVED", location: "BER-1", kind: "received", quantity: 10 },
      { sku: "MOVED", location: "NOWHERE", kind: "received", quantity: 10 },
      { sku: "MOVED", location: "BER-1", kind: "adjusted", quantity: -2, reason: "broken" },
      { sku: "MOVED", location: "BER-1", kind: "transferred", to_location: "MUC-1", quantity: 3 },
      { sku: "MOVED", location: "BER-1", kind: "adjusted", quantity: -6 },
      { sku: "NOT-MADE", location: "BER-1", kind: "received", quantity: 1 },
      { sku: "MOVED", location: "MUC-1", kind: "damaged", quantity: 1 },
      { sku: "MOVED", location: "BER-1", kind: "counted", quantity: 4 },
    ],
  });
  expect(moved.status).toBe(200);
  const results = moved.body.results as Array<{
    ok: boolean;
    stock: { available: number };
    problem: { code: string };
  }>;
  expect(results.map((result) => (result.ok ? result.stock.available : result.problem.code))).toEqual([
    10,
    "location_unknown",
    8,
    8,
    "stock_insufficient",
    "sku_unknown",
    7,
    6,
  ]);
  const stock = await api.get("/v1/skus/MOVED/stock");
  expect(stock.body).toMatchObject({ sku: "MOVED", available: 6, held: 0, committed: 0 });
  expect(stock.body.locations).toEqual(
    expect.arrayContaining([
      { location: "BER-1", on_hand: 4, allocated: 0, safety_stock: 0, damaged: 0, incoming: 0 },
      { location: "MUC-1", on_hand: 3, allocated: 0, safety_stock: 0, damaged: 1, incoming: 0 },
    ]),
  );
});

test("a repeat of movements answers as the first did and moves nothing", async () => {
  await stockUp(api, "ONCE", 0);
  const movements = [{ sku: "ONCE", location: "BER-1", kind: "received", quantity: 5 }];
  const first = await api.post("/v1/stock/movements", { movements }, "move-once");
  const again = await api.post("/v1/stock/movements", { movements }, "move-once");
  expect(again.body).toEqual(first.body);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  // As if the Worker had died before it could store its answer.
  await env.DB.prepare("DELETE FROM idempotency WHERE scope LIKE '% move-once'").run();
  const third = await api.post("/v1/stock/movements", { movements }, "move-once");
  expect(third.body.results[0].stock.available).toBe(5);
  expect((await api.get("/v1/skus/ONCE/movements")).body.data).toHaveLength(1);
  const { results: audit } = await env.DB.prepare(
    "SELECT actor FROM audit_log WHERE action = 'stock.moved' AND subject = 'sku:ONCE'",
  ).all();
  expect(audit).toEqual([{ actor: keyId }]);
});

test("the ledger is read page by page, oldest first", async () => {
  await stockUp(api, "LEDGER", 5);
  await stockUp(api, "LEDGER", 6);
  await stockUp(api, "LEDGER", 7);
  const first = await api.get("/v1/skus/LEDGER/movements?limit=2");
  expect(first.body.data.map(({ quantity }: { quantity: number }) => quantity)).toEqual([5, 6]);
  const second = await api.get(`/v1/skus/LEDGER/movements?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body.data).toMatchObject([{ kind: "received", quantity: 7, location: "BER-1" }]);
  expect(second.body.next_cursor).toBeNull();
  expect((await api.get("/v1/skus/UNHEARD-OF/movements")).status).toBe(404);
});

test("safety stock is kept back from sale", async () => {
  await stockUp(api, "SAFE", 5);
  const set = await api.put("/v1/skus/SAFE/locations/BER-1", { safety_stock: 2 });
  expect(set).toMatchObject({ status: 200, body: { available: 3 } });
  expect((await api.put("/v1/skus/SAFE/locations/ATLANTIS", { safety_stock: 2 })).body.code).toBe(
    "location_unknown",
  );
});

const upload = (body: string, type: string) =>
  api.send("POST", "/v1/skus/import", {
    body,
    headers: { "content-type": type, "idempotency-key": crypto.randomUUID() },
  });

test("a CSV catalogue is taken row by row, every row is reported, and again changes nothing", async () => {
  const csv = [
    "\uFEFFsku,title,price.EUR,price.USD,cost.EUR,weight_grams,buyer_limit,attribute.colour",
    'CSV-1,"A ""fine"" mug, blue",1999,2200,700,350,2,blue',
    "CSV-2,Plate,900,,,,,",
    "CSV-3,,900,,,,,",
    "bad sku,Plate,900,,,,,",
    "CSV-4,Bowl,9.99,,,,,",
    "CSV-5,too,few",
    "",
    "CSV-2,Plate again,950,,,,,",
    "CSV-6,Jug,1000,,,,,",
  ].join("\n");
  const first = await upload(csv, "text/csv; charset=utf-8");
  expect(first.status).toBe(200);
  const { results, ...sums } = first.body;
  expect(sums).toEqual({ rows: 8, created: 3, updated: 1, unchanged: 0, failed: 4 });
  expect(results.map(({ sku, status }: { sku: string | null; status: string }) => [sku, status])).toEqual(
    expect.arrayContaining([
      ["CSV-1", "created"],
      ["CSV-2", "created"],
      ["CSV-2", "updated"],
      ["CSV-6", "created"],
    ]),
  );
  expect((await api.get("/v1/skus/CSV-1")).body).toMatchObject({
    title: 'A "fine" mug, blue',
    prices: [
      { currency: "EUR", amount: 1999 },
      { currency: "USD", amount: 2200 },
    ],
    cost: { currency: "EUR", amount: 700 },
    attributes: { colour: "blue" },
    buyer_limit: 2,
  });
  const unchanged = csv.replace("CSV-2,Plate,900,,,,,\n", "");
  expect((await upload(unchanged, "text/csv")).body).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
});

test("a spreadsheet's semicolons are understood, and a row that fails is named by its SKU", async () => {
  const csv = '\uFEFFsku;title;price.EUR\r\nSEMI-1;"Cup; big, blue";500\r\nSEMI-2;;5\r\n';
  const report = await upload(csv, "text/csv");
  expect(report.body).toMatchObject({ rows: 2, created: 1, failed: 1 });
  expect(report.body.results[1]).toMatchObject({ row: 2, sku: "SEMI-2", status: "failed" });
  expect((await api.get("/v1/skus/SEMI-1")).body).toMatchObject({
    title: "Cup; big, blue",
    prices: [{ currency: "EUR", amount: 500 }],
  });
});

test("an NDJSON catalogue of many rows is taken whole", async () => {
  const rows = Array.from({ length: 450 }, (_, index) =>
    JSON.stringify({
      sku: `ND-${index}`,
      title: `Item ${index}`,
      prices: [{ currency: "EUR", amount: index }],
    }),
  );
  const body = [...rows.slice(0, 200), "{broken", ...rows.slice(200)].join("\n");
  const report = await upload(body, "application/x-ndjson");
  expect(report.body).toMatchObject({ rows: 451, created: 450, failed: 1 });
  expect(report.body.results[200]).toMatchObject({
    row: 201,
    status: "failed",
    problem: { code: "malformed" },
  });
  expect(
    (await api.post("/v1/holds", { buyer: "ada", lines: [{ sku: "ND-449", quantity: 1 }] })).body.code,
  ).toBe("sold_out");
});

test("a file over the cap is refused, with a length or without", async () => {
  const chunk = new TextEncoder().encode(`${"x".repeat(65_535)}\n`);
  let left = 600;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      left -= 1;
      if (left < 0) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const refused = await api.send("POST", "/v1/skus/import", {
    body: endless,
    headers: { "content-type": "application/x-ndjson", "idempotency-key": crypto.randomUUID() },
  });
  expect(refused).toMatchObject({ status: 413, body: { code: "body_too_large" } });
  expect((await upload("a", "text/plain")).status).toBe(415);
});
