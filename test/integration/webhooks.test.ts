import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";

import { createDb, insertMany } from "../../src/db/client.ts";
import { eventRow } from "../../src/db/events.ts";
import { orderEvent } from "../../src/db/schema/index.ts";
import { composeId } from "../../src/domain/ids.ts";
import type { OrderEventType } from "../../src/domain/orders/order.ts";
import { sealingWith } from "../../src/worker/sealing.ts";
import { deliverWebhooks } from "../../src/worker/use-cases/deliver-webhooks.ts";
import { publishEvents } from "../../src/worker/use-cases/publish-events.ts";
import { relayDueWebhooks, relayEvents } from "../../src/worker/use-cases/relay-events.ts";
import { rotateSecret } from "../../src/worker/use-cases/webhook-endpoints.ts";
import { sealClearSecrets } from "../../src/worker/use-cases/webhook-secrets.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { failNth, faultyD1 } from "../support/faults.ts";
import { WebhookWorld } from "../support/webhook-world.ts";

const api = apiClient("sk_test_webhooks");
beforeAll(async () => {
  await seedKey("sk_test_webhooks");
});
beforeEach(async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
  for (const table of ["webhook_endpoint", "webhook_delivery", "webhook_attempt", "event_cursor"]) {
    await env.DB.prepare(`DELETE FROM ${table}`).run();
  }
});

let orders = 0;
/** Something happens to an order that nobody else in these tests knows. */
async function happen(type: OrderEventType, nowMs: number, fact = ""): Promise<string> {
  orders += 1;
  const orderId = composeId("ord", nowMs, String(orders).padStart(16, "0"));
  const row = eventRow(orderId, type, fact, { shipment: "shp_1" }, "system", nowMs);
  await insertMany(createDb(env.DB), orderEvent, [row]).run();
  return orderId;
}

async function deliveries(): Promise<Array<Record<string, unknown>>> {
  const { results } = await env.DB.prepare(
    "SELECT event_type, status, attempts FROM webhook_delivery ORDER BY id",
  ).all();
  return results;
}

test("what happens to orders and without them arrives once each, signed, at whoever asked for it", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["order.*"]);
  const everything = await world.endpoint("everything", ["*"]);
  const orderId = await happen("order.placed", world.nowMs);
  await happen("shipment.shipped", world.nowMs);
  await publishEvents(world.services(), [
    {
      type: "hold.expired",
      subject: "hold_1",
      fact: "",
      data: { hold: "hold_1" },
      occurredAtMs: world.nowMs,
    },
  ]);
  await relayEvents(world.services());
  await world.deliver();

  const at = (url: string) => world.received.filter((message) => message.url === url);
  const [placed, ...others] = at(shop.url);
  expect(others).toEqual([]);
  expect(new Webhook(shop.secret).verify(placed?.body ?? "", placed?.headers ?? {})).toEqual({
    type: "order.placed",
    timestamp: new Date(world.nowMs).toISOString(),
    data: { order: orderId, shipment: "shp_1" },
  });
  const heard = at(everything.url).map(
    ({ body, headers }) => new Webhook(everything.secret).verify(body, headers) as { type: string },
  );
  expect(heard.map(({ type }) => type).toSorted()).toEqual([
    "hold.expired",
    "order.placed",
    "shipment.shipped",
  ]);
  expect(() => new Webhook(everything.secret).verify(placed?.body ?? "", placed?.headers ?? {})).toThrow(
    /signature/,
  );

  // Read again, delivered again: nothing is owed twice.
  await relayEvents(world.services());
  for (const { id } of [shop, everything]) await deliverWebhooks(world.services(), id);
  expect(world.received).toHaveLength(4);
});

test("an endpoint is owed nothing of the time before it, and nothing that is no news any more", async () => {
  const world = new WebhookWorld();
  await happen("order.placed", world.nowMs);
  await world.endpoint("shop", ["*"]);
  await happen("order.imported", world.nowMs - 80 * 3_600_000);
  await happen("order.canceled", world.nowMs);
  await relayEvents(world.services());
  expect((await deliveries()).map((row) => row["event_type"])).toEqual(["order.canceled"]);
});

