import { expect, test } from "vitest";

import { openEnvelope } from "../../src/contract/queue.ts";
import { createDb, insertMany } from "../../src/db/client.ts";
import { outboxRow } from "../../src/db/events.ts";
import { deleteOutbox, envelopeOf, putOffOutbox, readDueOutbox } from "../../src/db/outbox.ts";
import { outbox } from "../../src/db/schema/platform.ts";
import { nodeD1 } from "../support/node-d1.ts";

const START_MS = Date.UTC(2026, 10, 23);
const MINUTE_MS = 60_000;
const routeOf = (order: string, atMs = START_MS) =>
  outboxRow("fulfillment", { type: "order.route", order_id: order }, atMs);

/** An outbox with these rows. */
async function outboxOf(...rows: ReadonlyArray<ReturnType<typeof routeOf>>) {
  const db = createDb(nodeD1().d1);
  await insertMany(db, outbox, rows).run();
  const dueIds = async (atMs: number, limit = 100) =>
    (await readDueOutbox(db, atMs, limit)).map(({ id }) => id);
  return { db, dueIds };
}

test("a row is due a minute after it was committed, and not before", async () => {
  const row = routeOf("ord_1");
  const { dueIds } = await outboxOf(row);
  expect(await dueIds(START_MS + MINUTE_MS - 1)).toEqual([]);
  expect(await dueIds(START_MS + MINUTE_MS)).toEqual([row.id]);
});

test("each time a row is sent again it waits twice as long, and never more than an hour", async () => {
  const row = routeOf("ord_1");
  const { db, dueIds } = await outboxOf(row);
  const waits: Array<number> = [];
  let nowMs = START_MS + MINUTE_MS;
  for (let sent = 0; sent < 9; sent += 1) {
    expect(await dueIds(nowMs)).toEqual([row.id]);
    await putOffOutbox(db, [row.id], nowMs);
    let waitMs = 0;
    while ((await dueIds(nowMs + waitMs)).length === 0) waitMs += MINUTE_MS;
    waits.push(waitMs / MINUTE_MS);
    nowMs += waitMs;
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test("a clock that went back does not have a row sent again at once", async () => {
  const row = routeOf("ord_1");
  const { db, dueIds } = await outboxOf(row);
  const earlierMs = START_MS - 5 * MINUTE_MS;
  await putOffOutbox(db, [row.id], earlierMs);
  expect(await dueIds(earlierMs + MINUTE_MS - 1)).toEqual([]);
  expect(await dueIds(earlierMs + MINUTE_MS)).toEqual([row.id]);
});

test("what is longest overdue is sent first, and only so much at a time", async () => {
  const rows = [3, 1, 2].map((minute) => routeOf(`ord_${minute}`, START_MS + minute));
  const { dueIds } = await outboxOf(...rows);
  const [third, first, second] = rows.map(({ id }) => id);
  expect(await dueIds(START_MS + 2 * MINUTE_MS)).toEqual([first, second, third]);
  expect(await dueIds(START_MS + 2 * MINUTE_MS, 2)).toEqual([first, second]);
});

test("rows that are handled go together, and no others", async () => {
  const rows = ["ord_1", "ord_2", "ord_3"].map((order) => routeOf(order));
  const [first, second, third] = rows.map(({ id }) => id);
  const { db, dueIds } = await outboxOf(...rows);
  await deleteOutbox(db, [first ?? "", third ?? "", "out_unheard-of"]);
  expect(await dueIds(START_MS + MINUTE_MS)).toEqual([second]);
});

test("a message travels with the id of its row, and is found in it again", () => {
  const row = routeOf("ord_1");
  const overTheWire: unknown = JSON.parse(JSON.stringify(envelopeOf(row)));
  expect(openEnvelope(overTheWire)).toEqual({
    outboxId: row.id,
    message: { type: "order.route", order_id: "ord_1" },
  });
});

test.each([
  { type: "order.route", order_id: "ord_1" },
  { outbox: "out_1", message: { type: "order.route" }, more: true },
  { outbox: "ord_1", message: { type: "order.route" } },
  { outbox: ["out_1"], message: null },
  null,
  "out_1",
])("what is no envelope is a bare message: %j", (body) => {
  expect(openEnvelope(body)).toEqual({ outboxId: null, message: body });
});
