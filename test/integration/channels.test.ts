import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { findConnection } from "../../src/db/connections.ts";
import { askPayment } from "../../src/worker/use-cases/ask-payment.ts";
import { openChannel } from "../../src/worker/use-cases/channel-access.ts";
import { dryRunChannel } from "../../src/worker/use-cases/dry-run-channel.ts";
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

/** A SKU of ours that a Shopify and a WooCommerce shop both sell. */
async function story(quantity: number, extra: Record<string, unknown> = {}) {
  // Shops of other stories are not asked for anything.
  await env.DB.prepare("UPDATE connection SET status = 'paused'").run();
  stories += 1;
  const sku = `STORY-${stories}`;
  await stockUp(api, sku, quantity);
  const world = new ChannelWorld();
  const codes = { shopify: `shopify-${stories}`, woo: `woo-${stories}` };
  const shopify = new FakeShopify(codes.shopify);
  const woo = new FakeWoo(codes.woo);
  const variant = shopify.list(sku, 0);
  const product = woo.list(sku, 0);
  await connectShopify(api, world, shopify, codes.shopify, extra);
  await connectWoo(api, world, woo, codes.woo, extra);
  await world.news([sku]);
  await world.run();
  await readListings(world, codes.shopify);
  await readListings(world, codes.woo);
  await world.run();
  return { sku, world, shopify, woo, codes, variant, product };
}

async function orderOf(code: string, externalId: string | number) {
  const row = await env.DB.prepare("SELECT * FROM channel_order WHERE connection = ?1 AND external_id = ?2")
    .bind(code, String(externalId))
    .first<{ order_id: string | null; outcome: string; reason: string | null; is_short: number }>();
  const order = row?.order_id == null ? null : (await api.get(`/v1/orders/${row.order_id}`)).body;
  return { row, order };
}

test("what a shop lists is matched, told its quantity, and a sale in one shop lowers the other", async () => {
  const { sku, world, shopify, codes, variant, product } = await story(10);
  expect([variant.quantity, product.stock]).toEqual([10, 10]);

  const sold = shopify.sell([[variant, 3]], Date.now());
  expect(await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(sold)))).toBe(
    "accepted",
  );
  await world.settle([sku]);

  expect(await world.available(sku)).toBe(7);
  expect([variant.quantity, product.stock]).toEqual([7, 7]);
  const { row, order } = await orderOf(codes.shopify, sold.id);
  expect(row).toMatchObject({ outcome: "captured", is_short: 0 });
  expect(order).toMatchObject({
    status: "completed",
    channel: "shopify",
    payment_status: "paid",
    total: 3_000,
    lines: [expect.objectContaining({ sku, quantity: 3, unit_price: 1_000 })],
  });
});

test("an order is shipped here and told there, once", async () => {
  const { sku, world, shopify, woo, codes, variant, product } = await story(10);
  const first = shopify.sell([[variant, 2]], Date.now());
  const second = woo.sell([[product, 1]], Date.now());
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(first)));
  await world.deliver(codes.woo, woo.webhook("order.created", second));
  await world.settle([sku]);

  expect(first.lines[0]?.remaining).toBe(0);
  expect(first.fulfillments).toHaveLength(1);
  expect(second.status).toBe("completed");
  expect(second.notes).toHaveLength(1);
  expect((await orderOf(codes.shopify, first.id)).order.fulfillment_status).toMatch(/fulfilled|delivered/);

  // The shop's own word of it, and every message once more, change nothing.
  await env.DB.prepare("DELETE FROM channel_notice").run();
  const { results } = await env.DB.prepare("SELECT id FROM shipment").all<{ id: string }>();
  for (const { id } of results)
    world.queue.push({ queue: "channel-sync", body: { type: "channel.tell_shipped", shipment_id: id } });
  first.updatedAtMs += 5_000;
  await world.deliver(codes.shopify, shopify.webhook("orders/fulfilled", shopify.body(first)));
  await world.settle([sku]);
  expect(first.fulfillments).toHaveLength(1);
  expect(second.notes).toHaveLength(1);
  expect((await api.get("/v1/exceptions?kind=channel_order_conflict")).body.data).toEqual([]);
});

