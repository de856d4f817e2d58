import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_holds-api");
const page = apiClient("pk_test_holds-api");

beforeAll(async () => {
  await seedKey("sk_test_holds-api");
  await seedKey("pk_test_holds-api");
});

const line = (sku: string, quantity = 1) => ({ sku, quantity });
const hold = (buyer: string, ...lines: ReadonlyArray<ReturnType<typeof line>>) => ({ buyer, lines });
const available = async (sku: string) => (await api.get(`/v1/skus/${sku}/stock`)).body.available as number;

test("a hold sets units aside, names its buyer and says exactly when it ends", async () => {
  await stockUp(api, "ONE", 5);
  const taken = await page.post("/v1/holds", { ...hold("ada", line("ONE", 2)), ttl_seconds: 60 });
  expect(taken.status).toBe(201);
  expect(taken.body).toMatchObject({ status: "active", buyer: "ada", lines: [line("ONE", 2)], order: null });
  expect(taken.body.id).toMatch(/^hold_[0-9a-z]{30}\.ONE$/);
  expect(Date.parse(taken.body.expires_at) - Date.parse(taken.body.created_at)).toBe(60_000);
  expect(await available("ONE")).toBe(3);
  expect((await page.get(`/v1/holds/${taken.body.id}`)).body).toEqual(taken.body);
});

test("a retry with the same key finds the same hold and takes nothing more", async () => {
  await stockUp(api, "RETRY", 5);
  const first = await page.post("/v1/holds", hold("ada", line("RETRY", 2)), "retry-1");
  const again = await page.post("/v1/holds", hold("ada", line("RETRY", 2)), "retry-1");
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(await available("RETRY")).toBe(3);
});

test("lines of one SKU are merged, so their order and split do not make another hold", async () => {
  await stockUp(api, "MERGE-A", 9);
  await stockUp(api, "MERGE-B", 9);
  const first = await page.post("/v1/holds", hold("ada", line("MERGE-B"), line("MERGE-A", 3)), "merge-1");
  const again = await page.post(
    "/v1/holds",
    hold("ada", line("MERGE-A", 2), line("MERGE-B"), line("MERGE-A")),
    "merge-1",
  );
  expect(first.body.lines).toEqual([line("MERGE-A", 3), line("MERGE-B")]);
  expect(again.body).toEqual(first.body);
});

test.each([
  ["another quantity", hold("ada", line("REUSE-A", 2))],
  ["another buyer", hold("bob", line("REUSE-A"))],
  ["another SKU", hold("ada", line("REUSE-B"))],
  ["one SKU more", hold("ada", line("REUSE-A"), line("REUSE-B"))],
])("a key that comes back with %s is refused and takes nothing", async (name, other) => {
  await stockUp(api, "REUSE-A", 50);
  await stockUp(api, "REUSE-B", 50);
  const key = `reuse-${name.replaceAll(" ", "-")}`;
  const first = await page.post("/v1/holds", hold("ada", line("REUSE-A")), key);
  const before = [await available("REUSE-A"), await available("REUSE-B")];
  const reused = await page.post("/v1/holds", other, key);
  expect(reused.status).toBe(422);
  expect(reused.body.code).toBe("idempotency_key_reused");
  expect([await available("REUSE-A"), await available("REUSE-B")]).toEqual(before);
  expect((await page.get(`/v1/holds/${first.body.id}`)).body.status).toBe("active");
});

test("two callers may use the same key without meeting", async () => {
  await stockUp(api, "TWO-KEYS", 5);
  const first = await page.post("/v1/holds", hold("ada", line("TWO-KEYS")), "shared-key");
  const second = await api.post("/v1/holds", hold("ada", line("TWO-KEYS")), "shared-key");
  expect(second.body.id).not.toBe(first.body.id);
  expect(await available("TWO-KEYS")).toBe(3);
});

