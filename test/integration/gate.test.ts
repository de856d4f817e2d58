import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import type { Sku } from "../../src/domain/brand.ts";
import { gateName } from "../../src/domain/live/gate-choice.ts";
import { gatesPerRegion } from "../../src/durable-objects/gate/client.ts";
import { objectName } from "../../src/durable-objects/shared/object-name.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { openLive, upgrade, type LiveMessage } from "../support/live-client.ts";
import { takeHoldCommand } from "../support/sku-fixture.ts";

const SECRET = "sk_test_gate";
const PAGE = "pk_test_gate";
const api = apiClient(SECRET);
beforeAll(async () => {
  await seedKey(SECRET);
  await seedKey(PAGE);
});

let serial = 0;
async function stocked(units: number, rules: { buyer_limit?: number } = {}): Promise<string> {
  serial += 1;
  const sku = `GATE-${serial}`;
  await stockUp(api, sku, units, rules);
  return sku;
}

/** A show of one SKU that is open. */
async function openShow(units: number, rest: object = {}, drop: object = {}) {
  const sku = await stocked(units + 50);
  const code = `show-${serial}`;
  const put = await api.put(`/v1/shows/${code}`, {
    title: code,
    drops: [{ sku, quantity: units, ...drop }],
    ...rest,
  });
  expect(put.status).toBe(200);
  expect((await api.post(`/v1/shows/${code}/open`, undefined)).status).toBe(200);
  return { code, sku };
}

const pageOn = (sku: string, buyer: string) => openLive(`/v1/live?skus=${sku}&key=${PAGE}&buyer=${buyer}`);
const serverOn = (sku: string) => openLive(`/v1/live?skus=${sku}&key=${SECRET}`);
const hold = (sku: string, quantity = 1, rest: object = {}) => ({
  type: "hold",
  idempotency_key: crypto.randomUUID(),
  lines: [{ sku, quantity }],
  ...rest,
});
const gateOf = (show: string | null, caller: string) =>
  env.GATE.getByName(objectName("gate", gateName(show, null, caller, gatesPerRegion(env))));
const stockOf = async (sku: string) => (await api.get(`/v1/skus/${sku}/stock`)).body;
const seqs = (messages: ReadonlyArray<LiveMessage>) =>
  messages.filter(({ type }) => type === "stock" || type === "snapshot").map(({ seq }) => seq as number);

test("a socket is shown what is there, and then what changes", async () => {
  const sku = await stocked(12);
  const server = await serverOn(sku);
  const page = await pageOn(sku, "ada");
  expect(await server.ofType("snapshot")).toEqual({
    type: "snapshot",
    seq: 1,
    stock: [{ sku, available: 12, state: "in_stock", version: expect.any(Number) }],
    now: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
  });
  // Pages must not tell competitors how much there is.
  expect((await page.ofType("snapshot")).stock).toMatchObject([{ available: 10, state: "in_stock" }]);

  const held = await page.ask(hold(sku));
  expect(held).toMatchObject({ type: "result", ok: true, hold: { status: "active", buyer: "ada" } });
  const told = await server.ofType("stock");
  expect(told).toEqual({
    type: "stock",
    seq: 2,
    sku,
    available: 11,
    state: "in_stock",
    version: expect.any(Number),
  });
  expect((await page.ask(hold(sku, 2))).ok).toBe(true);
  expect(await page.ofType("stock")).toMatchObject({ seq: 2, available: 9, state: "low" });
  // From 12 to 11 nothing changed for a page.
  expect(seqs(page.inbox)).toEqual([]);
});

