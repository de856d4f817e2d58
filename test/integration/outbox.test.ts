import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { openEnvelope, type FulfillmentMessage } from "../../src/contract/queue.ts";
import { createDb, insertMany } from "../../src/db/client.ts";
import { outboxRow } from "../../src/db/events.ts";
import { envelopeOf, RESEND_AFTER_MS, type OutboxRow } from "../../src/db/outbox.ts";
import { outbox } from "../../src/db/schema/platform.ts";
import { dispatchBatch, DELIVERIES_MAX } from "../../src/worker/queues/dispatch.ts";
import { runScheduled } from "../../src/worker/scheduled/dispatch.ts";
import type { Services } from "../../src/worker/services.ts";
import { relayOutbox } from "../../src/worker/use-cases/relay-outbox.ts";
import { replayDeadLetter } from "../../src/worker/use-cases/replay-dead-letter.ts";
import { failNth, faultyD1, NO_FAULTS } from "../support/faults.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

const db = createDb(env.DB);
const actor = { principalId: "key_test", requestId: "req_test" };

// Every failure is meant, and logged.
beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(console, "warn").mockImplementation(() => {});
  await env.DB.batch([env.DB.prepare("DELETE FROM outbox"), env.DB.prepare("DELETE FROM dead_letter")]);
});

async function oneParcel(): Promise<ParcelWorld> {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 2 });
  return world;
}

/** Commits a message to the outbox, and sends nothing. */
async function committed(world: ParcelWorld, message: FulfillmentMessage): Promise<OutboxRow> {
  const row = outboxRow("fulfillment", message, world.nowMs);
  await insertMany(db, outbox, [row]).run();
  return row;
}

async function outboxIds(): Promise<Array<string>> {
  const { results } = await env.DB.prepare("SELECT id FROM outbox ORDER BY id").all<{ id: string }>();
  return results.map(({ id }) => id);
}

async function deadLetters() {
  const { results } = await env.DB.prepare("SELECT id, queue, body FROM dead_letter ORDER BY rowid").all<{
    id: string;
    queue: string;
    body: string;
  }>();
  return results;
}

async function deliver(
  services: Services,
  bodies: ReadonlyArray<unknown>,
  options: { readonly queue?: string; readonly attempts?: number; readonly copy?: string } = {},
) {
  const { queue = "holdfast-fulfillment", attempts = 1, copy = "first" } = options;
  const timestamp = new Date(services.nowMs());
  const messages = bodies.map((body, index) => ({ id: `${copy}-${index}`, body, attempts, timestamp }));
  const batch = createMessageBatch(queue, messages);
  await dispatchBatch(batch, services);
  const result = await getQueueResult(batch, createExecutionContext());
  return { acked: result.explicitAcks.length, retried: result.retryMessages.length };
}

/** Services of a world whose queue loses each message the first times it is sent. */
function losing(world: ParcelWorld, times: number) {
  const sendings = new Map<string | null, number>();
  const plain = world.services();
  const services = world.services({
    send: async (queue, bodies) => {
      const arrived = bodies.filter((body) => {
        const { outboxId } = openEnvelope(body);
        sendings.set(outboxId, (sendings.get(outboxId) ?? 0) + 1);
        return (sendings.get(outboxId) ?? 0) > times;
      });
      await plain.send(queue, arrived);
    },
  });
  return { services, sendings };
}

