import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import { operations } from "../../src/contract/operations.ts";
import type { AppEnv } from "../../src/worker/app.ts";
import { cors, forgetOrigins } from "../../src/worker/http/cors.ts";
import { forgetKeys } from "../../src/worker/http/principal.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { pathOf } from "../support/operation-requests.ts";

const SHOP = "https://shop.example";
const OTHER_SHOP = "https://other.example";
const api = apiClient("sk_test_pages");
const plain = apiClient("pk_test_pages");
const strict = apiClient("pk_test_pages-strict");
const anyone = apiClient(null);

async function change(key: string, assignment: string, value: unknown): Promise<void> {
  await env.DB.prepare(`UPDATE api_key SET ${assignment} = ?2 WHERE id = ?1`)
    .bind(`key_${key.replaceAll("_", "-")}`, value)
    .run();
  forgetKeys();
  forgetOrigins();
}

beforeAll(async () => {
  await seedKey("sk_test_pages");
  for (const key of ["pk_test_pages", "pk_test_pages-strict", "pk_test_pages-other"]) await seedKey(key);
  await change("pk_test_pages", "allowed_origins", JSON.stringify([SHOP]));
  await change("pk_test_pages-other", "allowed_origins", JSON.stringify([OTHER_SHOP]));
  await change("pk_test_pages-strict", "requires_buyer_token", 1);
  await stockUp(api, "GUARDED", 1_000);
});
afterEach(() => void vi.restoreAllMocks());

const wish = (rest: object = {}) => ({ lines: [{ sku: "GUARDED", quantity: 1 }], ...rest });
const posted = (body: unknown, headers: Record<string, string>): RequestInit => ({
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", "idempotency-key": crypto.randomUUID(), ...headers },
});
const tokenFor = async (body: object) => (await api.post("/v1/buyer-tokens", body)).body.token as string;

test("a key with origins and tokens is made, listed and obeyed", async () => {
  const made = await api.post("/v1/keys", {
    kind: "publishable",
    name: "shop",
    allowed_origins: [SHOP, SHOP, "http://localhost:*"],
    requires_buyer_token: true,
  });
  expect(made).toMatchObject({
    status: 201,
    body: { allowed_origins: [SHOP, "http://localhost:*"], requires_buyer_token: true },
  });
  const listed = (await api.get("/v1/keys?limit=200")).body.data;
  expect(listed).toContainEqual(expect.objectContaining({ id: made.body.id, requires_buyer_token: true }));
  const refused = await apiClient(made.body.key as string).post("/v1/holds", wish({ buyer: "ada" }));
  expect(refused).toMatchObject({ status: 401, body: { code: "buyer_token_required" } });
});

test.each([
  ["*"],
  ["https://*.shop.example"],
  ["http://shop.example"],
  ["https://shop.example/"],
  ["https://shop.example/path"],
  ["https://user@shop.example"],
  ["HTTPS://SHOP.EXAMPLE"],
  ["null"],
  ["https://shop.example:*"],
])("%s cannot be registered as an origin", async (origin) => {
  const body = { kind: "publishable", name: "shop", allowed_origins: [origin] };
  expect((await api.post("/v1/keys", body)).status).toBe(422);
});

test("origins and tokens are for publishable keys", async () => {
  const secret = { kind: "secret", name: "till" };
  expect((await api.post("/v1/keys", { ...secret, allowed_origins: [SHOP] })).status).toBe(422);
  expect((await api.post("/v1/keys", { ...secret, requires_buyer_token: true })).status).toBe(422);
});