test("refusals are answers that say why and by how much", async () => {
  await stockUp(api, "FEW", 3, { buyer_limit: 2 });
  const unknown = await page.post("/v1/holds", hold("ada", line("NOBODY-KNOWS")));
  expect(unknown).toMatchObject({ status: 404, body: { code: "sku_unknown", sku: "NOBODY-KNOWS" } });
  await page.post("/v1/holds", hold("ada", line("FEW", 2)));
  const limited = await page.post("/v1/holds", hold("ada", line("FEW")));
  expect(limited).toMatchObject({
    status: 409,
    body: { code: "limit_reached", sku: "FEW", limit: 2, counted: 2 },
  });
  const soldOut = await page.post("/v1/holds", hold("bob", line("FEW", 2)));
  expect(soldOut).toMatchObject({
    status: 409,
    body: { code: "sold_out", sku: "FEW", requested: 2, available: 1, type: "/problems/sold_out" },
  });
  const show = await page.post("/v1/holds", { ...hold("bob", line("FEW")), show: "friday" });
  expect(show).toMatchObject({ status: 409, body: { code: "drop_not_open" } });
});

test("a refused key is free for a better request", async () => {
  await stockUp(api, "BETTER", 1);
  expect((await page.post("/v1/holds", hold("ada", line("BETTER", 2)), "better-1")).status).toBe(409);
  expect((await page.post("/v1/holds", hold("ada", line("BETTER", 1)), "better-1")).status).toBe(201);
});

test("a basket is held whole or not at all", async () => {
  await stockUp(api, "BASKET-A", 5);
  await stockUp(api, "BASKET-B", 1);
  const refused = await page.post(
    "/v1/holds",
    hold("ada", line("BASKET-A", 2), line("BASKET-B", 2)),
    "basket-no",
  );
  expect(refused).toMatchObject({ status: 409, body: { code: "sold_out", sku: "BASKET-B" } });
  expect(await available("BASKET-A")).toBe(5);

  const whole = await page.post("/v1/holds", hold("ada", line("BASKET-A", 2), line("BASKET-B")));
  expect(whole.status).toBe(201);
  expect([await available("BASKET-A"), await available("BASKET-B")]).toEqual([3, 0]);
  const released = await page.delete(`/v1/holds/${whole.body.id}`);
  expect(released).toMatchObject({ status: 200, body: { id: whole.body.id, status: "released" } });
  expect([await available("BASKET-A"), await available("BASKET-B")]).toEqual([5, 1]);
});

test("a basket that was refused half-way is refused the same way again, and taken once there is enough", async () => {
  await stockUp(api, "HALF-A", 5);
  await stockUp(api, "HALF-B", 0);
  await stockUp(api, "HALF-C", 1);
  const wish = hold("ada", line("HALF-A"), line("HALF-B"), line("HALF-C", 2));
  const stock = async () => [await available("HALF-A"), await available("HALF-B"), await available("HALF-C")];
  for (const _ of Array.from({ length: 12 })) {
    const refused = await page.post("/v1/holds", wish, "half-1");
    expect(refused).toMatchObject({ status: 409, body: { code: "sold_out", requested: 1, available: 0 } });
    expect(await stock()).toEqual([5, 0, 1]);
  }
  await stockUp(api, "HALF-B", 1);
  expect((await page.post("/v1/holds", wish, "half-1")).body).toMatchObject({
    code: "sold_out",
    sku: "HALF-C",
  });
  expect((await page.post("/v1/holds", wish, "half-1")).body).toMatchObject({
    code: "sold_out",
    sku: "HALF-C",
  });
  expect(await stock()).toEqual([5, 1, 1]);
  await stockUp(api, "HALF-C", 1);
  const taken = await page.post("/v1/holds", wish, "half-1");
  expect(taken).toMatchObject({ status: 201, body: { status: "active" } });
  expect(await stock()).toEqual([4, 0, 0]);
  expect((await page.post("/v1/holds", wish, "half-1")).body).toEqual(taken.body);
  expect((await page.get(`/v1/holds/${taken.body.id}`)).body).toEqual(taken.body);
});

test("another basket under a used key takes nothing from the first, not even where they overlap", async () => {
  for (const sku of ["OVER-A", "OVER-B", "OVER-C", "OVER-D"]) await stockUp(api, sku, 5);
  const first = await page.post(
    "/v1/holds",
    hold("ada", line("OVER-A"), line("OVER-B"), line("OVER-C")),
    "overlap",
  );
  const other = await page.post(
    "/v1/holds",
    hold("ada", line("OVER-A"), line("OVER-B"), line("OVER-D")),
    "overlap",
  );
  expect(other.status).toBe(422);
  expect((await page.get(`/v1/holds/${first.body.id}`)).body.status).toBe("active");
  expect(await available("OVER-D")).toBe(5);
});