test("a delivery is believed only with the right signature over its bytes", async () => {
  const { world, shopify, woo, codes, variant, product } = await story(5);
  const sold = shopify.sell([[variant, 1]], Date.now());
  const body = shopify.body(sold);
  expect(await world.deliver(codes.shopify, shopify.webhook("orders/create", body, "another secret"))).toBe(
    "forged",
  );
  const genuine = shopify.webhook("orders/create", body);
  const changed = { ...genuine, bytes: new TextEncoder().encode(body.replace('"10.00"', '"00.01"')) };
  expect(await world.deliver(codes.shopify, changed)).toBe("forged");
  const unsigned = woo.webhook("order.created", woo.sell([[product, 1]], Date.now()));
  unsigned.headers.delete("x-wc-webhook-signature");
  expect(await world.deliver(codes.woo, unsigned)).toBe("forged");
  expect(await world.deliver("no-such-connection", genuine)).toBe("not found");
  expect((await orderOf(codes.shopify, sold.id)).row).toBeNull();
  const ping = { bytes: new TextEncoder().encode("webhook_id=5"), headers: new Headers() };
  expect(await world.deliver(codes.woo, ping)).toBe("accepted");
});

test("ids beyond 2^53 stay apart", async () => {
  const { sku, world, shopify, codes, variant } = await story(5);
  const orders = [shopify.sell([[variant, 1]], Date.now()), shopify.sell([[variant, 1]], Date.now())];
  expect(Number(orders[0]?.id)).toBe(Number(orders[1]?.id));
  for (const order of orders)
    await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(order)));
  await world.settle([sku]);
  expect(await world.available(sku)).toBe(3);
});

test("the same deliveries, twice and in any order, come to the same", async () => {
  const outcomes = new Set<string>();
  for (const permutation of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 2, 0, 1, 0, 2],
    [2, 0, 0, 2, 1],
  ]) {
    const { sku, world, shopify, codes, variant } = await story(5);
    world.fulfillmentMode = "manual";
    const order = shopify.sell([[variant, 2]], 1_790_000_000_000, false);
    const bodies = [shopify.body(order)];
    order.isPaid = true;
    order.updatedAtMs += 1_000;
    bodies.push(shopify.body(order));
    order.cancelledAtMs = order.updatedAtMs;
    bodies.push(shopify.body(order));
    for (const index of permutation) {
      await world.deliver(codes.shopify, shopify.webhook("orders/updated", bodies[index] ?? ""));
      await world.run();
    }
    await world.settle([sku]);
    const { row, order: ours } = await orderOf(codes.shopify, order.id);
    outcomes.add(
      JSON.stringify([
        row?.outcome,
        ours.status,
        ours.payment_status,
        ours.total,
        await world.available(sku),
      ]),
    );
  }
  expect([...outcomes]).toEqual([JSON.stringify(["captured", "canceled", "paid", 2_000, 5])]);
});

test("an unpaid order keeps its units and is not sent until it is paid", async () => {
  const { sku, world, shopify, codes, variant } = await story(5);
  const order = shopify.sell([[variant, 2]], Date.now(), false);
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(order)));
  await world.settle([sku]);
  expect(await world.available(sku)).toBe(3);
  expect((await orderOf(codes.shopify, order.id)).order).toMatchObject({ status: "on_hold", shipments: [] });
  order.isPaid = true;
  order.updatedAtMs += 1_000;
  await world.deliver(codes.shopify, shopify.webhook("orders/paid", shopify.body(order)));
  await world.settle([sku]);
  const { order: ours } = await orderOf(codes.shopify, order.id);
  expect(ours.payment_status).toBe("paid");
  expect(ours.shipments).toHaveLength(1);
});

