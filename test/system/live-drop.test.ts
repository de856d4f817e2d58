import { afterAll, beforeAll, expect, test } from "vitest";

import { expectSuccess, inParallel } from "../../scripts/api.ts";
import { startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";
import { LiveSocket, type Message } from "./support/live-socket.ts";

const VIEWERS = 2_000;
const UNITS = 500;
const IN_LINE = 40;
const LET_GO = 15;

let shop: TestEngine;
beforeAll(async () => {
  shop = await startTestEngine();
});
afterAll(() => shop.end());

async function openShow(code: string, sku: string, quantity: number, drop: object = {}): Promise<void> {
  await stockShop(shop.secret, { [sku]: quantity });
  await expectSuccess(
    shop.secret("PUT", `/v1/shows/${code}`, { body: { title: code, drops: [{ sku, quantity, ...drop }] } }),
  );
  await expectSuccess(shop.secret("POST", `/v1/shows/${code}/open`, { idempotencyKey: `open-${code}` }));
}

function claim(sku: string, key: string) {
  return { type: "hold", idempotency_key: key, lines: [{ sku, quantity: 1 }] };
}

test("2,000 sockets on a show in which 500 units sell out: one answer each, one last value for all, and the line is served in order", async () => {
  const code = "two-thousand";
  const sku = "LIVE-500";
  await openShow(code, sku, UNITS);
  const viewers: Array<LiveSocket> = [];
  await inParallel([...Array(VIEWERS).keys()], 32, async (viewer) => {
    viewers[viewer] = await LiveSocket.open(shop.port, `/v1/shows/${code}/live`, `viewer-${viewer}`);
  });
  const answers = await Promise.all(
    viewers.map((viewer, index) => viewer.ask(claim(sku, `${code}-${index}`))),
  );
  const held = answers.flatMap((answer, index) => (answer.ok === true ? [{ index, answer }] : []));
  const refused = answers.filter(({ problem }) => problem?.code === "sold_out");
  expect([held.length, refused.length]).toEqual([UNITS, VIEWERS - UNITS]);
  await expectAllSee(viewers, sku, 0);

  // Some who came too late stand in line; some who were in time let go.
  const late = answers.flatMap(({ ok }, index) => (ok === true ? [] : [index])).slice(0, IN_LINE);
  const places: Array<number> = [];
  for (const index of late) {
    const joined = await viewers[index]?.ask({ type: "waitlist", sku, quantity: 1 });
    places.push(joined?.waitlist?.position ?? -1);
  }
  expect(places).toEqual(late.map((_, place) => place + 1));
  for (const { index, answer } of held.slice(0, LET_GO)) {
    const released = await viewers[index]?.ask({ type: "release", hold: answer.hold?.id });
    expect(released?.ok).toBe(true);
  }
  const offered = () => Promise.resolve(late.filter((index) => (viewers[index]?.offers.length ?? 0) > 0));
  expect(await until(offered, (seen) => seen.length >= LET_GO)).toEqual(late.slice(0, LET_GO));
  const buyers = late.slice(0, LET_GO).map((index) => viewers[index]?.offers.map(({ buyer }) => buyer));
  expect(buyers).toEqual(late.slice(0, LET_GO).map((index) => [`viewer-${index}`]));
  // Nothing of it was for everybody, so nobody was shown a unit that was spoken for.
  await expectAllSee(viewers, sku, 0);
  for (const { seqs } of viewers) expect(seqs).toEqual(seqs.map((_, index) => index + 1));

  const { body } = await shop.secret("GET", `/v1/shows/${code}`);
  expect(body).toMatchObject({ drops: [{ left: 0, counters: { oversold: 0, units_held: UNITS } }] });
  for (const viewer of viewers) viewer.close();
}, 600_000);

async function expectAllSee(
  viewers: ReadonlyArray<LiveSocket>,
  sku: string,
  available: number,
): Promise<void> {
  const others = () =>
    Promise.resolve(viewers.filter((viewer) => viewer.available.get(sku) !== available).length);
  expect(await until(others, (left) => left === 0)).toBe(0);
}

test("a buyer with ten tabs, retries and a later visit never gets more than the limit", async () => {
  const code = "ten-tabs";
  const sku = "LIVE-TABS";
  await openShow(code, sku, 100, { buyer_limit: 2 });
  const open = () => LiveSocket.open(shop.port, `/v1/shows/${code}/live`, "greedy");
  const tabs = await Promise.all(Array.from({ length: 10 }, open));
  const grab = (tab: number) => tabs[tab]?.ask(claim(sku, `greedy-${tab}`)) as Promise<Message>;
  const ask = () => Promise.all(tabs.map((_, tab) => grab(tab)));
  const ids = (answers: ReadonlyArray<Message>) => answers.flatMap(({ hold }) => hold?.id ?? []);
  const first = await ask();
  expect(ids(first)).toHaveLength(2);
  expect(ids(await ask())).toEqual(ids(first));
  // By HTTP, in the show and beside it, as the same buyer.
  const over = await shop.publishable("POST", "/v1/holds", {
    body: { lines: [{ sku, quantity: 1 }], buyer: "greedy", show: code },
    idempotencyKey: "greedy-http",
  });
  expect([over.status, over.body["code"]]).toEqual([409, "limit_reached"]);
  for (const tab of tabs) tab.close();
  const later = await open();
  expect((await later.ask(claim(sku, "greedy-later"))).problem?.code).toBe("limit_reached");
  // Whoever lets go of one may have another.
  const [hold] = ids(first);
  expect((await later.ask({ type: "release", hold })).ok).toBe(true);
  expect((await later.ask(claim(sku, "greedy-again"))).ok).toBe(true);
  expect((await later.ask(claim(sku, "greedy-more"))).problem?.code).toBe("limit_reached");
  later.close();
});