test("a page of a registered origin may ask and read, and no other", async () => {
  const asked = await anyone.send("OPTIONS", "/v1/holds", { headers: { origin: SHOP } });
  expect(asked.status).toBe(204);
  expect(asked.headers.get("access-control-allow-origin")).toBe(SHOP);
  expect(asked.headers.get("access-control-allow-methods")).toBe("POST");
  expect(asked.headers.get("access-control-allow-headers")).toContain("holdfast-buyer");
  expect(asked.headers.get("vary")).toBe("Origin");
  expect(asked.headers.get("access-control-allow-credentials")).toBeNull();

  const held = await plain.send("POST", "/v1/holds", posted(wish({ buyer: "ada" }), { origin: SHOP }));
  expect(held.status).toBe(201);
  expect(held.headers.get("access-control-allow-origin")).toBe(SHOP);
  expect(held.headers.get("vary")).toBe("Origin");
  expect(held.headers.get("access-control-allow-credentials")).toBeNull();
  const refused = await plain.send("POST", "/v1/holds", posted({}, { origin: SHOP }));
  expect(refused.status).toBe(422);
  expect(refused.headers.get("access-control-allow-origin")).toBe(SHOP);

  for (const origin of ["https://evil.example", "null", "http://shop.example"]) {
    const preflight = await anyone.send("OPTIONS", "/v1/holds", { headers: { origin } });
    expect(preflight.headers.get("access-control-allow-origin"), origin).toBeNull();
    const turned = await plain.send("POST", "/v1/holds", posted(wish({ buyer: "eve" }), { origin }));
    expect(turned, origin).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(turned.headers.get("access-control-allow-origin"), origin).toBeNull();
  }
});

test("a key is good on its own pages only, though others are registered with other keys", async () => {
  const preflight = await anyone.send("OPTIONS", "/v1/holds", { headers: { origin: OTHER_SHOP } });
  expect(preflight.headers.get("access-control-allow-origin")).toBe(OTHER_SHOP);
  const turned = await plain.send(
    "POST",
    "/v1/holds",
    posted(wish({ buyer: "eve" }), { origin: OTHER_SHOP }),
  );
  expect(turned.status).toBe(403);
});

test("the origins of a revoked key are forgotten", async () => {
  await seedKey("pk_test_pages-gone");
  await change("pk_test_pages-gone", "allowed_origins", JSON.stringify(["https://gone.example"]));
  const asked = () => anyone.send("OPTIONS", "/v1/holds", { headers: { origin: "https://gone.example" } });
  expect((await asked()).headers.get("access-control-allow-origin")).toBe("https://gone.example");
  await api.delete("/v1/keys/key_pk-test-pages-gone");
  expect((await asked()).headers.get("access-control-allow-origin")).toBeNull();
});

test("while the database cannot say which origins are registered, the last word holds", async () => {
  const services = { registeredOrigins: async () => [SHOP] };
  const app = new Hono<AppEnv>();
  let nowMs = 0;
  app.use(async (c, next) => {
    c.set("services", { ...services, nowMs: () => nowMs } as unknown as AppEnv["Variables"]["services"]);
    await next();
  });
  app.use(cors);
  const asked = async () => {
    const init = { method: "OPTIONS", headers: { origin: SHOP } };
    return (await app.request("https://holdfast.test/v1/holds", init)).headers.get(
      "access-control-allow-origin",
    );
  };
  forgetOrigins();
  expect(await asked()).toBe(SHOP);
  services.registeredOrigins = () => Promise.reject(new Error("no database"));
  nowMs = 60_000;
  expect(await asked()).toBe(SHOP);
  forgetOrigins();
});

test("what is not for pages is answered to none of them", async () => {
  for (const path of ["/v1/keys", "/v1/orders/ord_1/cancel", "/v1/stock", "/healthz"]) {
    const asked = await anyone.send("OPTIONS", path, { headers: { origin: SHOP } });
    expect(asked.headers.get("access-control-allow-origin"), path).toBeNull();
  }
});