test("an edit replaces the order, and its units follow", async () => {
  const { sku, world, woo, codes, product } = await story(9);
  const order = woo.sell([[product, 2]], 1_790_000_000_000, "on-hold");
  await world.deliver(codes.woo, woo.webhook("order.created", order));
  await world.settle([sku]);
  const before = await orderOf(codes.woo, order.id);
  const edited = {
    ...order,
    modifiedMs: order.modifiedMs + 5_000,
    lines: order.lines.map((line) => ({ ...line, quantity: 4 })),
  };
  woo.orders.set(order.id, edited);
  await world.deliver(codes.woo, woo.webhook("order.updated", edited));
  await world.settle([sku]);
  const after = await orderOf(codes.woo, order.id);
  expect(after.order.id).not.toBe(before.order.id);
  expect(after.order).toMatchObject({ status: "on_hold", lines: [expect.objectContaining({ quantity: 4 })] });
  expect((await api.get(`/v1/orders/${before.order.id}`)).body.status).toBe("canceled");
  expect(await world.available(sku)).toBe(5);
});

test("stock that is not there is a task, never a negative number, and the order goes on when the units arrive", async () => {
  const { sku, world, shopify, woo, codes, variant, product } = await story(2);
  const first = shopify.sell([[variant, 2]], Date.now());
  const second = woo.sell([[product, 2]], Date.now());
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(first)));
  await world.deliver(codes.woo, woo.webhook("order.created", second));
  await world.settle([sku]);
  expect(await world.available(sku)).toBe(0);
  expect([variant.quantity, product.stock]).toEqual([0, 0]);
  const short = await orderOf(codes.woo, second.id);
  expect(short).toMatchObject({ row: { outcome: "captured", is_short: 1 }, order: { status: "on_hold" } });
  const tasks = await api.get(`/v1/exceptions?order=${short.order.id}`);
  expect(tasks.body.data).toEqual([expect.objectContaining({ kind: "stock_shortfall", status: "open" })]);

  await api.post("/v1/stock/movements", {
    movements: [{ sku, location: "BER-1", kind: "received", quantity: 3 }],
  });
  await world.settle([sku]);
  const done = await orderOf(codes.woo, second.id);
  expect(done).toMatchObject({ row: { is_short: 0 } });
  expect(done.order.shipments).toHaveLength(1);
  expect(second.status).toBe("completed");
  expect((await api.get(`/v1/exceptions?order=${short.order.id}`)).body.data[0].status).toBe("resolved");
  expect(await world.available(sku)).toBe(1);
});

test("by the policy `cancel`, an order without stock is canceled, and its shop told and paid back", async () => {
  const { sku, world, woo, codes, product } = await story(1, { shortfall: "cancel" });
  const order = woo.sell([[product, 2]], Date.now());
  await world.deliver(codes.woo, woo.webhook("order.created", order));
  await world.settle([sku]);
  expect((await orderOf(codes.woo, order.id)).order).toMatchObject({ status: "canceled" });
  expect(order).toMatchObject({ status: "cancelled", refunds: ["20.00"] });
  expect(await world.available(sku)).toBe(1);
});

test("money that a shop took goes back through the shop, once, and its word of that changes nothing", async () => {
  const { world, shopify, woo, codes, variant, product } = await story(9);
  const first = shopify.sell([[variant, 2]], Date.now());
  const second = woo.sell([[product, 2]], Date.now());
  const word = () => shopify.webhook("orders/updated", shopify.body(first));
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(first)));
  await world.deliver(codes.woo, woo.webhook("order.created", second));
  await world.run();
  const ask = async (code: string, externalId: string | number, mark: string, lost = false) => {
    const { order } = await orderOf(code, externalId);
    const services = world.services();
    const provider = services.paymentProvider;
    return askPayment(
      {
        ...services,
        paymentProvider: (name) => {
          const port = provider(name);
          if (port === null || !lost) return port;
          // It was carried out, and its answer was lost.
          return {
            ...port,
            refund: async (request) => (await port.refund(request), Promise.reject(new Error("lost"))),
          };
        },
      },
      {
        orderId: order.id,
        wish: { kind: "refund", notify: true, reason: "late", wish: { kind: "amount", amount: 500 } },
        actor: { principalId: "key_test", requestId: "req_test" },
        mark,
        isVersionAcceptable: () => true,
      },
    );
  };
  expect((await ask(codes.woo, second.id, "a")).ok).toBe(true);
  await ask(codes.woo, second.id, "a");
  expect(second.refunds).toEqual(["5.00"]);
  expect((await orderOf(codes.woo, second.id)).order).toMatchObject({ refunded_total: 500 });

  await ask(codes.shopify, first.id, "b", true);
  first.updatedAtMs += 1_000;
  // The shop's own word of it comes before we know that it went through.
  await world.deliver(codes.shopify, word());
  await ask(codes.shopify, first.id, "b");
  await ask(codes.shopify, first.id, "c");
  first.updatedAtMs += 1_000;
  await world.deliver(codes.shopify, word());
  expect(first.refunds.map(({ amount }) => amount)).toEqual(["5.00", "5.00"]);
  expect((await orderOf(codes.shopify, first.id)).order).toMatchObject({
    refunded_total: 1_000,
    payment_status: "partially_refunded",
  });
});

