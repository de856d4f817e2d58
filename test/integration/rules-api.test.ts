import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";

import { fulfillmentMessageSchema } from "../../src/contract/queue.ts";
import { handleFulfillment } from "../../src/worker/queues/fulfillment.ts";
import { createServices } from "../../src/worker/services.ts";
import { planRules } from "../../src/worker/use-cases/plan-rules.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";

const api = apiClient("sk_test_rules");
const patience = { timeout: 60_000, interval: 50 };

beforeAll(async () => {
  await seedKey("sk_test_rules");
  // Sold before it may leave: its orders stay where a rule finds them.
  await stockUp(api, "RULED", 500);
  await api.put("/v1/skus/RULED", {
    title: "Ruled",
    prices: [{ currency: "EUR", amount: 1_500 }],
    attributes: { available_from: "2099-01-01" },
  });
  await stockUp(api, "MOVED", 50);
  await api.put("/v1/locations/PAR-1", {
    name: "Paris",
    type: "warehouse",
    address: { country: "FR" },
    ships: true,
    pickup: false,
  });
  await api.post("/v1/stock/movements", {
    movements: [{ sku: "MOVED", location: "PAR-1", kind: "received", quantity: 50 }],
  });
});

afterEach(async () => {
  await env.DB.prepare("DELETE FROM automation_rule").run();
});

async function place(quantity: number, sku = "RULED"): Promise<string> {
  const hold = await api.post("/v1/holds", {
    lines: [{ sku, quantity }],
    buyer: crypto.randomUUID(),
    ttl_seconds: 600,
  });
  const order = await api.post("/v1/orders", {
    hold: hold.body.id,
    customer: { email: "ada@example.com", name: "Ada" },
    shipping_address: {
      name: "Ada",
      line1: "1 Main St",
      city: "Berlin",
      postal_code: "10115",
      country: "DE",
    },
    payment: { provider: "manual" },
  });
  if (order.status !== 201) throw new Error(JSON.stringify(order.body));
  return order.body.id;
}

async function rule(code: string, body: object) {
  const put = await api.put(`/v1/rules/${code}`, { title: code, ...body });
  if (put.status !== 200) throw new Error(JSON.stringify(put.body));
}

type Run = Readonly<{
  id: string;
  rule: string;
  status: string;
  reason: string | null;
  chain: ReadonlyArray<string>;
  outcomes: ReadonlyArray<object>;
}>;

async function runsOf(order: string): Promise<Array<Run>> {
  await planRules(createServices(env, () => {}));
  return (await api.get(`/v1/rule-runs?order=${order}`)).body.data;
}

/** The runs of an order once so many of them are there and none is due any more. */
async function settled(order: string, count: number) {
  return vi.waitFor(async () => {
    const runs = await runsOf(order);
    if (runs.length < count || runs.some(({ status }) => status === "due"))
      throw new Error(`still ${JSON.stringify(runs)}`);
    return runs;
  }, patience);
}

test("a rule tags, holds, puts before a person and gives to somebody what its conditions fit, and nothing else", async () => {
  await rule("large", {
    on: ["order.placed"],
    conditions: {
      all: [
        { fact: "order.total", is: "at_least", number: 3_000 },
        { fact: "order.country", is: "one_of", words: ["DE"] },
        { fact: "order.skus", is: "has_any", words: ["RULED"] },
      ],
      none: [{ fact: "order.channel", is: "one_of", words: ["amazon"] }],
    },
    actions: [
      { do: "tag", tags: ["large", "look"] },
      { do: "hold", reason: "worth a look" },
      { do: "notify", note: "A large order." },
      { do: "assign", assignee: "operator-7" },
    ],
  });
  const [large, small] = [await place(2), await place(1)];
  const [run] = await settled(large, 1);
  expect(run).toMatchObject({
    rule: "large",
    event_type: "order.placed",
    status: "done",
    outcomes: ["tag", "hold", "notify", "assign"].map((name) => ({
      do: name,
      outcome: "done",
      reason: null,
    })),
  });
  const order = (await api.get(`/v1/orders/${large}`)).body;
  expect(order).toMatchObject({ status: "on_hold", hold_reason: "worth a look", tags: ["large", "look"] });
  expect(order.events.find(({ type }: { type: string }) => type === "order.held").actor).toMatch(
    /^rule:large\/run_/,
  );
  const notices = (await api.get(`/v1/exceptions?order=${large}`)).body.data;
  expect(notices).toMatchObject([
    { kind: "rule_notice", assignee: "operator-7", data: { rule: "large", note: "A large order." } },
  ]);
  expect((await api.get("/v1/orders?tag=large")).body.data).toMatchObject([
    { id: large, tags: ["large", "look"] },
  ]);
  expect(await runsOf(small)).toEqual([]);
  expect((await api.get(`/v1/orders/${small}`)).body.tags).toEqual([]);
});

