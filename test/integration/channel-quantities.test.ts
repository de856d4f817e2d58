import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { compareConnection } from "../../src/worker/use-cases/compare-quantities.ts";
import { pushQuantities } from "../../src/worker/use-cases/push-quantities.ts";
import { stockUp, type ApiClient } from "../support/api-client.ts";
import {
  channelApi,
  ChannelWorld,
  connectShopify,
  connectWoo,
  readListings,
} from "../support/channel-world.ts";
import { FakeShopify } from "../support/fake-shopify.ts";
import { FakeWoo } from "../support/fake-woo.ts";

let api: ApiClient;
beforeAll(async () => {
  api = await channelApi({});
});

let stories = 0;

/** A SKU that one Shopify shop sells. */
async function story(quantity: number, extra: Record<string, unknown> = {}) {
  await env.DB.prepare("UPDATE connection SET status = 'paused'").run();
  stories += 1;
  const sku = `PUSHED-${stories}`;
  await stockUp(api, sku, quantity);
  const world = new ChannelWorld();
  world.fulfillmentMode = "manual";
  const code = `pushed-${stories}`;
  const shop = new FakeShopify(code);
  const variant = shop.list(sku, 0);
  await connectShopify(api, world, shop, code, extra);
  await world.news([sku]);
  await world.run();
  await readListings(world, code);
  await world.run();
  return { sku, world, shop, code, variant };
}

/** One buyer takes one unit. */
async function hold(sku: string, key: string): Promise<void> {
  const { status } = await api.post(
    "/v1/holds",
    { lines: [{ sku, quantity: 1 }], buyer: `buyer-${key}` },
    key,
  );
  expect(status).toBe(201);
}

function pushes({ calls }: FakeShopify): number {
  return calls.filter((name) => name === "SetQuantities").length;
}

test("a thousand changes of one SKU cost a few calls, and the last value is told", async () => {
  const { sku, world, shop, code, variant } = await story(1_000);
  const before = pushes(shop);
  // News of a busy hour: gathered by the object to one a second at most, here fifty with twenty changes each.
  for (let second = 0; second < 50; second += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => hold(sku, `${sku}-${second}-${index}`)));
    await world.news([sku]);
    if (second % 10 === 9) await world.run();
  }
  await world.run();
  expect(variant.quantity).toBe(0);
  expect(pushes(shop) - before).toBeLessThan(30);
  expect(world.queue.filter(({ body }) => JSON.stringify(body).includes(code))).toEqual([]);
});

test("a platform is never told an older quantity after a newer one, however the news arrives", async () => {
  const { sku, world, shop, variant } = await story(20);
  for (let index = 0; index < 6; index += 1) {
    await hold(sku, `${sku}-${index}`);
    await world.news([sku]);
  }
  world.queue.reverse();
  world.queue.push(...world.queue.slice());
  await world.run();
  const told = shop.told.map(({ quantity }) => quantity);
  expect(told).toEqual(told.toSorted((a, b) => b - a));
  expect(variant.quantity).toBe(14);
});

test("a sale that we have not heard of is found before the quantity is raised over it", async () => {
  const { sku, world, shop, variant } = await story(10);
  const order = shop.sell([[variant, 4]], Date.now() + 1_000);
  await hold(sku, `${sku}-a`);
  await world.news([sku]);
  await world.run();
  // The order was asked for, and nothing above what is left was shown meanwhile.
  const { results } = await env.DB.prepare("SELECT outcome FROM channel_order WHERE external_id = ?1")
    .bind(order.id)
    .all();
  expect(results).toEqual([{ outcome: "captured" }]);
  expect(variant.quantity).toBeLessThanOrEqual(6);
  await world.settle([sku]);
  expect(variant.quantity).toBe(5);
  expect(await world.available(sku)).toBe(5);
});

test("our own echo is ignored, and a change by hand is mended", async () => {
  const { sku, world, shop, code, variant } = await story(10);
  const level = (available: number) =>
    shop.webhook(
      "inventory_levels/update",
      JSON.stringify({ inventory_item_id: "#", location_id: Number(shop.locationId), available }).replace(
        '"#"',
        variant.itemId,
      ),
    );
  const before = pushes(shop);
  await world.deliver(code, level(10));
  await world.run();
  expect(pushes(shop)).toBe(before);

  world.aheadMs += 60_000;
  variant.quantity = 99;
  await world.deliver(code, level(99));
  await world.settle([sku]);
  expect(variant.quantity).toBe(10);
});

test("a comparison reports what drifted, and mends it", async () => {
  const { sku, world, code, variant } = await story(10);
  world.aheadMs += 120_000;
  variant.quantity = 3;
  const compared = await compareConnection(world.services(), code);
  expect(compared).toMatchObject({ checked: 1, drifts: [{ sku, expected: 10, found: 3 }] });
  await world.settle([sku]);
  expect(variant.quantity).toBe(10);
  const listed = await api.get(`/v1/channels/${code}/comparisons`);
  expect(listed.body.data.some(({ drifts }: { drifts: Array<unknown> }) => drifts.length === 1)).toBe(true);
});

test("a rule decides what a channel shows, and a new rule is told at once", async () => {
  const { world, code, shop, variant } = await story(20, { rule: { buffer: 2, share_bps: 5_000 } });
  expect(variant.quantity).toBe(9);
  const settings = { shop: shop.shop, location_id: shop.locationId };
  const change = (rule: unknown) =>
    api.put(`/v1/channels/${code}`, { platform: "shopify", name: "Shop", settings, rule });
  await change({ cap: 4 });
  await world.settle([]);
  expect(variant.quantity).toBe(4);
  await change({ hide_below: 50 });
  await world.settle([]);
  expect(variant.quantity).toBe(0);
});

test("a platform that throttles or is down is told when it can hear, and the others do not wait for it", async () => {
  const { sku, world, shop, code, variant } = await story(10);
  const woo = new FakeWoo(`woo-${code}`);
  const product = woo.list(sku, 0);
  await connectWoo(api, world, woo, `woo-${code}`);
  await readListings(world, `woo-${code}`);
  await world.run();
  expect([variant.quantity, product.stock]).toEqual([10, 10]);

  shop.throttleNext = 2;
  woo.isDown = true;
  await hold(sku, `${sku}-a`);
  await world.news([sku]);
  await world.settle([sku]);
  expect([variant.quantity, product.stock]).toEqual([9, 10]);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM dead_letter").first("n")).toBe(0);
  woo.isDown = false;
  world.aheadMs += 600_000;
  await world.settle([sku]);
  expect(product.stock).toBe(9);
});

test("two pushes at once take turns, and the one that waits is not forgotten", async () => {
  const { sku, world, shop, code, variant } = await story(10);
  await hold(sku, `${sku}-a`);
  await world.news([sku]);
  await world.run();
  await hold(sku, `${sku}-b`);
  await world.news([sku]);
  const news = world.queue.splice(0);
  world.queue.push(...news.filter(({ body }) => (body as { type: string }).type === "stock.changed"));
  await Promise.all([
    world.run(),
    pushQuantities(world.services(), code),
    pushQuantities(world.services(), code),
  ]);
  await world.run();
  expect(variant.quantity).toBe(8);
  expect(shop.told.at(-1)).toEqual({ sku, quantity: 8 });
});
