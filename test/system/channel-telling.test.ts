import { performance } from "node:perf_hooks";

import { afterAll, beforeAll, expect, test } from "vitest";

import { FakeWoo } from "../support/fake-woo.ts";
import { startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

/** More of them for a figure that is worth something. */
const HOLDS = Number(process.env["HOLDFAST_TOLD_HOLDS"] ?? 8);
const UNITS = 1_000 + HOLDS;

/** Shops that sell the same SKU: what one hold takes, all of them are told. */
const shops = ["one", "two"].map((name) => new FakeWoo(`telling-${name}`));
const products = shops.map((shop) => shop.list("TOLD", 0));

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine({
    outside: async (request) => {
      const shop = shops.find(({ url }) => new URL(url).host === new URL(request.url).host);
      return shop === undefined ? new Response("no route", { status: 502 }) : shop.fetch(request);
    },
  });
  await stockShop(engine.secret, { TOLD: UNITS });
  for (const [index, shop] of shops.entries()) {
    const code = `shop-${index}`;
    const made = await engine.secret("PUT", `/v1/channels/${code}`, {
      body: {
        platform: "woocommerce",
        name: code,
        settings: { url: shop.url },
        secrets: {
          webhook_secret: shop.secret,
          consumer_key: shop.key,
          consumer_secret: shop.keySecret,
        },
      },
    });
    if (made.status !== 200) throw new Error(JSON.stringify(made.body));
    const read = await engine.secret("POST", `/v1/channels/${code}/listings/read`, {
      body: {},
      idempotencyKey: `read-${code}`,
    });
    if (read.status !== 200) throw new Error(JSON.stringify(read.body));
  }
  await allShow(UNITS);
});
afterAll(() => engine.end());

async function allShow(units: number): Promise<void> {
  const seen = await until(
    () => Promise.resolve(shown()),
    (stocks) => stocks.every((stock) => stock === units),
  );
  expect(seen).toEqual(shops.map(() => units));
}

const shown = () => products.map(({ stock }) => stock);
const pushes = () => shops.map(({ calls }) => calls.filter((call) => call === "POST /products/batch").length);

async function hold(key: string): Promise<void> {
  const { status } = await engine.publishable("POST", "/v1/holds", {
    body: { lines: [{ sku: "TOLD", quantity: 1 }], buyer: key },
    idempotencyKey: key,
  });
  expect(status).toBe(201);
}

test("each hold is told to every shop that sells the SKU", async () => {
  const times: Array<number> = [];
  for (let index = 0; index < HOLDS; index += 1) {
    const beganAtMs = performance.now();
    await hold(`told-${index}`);
    await allShow(UNITS - index - 1);
    times.push(performance.now() - beganAtMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0);
  console.log(`told after p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, of ${HOLDS} holds`);
  expect(times).toHaveLength(HOLDS);
});

test("a thousand holds at once are told in fewer than thirty calls a shop, and the last is what there is", async () => {
  const before = pushes();
  const beganAtMs = performance.now();
  for (let wave = 0; wave < 20; wave += 1)
    await Promise.all(Array.from({ length: 50 }, (_, index) => hold(`crowd-${wave}-${index}`)));
  await allShow(0);
  const calls = pushes().map((count, index) => count - (before[index] ?? 0));
  console.log(
    `a thousand holds in ${Math.round(performance.now() - beganAtMs)} ms told in ${calls.join(" and ")} calls`,
  );
  expect(Math.max(...calls)).toBeLessThan(30);
});