test("a run that comes again does nothing twice", async () => {
  await rule("refund", {
    on: ["order.placed"],
    actions: [
      { do: "tag", tags: ["goodwill"] },
      { do: "refund", reason: "goodwill", share_bps: 1_000 },
    ],
  });
  const id = await place(2);
  const [run] = await settled(id, 1);
  const before = (await api.get(`/v1/orders/${id}`)).body;
  expect(before.refunded_total).toBe(Math.floor(before.total / 10));
  for (let times = 0; times < 3; times += 1) {
    await env.DB.prepare("UPDATE automation_run SET status = 'due' WHERE id = ?1").bind(run?.id).run();
    const message = fulfillmentMessageSchema.parse({ type: "rule.run", run_id: run?.id });
    await handleFulfillment(
      message,
      createServices(env, () => {}),
    );
  }
  const after = (await api.get(`/v1/orders/${id}`)).body;
  expect(after.refunded_total).toBe(before.refunded_total);
  expect(after.events.length).toBe(before.events.length);
  expect((await runsOf(id)).length).toBe(1);
});

test("what rules bring about sets off others, and never themselves", async () => {
  await rule("first", { on: ["order.tagged"], actions: [{ do: "tag", tags: ["second"] }] });
  await rule("second", {
    on: ["order.tagged"],
    conditions: { all: [{ fact: "order.tags", is: "has_any", words: ["second"] }] },
    actions: [{ do: "untag", tags: ["second"] }],
  });
  await rule("start", { on: ["order.placed"], actions: [{ do: "tag", tags: ["first"] }] });
  const id = await place(1);
  const runs = await settled(id, 5);
  const shown = runs.map(({ rule: code, status, reason, chain }) => [code, status, reason, chain.join(" ")]);
  expect(shown).toContainEqual(["start", "done", null, "start"]);
  expect(shown).toContainEqual(["first", "done", null, "start first"]);
  expect(shown).toContainEqual(["first", "skipped", "loop", "start first first"]);
  expect(shown.filter(([, status]) => status === "done").length).toBeLessThanOrEqual(5);
  // Everything that follows from one order has come to its end.
  const count = runs.length;
  expect((await settled(id, count)).length).toBe(count);
});

test("a cancel, and a wish of another location, are carried out; what cannot be is refused with its reason", async () => {
  const later = { title: "Moved", prices: [{ currency: "EUR", amount: 1_500 }] };
  await api.put("/v1/skus/MOVED", { ...later, attributes: { available_from: "2099-01-01" } });
  await rule("from-paris", {
    on: ["order.placed"],
    actions: [
      { do: "hold", reason: "where to?" },
      { do: "route_to", location: "PAR-1" },
    ],
  });
  const routed = await place(1, "MOVED");
  await settled(routed, 1);
  await api.put("/v1/skus/MOVED", later);
  expect((await api.post(`/v1/orders/${routed}/release`, {})).status).toBe(200);
  await vi.waitFor(async () => {
    const { fulfillment_orders: orders } = (await api.get(`/v1/orders/${routed}`)).body;
    // Berlin is nearer, and has them too.
    expect(orders.map(({ location }: { location: string | null }) => location)).toContain("PAR-1");
  }, patience);
  await env.DB.prepare("DELETE FROM automation_rule").run();

  await rule("cancel", {
    on: ["order.placed"],
    actions: [
      { do: "cancel", reason: "staff" },
      { do: "hold", reason: "too late" },
    ],
  });
  const canceled = await place(1);
  const [run] = await settled(canceled, 1);
  expect(run?.outcomes).toEqual([
    { do: "cancel", outcome: "done", reason: null },
    { do: "hold", outcome: "refused", reason: "order_state_conflict" },
  ]);
  expect((await api.get(`/v1/orders/${canceled}`)).body).toMatchObject({
    status: "canceled",
    payment_status: "refunded",
  });
});

