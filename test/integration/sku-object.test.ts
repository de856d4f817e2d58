import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";

import type { LocationCode, Sku } from "../../src/domain/brand.ts";
import { replayLedger } from "../../src/domain/inventory/ledger.ts";
import { objectName } from "../../src/durable-objects/shared/object-name.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { BERLIN, buyer, takeHoldCommand } from "../support/sku-fixture.ts";

let serial = 0;

async function shop(units: number, rules: { buyerLimit?: number; backorderLimit?: number } = {}) {
  serial += 1;
  const sku = `SKU-${serial}` as Sku;
  const port = skuClient(env, sku);
  await port.configure({
    sku,
    buyerLimit: rules.buyerLimit ?? null,
    backorderLimit: rules.backorderLimit ?? 0,
  });
  await port.move([
    { id: "first-delivery", kind: "received", location: BERLIN, quantity: units, reason: null },
  ]);
  return { sku, port, stub: env.SKU.getByName(objectName("sku", sku)) };
}

test("asking for SKUs that nobody made writes nothing and says so", async () => {
  const sku = "MADE-UP" as Sku;
  const port = skuClient(env, sku);
  expect(await port.stock()).toBeNull();
  expect(await port.takeHolds([takeHoldCommand("k")])).toEqual([
    { ok: false, error: { code: "sku_unknown", sku } },
  ]);
  expect(await port.releaseHold("k")).toEqual({ ok: false, error: { code: "hold_unknown" } });
  const tables = await runInDurableObject(env.SKU.getByName(objectName("sku", sku)), (_object, state) =>
    state.storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
      .toArray(),
  );
  expect(tables).toEqual([]);
});

test("of 200 concurrent holds for 20 units, 20 succeed, and every retry gets the same answer", async () => {
  const { port } = await shop(20);
  const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
  const ask = () => Promise.all(keys.map(async (key) => (await port.takeHolds([takeHoldCommand(key)]))[0]));
  const first = await ask();
  expect(first.filter((answer) => answer?.ok === true)).toHaveLength(20);
  const taken = (answers: typeof first) =>
    answers.map((answer) => (answer?.ok === true ? answer.value : answer?.error.code));
  expect(taken(await ask())).toEqual(taken(first));
});

test("what was answered survives eviction, and expiry is armed again", async () => {
  const { port, stub } = await shop(3);
  await port.takeHolds([takeHoldCommand("a"), takeHoldCommand("b", { ttlSeconds: 15 })]);
  await port.startPaying("a", "ord_1");
  const before = await port.stock();
  await evictDurableObject(stub);
  const after = await port.stock();
  expect(after).toMatchObject({ available: 1, held: 2, committed: 0 });
  expect(after?.version).toBeGreaterThanOrEqual(before?.version ?? 0);
  expect(await port.readHold("a")).toMatchObject({ status: "paying", orderId: "ord_1" });
  expect(await runInDurableObject(stub, (_object, state) => state.storage.getAlarm())).not.toBeNull();
});

test("an alarm that fails, runs twice or runs for nothing leaves the stock right and is armed again", async () => {
  const { sku, port, stub } = await shop(2);
  await port.takeHolds([takeHoldCommand("a")]);
  for (let times = 0; times < 3; times += 1) await runDurableObjectAlarm(stub);
  expect(await port.stock()).toMatchObject({ available: 1, held: 1 });
  await runInDurableObject(stub, async (object) => {
    const broken = object as unknown as { env: { CHANNEL_SYNC_QUEUE: { send: () => Promise<void> } } };
    const queue = broken.env.CHANNEL_SYNC_QUEUE;
    broken.env = {
      ...broken.env,
      CHANNEL_SYNC_QUEUE: { send: () => Promise.reject(new Error("queue is down")) },
    };
    await object.takeHolds([takeHoldCommand("b")]);
    // Longer than the news may wait: the first attempt to tell them fails.
    await scheduler.wait(1_200);
    for (let times = 0; times < 8; times += 1) await object.alarm();
    broken.env = { ...broken.env, CHANNEL_SYNC_QUEUE: queue };
  });
  expect(await port.stock()).toMatchObject({ available: 0, held: 2 });
  // Told at last, by the next attempt.
  await expect
    .poll(
      () =>
        env.DB.prepare("SELECT available FROM stock_projection WHERE sku = ?").bind(sku).first("available"),
      {
        timeout: 90_000,
      },
    )
    .toBe(0);
  expect(await runInDurableObject(stub, (_object, state) => state.storage.getAlarm())).not.toBeNull();
});

