import { env } from "cloudflare:workers";
import { expect, test } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { eventRow, outboxRow } from "../../src/db/events.ts";
import type { NewOrder } from "../../src/db/new-orders.ts";
import type { Sku } from "../../src/domain/brand.ts";
import { OrderDeskCore } from "../../src/durable-objects/order-desk/order-desk.ts";
import type { BeginPlacement } from "../../src/durable-objects/order-desk/port.ts";
import { runScheduled } from "../../src/worker/scheduled/dispatch.ts";
import { createServices } from "../../src/worker/services.ts";
import { failNth, faultyD1, NO_FAULTS, type FaultPlan } from "../support/faults.ts";
import { MemoryAttempts } from "../support/memory-attempts.ts";

function orderOf(id: string, total = 100): NewOrder {
  return {
    order: {
      id,
      status: "placed",
      paymentStatus: "paid",
      fulfillmentStatus: "unfulfilled",
      currency: "EUR",
      subtotal: 100,
      discountTotal: 0,
      shippingTotal: 0,
      taxTotal: 0,
      total,
      channel: "storefront",
      placedAtMs: 1,
      updatedAtMs: 1,
      version: 1,
    },
    customer: null,
    lines: [],
    transactions: [],
    events: [eventRow(id, "order.placed", "a1", {}, "test", 1)],
    outbox: [outboxRow("fulfillment", { type: "order.commit_stock", order_id: id }, 1)],
    audit: [],
    answer: { scope: `answer ${id}`, bodyHash: "h", status: 201, body: '{"number":0}' },
  };
}

function deskWith(plan: FaultPlan) {
  const sent: Array<unknown> = [];
  let nonces = 0;
  const desk = new OrderDeskCore({
    db: createDb(faultyD1(env.DB, plan)),
    attempts: new MemoryAttempts(),
    send: async (_queue, bodies) => void sent.push(...bodies),
    background: (work) => void work.catch(() => {}),
    nowMs: () => 1,
    wait: () => Promise.resolve(),
    newNonce: () => String((nonces += 1)),
  });
  const commit = async (order: NewOrder) => {
    const attempt = "a1";
    const begun = await desk.begin(placementOf(order.order.id));
    if (begun.status === "overloaded") return begun;
    return desk.commit({ attempt, order });
  };
  return { desk, commit, sent };
}

function placementOf(orderId: string): BeginPlacement {
  return {
    attempt: { orderId, attempt: "a1", home: "A", holdKey: "k", provider: "manual" },
    checkout: { skus: ["A" as Sku], shippingMethod: "standard", scope: `answer ${orderId}` },
  };
}

const failing = (mode: "before" | "after", from: number, to: number): FaultPlan => {
  let batches = 0;
  return {
    ...NO_FAULTS,
    next: (call) => {
      if (call !== "d1.batch") return null;
      batches += 1;
      return batches >= from && batches <= to ? mode : null;
    },
  };
};

test("an order that the database refuses fails alone; its neighbours are written, numbered and answered", async () => {
  const { desk, commit } = deskWith(NO_FAULTS);
  const first = commit(orderOf("ord_g0"));
  // These arrive while the first is written, and go together.
  const rest = ["ord_g1", "ord_g2", "ord_g3"].map((id) => commit(orderOf(id, id === "ord_g2" ? 99 : 100)));
  const outcomes = await Promise.all([first, ...rest]);
  expect(outcomes.map(({ status }) => status)).toEqual(["committed", "committed", "refused", "committed"]);
  const { results } = await env.DB.prepare(
    "SELECT orders.number, idempotency.body FROM orders JOIN idempotency ON scope = 'answer ' || id WHERE id LIKE 'ord_g%' ORDER BY number",
  ).all<{ number: number; body: string }>();
  expect(results.map(({ number }) => number)).toEqual([1001, 1002, 1003]);
  expect(results.map(({ body }) => body)).toEqual(results.map(({ number }) => `{"number":${number}}`));
  // Asked again, it says the same and writes nothing.
  expect(await desk.commit({ attempt: "a1", order: orderOf("ord_g1") })).toEqual(outcomes[1]);
});

test("a write whose reply is lost is found, not written twice", async () => {
  const { commit } = deskWith(failing("after", 2, 2));
  expect(await commit(orderOf("ord_l1"))).toMatchObject({ status: "committed" });
  const { results } = await env.DB.prepare("SELECT id FROM orders WHERE id = 'ord_l1'").all();
  expect(results).toHaveLength(1);
});

