import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_line");
const page = apiClient("pk_test_line");
beforeAll(async () => {
  await seedKey("sk_test_line");
  await seedKey("pk_test_line");
});

const hold = (sku: string, buyer: string, quantity = 1) =>
  page.post("/v1/holds", { lines: [{ sku, quantity }], buyer });
const join = (sku: string, buyer: string, rest: object = {}, key?: string) =>
  page.post(`/v1/skus/${sku}/waitlist`, { buyer, quantity: 1, ...rest }, key);
const place = async (sku: string, id: string) => (await page.get(`/v1/skus/${sku}/waitlist/${id}`)).body;

test("units that come free go to the first in line, who pays for the offer as for any hold", async () => {
  await stockUp(api, "LINE-A", 1);
  const held = await hold("LINE-A", "ada");
  const [bob, eve] = [await join("LINE-A", "bob"), await join("LINE-A", "eve")];
  expect(bob).toMatchObject({
    status: 201,
    body: { status: "waiting", position: 1, hold: null, sku: "LINE-A", buyer: "bob", show: null },
  });
  expect(eve.body.position).toBe(2);
  await page.delete(`/v1/holds/${held.body.id}`);
  const offered = await place("LINE-A", bob.body.id);
  expect(offered).toMatchObject({ status: "offered", position: null });
  expect((await place("LINE-A", eve.body.id)).position).toBe(1);
  // Nobody overtakes the line.
  expect((await hold("LINE-A", "late")).body.code).toBe("sold_out");
  expect((await page.get(`/v1/holds/${offered.hold}`)).body).toMatchObject({
    status: "active",
    buyer: "bob",
  });
  const placed = await page.post("/v1/orders", {
    hold: offered.hold,
    customer: { email: "bob@example.com" },
    shipping_address: { name: "Bob", line1: "Street 1", city: "Berlin", postal_code: "10115", country: "DE" },
    payment: { provider: "manual" },
  });
  expect(placed.status).toBe(201);
  expect((await place("LINE-A", bob.body.id)).status).toBe("converted");
});

test("whoever declines an offer, or leaves, makes room for the next", async () => {
  await stockUp(api, "LINE-B", 1);
  const held = await hold("LINE-B", "ada");
  const [bob, eve, joe] = [
    await join("LINE-B", "bob"),
    await join("LINE-B", "eve"),
    await join("LINE-B", "joe"),
  ];
  await page.delete(`/v1/holds/${held.body.id}`);
  const left = await page.delete(`/v1/skus/LINE-B/waitlist/${eve.body.id}`);
  expect(left).toMatchObject({ status: 200, body: { status: "left", position: null } });
  expect((await page.delete(`/v1/skus/LINE-B/waitlist/${eve.body.id}`)).body).toEqual(left.body);
  const declined = await page.delete(`/v1/skus/LINE-B/waitlist/${bob.body.id}`);
  expect(declined.body.status).toBe("lapsed");
  expect((await place("LINE-B", joe.body.id)).status).toBe("offered");
});

test("a buyer stands in a line once, and is told where", async () => {
  await stockUp(api, "LINE-C", 0);
  await join("LINE-C", "first");
  const ada = await join("LINE-C", "ada", {}, "line-1");
  expect((await join("LINE-C", "ada", {}, "line-1")).body).toEqual(ada.body);
  expect((await join("LINE-C", "ada", {}, "line-2")).body).toEqual(ada.body);
  for (const other of [{ buyer: "bob" }, { quantity: 2 }]) {
    const reused = await page.post(
      "/v1/skus/LINE-C/waitlist",
      { buyer: "ada", quantity: 1, ...other },
      "line-1",
    );
    expect(reused).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
    expect(JSON.stringify(reused.body)).not.toContain("wtl_");
  }
});

test("one idempotency key may stand for a hold and for a place in line", async () => {
  await stockUp(api, "LINE-D", 1);
  const held = await page.post(
    "/v1/holds",
    { lines: [{ sku: "LINE-D", quantity: 1 }], buyer: "ada" },
    "both",
  );
  const waiting = await join("LINE-D", "bob", {}, "both");
  expect(waiting.body).toMatchObject({ status: "waiting", buyer: "bob" });
  await page.delete(`/v1/holds/${held.body.id}`);
  expect((await page.get(`/v1/holds/${held.body.id}`)).body.status).toBe("released");
  expect((await place("LINE-D", waiting.body.id)).status).toBe("offered");
});

