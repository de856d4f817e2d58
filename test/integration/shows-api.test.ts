import { createHash } from "node:crypto";

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test, vi } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { createServices } from "../../src/worker/services.ts";
import { keepDraws } from "../../src/worker/use-cases/keep-draws.ts";
import { settleShows } from "../../src/worker/use-cases/settle-shows.ts";
import { tellShows } from "../../src/worker/use-cases/tell-shows.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_shows");
const page = apiClient("pk_test_shows");
beforeAll(async () => {
  await seedKey("sk_test_shows");
  await seedKey("pk_test_shows");
});

const stock = async (sku: string) => (await api.get(`/v1/skus/${sku}/stock`)).body;
const dropOf = (sku: string, quantity: number, rest: object = {}) => ({ sku, quantity, ...rest });
const showOf = (...drops: ReadonlyArray<object>) => ({ title: "Friday live", drops });
const claim = (show: string, sku: string, buyer: string, quantity = 1) =>
  api.post("/v1/holds", { lines: [{ sku, quantity }], buyer, show });
const past = () => new Date(Date.now() - 60_000).toISOString();
const later = (ms = 3_600_000) => new Date(Date.now() + ms).toISOString();
const order = (hold: string) => ({
  hold,
  customer: { email: "ada@example.com" },
  shipping_address: { name: "Ada", line1: "Street 1", city: "Berlin", postal_code: "10115", country: "DE" },
  payment: { provider: "manual" },
});

test("a show fences its units in when it is set up, opens, sells, and gives back what is left", async () => {
  await stockUp(api, "LIVE-A", 10);
  const put = await api.put("/v1/shows/friday", showOf(dropOf("LIVE-A", 4, { buyer_limit: 2 })));
  expect(put).toMatchObject({ status: 200, body: { code: "friday", status: "scheduled", version: 1 } });
  expect(await stock("LIVE-A")).toMatchObject({ available: 6, ring_fenced: 4 });
  expect(await claim("friday", "LIVE-A", "early")).toMatchObject({
    status: 409,
    body: { code: "drop_not_open", show: "friday", drop_status: "scheduled", opens_at: null },
  });

  const opened = await api.post("/v1/shows/friday/open", undefined);
  expect(opened).toMatchObject({
    status: 200,
    body: { status: "open", drops: [{ status: "open", left: 4 }] },
  });
  const first = await claim("friday", "LIVE-A", "ada", 2);
  expect(first).toMatchObject({ status: 201, body: { show: "friday", secured: true } });
  expect(await claim("friday", "LIVE-A", "ada")).toMatchObject({
    status: 409,
    body: { code: "limit_reached", limit: 2, counted: 2 },
  });
  const second = await claim("friday", "LIVE-A", "bob");
  expect(await claim("friday", "LIVE-A", "eve", 2)).toMatchObject({
    status: 409,
    body: { code: "sold_out", requested: 2, available: 1 },
  });
  expect((await api.post("/v1/orders", order(first.body.id))).status).toBe(201);
  await api.delete(`/v1/holds/${second.body.id}`);

  const closed = await api.post("/v1/shows/friday/close", undefined);
  expect(closed.body).toMatchObject({
    status: "closed",
    drops: [{ status: "closed", quantity: 4 }],
    counters: {
      claims: 4,
      holds: 2,
      paid: 1,
      released: 1,
      expired: 0,
      refused_sold_out: 1,
      refused_limit: 1,
      units_sold: 2,
      units_recycled: 1,
      oversold: 0,
      sold_out_at: null,
    },
  });
  expect(await stock("LIVE-A")).toMatchObject({ available: 8, ring_fenced: 0 });
  expect((await claim("friday", "LIVE-A", "late")).body.code).toBe("drop_not_open");
});

