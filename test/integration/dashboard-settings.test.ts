import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { apiClient, seedKey, type Reply } from "../support/api-client.ts";

const ORIGIN = "https://holdfast.test";
// Endpoints on this machine are allowed, as `npm start` allows them.
const browser = apiClient(null, { WEBHOOK_TARGETS: "any" });
const api = apiClient("sk_test_settings", { WEBHOOK_TARGETS: "any" });
let cookie = "";
let formToken = "";

function post(path: string, fields: Record<string, string>): Promise<Reply> {
  return browser.send("POST", path, {
    body: new URLSearchParams({ form_token: formToken, key: crypto.randomUUID(), ...fields }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN, cookie },
  });
}
const page = (path: string) => browser.send("GET", path, { headers: { cookie } });

beforeAll(async () => {
  await seedKey("sk_test_settings");
  const signed = await post("/admin/sign-in", { secret: "sk_test_settings" });
  cookie = /^[^;]+/.exec(signed.headers.get("set-cookie") ?? "")?.[0] ?? "";
  formToken = /name="form_token" value="([0-9a-f]{64})"/.exec((await page("/admin")).body)?.[1] ?? "";
});

test("a webhook endpoint is added, tested, changed and deleted; its secret is shown once", async () => {
  const key = crypto.randomUUID();
  const fields = { key, url: "http://127.0.0.1:9/hook", events: "order.*\r\nshow.opened", enabled: "on" };
  const made = await post("/admin/settings/webhooks", fields);
  expect(made.body).toMatch(/whsec_/);
  expect((await post("/admin/settings/webhooks", fields)).body).not.toMatch(/whsec_/);
  const { data } = (await api.get("/v1/webhook-endpoints")).body;
  expect(data).toMatchObject([{ url: fields.url, events: ["order.*", "show.opened"], status: "enabled" }]);
  const path = `/admin/settings/webhooks/${data[0].id}`;

  expect((await post(`${path}/test`, {})).headers.get("location")).toBe(path);
  const [delivery] = (await api.get("/v1/webhook-deliveries")).body.data;
  expect((await page(`/admin/settings/deliveries/${delivery.id}`)).body).toContain("webhook.test");
  expect((await post(`/admin/settings/deliveries/${delivery.id}/replay`, {})).status).toBe(303);

  const changed = { url: fields.url, events: "*", version: `"${data[0].version}"` };
  expect((await post(path, changed)).status).toBe(303);
  // Somebody else looked at what it was before: nothing is overwritten.
  const late = await post(path, { ...changed, events: "order.placed" });
  expect(late.status).toBe(422);
  expect((await api.get(`/v1/webhook-endpoints/${data[0].id}`)).body).toMatchObject({
    events: ["*"],
    status: "disabled",
  });
  await post(`${path}/delete`, {});
  expect((await api.get("/v1/webhook-endpoints")).body.data).toEqual([]);
});

test("a routing plan is written as JSON, and what is wrong with it is said where it is", async () => {
  const plan = { code: "eu-first", title: "EU first", status: "draft", version: "", costs: "" };
  const broken = await post("/admin/settings/routing", { ...plan, batches: "[{" });
  expect(broken.status).toBe(422);
  expect(broken.body).toContain("is not JSON");
  const wrong = await post("/admin/settings/routing", { ...plan, batches: '[{"name":"all"}]' });
  expect(wrong.body).toContain("batches 0 rules");
  const batches = '[{"name":"all","rules":[{"name":"near"}]}]';
  expect((await post("/admin/settings/routing", { ...plan, batches })).headers.get("location")).toBe(
    "/admin/settings/routing/eu-first",
  );
  const again = await post("/admin/settings/routing", { ...plan, title: "Another", batches });
  expect(again.body).toContain("There is a plan eu-first already.");
  expect((await page("/admin/settings/routing/eu-first?simulate=1")).body).toContain("This plan");
});

test("a connection is made, paused with everything else as it was, and never shows its secrets", async () => {
  const secrets = {
    consumer_key: "ck_very_secret",
    consumer_secret: "cs_very_secret",
    webhook_secret: "ws_very_secret",
  };
  const fields = {
    code: "shop-eu",
    name: "Shop EU",
    platform: "woocommerce",
    shortfall: "cancel",
    settings: '{"url":"https://shop.example"}',
    secrets: JSON.stringify(secrets),
    rule: '{"buffer":3}',
    version: "",
  };
  expect((await post("/admin/settings/connections", fields)).status).toBe(303);
  const before = (await api.get("/v1/channels/shop-eu")).body;
  const path = "/admin/settings/connections/shop-eu";
  await post(`${path}/status`, { status: "paused", version: `"${before.version}"` });
  const after = (await api.get("/v1/channels/shop-eu")).body;
  expect(after).toMatchObject({
    status: "paused",
    shortfall: "cancel",
    rule: { buffer: 3 },
    secrets: Object.keys(secrets).toSorted(),
  });
  for (const shown of [path, `${path}/edit`, "/admin/settings/connections"]) {
    expect((await page(shown)).body).not.toContain("very_secret");
  }
  expect((await post(`${path}/test`, {})).headers.get("location")).toBe(path);
  await post(`${path}/remove`, {});
  expect((await page(path)).status).toBe(404);
});

test("a dead letter is sent back to its queue once, however often the form is sent", async () => {
  await env.DB.prepare(
    `INSERT INTO dead_letter (id, queue, body, attempts, error, received_at_ms)
     VALUES ('dlq_1', 'notifications', '{"type":"nothing"}', 5, 'it failed', 1)`,
  ).run();
  expect((await page("/admin/settings/dead-letters")).body).toContain("it failed");
  const key = crypto.randomUUID();
  for (let sent = 0; sent < 2; sent += 1) {
    expect((await post("/admin/settings/dead-letters/dlq_1/replay", { key })).status).toBe(303);
  }
  const replays = await api.get("/v1/audit-log?subject=dead_letter:dlq_1");
  expect(replays.body.data).toMatchObject([
    { action: "dead_letter.replayed", actor: "key_sk-test-settings" },
  ]);
});

test("the audit log is read page by page, newest first, or for one thing", async () => {
  for (const code of ["AUD-1", "AUD-2", "AUD-3"]) {
    const body = { name: code, type: "store", address: { country: "DE" }, ships: false, pickup: true };
    await api.put(`/v1/locations/${code}`, body);
  }
  const first = (await api.get("/v1/audit-log?limit=2")).body;
  expect(first.data).toHaveLength(2);
  const second = (await api.get(`/v1/audit-log?limit=2&cursor=${first.next_cursor}`)).body;
  const ids = [...first.data, ...second.data].map(({ id }: { id: string }) => id);
  expect(ids).toEqual(ids.toSorted().toReversed());
  expect(new Set(ids).size).toBe(4);
  const one = (await api.get("/v1/audit-log?subject=location:AUD-2")).body;
  expect(one.data).toMatchObject([{ subject: "location:AUD-2" }]);
  expect((await page("/admin/settings/audit?subject=location:AUD-2")).body).toContain("location:AUD-2");
});
