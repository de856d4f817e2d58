import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import { sealingWith } from "../../src/worker/sealing.ts";
import { apiClient, type ApiClient } from "../support/api-client.ts";
import { channelApi } from "../support/channel-world.ts";
import { FakeShopify } from "../support/fake-shopify.ts";

let api: ApiClient;
beforeAll(async () => {
  api = await channelApi({ MUG: 5 });
});
afterEach(() => vi.restoreAllMocks());

const shop = new FakeShopify("api-shop");
const body = {
  platform: "shopify",
  name: "Our shop",
  settings: { shop: shop.shop, location_id: shop.locationId },
  secrets: { webhook_secret: shop.secret, access_token: shop.token },
};

test("a connection is made, changed, paused and removed, and its secrets are never shown or stored as they are", async () => {
  const made = await api.put("/v1/channels/main", body);
  expect(made).toMatchObject({
    status: 200,
    body: {
      code: "main",
      status: "active",
      secrets: ["access_token", "webhook_secret"],
      shortfall: "hold",
      version: 1,
    },
  });
  const renamed = await api.put("/v1/channels/main", {
    ...body,
    secrets: undefined,
    name: "Shop",
    status: "paused",
  });
  expect(renamed.body).toMatchObject({
    name: "Shop",
    status: "paused",
    secrets: ["access_token", "webhook_secret"],
  });
  expect((await api.put("/v1/channels/main", body, { "if-match": '"1"' })).status).toBe(412);
  const shown = await api.get("/v1/channels/main");
  expect(shown.body.health).toMatchObject({ circuit: "closed", last_error: null });
  expect((await api.get("/v1/channels")).body.data).toHaveLength(1);
  const { results } = await env.DB.prepare("SELECT * FROM connection").all();
  const everything = JSON.stringify([made.body, renamed.body, shown.body, results]);
  expect(everything).not.toContain(shop.secret);
  expect(everything).not.toContain(shop.token);
  const log = await env.DB.prepare(
    "SELECT action FROM audit_log WHERE subject = 'connection:main' ORDER BY at_ms",
  ).all();
  expect(log.results).toEqual([{ action: "connection.created" }, { action: "connection.changed" }]);

  expect((await api.delete("/v1/channels/main")).body).toEqual({ code: "main", removed: true });
  expect((await api.delete("/v1/channels/main")).status).toBe(404);
  expect((await api.get("/v1/channels/main")).status).toBe(404);
});

test.each([
  ["a shop elsewhere", { settings: { ...body.settings, shop: "evil.example.com" } }, "/settings/shop"],
  ["a setting that nobody knows", { settings: { ...body.settings, surprise: 1 } }, "/settings"],
  ["a secret that is missing", { secrets: { access_token: "something-long" } }, "/secrets/webhook_secret"],
  ["no secrets at all", { secrets: undefined }, "/secrets"],
  ["a platform without an adapter", { platform: "whatsapp" }, "/platform"],
])("%s is refused by name", async (_, change, pointer) => {
  const refused = await api.put("/v1/channels/wrong", { ...body, ...change });
  expect(refused.status).toBe(422);
  expect(refused.body.errors[0].pointer).toBe(pointer);
});

test("a connection keeps its platform", async () => {
  await api.put("/v1/channels/fixed", body);
  const woo = {
    platform: "woocommerce",
    name: "Woo",
    settings: { url: "https://woo.example.com" },
    secrets: { webhook_secret: "12345678", consumer_key: "ck_345678", consumer_secret: "cs_345678" },
  };
  expect((await api.put("/v1/channels/fixed", woo)).body.code).toBe("platform_fixed");
});

test("a test says who we are there, or what the platform said", async () => {
  await api.put("/v1/channels/tested", body);
  vi.spyOn(globalThis, "fetch").mockImplementation((request) => shop.fetch(request as Request));
  expect((await api.post("/v1/channels/tested/test", undefined)).body).toEqual({ account: shop.shop });
  await api.put("/v1/channels/tested", {
    ...body,
    secrets: { ...body.secrets, access_token: "a wrong token" },
  });
  const refused = await api.post("/v1/channels/tested/test", undefined);
  expect(refused).toMatchObject({ status: 409, body: { code: "channel_refused" } });
  expect(refused.body.reason).toContain("does not accept our credentials (401)");
  shop.isDown = true;
  expect((await api.post("/v1/channels/tested/test", undefined)).status).toBe(503);
  shop.isDown = false;
});

test("a webhook is taken over HTTP, and a forged one answered 401", async () => {
  await api.put("/v1/channels/hooked", body);
  const variant = shop.list("MUG", 5);
  const anyone = apiClient(null);
  const order = shop.sell([[variant, 1]], Date.now());
  const send = ({ bytes, headers }: { bytes: Uint8Array; headers: Headers }) =>
    anyone.send("POST", "/webhooks/hooked", { body: bytes as Uint8Array<ArrayBuffer>, headers });
  expect((await send(shop.webhook("orders/create", shop.body(order), "someone else's secret"))).status).toBe(
    401,
  );
  expect((await send(shop.webhook("orders/create", "{"))).status).toBe(200);
  expect((await send(shop.webhook("orders/create", shop.body(order)))).status).toBe(200);
  const orders = await api.get("/v1/channels/hooked/orders");
  expect(orders.body.data).toEqual([expect.objectContaining({ external_id: order.id, outcome: "captured" })]);
  expect((await anyone.send("POST", "/webhooks/none", { body: "{}" })).status).toBe(404);
});

test("what is sealed opens for its owner only, under its key only", async () => {
  const sealing = sealingWith("0123456789abcdef0123456789abcdef");
  const sealed = (await sealing?.seal("secret", "connection:a")) ?? "";
  expect(sealed).not.toContain("secret");
  expect(await sealing?.open(sealed, "connection:a")).toBe("secret");
  expect(await sealing?.open(sealed, "connection:b")).toBeNull();
  expect(await sealing?.open(`${sealed.slice(0, -4)}AAA=`, "connection:a")).toBeNull();
  expect(await sealingWith("another key, as long as the other one")?.open(sealed, "connection:a")).toBeNull();
  expect(sealingWith("short")).toBeNull();
  expect(sealingWith(undefined)).toBeNull();
});