test("a show is changed with its version, and the same words change nothing", async () => {
  await stockUp(api, "LIVE-B", 10);
  const first = await api.put("/v1/shows/edits", showOf(dropOf("LIVE-B", 4)));
  expect(first.headers.get("etag")).toBe('"1"');
  const again = await api.put("/v1/shows/edits", showOf(dropOf("LIVE-B", 4)));
  expect(again.body.version).toBe(1);
  const raised = await api.put("/v1/shows/edits", showOf(dropOf("LIVE-B", 6)), { "if-match": '"1"' });
  expect(raised.body).toMatchObject({ version: 2, drops: [{ quantity: 6 }] });
  const stale = await api.put("/v1/shows/edits", showOf(dropOf("LIVE-B", 9)), { "if-match": '"1"' });
  expect(stale.status).toBe(412);
  expect(await stock("LIVE-B")).toMatchObject({ available: 4, ring_fenced: 6 });
  expect((await api.get("/v1/shows/edits")).headers.get("etag")).toBe('"2"');
  expect((await api.get("/v1/shows?limit=200")).body.data).toContainEqual(
    expect.objectContaining({ code: "edits", drops: [expect.objectContaining({ quantity: 6 })] }),
  );
});

test("a show whose units are not all there changes nothing, and can be set up once they are", async () => {
  await stockUp(api, "LIVE-C", 10);
  await stockUp(api, "LIVE-D", 1);
  const wish = showOf(dropOf("LIVE-C", 4), dropOf("LIVE-D", 2));
  for (const _ of [1, 2]) {
    expect(await api.put("/v1/shows/short", wish)).toMatchObject({
      status: 409,
      body: { code: "stock_insufficient", sku: "LIVE-D", requested: 2, available: 1 },
    });
    expect(await stock("LIVE-C")).toMatchObject({ available: 10, ring_fenced: 0 });
    expect((await api.get("/v1/shows/short")).body.code).toBe("show_unknown");
  }
  const unknown = await api.put("/v1/shows/short", showOf(dropOf("LIVE-C", 1), dropOf("NOBODY-KNOWS", 1)));
  expect(unknown).toMatchObject({ status: 404, body: { code: "sku_unknown", sku: "NOBODY-KNOWS" } });
  await stockUp(api, "LIVE-D", 1);
  expect((await api.put("/v1/shows/short", wish)).status).toBe(200);
  expect(await stock("LIVE-C")).toMatchObject({ available: 6, ring_fenced: 4 });

  const over = await api.put("/v1/shows/short", showOf(dropOf("LIVE-C", 11), dropOf("LIVE-D", 2)));
  expect(over).toMatchObject({ status: 409, body: { code: "stock_insufficient", available: 10 } });
  expect(await stock("LIVE-C")).toMatchObject({ available: 6, ring_fenced: 4 });
});

test("a drop leaves its show while it has not begun, and not after", async () => {
  await stockUp(api, "LIVE-E", 5);
  await stockUp(api, "LIVE-F", 5);
  const both = showOf(dropOf("LIVE-E", 2), dropOf("LIVE-F", 3));
  await api.put("/v1/shows/leaving", both);
  expect((await api.put("/v1/shows/leaving", showOf(dropOf("LIVE-E", 2)))).status).toBe(200);
  expect(await stock("LIVE-F")).toMatchObject({ available: 5, ring_fenced: 0 });
  expect((await api.put("/v1/shows/leaving", both)).status).toBe(200);
  expect(await stock("LIVE-F")).toMatchObject({ available: 2, ring_fenced: 3 });
  await api.post("/v1/shows/leaving/open", undefined);
  expect(await api.put("/v1/shows/leaving", showOf(dropOf("LIVE-E", 2)))).toMatchObject({
    status: 409,
    body: { code: "drop_under_way", sku: "LIVE-F" },
  });
  const lottery = showOf(dropOf("LIVE-E", 2, { policy: "lottery" }), dropOf("LIVE-F", 3));
  expect((await api.put("/v1/shows/leaving", lottery)).body.code).toBe("drop_under_way");
  expect((await api.get("/v1/shows/leaving")).body.drops[0].policy).toBe("hold_on_claim");
});