test("an order of what nobody matched is refused with what to do, and taken once the listing is mapped", async () => {
  const { sku, world, shopify, codes } = await story(5);
  const unknown = shopify.list("NOT-IN-CATALOGUE", 1);
  const order = shopify.sell([[unknown, 1]], Date.now());
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(order)));
  expect((await orderOf(codes.shopify, order.id)).row).toMatchObject({
    outcome: "refused",
    reason: "sku_unmatched",
  });
  const { body } = await api.get(`/v1/channels/${codes.shopify}/orders?outcome=refused`);
  expect(body.data[0].detail).toContain("NOT-IN-CATALOGUE");
  expect((await api.get("/v1/exceptions?kind=channel_order_refused")).body.data.length).toBeGreaterThan(0);

  expect((await api.put(`/v1/channels/${codes.shopify}/listings/${unknown.id}`, { sku })).status).toBe(200);
  await world.deliver(codes.shopify, shopify.webhook("orders/create", shopify.body(order)));
  await world.settle([sku]);
  expect((await orderOf(codes.shopify, order.id)).order).toMatchObject({ status: "completed" });
  expect(await world.available(sku)).toBe(4);
});

test("a dry run says what would become of listings and orders, and writes nothing", async () => {
  const { sku, world, shopify, codes, variant } = await story(5);
  const unknown = shopify.list("DRY-UNKNOWN", 1);
  shopify.sell([[variant, 2]], Date.now());
  shopify.sell([[unknown, 1]], Date.now() + 1);
  const services = world.services();
  const row = await findConnection(services.db, codes.shopify);
  const channel = row === null ? null : await openChannel(services, row);
  const tried = channel === null ? null : await dryRunChannel(services, channel);
  expect(tried).toMatchObject({
    ok: true,
    value: {
      listings: {
        read: 2,
        matched: { sku: 1, none: 1 },
        unmatched: [{ external_sku: "DRY-UNKNOWN" }],
        would_show: [{ sku, quantity: 5 }],
      },
      orders: [
        { outcome: "captured", total: 2_000, currency: "EUR" },
        { outcome: "refused", reason: "sku_unmatched" },
      ],
    },
  });
  const written = await env.DB.prepare("SELECT count(*) AS n FROM channel_order WHERE connection = ?1")
    .bind(codes.shopify)
    .first("n");
  expect(written).toBe(0);
});

test("an order that no webhook brought is found by polling", async () => {
  const { sku, world, shopify, woo, codes, variant, product } = await story(8);
  const first = shopify.sell([[variant, 1]], Date.now() + 1_000);
  const second = woo.sell([[product, 2]], Date.now() + 1_000);
  world.aheadMs += 301_000;
  await world.settle([sku]);
  expect((await orderOf(codes.shopify, first.id)).row).toMatchObject({ outcome: "captured" });
  expect((await orderOf(codes.woo, second.id)).row).toMatchObject({ outcome: "captured" });
  expect(await world.available(sku)).toBe(5);
  expect([variant.quantity, product.stock]).toEqual([5, 5]);
});