test("an accepted hold writes one row, a refused one none, a released one one more", async () => {
  const { stub } = await shop(100, { buyerLimit: 2 });
  const written = await runInDurableObject(stub, async (object, state) => {
    const count = async (act: () => Promise<unknown>) => {
      let rows = 0;
      const { sql } = state.storage;
      const exec = sql.exec.bind(sql);
      const cursors: Array<{ rowsWritten: number; toArray: () => unknown }> = [];
      Object.defineProperty(sql, "exec", {
        configurable: true,
        value: (query: string, ...bindings: Array<SqlStorageValue>) => {
          const cursor = exec(query, ...bindings);
          cursors.push(cursor);
          return cursor;
        },
      });
      await act();
      Reflect.deleteProperty(sql, "exec");
      for (const cursor of cursors) rows += cursor.rowsWritten;
      return rows;
    };
    const batch = Array.from({ length: 50 }, (_, index) => takeHoldCommand(`batch-${index}`));
    return {
      one: await count(() =>
        object.takeHolds([takeHoldCommand("one", { buyer: buyer("ann"), quantity: 2 })]),
      ),
      fifty: await count(() => object.takeHolds(batch)),
      again: await count(() => object.takeHolds(batch)),
      soldOut: await count(() =>
        object.takeHolds(
          [
            takeHoldCommand("much", { quantity: 2, buyer: buyer("zed") }),
            takeHoldCommand("more", { quantity: 3 }),
          ].map((command) => ({ ...command, quantity: command.quantity + 100 })),
        ),
      ),
      limit: await count(() => object.takeHolds([takeHoldCommand("two", { buyer: buyer("ann") })])),
      release: await count(() => object.releaseHold("one")),
    };
  });
  expect(written).toEqual({ one: 1, fifty: 50, again: 0, soldOut: 0, limit: 0, release: 1 });
});

test("what may be stored soon is true at once and costs no row of its own", async () => {
  const { port, stub } = await shop(9);
  const stored = (key: string) =>
    runInDurableObject(
      stub,
      (_object, state) =>
        state.storage.sql.exec<{ status: string }>("SELECT status FROM hold WHERE key = ?", key).one().status,
    );
  const pay = async (key: string) => {
    await port.startPaying(key, `ord_${key}`, "soon");
    expect(await port.convertHold(key, `ord_${key}`, "soon")).toMatchObject({
      value: { status: "converted" },
    });
  };

  await port.takeHolds([takeHoldCommand("a")]);
  await pay("a");
  expect(await stored("a")).toBe("active");
  // Whoever decides next finds it, and stores it with its own change.
  await port.takeHolds([takeHoldCommand("b")]);
  expect(await stored("a")).toBe("converted");

  await pay("b");
  expect(await port.convertHold("b", "ord_b")).toMatchObject({ ok: true });
  expect(await stored("b")).toBe("converted");

  await port.takeHolds([takeHoldCommand("c"), takeHoldCommand("d"), takeHoldCommand("e")]);
  await pay("c");
  await port.configure({ sku: (await port.stock())?.sku as Sku, buyerLimit: null, backorderLimit: 0 });
  expect(await stored("c")).toBe("converted");
  await pay("d");
  await vi.waitFor(async () => expect(await stored("d")).toBe("converted"), { timeout: 90_000 });
  await pay("e");
  expect((await port.movements({ afterSeq: 0, limit: 100 })).at(-1)).toMatchObject({
    kind: "committed",
    orderId: "ord_e",
  });
});

