import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { problemTypes } from "../../src/contract/problem.ts";
import { handleStockNews } from "../../src/worker/queues/channel-sync.ts";
import { createServices } from "../../src/worker/services.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_platform");
const anyone = apiClient(null);
beforeAll(async () => {
  await seedKey("sk_test_platform");
});

/** Everything the database holds, as one text. */
async function everythingStored(): Promise<string> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
  ).all<{ name: string }>();
  const tables = await Promise.all(
    results.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`).all()),
  );
  return JSON.stringify(tables.map((table) => table.results));
}

test("a key is shown once, works, is stored only as its digest, and stops when revoked", async () => {
  const wish = { kind: "secret", name: "till", scopes: ["stock:read"] };
  const made = await api.post("/v1/keys", wish, "key-1");
  expect(made.status).toBe(201);
  expect(made.body.key).toMatch(/^sk_live_[0-9a-z]{32}$/);
  expect(made.body.last4).toBe(made.body.key.slice(-4));

  const repeated = await api.post("/v1/keys", wish, "key-1");
  expect(repeated).toMatchObject({ status: 201, body: { ...made.body, key: null } });
  expect((await api.post("/v1/keys", { ...wish, name: "other" }, "key-1")).body.code).toBe(
    "idempotency_key_reused",
  );

  const till = apiClient(made.body.key);
  expect((await till.get("/v1/stock")).status).toBe(200);
  expect((await till.get("/v1/skus")).status).toBe(403);
  const secretPart = (made.body.key as string).slice("sk_live_".length, -4);
  expect(await everythingStored()).not.toContain(secretPart);

  const revoked = await api.delete(`/v1/keys/${made.body.id}`);
  expect(revoked.body.revoked_at).not.toBeNull();
  expect((await till.get("/v1/stock")).status).toBe(401);
  expect((await api.delete(`/v1/keys/${made.body.id}`)).body).toEqual(revoked.body);
  const listed = await api.get("/v1/keys");
  expect(listed.body.data).toContainEqual(revoked.body);
  expect(JSON.stringify(listed.body)).not.toContain("hash");
  expect((await api.delete("/v1/keys/key_none")).status).toBe(404);
  const { results } = await env.DB.prepare("SELECT action FROM audit_log WHERE subject = ?1 ORDER BY at_ms")
    .bind(`key:${made.body.id}`)
    .all();
  expect(results).toEqual([{ action: "key.created" }, { action: "key.revoked" }]);
});

test("calls with one key at once make one key", async () => {
  const replies = await Promise.all(
    Array.from({ length: 5 }, () => api.post("/v1/keys", { kind: "publishable", name: "shop" }, "key-race")),
  );
  expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
  expect(replies.filter(({ body }) => body.key !== null)).toHaveLength(1);
});

test("a key passes on no scope that it does not have", async () => {
  await seedKey("sk_test_keys-only", ["keys:write"]);
  const refused = await apiClient("sk_test_keys-only").post("/v1/keys", {
    kind: "secret",
    name: "more",
    scopes: ["orders:write"],
  });
  expect(refused.status).toBe(403);
  const publishable = await api.post("/v1/keys", { kind: "publishable", name: "shop", scopes: ["ops:read"] });
  expect(publishable.status).toBe(422);
});

test("a script is kept for good under its hash, asked for each time under another, and confirmed by its tag", async () => {
  const page = (await anyone.get("/docs")).body as string;
  const path = /"(\/assets\/reference\.[0-9a-f]{16}\.js)"/.exec(page)?.[1] ?? "";
  const exact = await anyone.get(path);
  const older = await anyone.get("/assets/reference.0000000000000000.js");
  expect([older.status, older.body, older.headers.get("cache-control")]).toEqual([
    200,
    exact.body,
    "public, no-cache",
  ]);
  const etag = exact.headers.get("etag") ?? "";
  const confirmed = await anyone.send("GET", path, { headers: { "if-none-match": `"other", W/${etag}` } });
  expect(confirmed.status).toBe(304);
  for (const none of ["/assets/nothing.js", "/assets/reference.txt", "/assets/..%2Fpackage.json"]) {
    expect((await anyone.get(none)).status).toBe(404);
  }
});

test("the widget is lent to every page, and there is no show page unless a key is named for it", async () => {
  const widget = await anyone.get("/widget.js");
  expect(widget.status).toBe(200);
  expect(Object.fromEntries(widget.headers)).toMatchObject({
    "content-type": "text/javascript; charset=utf-8",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": "public, max-age=300, stale-while-revalidate=86400",
  });
  for (const path of ["/demo", "/demo/checkout?hold=hold_1", "/demo/orders/ord_1"]) {
    expect((await anyone.get(path)).status).toBe(404);
    const shown = await apiClient(null, { SHOW_PAGE_KEY: "pk_test_shop" }).get(path);
    expect([path, shown.status]).toEqual([path, path === "/demo" ? 200 : 404]);
    expect(shown.headers.get("content-security-policy")).toContain("script-src 'self'");
  }
});

test("every changing POST wants an Idempotency-Key, and a reused one is refused", async () => {
  await stockUp(api, "IDEM", 1);
  const movements = [{ sku: "IDEM", location: "BER-1", kind: "received", quantity: 1 }];
  const missing = await api.send("POST", "/v1/stock/movements", {
    body: JSON.stringify({ movements }),
    headers: { "content-type": "application/json" },
  });
  expect(missing).toMatchObject({ status: 400, body: { code: "idempotency_key_missing" } });
  await api.post("/v1/stock/movements", { movements }, "idem-1");
  const reused = await api.post(
    "/v1/stock/movements",
    { movements: [{ ...movements[0], quantity: 2 }] },
    "idem-1",
  );
  expect(reused).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  expect((await api.post("/v1/stock/movements", { movements }, "not a key")).status).toBe(422);
});

test("health and metrics tell what is so", async () => {
  expect(await anyone.get("/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
  await env.DB.prepare(
    "INSERT INTO outbox (id, queue, body, created_at_ms, next_attempt_at_ms) VALUES ('out_metrics', 'fulfillment', '{}', 1000, 61000)",
  ).run();
  const metrics = await api.get("/metrics");
  expect(metrics.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  expect(metrics.body).toContain('holdfast_outbox_rows{queue="fulfillment"} 1\n');
  expect(metrics.body).toMatch(/^holdfast_outbox_age_seconds \d{6,}(\.\d+)?$/m);
  expect(metrics.body).toMatch(/^holdfast_skus [1-9]\d*$/m);
  await env.DB.prepare("DELETE FROM outbox WHERE id = 'out_metrics'").run();
});

test("a dead letter is listed and sent back to its queue", async () => {
  await env.DB.prepare(
    "INSERT INTO dead_letter (id, queue, body, attempts, error, received_at_ms) VALUES ('dlq_1', 'channel-sync', ?1, 6, 'boom', 1000)",
  )
    .bind(JSON.stringify({ type: "stock.changed", sku: "X" }))
    .run();
  const listed = await api.get("/v1/dead-letters");
  expect(listed.body.data).toMatchObject([
    { id: "dlq_1", queue: "channel-sync", body: { sku: "X" }, attempts: 6, replayed_at: null },
  ]);
  const replayed = await api.post("/v1/dead-letters/dlq_1/replay", {});
  expect(replayed).toMatchObject({ status: 200, body: { id: "dlq_1" } });
  expect(replayed.body.replayed_at).not.toBeNull();
  expect((await api.post("/v1/dead-letters/dlq_none/replay", {})).status).toBe(404);
});

test("the projection takes news in any order and keeps the newest", async () => {
  const services = createServices(env, () => {});
  const news = (version: number) => ({
    type: "stock.changed" as const,
    sku: "PROJECTED" as never,
    available: version,
    held: 0,
    committed: 0,
    ring_fenced: 0,
    locations: [],
    version,
  });
  for (const version of [3, 5, 4, 5, 1]) await handleStockNews([news(version)], services);
  const { body } = await api.get("/v1/stock");
  expect(body.data).toContainEqual(expect.objectContaining({ sku: "PROJECTED", available: 5, version: 5 }));
});

test("every answer carries the headers that keep a browser from doing harm", async () => {
  for (const path of ["/healthz", "/v1/skus", "/nothing", "/docs", "/problems/sold_out"]) {
    const { headers } = await anyone.get(path);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("referrer-policy"), path).toBe("no-referrer");
    expect(headers.get("x-frame-options"), path).toBe("DENY");
    expect(headers.get("strict-transport-security"), path).toContain("max-age=");
    expect(headers.get("content-security-policy"), path).toContain("default-src 'none'");
    expect(headers.get("x-request-id"), path).toMatch(/^req_/);
  }
});

test("a known path tells which methods it has, an unknown one does not exist", async () => {
  const refused = await anyone.send("PATCH", "/v1/holds/hold_1");
  expect(refused).toMatchObject({ status: 405, body: { code: "method_not_allowed" } });
  expect(refused.headers.get("allow")).toBe("GET, DELETE, HEAD");
  expect((await anyone.get("/v1/nothing")).status).toBe(404);
  expect((await anyone.send("POST", "/nothing")).status).toBe(404);
});

test("the reference and every problem page are served from our own paths, with nothing inline", async () => {
  const page = await anyone.get("/docs");
  expect(page.status).toBe(200);
  expect(page.body).toMatch(/^<!doctype html>/);
  expect(page.body).toContain("/v1/holds");
  expect(page.body).not.toMatch(
    /<script(?![^>]*\ssrc="\/assets\/)|<style|\sstyle=|\son\w+=|(?:src|href|action)="(?:https?:)?\/\/(?!holdfast\.test)|url\(/,
  );
  const assets = [...(page.body as string).matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
  const types: Array<string | null> = [];
  for (const path of assets) {
    const { status, headers } = await anyone.get(path);
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
    types.push(headers.get("content-type"));
  }
  expect(types).toEqual(["text/css; charset=utf-8", "text/javascript; charset=utf-8"]);
  for (const code of Object.keys(problemTypes)) {
    const explained = await anyone.get(`/problems/${code}`);
    expect(explained.status).toBe(200);
    expect(explained.body).toContain(code);
  }
  expect((await anyone.get("/problems/constructor")).status).toBe(404);
});