test("a token stands for its buyer, and opens nothing of anybody else", async () => {
  const ada = { "holdfast-buyer": await tokenFor({ buyer: "ada-t" }) };
  const eve = { "holdfast-buyer": await tokenFor({ buyer: "eve-t" }) };
  const held = await strict.send("POST", "/v1/holds", posted(wish(), ada));
  expect(held).toMatchObject({ status: 201, body: { buyer: "ada-t" } });
  const path = `/v1/holds/${held.body.id}`;

  expect((await strict.send("POST", "/v1/holds", posted(wish({ buyer: "ada-t" }), eve))).status).toBe(403);
  for (const [method, at, init] of [
    ["GET", path, { headers: eve }],
    ["DELETE", path, { headers: eve }],
    ["POST", `${path}/extend`, posted({ ttl_seconds: 60 }, eve)],
    ["POST", "/v1/orders", posted(order(held.body.id), eve)],
  ] as const) {
    expect(await strict.send(method, at, init), at).toMatchObject({
      status: 404,
      body: { code: "hold_unknown" },
    });
    const { "holdfast-buyer": _, ...anonymous } = init.headers as Record<string, string>;
    expect((await strict.send(method, at, { ...init, headers: anonymous })).status).toBe(401);
  }
  expect((await strict.send("GET", path, { headers: ada })).body.status).toBe("active");
  const placed = await strict.send("POST", "/v1/orders", posted(order(held.body.id), ada));
  expect(placed.status).toBe(201);
});

function order(hold: string) {
  return {
    hold,
    customer: { email: "ada@example.com" },
    shipping_address: { name: "Ada", line1: "Street 1", city: "Berlin", postal_code: "10115", country: "DE" },
    payment: { provider: "manual" },
  };
}

test("a token of a show is good in that show only, and one that lies is no token", async () => {
  const friday = { "holdfast-buyer": await tokenFor({ buyer: "ada-s", show: "friday" }) };
  expect((await strict.send("POST", "/v1/holds", posted(wish(), friday))).status).toBe(403);
  for (const token of ["", "x", "a.b.c", `${friday["holdfast-buyer"]}x`]) {
    const refused = await plain.send(
      "POST",
      "/v1/holds",
      posted(wish({ buyer: "a" }), { "holdfast-buyer": token }),
    );
    expect(refused, token).toMatchObject({ status: 401, body: { code: "buyer_token_invalid" } });
  }
});

test("nobody is given the stored answer of another buyer", async () => {
  const ada = { "holdfast-buyer": await tokenFor({ buyer: "ada-r" }) };
  const eve = { "holdfast-buyer": await tokenFor({ buyer: "eve-r" }) };
  const held = await strict.send("POST", "/v1/holds", posted(wish(), ada));
  const asked = (headers: Record<string, string>) =>
    strict.send(
      "POST",
      "/v1/orders",
      posted(order(held.body.id), { ...headers, "idempotency-key": "one-for-all" }),
    );
  expect((await asked(ada)).status).toBe(201);
  expect((await asked(eve)).status).toBe(404);
});

test("tokens are refused clearly where no secret is set, and where it is too short", async () => {
  for (const secret of [undefined, "short"]) {
    const bare = apiClient("sk_test_pages", { BUYER_TOKEN_SECRET: secret });
    const refused = await bare.post("/v1/buyer-tokens", { buyer: "ada" });
    expect(refused).toMatchObject({ status: 409, body: { code: "buyer_tokens_not_configured" } });
    const page = apiClient("pk_test_pages", { BUYER_TOKEN_SECRET: secret });
    const header = { "holdfast-buyer": await tokenFor({ buyer: "ada" }) };
    expect((await page.send("POST", "/v1/holds", posted(wish(), header))).status).toBe(401);
  }
});

