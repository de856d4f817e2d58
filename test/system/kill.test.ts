import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { afterAll, expect, test } from "vitest";

import { inParallel, listAll } from "../../scripts/api.ts";
import { auditSku, type Stock } from "../../scripts/demo/audit.ts";
import { orderBody, startTestEngine, stockShop, type TestEngine, until } from "./support/engine.ts";

const ROUNDS = 5;
const LANES = 16;
/** Orders that are answered in a round before its kill, so that a slow machine does not kill an idle engine. */
const ORDERS_MIN = 10;
const SKUS = ["KETTLE-1", "KETTLE-2", "KETTLE-3"];
const UNITS = 5_000;
const SHORT_TTL_SECONDS = 15;

const stateDir = mkdtempSync(path.join(os.tmpdir(), "holdfast-kill-"));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

type Acknowledged = {
  /** Every hold that was answered with 201, and the seconds it was asked for. */
  readonly holds: Map<string, number>;
  readonly orders: Set<string>;
};

/** Buyers who hold, and mostly pay, until the engine is gone from under them. */
async function shopUntilGone(shop: TestEngine, round: number, acknowledged: Acknowledged): Promise<void> {
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      for (let visit = 0; ; visit++) {
        const key = `${round}-${lane}-${visit}`;
        const ttl = visit % 4 === 0 ? SHORT_TTL_SECONDS : 3_600;
        const lines = [
          { sku: SKUS[visit % 3], quantity: 1 },
          ...(visit % 5 === 0 ? [{ sku: SKUS[(visit + 1) % 3], quantity: 2 }] : []),
        ];
        try {
          const held = await shop.secret("POST", "/v1/holds", {
            body: { lines, buyer: `buyer-${key}`, ttl_seconds: ttl },
            idempotencyKey: `hold-${key}`,
          });
          if (held.status !== 201) continue;
          const hold = held.body["id"] as string;
          acknowledged.holds.set(hold, ttl);
          if (visit % 4 === 0) continue;
          const placed = await shop.secret("POST", "/v1/orders", {
            body: orderBody(hold),
            idempotencyKey: `order-${key}`,
          });
          if (placed.status === 201) acknowledged.orders.add(placed.body["id"] as string);
        } catch {
          // The connection broke: the engine is gone.
          return;
        }
      }
    }),
  );
}

/** Kills the process that serves and stores, as a power switch would end it: nothing is flushed, nobody is asked. */
async function killUnderLoad(round: number, acknowledged: Acknowledged): Promise<void> {
  const shop = await startTestEngine({ stateDir });
  if (round === 0) await stockShop(shop.secret, Object.fromEntries(SKUS.map((sku) => [sku, UNITS])));
  const enough = acknowledged.orders.size + ORDERS_MIN;
  const shopping = shopUntilGone(shop, round, acknowledged);
  await until(
    () => Promise.resolve(acknowledged.orders.size),
    (orders) => orders >= enough,
  );
  const { pid } = shop.engine;
  if (pid === null) throw new Error("the system does not tell workerd's id");
  process.kill(pid, "SIGKILL");
  // Stopping keeps the runtime from being started again, so that every lane sees it gone.
  await shop.stop();
  await shopping;
}

test("killed five times under load, the engine has lost nothing it acknowledged, and goes on", async (context) => {
  if (process.platform !== "linux") return context.skip("finding workerd's process needs /proc");
  const acknowledged: Acknowledged = { holds: new Map(), orders: new Set() };
  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged.orders.size;
    await killUnderLoad(round, acknowledged);
    expect(acknowledged.orders.size).toBeGreaterThan(before);
  }

  const shop = await startTestEngine({ stateDir });
  try {
    await expectEverythingFound(shop, acknowledged);
    await expectDueHoldsEnded(shop, acknowledged);
    await expectOrdersCompleted(shop, acknowledged);
    await expectStockAddsUp(shop);
  } finally {
    await shop.end();
  }
});

async function expectEverythingFound(shop: TestEngine, { holds, orders }: Acknowledged): Promise<void> {
  const lost: Array<string> = [];
  await inParallel([...holds.keys()], 16, async (hold) => {
    if ((await shop.secret("GET", `/v1/holds/${hold}`)).status !== 200) lost.push(hold);
  });
  await inParallel([...orders], 16, async (order) => {
    if ((await shop.secret("GET", `/v1/orders/${order}`)).status !== 200) lost.push(order);
  });
  expect(lost).toEqual([]);
}

async function expectDueHoldsEnded(shop: TestEngine, { holds }: Acknowledged): Promise<void> {
  const short = [...holds].filter(([, ttl]) => ttl === SHORT_TTL_SECONDS).map(([hold]) => hold);
  expect(short.length).toBeGreaterThan(0);
  await new Promise((resolve) => setTimeout(resolve, (SHORT_TTL_SECONDS + 1) * 1000));
  const statuses = new Set<unknown>();
  await inParallel(short, 16, async (hold) => {
    statuses.add((await shop.secret("GET", `/v1/holds/${hold}`)).body["status"]);
  });
  expect([...statuses]).toEqual(["expired"]);
}

/** The queues died with the engine, wherever the orders were. What brings them to the buyer is the outbox alone. */
async function expectOrdersCompleted(shop: TestEngine, { orders }: Acknowledged): Promise<void> {
  const open = async () => {
    const completed = await listAll<{ id: string }>(shop.secret, "/v1/orders?limit=200&status=completed");
    const ids = new Set(completed.map(({ id }) => id));
    return [...orders].filter((order) => !ids.has(order));
  };
  // Otherwise nothing was under way when the engine was killed, and the rest would promise nothing.
  expect((await open()).length).toBeGreaterThan(0);

  // A minute passes, after which what is still in the outbox counts as lost.
  await shop.engine.database
    .prepare("UPDATE outbox SET next_attempt_at_ms = next_attempt_at_ms - 60000")
    .run();
  const left = await until(
    async () => {
      await shop.engine.fireCron("* * * * *");
      const rows = await shop.engine.database
        .prepare("SELECT count(*) AS count FROM outbox")
        .first<{ count: number }>();
      return { orders: await open(), outboxRows: rows?.count };
    },
    (seen) => seen.orders.length === 0 && seen.outboxRows === 0,
    120,
  );
  expect(left).toEqual({ orders: [], outboxRows: 0 });
}

/** Every unit of every order has left, those of orders whose buyer never heard of them too. Nothing else has. */
async function expectStockAddsUp(shop: TestEngine): Promise<void> {
  const orders = await listAll<{ lines: Array<{ sku: string; quantity: number; fulfilled: number }> }>(
    shop.secret,
    "/v1/orders?limit=200",
  );
  for (const sku of SKUS) {
    expect(await auditSku(shop.secret, sku)).toEqual([]);
    const { body } = await shop.secret("GET", `/v1/skus/${sku}/stock`);
    const stock = body as unknown as Stock;
    const lines = orders.flatMap((order) => order.lines).filter((line) => line.sku === sku);
    const shipped = lines.reduce((sum, line) => sum + line.fulfilled, 0);
    const open = lines.reduce((sum, line) => sum + line.quantity, 0) - shipped;
    const onHand = stock.locations.reduce((sum, at) => sum + at.on_hand, 0);
    const promised = stock.committed + stock.locations.reduce((sum, at) => sum + at.allocated, 0);
    expect({ sku, units: onHand + shipped, promised, open }).toEqual({
      sku,
      units: UNITS,
      promised: 0,
      open: 0,
    });
  }
}