test("a place in a show's line is offered that show's units, for no longer than the drop allows", async () => {
  await stockUp(api, "LINE-E", 5);
  await api.put("/v1/shows/line-show", {
    title: "In line",
    starts_at: new Date(Date.now() - 60_000).toISOString(),
    drops: [{ sku: "LINE-E", quantity: 1, ttl_seconds: 60, buyer_limit: 1 }],
  });
  const claim = (buyer: string) =>
    page.post("/v1/holds", { lines: [{ sku: "LINE-E", quantity: 1 }], buyer, show: "line-show" });
  const ada = await claim("ada");
  const bob = await join("LINE-E", "bob", { show: "line-show", ttl_seconds: 3600 });
  expect(bob.body).toMatchObject({ status: "waiting", position: 1, show: "line-show" });
  expect(await join("LINE-E", "ada", { show: "line-show" })).toMatchObject({
    status: 409,
    body: { code: "limit_reached", limit: 1, counted: 1 },
  });
  // Whoever stands in line and claims is told so.
  expect(await claim("bob")).toMatchObject({
    status: 409,
    body: { code: "waitlisted", waitlist: bob.body.id, position: 1 },
  });
  await page.delete(`/v1/holds/${ada.body.id}`);
  const offered = await place("LINE-E", bob.body.id);
  const offer = (await page.get(`/v1/holds/${offered.hold}`)).body;
  expect(offer.show).toBe("line-show");
  expect(Date.parse(offer.expires_at) - Date.parse(offer.created_at)).toBe(60_000);
  expect((await api.get("/v1/shows/line-show")).body.counters).toMatchObject({
    waitlisted: 1,
    waiting: 0,
    offers: 1,
    oversold: 0,
  });
  await api.post("/v1/shows/line-show/close", undefined);
  expect((await join("LINE-E", "eve", { show: "line-show" })).body.code).toBe("drop_not_open");
  expect((await join("LINE-E", "eve", { show: "no-show" })).body.code).toBe("drop_not_open");
});

test("an id of nobody's place is no place, whatever it looks like", async () => {
  await stockUp(api, "LINE-F", 0);
  const { id } = (await join("LINE-F", "ada")).body;
  const moved = `${String(id).slice(0, 13)}${id[13] === "0" ? "1" : "0"}${String(id).slice(14)}`;
  for (const path of [`LINE-F/waitlist/${moved}`, "LINE-F/waitlist/wtl_0", `NONE/waitlist/${id}`]) {
    expect((await page.get(`/v1/skus/${path}`)).body.code, path).toBe("waitlist_unknown");
    expect((await page.delete(`/v1/skus/${path}`)).body.code, path).toBe("waitlist_unknown");
  }
  expect((await join("NOBODY-KNOWS", "ada")).body.code).toBe("sku_unknown");
});

test("with a token, a place in line is its buyer's alone", async () => {
  await stockUp(api, "LINE-G", 0);
  const token = async (buyer: string) => (await api.post("/v1/buyer-tokens", { buyer })).body.token as string;
  const [ada, eve] = [{ "holdfast-buyer": await token("ada") }, { "holdfast-buyer": await token("eve") }];
  const joined = await page.send("POST", "/v1/skus/LINE-G/waitlist", {
    headers: { ...ada, "content-type": "application/json", "idempotency-key": "token-line" },
    body: JSON.stringify({ quantity: 1 }),
  });
  expect(joined).toMatchObject({ status: 201, body: { buyer: "ada" } });
  const path = `/v1/skus/LINE-G/waitlist/${joined.body.id}`;
  for (const method of ["GET", "DELETE"]) {
    expect((await page.send(method, path, { headers: eve })).status, method).toBe(404);
  }
  expect((await page.send("GET", path, { headers: ada })).body.status).toBe("waiting");
});