test("a write that failed is refused, and the order can be written later", async () => {
  // The first batch is what the placement reads.
  const { commit } = deskWith(failing("before", 2, 2));
  expect(await commit(orderOf("ord_f1"))).toEqual({ status: "refused" });
  expect(await commit(orderOf("ord_f1"))).toMatchObject({ status: "committed" });
});

test("a revoked attempt writes nothing", async () => {
  const { desk } = deskWith(NO_FAULTS);
  const order = orderOf("ord_r1");
  await desk.begin(placementOf("ord_r1"));
  expect(await desk.revoke({ orderId: "ord_r1", attempt: "a1" })).toEqual({ status: "revoked" });
  expect(await desk.commit({ attempt: "a1", order })).toEqual({ status: "refused" });
});

test("placements that begin together read the database once, each gets its own facts, and a failed read begins them all the same", async () => {
  await env.DB.batch([
    env.DB.prepare(
      "INSERT INTO sku (sku, title, backorder_limit, tax_rate_bps, attributes, version, created_at_ms, updated_at_ms) VALUES ('B-1', 'One', 0, 1900, '{}', 1, 0, 0), ('B-2', 'Two', 0, 0, '{}', 1, 0, 0)",
    ),
    env.DB.prepare(
      "INSERT INTO sku_price (sku, currency, amount) VALUES ('B-1', 'EUR', 5), ('B-1', 'USD', 6)",
    ),
  ]);
  const plan = failNth(0, "before");
  const { desk, commit } = deskWith(plan);
  await commit(orderOf("ord_b0"));
  const before = plan.calls.length;
  const begin = (orderId: string, skus: ReadonlyArray<string>, shippingMethod = "standard") => {
    const { attempt, checkout } = placementOf(orderId);
    return desk.begin({
      attempt,
      checkout: { ...checkout, skus: skus as ReadonlyArray<Sku>, shippingMethod },
    });
  };
  const begun = await Promise.all([
    begin("ord_b1", ["B-1"]),
    begin("ord_b2", ["B-2", "B-1"], "no-such-method"),
    begin("ord_b0", ["B-3"]),
  ]);
  expect(plan.calls.slice(before)).toEqual(["d1.batch"]);
  const one = { sku: "B-1", title: "One", taxRateBps: 1900 };
  const prices = [
    { currency: "EUR", amount: 5 },
    { currency: "USD", amount: 6 },
  ];
  expect(begun.map((each) => (each.status === "begun" ? each.facts : each.status))).toEqual([
    {
      isPlaced: false,
      isAnswered: false,
      catalogue: new Map([["B-1", { ...one, prices }]]),
      shippingPrices: {},
      shippingCountries: null,
    },
    {
      isPlaced: false,
      isAnswered: false,
      catalogue: new Map([
        ["B-2", { sku: "B-2", title: "Two", taxRateBps: 0, prices: [] }],
        ["B-1", { ...one, prices }],
      ]),
      shippingPrices: null,
      shippingCountries: null,
    },
    { isPlaced: true, isAnswered: true, catalogue: new Map(), shippingPrices: {}, shippingCountries: null },
  ]);

  const broken = deskWith(failing("before", 1, 1));
  expect(await broken.desk.begin(placementOf("ord_b4"))).toMatchObject({ status: "begun", facts: null });
  expect(await broken.desk.begin(placementOf("ord_b4"))).toEqual({ status: "in_progress" });
});

test("more orders than may wait are told so at once, as a value", async () => {
  const { commit } = deskWith(NO_FAULTS);
  const outcomes = await Promise.all(
    Array.from({ length: 1_100 }, (_, index) => commit(orderOf(`ord_o${index}`))),
  );
  const overloaded = outcomes.filter(({ status }) => status === "overloaded").length;
  const committed = outcomes.filter(({ status }) => status === "committed").length;
  expect(overloaded).toBeGreaterThan(0);
  expect(overloaded + committed).toBe(1_100);
});

test("the daily run forgets answers older than thirty days, and keeps the others", async () => {
  const dayMs = 86_400_000;
  for (const [scope, ageMs] of [
    ["old", 31 * dayMs],
    ["young", 29 * dayMs],
  ] as const) {
    await env.DB.prepare(
      "INSERT INTO idempotency (scope, body_hash, status, body, created_at_ms) VALUES (?1, 'h', 200, '{}', ?2)",
    )
      .bind(scope, Date.now() - ageMs)
      .run();
  }
  await runScheduled(
    "17 3 * * *",
    createServices(env, (work) => void work.catch(() => {})),
  );
  const { results } = await env.DB.prepare(
    "SELECT scope FROM idempotency WHERE scope IN ('old', 'young')",
  ).all();
  expect(results).toEqual([{ scope: "young" }]);
});
