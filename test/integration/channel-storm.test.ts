import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

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

const UNITS = 100;
const WAVES = 5;
/** All of them on five shops; a number that waves and shops divide. */
const ORDERS = Number((env as unknown as Readonly<Record<string, string>>)["STORM_ORDERS"]);

let api: ApiClient;
beforeAll(async () => {
  api = await channelApi({});
});

type Seller = {
  readonly code: string;
  readonly sell: (atMs: number) => Promise<string>;
  readonly shown: () => number;
  readonly told: ReadonlyArray<{ readonly quantity: number }>;
};

/** Five shops that sell one SKU: three on Shopify, two on WooCommerce. */
async function fiveShops(world: ChannelWorld, sku: string, prefix: string) {
  const shopifies: Array<FakeShopify> = [];
  const woos: Array<FakeWoo> = [];
  const sellers: Array<Seller> = [];
  for (let index = 0; index < 3; index += 1) {
    const code = `${prefix}-s${index}`;
    const shop = new FakeShopify(code);
    const variant = shop.list(sku, 0);
    await connectShopify(api, world, shop, code);
    shopifies.push(shop);
    sellers.push({
      code,
      shown: () => variant.quantity,
      told: shop.told,
      sell: (atMs) =>
        world.deliver(code, shop.webhook("orders/create", shop.body(shop.sell([[variant, 1]], atMs)))),
    });
  }
  for (let index = 0; index < 2; index += 1) {
    const code = `${prefix}-w${index}`;
    const shop = new FakeWoo(code);
    const product = shop.list(sku, 0);
    await connectWoo(api, world, shop, code);
    woos.push(shop);
    sellers.push({
      code,
      shown: () => product.stock,
      told: shop.told,
      sell: (atMs) => world.deliver(code, shop.webhook("order.created", shop.sell([[product, 1]], atMs))),
    });
  }
  await world.news([sku]);
  await world.run();
  for (const { code } of sellers) await readListings(world, code);
  await world.run();
  return { sellers, shopifies, woos };
}

async function counts(prefix: string) {
  const { results } = await env.DB.prepare(
    `SELECT orders.status, channel_order.is_short AS short, count(*) AS n FROM channel_order JOIN orders ON orders.id = channel_order.order_id
     WHERE channel_order.connection GLOB ?1 GROUP BY 1, 2 ORDER BY 1, 2`,
  )
    .bind(`${prefix}-*`)
    .all();
  return results;
}

test("five shops sell more than there is at once, one throttles and one is down: nothing negative, every shortfall a task, all agree", async () => {
  const sku = "STORM";
  await stockUp(api, sku, UNITS);
  const world = new ChannelWorld();
  world.fulfillmentMode = "manual";
  const { sellers, shopifies, woos } = await fiveShops(world, sku, "storm");
  expect(sellers.map(({ shown }) => shown())).toEqual(sellers.map(() => UNITS));
  const [throttled] = shopifies;
  const [down] = woos;
  if (throttled !== undefined) throttled.throttleNext = 3;
  if (down !== undefined) down.isDown = true;

  const inWave = ORDERS / WAVES / sellers.length;
  for (let wave = 0; wave < WAVES; wave += 1) {
    const sold = sellers.flatMap((seller) => Array.from({ length: inWave }, () => seller.sell(Date.now())));
    expect(new Set(await Promise.all(sold))).toEqual(new Set(["accepted"]));
    await world.news([sku]);
    if (wave % 2 === 1) await world.run();
  }
  await world.settle([sku]);
  if (down !== undefined) down.isDown = false;
  world.aheadMs += 600_000;
  await world.settle([sku]);

  expect(await world.available(sku)).toBe(0);
  expect(await counts("storm")).toEqual([
    { status: "on_hold", short: 1, n: ORDERS - UNITS },
    { status: "placed", short: 0, n: UNITS },
  ]);
  const tasks = await env.DB.prepare(
    "SELECT count(*) AS n FROM exception WHERE kind = 'stock_shortfall' AND status = 'open'",
  ).first("n");
  expect(tasks).toBe(ORDERS - UNITS);
  expect(sellers.map(({ shown }) => shown())).toEqual([0, 0, 0, 0, 0]);
  for (const { told, code } of sellers) {
    const quantities = told.map(({ quantity }) => quantity);
    expect(quantities, code).toEqual(quantities.toSorted((a, b) => b - a));
  }
});

test("killed after each step, and each message three times, everything comes to the same", async () => {
  const outcomes: Array<unknown> = [];
  for (const mode of ["calm", "killed", "thrice"] as const) {
    await env.DB.prepare("UPDATE connection SET status = 'paused'").run();
    const sku = `KILL-${mode}`.toUpperCase();
    await stockUp(api, sku, 3);
    const world = new ChannelWorld();
    const { sellers } = await fiveShops(world, sku, `kill-${mode}`);
    const seen = new Map<string, number>();
    world.afterMessage = (message) => {
      const text = JSON.stringify(message);
      const times = (seen.get(text) ?? 0) + 1;
      seen.set(text, times);
      if (mode === "killed" && times === 1) throw new Error("killed");
      if (mode === "thrice" && times <= 2) world.queue.push({ queue: queueOf(message), body: message });
    };
    for (const seller of sellers) await seller.sell(Date.now());
    await world.settle([sku]);
    const { results } = await env.DB.prepare(
      `SELECT count(*) AS n FROM shipment JOIN order_line ON order_line.order_id = shipment.order_id WHERE order_line.sku = ?1 AND shipment.status <> 'canceled'`,
    )
      .bind(sku)
      .all();
    outcomes.push([
      (await counts(`kill-${mode}`)).map(({ status, short, n }) => [status, short, n]),
      await world.available(sku),
      sellers.map(({ shown }) => shown()),
      results,
    ]);
  }
  expect(outcomes[1]).toEqual(outcomes[0]);
  expect(outcomes[2]).toEqual(outcomes[0]);
  expect(outcomes[0]).toEqual([
    [
      ["completed", 0, 3],
      ["on_hold", 1, 2],
    ],
    0,
    [0, 0, 0, 0, 0],
    [{ n: 3 }],
  ]);
});

function queueOf(message: unknown): "fulfillment" | "channel-sync" {
  return /^(channel|stock)\./.test(String((message as { type?: unknown }).type))
    ? "channel-sync"
    : "fulfillment";
}