test("runs at once, and runs that die anywhere, owe each event once", async () => {
  const world = new WebhookWorld();
  await world.endpoint("shop", ["*"]);
  for (let count = 0; count < 20; count += 1) await happen("order.placed", world.nowMs, String(count));
  await Promise.all(Array.from({ length: 6 }, () => relayEvents(world.services())));
  expect(await deliveries()).toHaveLength(20);

  for (const mode of ["before", "after"] as const) {
    for (let nth = 1; nth <= 3; nth += 1) {
      const before = (await deliveries()).length;
      await happen("order.placed", world.nowMs);
      const db = createDb(faultyD1(env.DB, failNth(nth, mode)));
      await relayEvents(world.services({ db })).catch(() => {});
      await relayEvents(world.services());
      expect(await deliveries(), `${nth} ${mode}`).toHaveLength(before + 1);
    }
  }
});

test("a failing endpoint is tried for three days with the same id, then disabled, raised, and can be replayed", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  const begunAtMs = world.nowMs;
  world.answers.set(
    shop.url,
    Array.from({ length: 100 }, () => 500),
  );
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  await world.pass(90, () => relayDueWebhooks(world.services()));

  expect(new Set(world.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(new Set(world.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(
    world.received.length,
  );
  expect(world.received.length).toBeGreaterThanOrEqual(8);
  const lastMs = Number(world.received.at(-1)?.headers["webhook-timestamp"]) * 1000;
  expect(lastMs - begunAtMs).toBeGreaterThan(70 * 3_600_000);
  expect(await deliveries()).toMatchObject([{ status: "failed" }]);
  expect((await api.get(`/v1/webhook-endpoints/${shop.id}`)).body).toMatchObject({
    status: "disabled",
    disabled_reason: "failing",
  });
  const raised = await api.get("/v1/exceptions?kind=webhook_endpoint_disabled");
  expect(raised.body.data).toMatchObject([{ subject: `webhook_endpoint:${shop.id}` }]);

  // Mended: enabled again, and sent what it missed.
  world.answers.clear();
  const put = await api.put(`/v1/webhook-endpoints/${shop.id}`, { url: shop.url, events: ["*"] });
  expect(put.body).toMatchObject({ status: "enabled", disabled_reason: null });
  const replayed = await api.post(`/v1/webhook-endpoints/${shop.id}/replay-failed`, {
    since: new Date(begunAtMs).toISOString(),
  });
  expect(replayed.body).toEqual({ replayed: 1 });
  await deliverWebhooks(world.services(), shop.id);
  const [delivery] = (await api.get("/v1/webhook-deliveries")).body.data;
  const log = await api.get(`/v1/webhook-deliveries/${delivery.id}`);
  expect(log.body).toMatchObject({ status: "delivered", payload: { type: "order.placed" } });
  expect(log.body.log.at(-1)).toMatchObject({ http_status: 200 });
  expect(log.body.log[0]).toMatchObject({ http_status: 500 });
});

test("410 disables the endpoint at once", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  world.answers.set(shop.url, [410]);
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  await happen("order.canceled", world.nowMs);
  await relayEvents(world.services());
  await deliverWebhooks(world.services(), shop.id);
  expect(world.received).toHaveLength(1);
  expect((await api.get(`/v1/webhook-endpoints/${shop.id}`)).body).toMatchObject({
    status: "disabled",
    disabled_reason: "gone",
  });
});

test("a receiver that hangs keeps no other waiting, and is left alone after five failures", async () => {
  const world = new WebhookWorld();
  const dead = await world.endpoint("dead", ["*"]);
  const live = await world.endpoint("live", ["*"]);
  for (let count = 0; count < 30; count += 1) await happen("order.placed", world.nowMs, String(count));
  await relayEvents(world.services());
  let hangUp = () => {};
  const hanging = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  const plain = world.services();
  const services = world.services({
    webhooks: {
      send: async (message) => {
        if (message.url === dead.url) {
          await hanging;
          world.answers.set(dead.url, ["no answer"]);
        }
        return plain.webhooks.send(message);
      },
    },
  });
  const stuck = deliverWebhooks(services, dead.id);
  await deliverWebhooks(services, live.id);
  expect(world.received.filter(({ url }) => url === live.url)).toHaveLength(30);
  hangUp();
  await stuck;
  const tried = world.received.filter(({ url }) => url === dead.url).length;
  expect(tried).toBeGreaterThanOrEqual(5);
  expect(tried).toBeLessThanOrEqual(6);
  // What was not tried is still owed.
  const { results } = await env.DB.prepare(
    "SELECT count(*) AS count FROM webhook_delivery WHERE endpoint_id = ?1 AND status = 'pending'",
  )
    .bind(dead.id)
    .all();
  expect(results).toEqual([{ count: 30 }]);
});

test("a run that dies after sending sends again a minute later, with the same id", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  const db = createDb(
    faultyD1(env.DB, { next: (call) => (call === "d1.batch" ? "before" : null), pause: async () => {} }),
  );
  await deliverWebhooks(world.services({ db }), shop.id).catch(() => {});
  await deliverWebhooks(world.services(), shop.id);
  expect(world.received).toHaveLength(1);
  world.nowMs += 61_000;
  await deliverWebhooks(world.services(), shop.id);
  expect(world.received).toHaveLength(2);
  expect(world.received[1]?.headers["webhook-id"]).toBe(world.received[0]?.headers["webhook-id"]);
  expect(await deliveries()).toMatchObject([{ status: "delivered" }]);
});

test("while a secret is rotated both sign", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  const secret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;
  const facts = { key: "r", scope: "rotation", bodyHash: "x" };
  const actor = { principalId: "key_test", requestId: "req_rotate" };
  const rotated = await rotateSecret(world.services(), actor, facts, shop.id, secret, 3_600);
  expect(rotated).toMatchObject({ ok: true, value: { secret } });
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  const [message] = world.received;
  for (const known of [shop.secret, secret]) {
    expect(new Webhook(known).verify(message?.body ?? "", message?.headers ?? {})).toBeTruthy();
  }
  world.nowMs += 3_700_000;
  await happen("order.canceled", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  const last = world.received.at(-1);
  expect(last?.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
});

const stored = async (id: string) =>
  (await env.DB.prepare("SELECT secrets FROM webhook_endpoint WHERE id = ?1")
    .bind(id)
    .first<string>("secrets")) ?? "";

test("secrets lie encrypted, and those that lay open are encrypted when they sign, or once a day", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  expect(await stored(shop.id)).not.toContain("whsec_");
  const open = JSON.stringify([{ secret: shop.secret, createdAtMs: 0, expiresAtMs: null }]);
  const lieOpen = () =>
    env.DB.prepare("UPDATE webhook_endpoint SET secrets = ?1 WHERE id = ?2").bind(open, shop.id).run();
  await lieOpen();
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  await happen("order.canceled", world.nowMs);
  await relayEvents(world.services());
  await world.deliver();
  expect(await stored(shop.id)).not.toContain("whsec_");
  expect(world.received).toHaveLength(2);
  for (const message of world.received) {
    expect(new Webhook(shop.secret).verify(message.body, message.headers)).toBeTruthy();
  }
  await lieOpen();
  expect(await sealClearSecrets(world.services())).toBe(1);
  expect(await sealClearSecrets(world.services())).toBe(0);
  expect(await stored(shop.id)).not.toContain("whsec_");
});

test("without the key that they were encrypted under nothing is signed, and the log says why", async () => {
  const world = new WebhookWorld();
  const shop = await world.endpoint("shop", ["*"]);
  await happen("order.placed", world.nowMs);
  await relayEvents(world.services());
  await world.deliver({ sealing: sealingWith("another key, of as many characters as it takes") });
  expect(world.received).toHaveLength(0);
  const errors = await env.DB.prepare("SELECT DISTINCT error FROM webhook_attempt").all();
  expect(errors.results).toEqual([{ error: "not sent: its secrets cannot be read; rotate them" }]);
  const actor = { principalId: "key_test", requestId: "req" };
  const facts = { key: "r", scope: "no key", bodyHash: "x" };
  const keyless = world.services({ sealing: null });
  expect(await rotateSecret(keyless, actor, facts, shop.id, "whsec_", 0)).toMatchObject({
    ok: false,
    error: { code: "secrets_key_missing" },
  });
});

describe("the API", () => {
  const wish = { url: "https://shop.example.com/hooks", events: ["order.*"] };

  test("shows a secret once, and what an endpoint is sent can be changed", async () => {
    const made = await api.post("/v1/webhook-endpoints", wish, "hook-1");
    expect(made.status).toBe(201);
    expect(made.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect((await api.post("/v1/webhook-endpoints", wish, "hook-1")).body).toEqual({
      ...made.body,
      secret: null,
    });
    const { id } = made.body;
    const listed = await api.get("/v1/webhook-endpoints");
    expect(listed.body.data).toMatchObject([{ id, url: wish.url }]);
    const rotated = await api.post(`/v1/webhook-endpoints/${id}/rotate-secret`, { overlap_seconds: 60 });
    expect(rotated.body.secrets).toHaveLength(2);
    expect(rotated.body.secret).not.toBe(made.body.secret);
    expect(JSON.stringify((await api.get(`/v1/webhook-endpoints/${id}`)).body)).not.toContain("whsec_");

    const changed = { ...wish, events: ["*"], status: "disabled" };
    const stale = await api.put(`/v1/webhook-endpoints/${id}`, changed, { "if-match": '"1"' });
    expect(stale.status).toBe(412);
    const put = await api.put(`/v1/webhook-endpoints/${id}`, changed, { "if-match": '"2"' });
    expect(put.body).toMatchObject({ events: ["*"], status: "disabled", disabled_reason: "asked" });
    expect((await api.delete(`/v1/webhook-endpoints/${id}`)).status).toBe(200);
    expect((await api.get(`/v1/webhook-endpoints/${id}`)).status).toBe(404);
    const { results } = await env.DB.prepare(
      "SELECT action FROM audit_log WHERE subject = ?1 ORDER BY at_ms, rowid",
    )
      .bind(`webhook_endpoint:${id}`)
      .all();
    expect(results.map(({ action }) => action)).toEqual([
      "webhook_endpoint.created",
      "webhook_endpoint.secret_rotated",
      "webhook_endpoint.changed",
      "webhook_endpoint.deleted",
    ]);
  });

  test.each([
    "http://shop.example.com/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://metadata.google.internal/",
    "https://shop.example.com:8443/",
    "https://a:b@shop.example.com/",
  ])("sends nothing to %s", async (url) => {
    expect((await api.post("/v1/webhook-endpoints", { ...wish, url })).body.code).toBe("webhook_url_refused");
  });

  test("a test message is owed to its endpoint only, and is in the delivery log", async () => {
    const made = await api.post("/v1/webhook-endpoints", { ...wish, events: ["stock.low"] });
    await api.post("/v1/webhook-endpoints", { ...wish, events: ["*"] });
    const tested = await api.post(`/v1/webhook-endpoints/${made.body.id}/test`, {});
    expect(tested.status).toBe(200);
    await relayEvents(new WebhookWorld().services());
    const listed = await api.get("/v1/webhook-deliveries?event_type=webhook.test");
    expect(listed.body.data).toMatchObject([{ id: tested.body.delivery, endpoint: made.body.id }]);
  });

  test("stock that runs low is an event of its own", async () => {
    await stockUp(api, "LOW-MUG", 12);
    const world = new WebhookWorld();
    const { handleStockNews } = await import("../../src/worker/queues/channel-sync.ts");
    const news = (available: number, version: number) => ({
      type: "stock.changed" as const,
      sku: "LOW-MUG" as never,
      available,
      held: 0,
      committed: 0,
      ring_fenced: 0,
      locations: [],
      version: version * 1024 + world.nowMs * 1024,
    });
    for (const [available, version] of [
      [12, 1],
      [9, 2],
      [9, 2],
      [8, 3],
      [0, 4],
      [20, 5],
    ] as const) {
      await handleStockNews([news(available, version)], world.services());
    }
    const { body } = await api.get("/v1/events?type=stock.low");
    expect(body.data.map(({ data }: { data: unknown }) => data)).toEqual([
      { sku: "LOW-MUG", available: 0, state: "sold_out" },
      { sku: "LOW-MUG", available: 9, state: "low" },
    ]);
  });
});