test("a hold by socket is the hold that HTTP knows, under the same key", async () => {
  const sku = await stocked(5, { buyer_limit: 2 });
  const page = await pageOn(sku, "ada");
  const wish = hold(sku, 2, { ttl_seconds: 300 });
  const { hold: held } = await page.ask(wish);
  expect((await api.get(`/v1/holds/${held.id}`)).body).toEqual(held);
  expect((await page.ask(wish)).hold).toEqual(held);
  const overHttp = await apiClient(PAGE).post(
    "/v1/holds",
    { lines: wish.lines, buyer: "ada", ttl_seconds: 300 },
    wish.idempotency_key,
  );
  expect(overHttp.body).toEqual(held);
  expect(await page.ask({ ...wish, lines: [{ sku, quantity: 1 }] })).toMatchObject({
    ok: false,
    problem: { code: "idempotency_key_reused", status: 422 },
  });
  expect(await page.ask(hold(sku))).toMatchObject({
    ok: false,
    problem: { code: "limit_reached", counted: 2 },
  });
  expect(await page.ask({ type: "release", hold: held.id })).toMatchObject({
    ok: true,
    hold: { id: held.id, status: "released" },
  });
  expect(await page.ask({ type: "release", hold: held.id })).toMatchObject({ ok: true });
  expect(await page.ask({ type: "release", hold: held.id.replace(sku, "NONE") })).toMatchObject({
    ok: false,
    problem: { code: "hold_unknown" },
  });
  expect(await stockOf(sku)).toMatchObject({ available: 5, held: 0 });
});

test("a basket is held whole or not at all, among many claims in one message", async () => {
  const plenty = await stocked(10);
  const scarce = await stocked(1);
  const server = await openLive(`/v1/live?skus=${plenty},${scarce}&key=${SECRET}`);
  const item = (buyer: string, ...lines: ReadonlyArray<readonly [string, number]>) => ({
    idempotency_key: `${plenty}-${buyer}`,
    buyer,
    lines: lines.map(([sku, quantity]) => ({ sku, quantity })),
  });
  const items = [
    item("a", [plenty, 1]),
    item("b", [plenty, 2], [scarce, 2]),
    item("c", [scarce, 1]),
    item("d", [plenty, 1], [scarce, 1]),
    item("e", ["UNHEARD-OF", 1]),
  ];
  const { items: answers } = await server.ask({ type: "holds", items });
  const said = (results: ReadonlyArray<LiveMessage>) =>
    results.map(({ ok, hold: held, problem }) => (ok ? held.id : problem.code));
  expect(answers.map(({ ok }: LiveMessage) => ok)).toEqual([true, false, true, false, false]);
  expect(said(answers).filter((code) => !code.startsWith("hold_"))).toEqual([
    "sold_out",
    "sold_out",
    "sku_unknown",
  ]);
  expect(await stockOf(plenty)).toMatchObject({ available: 9, held: 1 });
  expect(said((await server.ask({ type: "holds", items })).items)).toEqual(said(answers));
});

test("of 300 claims from sockets and HTTP for 40 units, 40 are held, and every retry is answered the same", async () => {
  const { code, sku } = await openShow(40);
  const sockets = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      openLive(`/v1/shows/${code}/live?key=${SECRET}&buyer=gatherer-${index}`),
    ),
  );
  const claims = Array.from({ length: 300 }, (_, index) => ({
    key: `${code}-${index}`,
    buyer: `buyer-${index}`,
  }));
  const ask = async () =>
    Promise.all(
      claims.map(async ({ key, buyer }, index) => {
        const lines = [{ sku, quantity: 1 }];
        if (index % 3 === 0) {
          const { status, body } = await api.post("/v1/holds", { lines, buyer, show: code }, key);
          return status === 201 ? body.id : body.code;
        }
        const answer = await sockets[index % 20]?.ask({ type: "hold", idempotency_key: key, buyer, lines });
        return answer.ok ? answer.hold.id : answer.problem.code;
      }),
    );
  const first = await ask();
  expect(first.filter((answer) => answer.startsWith("hold_"))).toHaveLength(40);
  expect(new Set(first.filter((answer) => !answer.startsWith("hold_")))).toEqual(new Set(["sold_out"]));
  expect(await ask()).toEqual(first);
  for (const socket of sockets)
    await socket.next(({ type, available }) => type === "stock" && available === 0);
  const { body } = await api.get(`/v1/shows/${code}`);
  expect(body.drops[0]).toMatchObject({ left: 0, counters: { holds: 40, oversold: 0 } });
});