test("a page that asks too often is told to wait; a server is not", async () => {
  const counted = (key: string, allowed: number) => {
    let left = allowed;
    const limit = { limit: async () => ({ success: (left -= 1) >= 0 }) };
    return apiClient(key, { PAGE_LIMITS: "on", PAGE_KEY_LIMIT: limit, PAGE_ADDRESS_LIMIT: limit });
  };
  const from = { "cf-connecting-ip": "203.0.113.7" };
  const page = counted("pk_test_pages", 2);
  const path = "/v1/skus/GUARDED/availability";
  expect((await page.send("GET", path, { headers: from })).status).toBe(200);
  const refused = await page.send("GET", path, { headers: from });
  expect(refused).toMatchObject({ status: 429, body: { code: "rate_limited", retry_after_seconds: 10 } });
  expect(refused.headers.get("retry-after")).toBe("10");
  expect((await counted("sk_test_pages", 0).send("GET", path, { headers: from })).status).toBe(200);
});

test("the platform's own limiter is what wrangler.toml binds", async () => {
  const page = apiClient("pk_test_pages", { PAGE_LIMITS: "on" });
  const init = { headers: { "cf-connecting-ip": "203.0.113.9" } };
  const path = "/v1/skus/GUARDED/availability";
  expect((await page.send("GET", path, init)).status).toBe(200);
  const isAdmitted = async () =>
    (await env.PAGE_ADDRESS_LIMIT.limit({ key: "key_pk-test-pages 203.0.113.9" })).success;
  let asked = 0;
  while (asked < 5_000 && (await isAdmitted())) asked += 1;
  expect((await page.send("GET", path, init)).status).toBe(429);
});

test("with a check set up, a page needs proof of a person to hold, and gets it back for a repeat", async () => {
  const asked: Array<Record<string, string>> = [];
  let answer: unknown = { success: true, hostname: "shop.example", action: "hold" };
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    asked.push(JSON.parse(init?.body as string) as Record<string, string>);
    if (answer instanceof Error) throw answer;
    return Response.json(answer);
  });
  const page = apiClient("pk_test_pages", { TURNSTILE_SECRET: "turnstile" });
  const proven = (key: string) => ({ "holdfast-turnstile": "proof", "idempotency-key": key, origin: SHOP });
  const hold = (headers: Record<string, string>) =>
    page.send("POST", "/v1/holds", posted(wish({ buyer: "human" }), headers));

  expect(await hold({})).toMatchObject({ status: 403, body: { code: "human_check_required" } });
  expect(asked).toEqual([]);
  expect((await hold(proven("h1"))).status).toBe(201);
  expect((await hold(proven("h1"))).status).toBe(201);
  expect((await hold(proven("h2"))).status).toBe(201);
  const ids = asked.map((each) => each["idempotency_key"]);
  expect(ids[0]).toBe(ids[1]);
  expect(ids[2]).not.toBe(ids[0]);

  answer = { success: true, hostname: "shop.example", action: "login" };
  expect(await hold(proven("h3"))).toMatchObject({ status: 403, body: { code: "human_check_failed" } });
  answer = new TypeError("no network");
  const closed = await hold(proven("h4"));
  expect(closed).toMatchObject({ status: 503, body: { code: "unavailable" } });
  expect(closed.headers.get("retry-after")).not.toBeNull();

  asked.length = 0;
  const server = apiClient("sk_test_pages", { TURNSTILE_SECRET: "turnstile" });
  expect((await server.post("/v1/holds", wish({ buyer: "human" }))).status).toBe(201);
  expect((await page.get("/v1/skus/GUARDED/availability")).status).toBe(200);
  expect(asked).toEqual([]);
});

test("a key that requires tokens requires them wherever a buyer acts", async () => {
  const forBuyers = operations.filter(({ isForBuyer }) => isForBuyer === true);
  expect(forBuyers.length).toBeGreaterThan(4);
  for (const operation of forBuyers) {
    const reply = await strict.send(operation.method, pathOf(operation), {});
    expect(reply, operation.id).toMatchObject({ status: 401, body: { code: "buyer_token_required" } });
  }
  expect((await strict.get("/v1/skus/GUARDED/availability")).status).toBe(200);
});