test("drops open by the show's time, or by their own where they have one", async () => {
  for (const sku of ["LIVE-G", "LIVE-H"]) await stockUp(api, sku, 5);
  const put = await api.put("/v1/shows/timed", {
    ...showOf(dropOf("LIVE-G", 1), dropOf("LIVE-H", 1, { opens_at: later() })),
    starts_at: past(),
    ends_at: later(7_200_000),
  });
  expect(put.body).toMatchObject({ status: "open", drops: [{ status: "open" }, { status: "scheduled" }] });
  await api.post("/v1/shows/timed/open", undefined);
  expect((await claim("timed", "LIVE-G", "ada")).status).toBe(201);
  expect((await claim("timed", "LIVE-H", "ada")).body).toMatchObject({ code: "drop_not_open" });
  expect((await api.get("/v1/shows/timed")).body.drops[1].status).toBe("scheduled");
});

test("a show that is over stays so", async () => {
  await stockUp(api, "LIVE-I", 5);
  await api.put("/v1/shows/over", showOf(dropOf("LIVE-I", 1)));
  const closed = await api.post("/v1/shows/over/close", undefined);
  expect((await api.post("/v1/shows/over/close", undefined)).body).toEqual(closed.body);
  expect((await api.post("/v1/shows/over/open", undefined)).body.code).toBe("show_closed");
  expect((await api.put("/v1/shows/over", showOf(dropOf("LIVE-I", 2)))).body.code).toBe("show_closed");
  expect((await api.post("/v1/shows/none/open", undefined)).body.code).toBe("show_unknown");
  expect((await api.post("/v1/shows/none/close", undefined)).body.code).toBe("show_unknown");
});

test.each([
  ["no drop", showOf()],
  ["two drops of one SKU", showOf(dropOf("A", 1), dropOf("A", 2))],
  ["no units", showOf(dropOf("A", 0))],
  ["an end before its start", { ...showOf(dropOf("A", 1)), starts_at: later(), ends_at: past() }],
  ["a drop that opens after the end", { ...showOf(dropOf("A", 1, { opens_at: later() })), ends_at: past() }],
  ["a draw without a lottery", showOf(dropOf("A", 1, { draws_at: later() }))],
  [
    "a draw before the opening",
    showOf(dropOf("A", 1, { policy: "lottery", opens_at: later(), draws_at: past() })),
  ],
  ["too many drops", showOf(...Array.from({ length: 51 }, (_, index) => dropOf(`A-${index}`, 1)))],
  ["another policy", showOf(dropOf("A", 1, { policy: "auction" }))],
])("a show with %s is refused", async (_, body) => {
  expect((await api.put("/v1/shows/wrong", body)).status).toBe(422);
});

test("pages see what can be had, capped, and no figures", async () => {
  await stockUp(api, "LIVE-J", 60);
  await api.put("/v1/shows/public", { ...showOf(dropOf("LIVE-J", 50)), starts_at: past() });
  const seen = await page.get("/v1/shows/public");
  expect(seen).toMatchObject({ status: 200, body: { status: "open", drops: [{ sku: "LIVE-J", left: 10 }] } });
  expect(seen.body).not.toHaveProperty("counters");
  expect(seen.body.drops[0]).not.toHaveProperty("counters");
  expect(seen.body.drops[0]).not.toHaveProperty("quantity");
  expect((await api.get("/v1/shows/public")).body.drops[0]).toMatchObject({ left: 50, quantity: 50 });
  expect((await page.get("/v1/shows/nothing")).status).toBe(404);
});