test("a show tells that it opens and closes, and counts what is left in its own drop", async () => {
  const sku = await stocked(50);
  const code = `show-${serial}`;
  await api.put(`/v1/shows/${code}`, { title: code, drops: [{ sku, quantity: 3 }] });
  const page = await openLive(`/v1/shows/${code}/live?key=${PAGE}&buyer=ada`);
  expect(await page.ofType("snapshot")).toMatchObject({
    show: { code, status: "scheduled" },
    stock: [{ sku, available: 3, state: "low" }],
  });
  expect(await page.ask(hold(sku))).toMatchObject({
    ok: false,
    problem: { code: "drop_not_open", show: code },
  });
  await api.post(`/v1/shows/${code}/open`, undefined);
  expect(await page.ofType("show")).toEqual({ type: "show", status: "open" });
  expect((await page.ask(hold(sku))).hold).toMatchObject({ show: code });
  expect(await page.ofType("stock")).toMatchObject({ available: 2 });
  await api.post(`/v1/shows/${code}/close`, undefined);
  expect(await page.ofType("show")).toEqual({ type: "show", status: "closed" });
  expect(await page.next(({ available }) => available === 0)).toMatchObject({ state: "sold_out" });
  const late = await openLive(`/v1/shows/${code}/live?key=${PAGE}&buyer=eve`);
  expect(await late.ofType("snapshot")).toMatchObject({
    show: { status: "closed" },
    stock: [{ available: 0 }],
  });
});

test("who waits in line is offered what others let go of, in order, on every socket that speaks for them", async () => {
  const { code, sku } = await openShow(2);
  const server = await openLive(`/v1/shows/${code}/live?key=${SECRET}`);
  const live = (buyer: string) => openLive(`/v1/shows/${code}/live?key=${PAGE}&buyer=${buyer}`);
  const first = await server.ask(hold(sku, 1, { buyer: "h1" }));
  const second = await server.ask(hold(sku, 1, { buyer: "h2" }));
  const ada = await live("ada");
  const tab = await live("ada");
  expect(await ada.ask({ type: "waitlist", sku, quantity: 1 })).toMatchObject({
    ok: true,
    waitlist: { position: 1, status: "waiting", show: code },
  });
  const joined = await server.ask({ type: "waitlist", sku, quantity: 1, buyer: "bob" });
  expect(joined.waitlist).toMatchObject({ position: 2, buyer: "bob" });
  expect(await server.ask({ type: "waitlist", sku, quantity: 1, buyer: "cyd" })).toMatchObject({
    waitlist: { position: 3 },
  });
  expect(await server.ask(hold(sku, 1, { buyer: "bob" }))).toMatchObject({
    problem: { code: "waitlisted", position: 2 },
  });
  expect(await server.ask({ type: "leave", sku, waitlist: joined.waitlist.id })).toMatchObject({
    ok: true,
    waitlist: { status: "left" },
  });

  await server.ask({ type: "release", hold: first.hold.id });
  const offer = await ada.ofType("offer");
  expect(offer.hold).toMatchObject({ buyer: "ada", status: "active", show: code });
  expect((await tab.ofType("offer")).hold).toEqual(offer.hold);
  await server.ask({ type: "release", hold: second.hold.id });
  expect((await server.ofType("offer")).hold).toMatchObject({ buyer: "cyd" });

  // Whoever comes while the offer lives hears of it as well; whoever comes after it was declined does not.
  const again = await live("ada");
  expect((await again.ofType("offer")).hold.id).toBe(offer.hold.id);
  await again.ask({ type: "release", hold: offer.hold.id });
  const after = await live("ada");
  await after.ofType("snapshot");
  expect((await after.ask({ type: "release", hold: offer.hold.id })).ok).toBe(true);
  expect(after.inbox.filter(({ type }) => type === "offer")).toEqual([]);
});

test("an expired hold is told to its buyer, and its unit to everybody", async () => {
  const sku = await stocked(1);
  const page = await pageOn(sku, "ada");
  const { hold: held } = await page.ask(hold(sku, 1, { ttl_seconds: 15 }));
  await page.next(({ available }) => available === 0);
  expect(await page.next(({ type }) => type === "hold_expired")).toEqual({
    type: "hold_expired",
    hold: held.id,
  });
  expect(await page.next(({ available }) => available === 1)).toMatchObject({ state: "low" });
});