test("what was to be stored soon dies with the object, and only that", async () => {
  const { port, stub } = await shop(2);
  const crash = () =>
    runInDurableObject(stub, (_object, state) => state.abort("crash")).catch(() => "it died");
  await port.takeHolds([takeHoldCommand("a")]);
  await port.startPaying("a", "ord_a", "soon");
  await port.convertHold("a", "ord_a", "soon");
  await crash();
  const again = skuClient(env, (await port.stock())?.sku as Sku);
  expect(await again.readHold("a")).toMatchObject({ status: "active", quantity: 1 });
  expect(await again.convertHold("a", "ord_a")).toMatchObject({ ok: true, value: { status: "converted" } });
  await crash();
  expect(await again.stock()).toMatchObject({ available: 1, held: 0, committed: 1 });
});

test("thirty thousand holds that end at once are ended, stored and sold again", async () => {
  const { sku, port, stub } = await shop(30_000);
  for (let start = 0; start < 30_000; start += 1_000) {
    const keys = Array.from({ length: 1_000 }, (_, index) => `crowd-${start + index}`);
    await port.takeHolds(keys.map((key) => takeHoldCommand(key)));
  }
  expect(await port.stock()).toMatchObject({ available: 0, held: 30_000 });
  // As after an outage that lasted longer than they did.
  await runInDurableObject(stub, (_object, state) => {
    state.storage.sql.exec("UPDATE hold SET expires_at_ms = created_at_ms");
  });
  await evictDurableObject(stub);
  const again = skuClient(env, sku);
  expect(await again.stock()).toMatchObject({ available: 30_000, held: 0 });
  expect(await again.takeHolds([takeHoldCommand("late")])).toMatchObject([{ ok: true }]);
});

test("the object's ledger replays to what the object says", async () => {
  const { port } = await shop(9);
  const rotterdam = "RTM" as LocationCode;
  await port.move([
    { id: "m1", kind: "transferred", location: BERLIN, toLocation: rotterdam, quantity: 4, reason: null },
    { id: "m2", kind: "damaged", location: rotterdam, quantity: 1, reason: "crushed" },
    { id: "m3", kind: "counted", location: BERLIN, quantity: 7, reason: "stock-taking" },
  ]);
  await port.takeHolds([takeHoldCommand("k", { quantity: 5 })]);
  await port.startPaying("k", "ord_1");
  await port.convertHold("k", "ord_1");
  await port.allocate({ orderId: "ord_1", allocationId: "ful_1", location: BERLIN, quantity: 5 });
  await port.ship({ allocationId: "ful_1" });
  const stock = await port.stock();
  const ledger = replayLedger(await port.movements({ afterSeq: 0, limit: 1000 }));
  expect(stock).toMatchObject({ available: 5, committed: 0 });
  expect(Object.fromEntries(ledger.locations)).toEqual(
    Object.fromEntries(
      (stock?.locations ?? []).map((at) => [
        at.location,
        { onHand: at.onHand, allocated: at.allocated, damaged: at.damaged },
      ]),
    ),
  );
});

test("the sweep reports payments that take too long and orders with unshipped units", async () => {
  const { port, stub } = await shop(5);
  await port.takeHolds([takeHoldCommand("slow"), takeHoldCommand("sold", { quantity: 2 })]);
  await port.startPaying("slow", "ord_slow");
  await port.startPaying("sold", "ord_sold");
  await port.convertHold("sold", "ord_sold");
  await port.allocate({ orderId: "ord_sold", allocationId: "ful_1", location: BERLIN, quantity: 1 });
  await runInDurableObject(stub, (_object, state) => {
    state.storage.sql.exec("UPDATE hold SET paying_since_ms = paying_since_ms - 61000 WHERE key = 'slow'");
  });
  await evictDurableObject(stub);
  const report = await port.sweep({ pruneBeforeMs: 0 });
  expect(report?.paying).toMatchObject([{ key: "slow", orderId: "ord_slow" }]);
  expect(report?.openOrders).toMatchObject([{ orderId: "ord_sold", committed: 1, allocated: 1 }]);
});