describe("a queue that loses", () => {
  test.each([1, 4])("every message %i times over still gets the order to the buyer's door", async (times) => {
    const world = await oneParcel();
    const { services, sendings } = losing(world, times);
    await world.deliver(services);
    expect(await world.outcome()).toMatchObject({
      order: ["completed", "paid", "delivered", expect.any(Number), true],
      lines: [["MUG", 2, 2, 2]],
      labels: [{ count: 1 }],
      outbox: [],
    });
    expect(await outboxIds()).toEqual([]);
    // Pick, label, ship and three pieces of tracking news; what was not lost was sent only once.
    expect([...sendings.values()]).toEqual(Array.from({ length: 6 }, () => times + 1));
  });

  test("is made good by the cron, once a minute has passed, and by nothing before", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    const sent: Array<unknown> = [];
    const services = world.services({ send: async (_queue, bodies) => void sent.push(...bodies) });
    world.nowMs += RESEND_AFTER_MS - 1;
    await runScheduled("* * * * *", services);
    expect(sent).toEqual([]);
    world.nowMs += 1;
    await runScheduled("* * * * *", services);
    expect(sent).toEqual([envelopeOf(row)]);
    await runScheduled("* * * * *", services);
    expect(sent).toHaveLength(1);
  });
});

describe("a row", () => {
  test("goes with its message, and one statement deletes those of a batch", async () => {
    const world = await oneParcel();
    await world.deliver();
    // All of them are done already: a step that finds nothing to do has to forget its row, too.
    const rows = await Promise.all(world.sent.map((message) => committed(world, message)));
    const kept = await committed(world, { type: "order.route", order_id: "ord_not-in-this-batch" });
    const plan = failNth(0, "before");
    const services = world.services({ db: createDb(faultyD1(env.DB, plan)) });
    const result = await deliver(services, rows.map(envelopeOf));
    expect(result).toEqual({ acked: rows.length, retried: 0 });
    expect(await outboxIds()).toEqual([kept.id]);
    expect(plan.calls.filter((call) => call === "d1.run")).toHaveLength(1);
  });

  test("stays while its message is put off", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    await env.DB.prepare("UPDATE orders SET stock_committed_at_ms = NULL WHERE id = ?1")
      .bind(world.orderId)
      .run();
    const result = await deliver(world.services(), [envelopeOf(row)]);
    expect(result).toEqual({ acked: 0, retried: 1 });
    expect(await outboxIds()).toEqual([row.id]);
  });

  test("that could not be deleted is sent again, changes nothing, and goes", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    const undeletable = world.services({
      db: createDb(faultyD1(env.DB, { ...NO_FAULTS, next: (call) => (call === "d1.run" ? "before" : null) })),
    });
    const result = await deliver(undeletable, [envelopeOf(row)]);
    expect(result).toEqual({ acked: 1, retried: 0 });
    expect(await outboxIds()).toContain(row.id);
    await world.deliver();
    expect(await outboxIds()).toEqual([]);
    expect(await world.outcome()).toMatchObject({
      order: ["completed", "paid", "delivered", expect.any(Number), true],
      fulfillmentOrders: [["BER", "closed", 3, [["MUG", 2]]]],
      labels: [{ count: 1 }],
      events: expect.arrayContaining([{ type: "order.routed", count: 1 }]),
    });
  });

  test("whose relay dies between sending and noting it is sent twice, and handled as once", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    world.nowMs += RESEND_AFTER_MS;
    const sent: Array<unknown> = [];
    const send: Services["send"] = async (_queue, bodies) => void sent.push(...bodies);
    const forgetful = world.services({
      send,
      db: createDb(faultyD1(env.DB, { ...NO_FAULTS, next: (call) => (call === "d1.run" ? "before" : null) })),
    });
    await expect(relayOutbox(forgetful)).rejects.toThrow("before");
    expect(await relayOutbox(world.services({ send }))).toBe(1);
    expect(await relayOutbox(world.services({ send }))).toBe(0);
    expect(sent).toEqual([envelopeOf(row), envelopeOf(row)]);
    expect(await deliver(world.services(), sent)).toEqual({ acked: 2, retried: 0 });
    await world.deliver();
    expect(await outboxIds()).toEqual([]);
    expect(await world.outcome()).toMatchObject({
      fulfillmentOrders: [["BER", "closed", 3, [["MUG", 2]]]],
      lines: [["MUG", 2, 2, 2]],
    });
  });

  test("that no queue takes stays due", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    world.nowMs += RESEND_AFTER_MS;
    const down = world.services({ send: () => Promise.reject(new Error("down")) });
    await expect(relayOutbox(down)).rejects.toThrow("down");
    const sent: Array<unknown> = [];
    await relayOutbox(world.services({ send: async (_queue, bodies) => void sent.push(...bodies) }));
    expect(sent).toEqual([envelopeOf(row)]);
  });
});