test("a waiting room lets in as many as there are units for, in order, by socket and by HTTP", async () => {
  const { code, sku } = await openShow(2, { admission_per_unit: 1 });
  const server = await openLive(`/v1/shows/${code}/live?key=${SECRET}`);
  const through = (await seedIdOf(SECRET)) ?? "";
  const claim = (buyer: string) => ({
    idempotency_key: `${code}-${buyer}`,
    buyer,
    lines: [{ sku, quantity: 1 }],
  });
  const crowd = await server.ask({ type: "holds", items: ["a", "b", "c"].map(claim) });
  expect(crowd.items).toMatchObject([
    { ok: true },
    { problem: { code: "queued", status: 429, position: 1 } },
    { problem: { code: "queued", position: 2, retry_after_seconds: expect.any(Number) } },
  ]);
  expect(await server.ofType("admitted")).toEqual({ type: "admitted", buyer: "b" });

  // Somebody else who comes through the same gate.
  const gate = gateName(code, null, through, gatesPerRegion(env));
  const names = Array.from({ length: 50 }, (_, index) => `zed-${index}`);
  const zed = names.find((name) => gateName(code, null, name, gatesPerRegion(env)) === gate) ?? "";
  const waiting = await api.post("/v1/holds", { lines: [{ sku, quantity: 1 }], buyer: zed, show: code });
  expect([waiting.status, waiting.body.code, waiting.body.position]).toEqual([429, "queued", 2]);
  expect(Number(waiting.headers.get("retry-after"))).toBeGreaterThan(0);

  // The room is remembered while the gate sleeps.
  await scheduler.wait(1_000);
  await evictDurableObject(gateOf(code, through));
  expect((await server.ask({ type: "hold", ...claim("b") })).ok).toBe(true);
  // With nothing left nobody waits for it.
  expect((await server.ask({ type: "hold", ...claim("c") })).problem.code).toBe("sold_out");
  expect((await api.get(`/v1/shows/${code}`)).body.drops[0].counters).toMatchObject({
    holds: 2,
    oversold: 0,
  });
});

test("nothing is lost by the gate's sleep: numbers go on, offers come, buyers are remembered", async () => {
  const { code, sku } = await openShow(3);
  const server = await openLive(`/v1/shows/${code}/live?key=${SECRET}`);
  const gate = gateOf(code, (await seedIdOf(SECRET)) ?? "");
  const first = await server.ask(hold(sku, 3, { buyer: "ada" }));
  await server.next(({ available }) => available === 0);
  await server.ask({ type: "waitlist", sku, quantity: 3, buyer: "bob" });
  // What is not in an attachment is written when the gate is quiet, long before it may sleep.
  await scheduler.wait(1_000);
  await evictDurableObject(gate);
  await apiClient(SECRET).delete(`/v1/holds/${first.hold.id}`);
  expect((await server.ofType("offer")).hold).toMatchObject({ buyer: "bob" });
  await evictDurableObject(gate);
  expect((await server.ask(hold(sku, 1, { buyer: "eve" }))).problem).toMatchObject({ code: "sold_out" });
  await api.post(`/v1/shows/${code}/close`, undefined);
  expect(await server.ofType("show")).toEqual({ type: "show", status: "closed" });
  server.send({ type: "ping" });
  await server.ofType("pong");
  const numbers = seqs(server.inbox);
  expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
});

test("a gate that dies loses its sockets and nothing else; a retry finds its answer", async () => {
  const sku = await stocked(4);
  const page = await pageOn(sku, "ada");
  const wish = hold(sku);
  const { hold: held } = await page.ask(wish);
  await abortAllDurableObjects();
  await page.closed;
  const again = await pageOn(sku, "ada");
  expect((await again.ofType("snapshot")).stock).toMatchObject([{ available: 3 }]);
  expect((await again.ask(wish)).hold).toEqual(held);
  await again.ask({ type: "release", hold: held.id });
  expect(await again.next(({ available }) => available === 4)).toBeDefined();
});