test("an event without an order goes to a webhook endpoint that is not subscribed to it", async () => {
  const endpoint = await api.post("/v1/webhook-endpoints", {
    url: "https://hooks.example.org/rules",
    events: ["show.opened"],
  });
  await rule("low", {
    on: ["stock.low"],
    conditions: { all: [{ fact: "event.subject", is: "one_of", words: ["RUN-LOW"] }] },
    actions: [
      { do: "call_webhook", endpoint: endpoint.body.id },
      { do: "notify", note: "Order more.", assignee: "buyer-1" },
    ],
  });
  await env.DB.prepare(
    "INSERT INTO engine_event (id, type, subject, data, occurred_at_ms) VALUES ('evt_low', 'stock.low', 'RUN-LOW', ?1, ?2)",
  )
    .bind(JSON.stringify({ sku: "RUN-LOW", available: 2, state: "low" }), Date.now())
    .run();
  const deliveries = await vi.waitFor(async () => {
    await planRules(createServices(env, () => {}));
    const { data } = (await api.get(`/v1/webhook-deliveries?endpoint=${endpoint.body.id}`)).body;
    expect(data.length).toBe(1);
    return data;
  }, patience);
  expect(deliveries[0]).toMatchObject({ event: "evt_low", event_type: "stock.low" });
  await vi.waitFor(async () => {
    const { data } = (await api.get("/v1/exceptions?kind=rule_notice&assignee=buyer-1")).body;
    expect(data).toMatchObject([{ subject: "RUN-LOW", order: null, data: { note: "Order more." } }]);
  }, patience);
});

test("a dry run says what a rule would have run for, and does nothing", async () => {
  const id = await place(3);
  const body = {
    title: "Dry",
    on: ["order.placed"],
    conditions: { all: [{ fact: "order.units", is: "exactly", number: 3 }] },
    actions: [{ do: "cancel", reason: "staff" }],
  };
  const dry = await api.post("/v1/rules/dry-run", body);
  expect(dry.status).toBe(200);
  expect(dry.body.examined).toBeGreaterThanOrEqual(1);
  expect(dry.body.runs).toMatchObject([{ order: id, event_type: "order.placed" }]);
  expect((await api.get(`/v1/orders/${id}`)).body.status).toBe("placed");
  expect((await api.get("/v1/rules/dry-run")).status).toBe(404);
});

test("a rule that could never work is refused, and changes are not lost", async () => {
  const body = { title: "x", on: ["stock.low"], actions: [{ do: "hold", reason: "no" }] };
  expect(await api.put("/v1/rules/x", body)).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: "/actions/0" }] },
  });
  for (const wrong of [
    { ...body, on: ["order.plcaed"] },
    { ...body, on: ["order.placed"], actions: [{ do: "explode" }] },
    { ...body, on: ["order.placed"], actions: [{ do: "call_webhook", endpoint: "whe_none" }] },
    { ...body, on: ["order.placed"], actions: [{ do: "route_to", location: "NOWHERE" }] },
    {
      ...body,
      on: ["order.placed"],
      conditions: { all: [{ fact: "order.total", is: "one_of", words: ["1"] }] },
    },
  ])
    expect((await api.put("/v1/rules/x", wrong)).status).toBe(422);
  const fine = { ...body, on: ["order.placed"] };
  const made = await api.put("/v1/rules/x", fine);
  expect(made).toMatchObject({ status: 200, body: { version: 1, runs_max: 10, status: "enabled" } });
  expect((await api.put("/v1/rules/x", fine, { "if-match": '"9"' })).status).toBe(412);
  expect((await api.get("/v1/rules")).body.data.length).toBe(1);
  expect((await api.delete("/v1/rules/x")).status).toBe(200);
  expect((await api.get("/v1/rules/x")).status).toBe(404);
});