test("a hundred claims for twenty units: twenty holds, and every figure adds up", async () => {
  await stockUp(api, "LIVE-K", 30);
  await api.put("/v1/shows/crowd", { ...showOf(dropOf("LIVE-K", 20)), starts_at: past() });
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, index) => claim("crowd", "LIVE-K", `buyer-${index}`)),
  );
  expect(replies.filter(({ status }) => status === 201)).toHaveLength(20);
  expect(new Set(replies.map(({ body }) => body.code ?? "held"))).toEqual(new Set(["held", "sold_out"]));
  const { body } = await api.get("/v1/shows/crowd");
  expect(body.counters).toMatchObject({
    claims: 100,
    holds: 20,
    live: 20,
    refused_sold_out: 80,
    oversold: 0,
  });
  expect(body.counters.claim_to_hold).toBe(0.2);
  expect(body.counters.seconds_to_sell_out).toBeGreaterThanOrEqual(60);
  expect(body.drops[0].counters.sold_out_at).toBe(body.counters.sold_out_at);
  expect(await stock("LIVE-K")).toMatchObject({ available: 10 });
});

test("where claims are awarded in the order in which they come, the figure for it says so", async () => {
  await stockUp(api, "LIVE-V", 5);
  await api.put("/v1/shows/fair", { ...showOf(dropOf("LIVE-V", 3)), starts_at: past() });
  for (const buyer of ["first", "second", "third"]) {
    const before = Date.now();
    await vi.waitUntil(() => Date.now() > before, { interval: 1 });
    expect((await claim("fair", "LIVE-V", buyer)).status).toBe(201);
  }
  expect((await api.get("/v1/shows/fair")).body.drops[0].fairness).toBe(1);
});

test("of many who change a show at once, the last to be written is what the objects have", async () => {
  await stockUp(api, "LIVE-L", 100);
  const quantities = Array.from({ length: 12 }, (_, index) => index + 1);
  const replies = await Promise.all(
    quantities.map((quantity) => api.put("/v1/shows/busy", showOf(dropOf("LIVE-L", quantity)))),
  );
  expect(replies.some(({ status }) => status === 200)).toBe(true);
  expect(replies.every(({ status }) => status === 200 || status === 503)).toBe(true);
  const { body } = await api.get("/v1/shows/busy");
  const row = await env.DB.prepare("SELECT quantity FROM show_drop WHERE show = 'busy'").first("quantity");
  expect(body.drops[0].quantity).toBe(row);
  expect(await stock("LIVE-L")).toMatchObject({ available: 100 - Number(row), ring_fenced: row });
});