test("an object that dies in mid-drop is asked again, and whoever is not answered is told so", async () => {
  const sku = await stocked(50);
  const server = await serverOn(sku);
  const object = env.SKU.getByName(objectName("sku", sku));
  const keys = Array.from({ length: 60 }, (_, index) => `${sku}-${index}`);
  const ask = async () => {
    const answers = keys.map((key) => server.ask(hold(sku, 1, { buyer: key, idempotency_key: key })));
    return Promise.all(answers);
  };
  const underWay = ask();
  await runInDurableObject(object, (_, state) => {
    try {
      state.abort("killed by a test");
    } catch {
      // The caller dies with the object.
    }
  }).catch(() => undefined);
  const refusals = (await underWay).flatMap(({ problem }) => problem?.code ?? []);
  expect(refusals.filter((code) => code !== "unavailable" && code !== "sold_out")).toEqual([]);
  const answers = await ask();
  expect(answers.filter(({ ok }) => ok)).toHaveLength(50);
  expect(await stockOf(sku)).toMatchObject({ available: 0, held: 50 });
  await server.next(({ available }) => available === 0);
});

test("a gate watches again what an object has forgotten, and lets go of what nobody looks at", async () => {
  const { code, sku } = await openShow(5);
  const page = await openLive(`/v1/shows/${code}/live?key=${PAGE}&buyer=watcher`);
  await page.ofType("snapshot");
  const gate = gateOf(code, "watcher");
  const port = skuClient(env, sku as Sku);
  await port.unwatch(objectName("gate", gateName(code, null, "watcher", gatesPerRegion(env))));
  await runDurableObjectAlarm(gate);
  // By another gate than that of the watcher.
  await port.takeHolds([takeHoldCommand("k".repeat(20), { show: code })]);
  expect(await page.ofType("stock")).toMatchObject({ available: 4 });
  page.close();
  await expect
    .poll(() => runInDurableObject(gate, (_, state) => state.getWebSockets().length), { timeout: 90_000 })
    .toBe(0);
  await runDurableObjectAlarm(gate);
  // Nobody is here any more, so nothing is kept, and no round is due.
  const left = await runInDurableObject(gate, async (_, state) => ({
    rows: state.storage.sql.exec("SELECT count(*) AS count FROM kept").one(),
    alarm: await state.storage.getAlarm(),
  }));
  expect(left).toEqual({ rows: { count: 0 }, alarm: null });
});

async function seedIdOf(key: string): Promise<string | null> {
  const row = await env.DB.prepare("SELECT id FROM api_key WHERE last4 = ?1 AND prefix = ?2")
    .bind(key.slice(-4), key.slice(0, 8))
    .first<{ id: string }>();
  return row?.id ?? null;
}

test.each([
  ["no key", "/v1/live?skus=A", 401, "unauthorized"],
  ["a key that nobody has", "/v1/live?skus=A&key=sk_test_nobody-has-this", 401, "unauthorized"],
  ["a page without a buyer", `/v1/live?skus=A&key=${PAGE}`, 422, "request_invalid"],
  ["no SKU", `/v1/live?skus=&key=${SECRET}`, 422, "request_invalid"],
  ["a SKU that nobody knows", `/v1/live?skus=NEVER-MADE&key=${SECRET}`, 404, "sku_unknown"],
  ["a show that nobody knows", `/v1/shows/never/live?key=${SECRET}`, 404, "show_unknown"],
  ["a made-up token", `/v1/live?skus=A&key=${PAGE}&buyer=a&token=x.y.z`, 401, "buyer_token_invalid"],
])("%s opens nothing", async (_, path, status, code) => {
  const response = await upgrade(path);
  expect([response.status, (await response.json<LiveMessage>()).code]).toEqual([status, code]);
});

test("a socket is opened by an upgrade only, and never by a server's key in a page", async () => {
  const plain = await api.get("/v1/live?skus=A");
  expect([plain.status, plain.body.code]).toEqual([426, "upgrade_required"]);
  const leaked = await upgrade(`/v1/live?skus=A&key=${SECRET}`, { origin: "https://shop.example" });
  expect(leaked.status).toBe(403);
});