describe("a message that is given up", () => {
  const hopeless: FulfillmentMessage = { type: "shipment.ship", shipment_id: "shp_nowhere" };

  test("is one dead letter without its envelope, however often it was sent, and its row goes", async () => {
    const world = new ParcelWorld();
    const row = await committed(world, hopeless);
    for (const copy of ["first", "second"]) await deliver(world.services(), [envelopeOf(row)], { copy });
    await deliver(world.services(), [envelopeOf(row)], { copy: "third", queue: "holdfast-fulfillment-dlq" });
    expect(await deadLetters()).toMatchObject([{ queue: "fulfillment", body: JSON.stringify(hopeless) }]);
    expect(await outboxIds()).toEqual([]);
  });

  test("by the platform, because its consumer died each time, takes its row along", async () => {
    const world = new ParcelWorld();
    const row = await committed(world, hopeless);
    await deliver(world.services(), [envelopeOf(row)], { queue: "holdfast-fulfillment-dlq" });
    expect(await deadLetters()).toMatchObject([{ queue: "fulfillment", body: JSON.stringify(hopeless) }]);
    expect(await outboxIds()).toEqual([]);
  });

  test("after its last delivery, for an order whose stock is never committed, takes its row along", async () => {
    const world = await oneParcel();
    const row = await committed(world, { type: "order.route", order_id: world.orderId });
    await env.DB.prepare("UPDATE orders SET stock_committed_at_ms = NULL WHERE id = ?1")
      .bind(world.orderId)
      .run();
    await deliver(world.services(), [envelopeOf(row)], { attempts: DELIVERIES_MAX });
    expect(await deadLetters()).toMatchObject([{ body: row.body }]);
    expect(await outboxIds()).toEqual([]);
  });

  test("but cannot be kept has its row stay", async () => {
    const world = new ParcelWorld();
    const row = await committed(world, hopeless);
    const readOnly = world.services({
      db: createDb(faultyD1(env.DB, { ...NO_FAULTS, next: (call) => (call === "d1.run" ? "before" : null) })),
    });
    expect(await deliver(readOnly, [envelopeOf(row)])).toEqual({ acked: 0, retried: 1 });
    expect(await deadLetters()).toEqual([]);
    expect(await outboxIds()).toEqual([row.id]);
  });

  test("is replayed through the outbox: lost again, it comes again; given up again, it is kept again", async () => {
    const world = new ParcelWorld();
    const row = await committed(world, hopeless);
    await deliver(world.services(), [envelopeOf(row)]);
    const [dead] = await deadLetters();
    const replayed = await replayDeadLetter(
      world.services({ send: () => Promise.reject(new Error("down")) }),
      actor,
      dead?.id ?? "",
    );
    expect(replayed).toMatchObject({ ok: true, value: { replayed_at: expect.any(String) } });
    expect(await outboxIds()).toHaveLength(1);

    world.nowMs += RESEND_AFTER_MS;
    const sent: Array<unknown> = [];
    await relayOutbox(world.services({ send: async (_queue, bodies) => void sent.push(...bodies) }));
    expect(sent.map((body) => openEnvelope(body).message)).toEqual([hopeless]);
    await deliver(world.services(), sent, { copy: "replayed" });
    const waiting = await env.DB.prepare("SELECT id FROM dead_letter WHERE replayed_at_ms IS NULL").all();
    expect(waiting.results).toHaveLength(1);
    expect(await deadLetters()).toHaveLength(2);
    expect(await outboxIds()).toEqual([]);
  });
});