test("opening, closing and changing at once end in one state that database and object share", async () => {
  await stockUp(api, "LIVE-M", 100);
  await api.put("/v1/shows/torn", showOf(dropOf("LIVE-M", 5)));
  await Promise.all([
    api.post("/v1/shows/torn/open", undefined),
    api.put("/v1/shows/torn", showOf(dropOf("LIVE-M", 7))),
    api.post("/v1/shows/torn/close", undefined),
    api.put("/v1/shows/torn", showOf(dropOf("LIVE-M", 9))),
    api.post("/v1/shows/torn/open", undefined),
  ]);
  const { body } = await api.get("/v1/shows/torn");
  expect(body).toMatchObject({ status: "closed", drops: [{ status: "closed" }] });
  expect(await stock("LIVE-M")).toMatchObject({ available: 100, ring_fenced: 0 });
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

test("anybody can draw a lottery again: the seed was fixed before, and decides every rank", async () => {
  await stockUp(api, "LIVE-N", 10);
  await api.put("/v1/shows/lots", {
    ...showOf(dropOf("LIVE-N", 3, { policy: "lottery" })),
    starts_at: past(),
  });
  const entered: Array<{ buyer: string; id: string }> = [];
  for (const buyer of ["a", "b", "c", "d", "e", "f", "g", "h"]) {
    const { status, body } = await page.post("/v1/holds", {
      lines: [{ sku: "LIVE-N", quantity: 1 }],
      buyer,
      show: "lots",
    });
    expect([status, body.code, body.position]).toEqual([409, "waitlisted", null]);
    entered.push({ buyer, id: body.waitlist as string });
  }
  const before = await page.get("/v1/shows/lots/draw/LIVE-N");
  expect(before.body).toMatchObject({ seed: null, drawn_at: null, entries: 8, data: [] });
  const audited = (await api.get("/v1/shows/lots/draw/LIVE-N")).body;
  expect(audited.seed).toBeNull();
  expect(audited.data.every((entry: { rank: unknown }) => entry.rank === null)).toBe(true);
  expect((await page.get("/v1/shows/lots")).body.drops[0].seed_hash).toBe(before.body.seed_hash);

  const drawn = await api.post("/v1/shows/lots/draw", undefined);
  expect(drawn.status).toBe(200);
  const after = (await page.get("/v1/shows/lots/draw/LIVE-N")).body;
  // The merchant could not choose the seed after seeing who entered.
  expect(after.seed_hash).toBe(before.body.seed_hash);
  expect(sha256(after.seed)).toBe(after.seed_hash);
  // Each entrant finds their own rank among the published ones.
  const ranks: Array<string> = after.data.map((entry: { rank: string }) => entry.rank);
  expect(new Set(entered.map(({ id }) => sha256(`${after.seed}:${id}`)))).toEqual(new Set(ranks));
  // Lowest first, and the first three were offered the three units.
  expect(ranks).toEqual(ranks.toSorted());
  const all = (await api.get("/v1/shows/lots/draw/LIVE-N")).body.data;
  expect(all.map((entry: { rank: string }) => entry.rank)).toEqual(ranks);
  expect(all.map((entry: { status: string }) => entry.status)).toEqual([
    ...Array.from({ length: 3 }, () => "offered"),
    ...Array.from({ length: 5 }, () => "waiting"),
  ]);
  // Nobody learns from it how to leave in another's place.
  expect(JSON.stringify(after)).not.toMatch(/wtl_|buyer/);
  const ours = (await api.get("/v1/shows/lots/draw/LIVE-N?limit=2")).body;
  expect(ours.data).toHaveLength(2);
  expect(ours.data[0].rank).toBe(sha256(`${after.seed}:${ours.data[0].id}`));
  const rest = (await api.get(`/v1/shows/lots/draw/LIVE-N?limit=200&cursor=${ours.next_cursor}`)).body;
  expect([...ours.data, ...rest.data].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const one = (await page.get("/v1/shows/lots/draw/LIVE-N?limit=5")).body;
  const two = (await page.get(`/v1/shows/lots/draw/LIVE-N?limit=5&cursor=${one.next_cursor}`)).body;
  expect([...one.data, ...two.data]).toEqual(after.data);
  expect(two.next_cursor).toBeNull();
  // A second draw draws nothing new.
  await api.post("/v1/shows/lots/draw", undefined);
  expect((await page.get("/v1/shows/lots/draw/LIVE-N")).body.data).toEqual(after.data);
});

test("a lottery that its time draws is published by the cron, also where nobody entered", async () => {
  for (const sku of ["LIVE-T", "LIVE-U"]) await stockUp(api, sku, 10);
  const drawsAt = Date.now() + 1_500;
  const lottery = { policy: "lottery", draws_at: new Date(drawsAt).toISOString() };
  await api.put("/v1/shows/timed-lots", {
    ...showOf(dropOf("LIVE-T", 1, lottery), dropOf("LIVE-U", 1, lottery)),
    starts_at: past(),
  });
  for (const buyer of ["a", "b", "c"]) await claim("timed-lots", "LIVE-T", buyer);
  const services = createServices(env, (work) => void work.catch(() => {}));
  await keepDraws(services);
  expect((await page.get("/v1/shows/timed-lots/draw/LIVE-T")).body).toMatchObject({ seed: null, entries: 3 });
  await vi.waitUntil(() => Date.now() > drawsAt, { timeout: 90_000 });
  for (const _ of [1, 2]) await keepDraws(services);
  const drawn = (await page.get("/v1/shows/timed-lots/draw/LIVE-T")).body;
  expect(sha256(drawn.seed)).toBe(drawn.seed_hash);
  expect(drawn.data).toHaveLength(3);
  const empty = (await page.get("/v1/shows/timed-lots/draw/LIVE-U")).body;
  expect(empty).toMatchObject({ entries: 0, data: [], next_cursor: null });
  expect(sha256(empty.seed)).toBe(empty.seed_hash);
});

test("a draw needs a lottery that is open", async () => {
  await stockUp(api, "LIVE-O", 10);
  await api.put("/v1/shows/no-lots", showOf(dropOf("LIVE-O", 1)));
  expect((await api.post("/v1/shows/no-lots/draw", undefined)).body.code).toBe("lottery_unknown");
  expect((await page.get("/v1/shows/no-lots/draw/LIVE-O")).body.code).toBe("lottery_unknown");
  expect((await page.get("/v1/shows/none/draw/LIVE-O")).body.code).toBe("show_unknown");
  await api.put("/v1/shows/early-lots", showOf(dropOf("LIVE-O", 1, { policy: "lottery" })));
  expect((await api.post("/v1/shows/early-lots/draw", undefined)).body.code).toBe("drop_not_open");
});

test("with hold_on_checkout a claim has no units until its buyer begins to check out", async () => {
  await stockUp(api, "LIVE-P", 1);
  await api.put("/v1/shows/checkout", {
    ...showOf(dropOf("LIVE-P", 1, { policy: "hold_on_checkout" })),
    starts_at: past(),
  });
  const [ada, bob] = [await claim("checkout", "LIVE-P", "ada"), await claim("checkout", "LIVE-P", "bob")];
  expect([ada, bob].map(({ status, body }) => [status, body.secured])).toEqual([
    [201, false],
    [201, false],
  ]);
  const begun = await page.post(`/v1/holds/${bob.body.id}/checkout`, undefined);
  expect(begun).toMatchObject({ status: 200, body: { secured: true } });
  expect((await page.post(`/v1/holds/${bob.body.id}/checkout`, undefined)).body).toEqual(begun.body);
  expect(await page.post(`/v1/holds/${ada.body.id}/checkout`, undefined)).toMatchObject({
    status: 409,
    body: { code: "sold_out", requested: 1, available: 0 },
  });
  expect(await api.post("/v1/orders", order(ada.body.id))).toMatchObject({
    status: 409,
    body: { code: "sold_out" },
  });
  expect((await api.post("/v1/orders", order(bob.body.id))).status).toBe(201);
  expect((await page.post("/v1/holds/hold_none/checkout", undefined)).body.code).toBe("hold_unknown");
});

test("the figures of a show are kept when it is over, and its objects are not asked any more", async () => {
  await stockUp(api, "LIVE-Q", 5);
  await api.put("/v1/shows/kept", { ...showOf(dropOf("LIVE-Q", 3)), starts_at: past() });
  const held = await claim("kept", "LIVE-Q", "ada");
  const open = await claim("kept", "LIVE-Q", "bob");
  await api.post("/v1/orders", order(held.body.id));
  await api.post("/v1/shows/kept/close", undefined);
  const services = createServices(env, (work) => void work.catch(() => {}));
  const soon = { ...services, nowMs: () => Date.now() + 120_000 };
  await settleShows(soon);
  const settledAt = () =>
    env.DB.prepare("SELECT settled_at_ms FROM show WHERE code = 'kept'").first("settled_at_ms");
  // Bob's hold lives.
  expect(await settledAt()).toBeNull();
  await api.delete(`/v1/holds/${open.body.id}`);
  const last = (await api.get("/v1/shows/kept")).body;
  await settleShows(soon);
  expect(await settledAt()).not.toBeNull();
  await skuClient(env, "LIVE-Q" as Sku).sweep({ pruneBeforeMs: Date.now() + 60_000 });
  const bindings = { SKU: { getByName: () => Promise.reject(new Error("nobody asks")) } };
  const after = await apiClient("sk_test_shows", bindings).get("/v1/shows/kept");
  expect(after.body).toEqual(last);
  expect(last.counters).toMatchObject({ holds: 2, paid: 1, released: 1, units_sold: 1 });
});

const eventsOf = async (subject: string) => {
  const { results } = await env.DB.prepare(
    "SELECT type, data, occurred_at_ms FROM engine_event WHERE subject = ?1 ORDER BY occurred_at_ms",
  )
    .bind(subject)
    .all<{ type: string; data: string; occurred_at_ms: number }>();
  return results;
};

test("that a show opened and ended is told once, by hand or by its time", async () => {
  await stockUp(api, "LIVE-R", 5);
  await api.put("/v1/shows/told", showOf(dropOf("LIVE-R", 1)));
  expect(await eventsOf("told")).toEqual([]);
  for (const _ of [1, 2]) await api.post("/v1/shows/told/open", undefined);
  for (const _ of [1, 2]) await api.post("/v1/shows/told/close", undefined);
  const services = createServices(env, (work) => void work.catch(() => {}));
  await tellShows(services);
  expect((await eventsOf("told")).map(({ type }) => type)).toEqual(["show.opened", "show.closed"]);

  const startsAt = Date.now() + 60_000;
  const times = {
    starts_at: new Date(startsAt).toISOString(),
    ends_at: new Date(startsAt + 60_000).toISOString(),
  };
  await api.put("/v1/shows/told-by-time", { ...showOf(dropOf("LIVE-R", 1)), ...times });
  for (const afterMs of [-1, 0, 1, 60_000, 60_001]) {
    await tellShows({ ...services, nowMs: () => startsAt + afterMs });
  }
  expect(await eventsOf("told-by-time")).toMatchObject([
    { type: "show.opened", occurred_at_ms: startsAt },
    { type: "show.closed", occurred_at_ms: startsAt + 60_000 },
  ]);
});

test("an object tells the queue of offers and of holds that expired, and each is one event however often it comes", async () => {
  await stockUp(api, "LIVE-S", 1);
  const held = await api.post("/v1/holds", {
    lines: [{ sku: "LIVE-S", quantity: 1 }],
    buyer: "ada",
    ttl_seconds: 15,
  });
  const waiting = await api.post("/v1/skus/LIVE-S/waitlist", { buyer: "bob", quantity: 1 });
  const stub = env.SKU.getByName("sku/LIVE-S");
  // The hold's time is up, and the object wakes to it.
  await runInDurableObject(stub, (_, state) => {
    state.storage.sql.exec("UPDATE hold SET expires_at_ms = ?", Date.now() - 1);
  });
  await evictDurableObject(stub);
  const entry = await vi.waitUntil(
    async () => {
      const { body } = await api.get(`/v1/skus/LIVE-S/waitlist/${waiting.body.id}`);
      return body.status === "offered" ? body : null;
    },
    { timeout: 90_000 },
  );
  const expired = await vi.waitUntil(async () => (await eventsOf(held.body.id))[0], { timeout: 90_000 });
  expect(JSON.parse(expired.data)).toEqual({ hold: held.body.id, sku: "LIVE-S", buyer: "ada", show: null });
  const offered = await vi.waitUntil(async () => (await eventsOf(waiting.body.id))[0], { timeout: 90_000 });
  expect(JSON.parse(offered.data)).toMatchObject({
    waitlist: waiting.body.id,
    hold: entry.hold,
    buyer: "bob",
  });
  // A restart tells the last minute again.
  await evictDurableObject(stub);
  await api.get("/v1/skus/LIVE-S/stock");
  await api.post("/v1/skus/LIVE-S/waitlist", { buyer: "eve", quantity: 1 });
  await vi.waitUntil(async () => (await eventsOf(held.body.id)).length > 0, { timeout: 90_000 });
  expect(await eventsOf(held.body.id)).toHaveLength(1);
  expect(await eventsOf(waiting.body.id)).toHaveLength(1);
});