test("a hold released twice is released once", async () => {
  await stockUp(api, "TWICE", 4);
  const { body } = await page.post("/v1/holds", hold("ada", line("TWICE", 3)), "twice-1");
  const first = await page.delete(`/v1/holds/${body.id}`);
  const second = await page.delete(`/v1/holds/${body.id}`);
  expect(second).toMatchObject({ status: 200, body: first.body });
  expect(await available("TWICE")).toBe(4);
  const found = await page.post("/v1/holds", hold("ada", line("TWICE", 3)), "twice-1");
  expect(found).toMatchObject({ status: 201, body: { id: body.id, status: "released" } });
  expect(await available("TWICE")).toBe(4);
});

test("a basket that its buyer let go of is found again as it is, and takes nothing", async () => {
  await stockUp(api, "GONE-A", 4);
  await stockUp(api, "GONE-B", 4);
  const wish = hold("ada", line("GONE-A"), line("GONE-B"));
  const { body } = await page.post("/v1/holds", wish, "gone-1");
  await page.delete(`/v1/holds/${body.id}`);
  const found = await page.post("/v1/holds", wish, "gone-1");
  expect(found).toMatchObject({ status: 201, body: { ...body, status: "released" } });
  expect([await available("GONE-A"), await available("GONE-B")]).toEqual([4, 4]);
});

test("a hold is extended once, whole", async () => {
  await stockUp(api, "LONG-A", 4);
  await stockUp(api, "LONG-B", 4);
  const { body } = await page.post("/v1/holds", {
    ...hold("ada", line("LONG-A"), line("LONG-B")),
    ttl_seconds: 30,
  });
  const extended = await page.post(`/v1/holds/${body.id}/extend`, { ttl_seconds: 600 }, "extend-1");
  expect(extended.status).toBe(200);
  expect(Date.parse(extended.body.expires_at) - Date.parse(body.created_at)).toBeGreaterThanOrEqual(600_000);
  const repeated = await page.post(`/v1/holds/${body.id}/extend`, { ttl_seconds: 600 }, "extend-1");
  expect(repeated).toMatchObject({ status: 200, body: extended.body });
  const again = await page.post(`/v1/holds/${body.id}/extend`, { ttl_seconds: 600 }, "extend-2");
  expect(again).toMatchObject({
    status: 409,
    body: { code: "hold_not_extendable", reason: "already_extended" },
  });
});

test("an id with any character changed finds nothing, and releases nothing", async () => {
  await stockUp(api, "GUESS", 4);
  const { body } = await page.post("/v1/holds", hold("ada", line("GUESS")));
  const id = body.id as string;
  const earlier = `hold_1${id.slice(6)}`;
  for (const guess of [
    earlier,
    id.replace("GUESS", "OTHER"),
    `${id}X`,
    "hold_nothing",
    "%00",
    "a".repeat(128),
  ]) {
    expect((await page.get(`/v1/holds/${guess}`)).status).toBeGreaterThanOrEqual(404);
    expect((await page.delete(`/v1/holds/${guess}`)).status).toBeGreaterThanOrEqual(404);
  }
  expect((await page.get(`/v1/holds/${id}`)).body.status).toBe("active");
});

test("a batch decides each item by itself, in order, baskets included", async () => {
  await stockUp(api, "BATCH-A", 3);
  await stockUp(api, "BATCH-B", 9);
  const item = (key: string, ...lines: ReadonlyArray<ReturnType<typeof line>>) => ({
    idempotency_key: key,
    ...hold(`buyer-${key}`, ...lines),
  });
  const items = [
    item("b1", line("BATCH-A")),
    item("b2", line("BATCH-A", 2), line("BATCH-B")),
    item("b3", line("BATCH-A")),
    item("b4", line("BATCH-B", 8)),
    item("b5", line("MISSING")),
    item("b1", line("BATCH-A")),
  ];
  const taken = await api.send("POST", "/v1/holds/batch", {
    body: JSON.stringify({ items }),
    headers: { "content-type": "application/json" },
  });
  expect(taken.status).toBe(200);
  const outcomes = taken.body.items as Array<{
    ok: boolean;
    hold?: { id: string };
    problem?: { code: string };
  }>;
  expect(outcomes.map((outcome) => outcome.problem?.code ?? outcome.ok)).toEqual([
    true,
    true,
    "sold_out",
    true,
    "sku_unknown",
    true,
  ]);
  expect(outcomes[5]?.hold).toEqual(outcomes[0]?.hold);
  const again = await api.post("/v1/holds/batch", { items });
  expect(again.body.items[1].hold).toEqual(outcomes[1]?.hold);
  expect([await available("BATCH-A"), await available("BATCH-B")]).toEqual([0, 0]);
  expect((await page.post("/v1/holds/batch", { items })).status).toBe(403);
});

test("of 30 concurrent holds for 10 units, 10 succeed", async () => {
  await stockUp(api, "CROWD", 10);
  const replies = await Promise.all(
    Array.from({ length: 30 }, (_, buyer) => page.post("/v1/holds", hold(`buyer-${buyer}`, line("CROWD")))),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(10);
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(20);
  expect(await available("CROWD")).toBe(0);
});

test("concurrent retries of one basket are one hold", async () => {
  await stockUp(api, "CLICK-A", 4);
  await stockUp(api, "CLICK-B", 4);
  const wish = hold("ada", line("CLICK-A"), line("CLICK-B"));
  const replies = await Promise.all(Array.from({ length: 8 }, () => page.post("/v1/holds", wish, "clicks")));
  expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect([await available("CLICK-A"), await available("CLICK-B")]).toEqual([3, 3]);
});

test("a page sees at most ten, a server sees all", async () => {
  await stockUp(api, "MANY", 25);
  const seen = await page.get("/v1/skus/MANY/availability");
  expect(seen.body).toMatchObject({ sku: "MANY", available: 10, state: "in_stock" });
  expect((await api.get("/v1/skus/MANY/availability")).body.available).toBe(25);
  const refused = await page.post("/v1/holds", hold("ada", line("MANY", 26)));
  expect(refused.body).toMatchObject({ code: "sold_out", requested: 26, available: 10 });
  await page.post("/v1/holds", hold("ada", line("MANY", 16)));
  expect((await page.get("/v1/skus/MANY/availability")).body).toMatchObject({ available: 9, state: "low" });
  await page.post("/v1/holds", hold("ada", line("MANY", 9)));
  expect((await page.get("/v1/skus/MANY/availability")).body).toMatchObject({
    available: 0,
    state: "sold_out",
  });
  expect((await page.get("/v1/skus/NOT-THERE/availability")).status).toBe(404);
});

test("units that may be sold before they are there can be held, and are counted as available", async () => {
  await stockUp(api, "BACKORDER", 1);
  await api.put("/v1/skus/BACKORDER", { title: "Later", prices: [], backorder_limit: 2 });
  const availability = async () => (await page.get("/v1/skus/BACKORDER/availability")).body;
  expect(await availability()).toMatchObject({ available: 3, state: "low" });
  expect((await page.post("/v1/holds", hold("ada", line("BACKORDER", 2)))).status).toBe(201);
  expect(await availability()).toMatchObject({ available: 1, state: "low" });
  expect((await page.post("/v1/holds", hold("ada", line("BACKORDER", 1)))).status).toBe(201);
  expect(await availability()).toMatchObject({ available: 0, state: "sold_out" });
  // The merchant's own figure tells how far below nothing it is.
  expect((await api.get("/v1/skus/BACKORDER/stock")).body.available).toBe(-2);
});

test("a pick-up is held where goods are handed over, and nowhere else", async () => {
  await stockUp(api, "PICKUP", 2);
  const at = (location: string) => page.post("/v1/holds", { ...hold("ada", line("PICKUP")), location });
  const { body: nowhere } = await at("ATLANTIS");
  expect(nowhere).toMatchObject({ status: 422, code: "location_unknown", location: "ATLANTIS" });
  const warehouse = { name: "Back room", type: "warehouse", address: { country: "DE" }, ships: true };
  await api.put("/v1/locations/BACK-ROOM", { ...warehouse, pickup: false });
  expect((await at("BACK-ROOM")).body).toMatchObject({ status: 422, code: "location_unknown" });
});
