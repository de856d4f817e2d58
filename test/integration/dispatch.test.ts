import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { dispatchBatch, DELIVERIES_MAX } from "../../src/worker/queues/dispatch.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { replayDeadLetter } from "../../src/worker/use-cases/replay-dead-letter.ts";
import { type FaultPlan, faultyD1 } from "../support/faults.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const sent: Array<unknown> = [];
const services: Services = {
  ...createServices(env, () => {}),
  send: async (_queue, bodies) => void sent.push(...bodies),
};

const AT = new Date(Date.UTC(2026, 10, 23));
type Given = { readonly id: string; readonly body: unknown; readonly attempts?: number };

async function deliver(queue: string, given: ReadonlyArray<Given>, to: Services = services) {
  const messages = given.map(({ id, body, attempts = 1 }) => ({ id, body, attempts, timestamp: AT }));
  const batch = createMessageBatch(queue, messages);
  await dispatchBatch(batch, to);
  const result = await getQueueResult(batch, createExecutionContext());
  return {
    acked: result.explicitAcks.toSorted(),
    retried: result.retryMessages.map(({ msgId }: { readonly msgId: string }) => msgId).toSorted(),
  };
}

async function deadLetters(): Promise<Array<Record<string, unknown>>> {
  const { results } = await env.DB.prepare(
    "SELECT queue, body, attempts, error FROM dead_letter ORDER BY rowid",
  ).all<Record<string, unknown>>();
  return results;
}

const news = (sku: string) => ({
  type: "stock.changed",
  sku,
  available: 3,
  held: 0,
  committed: 0,
  locations: [],
  version: 1,
});

describe("a batch", () => {
  test("with one poison message among 99 good ones handles the 99 and repeats none", async () => {
    const given = Array.from({ length: 100 }, (_, index) => ({
      id: `m${String(index).padStart(3, "0")}`,
      body: index === 42 ? { type: "stock.changed", sku: "../etc" } : news(`GOOD-${index}`),
    }));
    const result = await deliver("holdfast-channel-sync", given);
    expect(result).toEqual({ acked: given.map(({ id }) => id), retried: [] });
    const projected = await env.DB.prepare("SELECT count(*) AS count FROM stock_projection").first<{
      count: number;
    }>();
    expect(projected?.count).toBe(99);
    const [kept] = (await deadLetters()).slice(-1);
    expect(kept).toMatchObject({
      queue: "channel-sync",
      body: '{"type":"stock.changed","sku":"../etc"}',
      attempts: 1,
    });
    expect(kept?.["error"]).toContain("does not fit its schema");
  });

  test("of a queue that nobody consumes is refused whole: it is a mistake of the deployment", async () => {
    await expect(deliver("holdfast-unheard-of", [{ id: "x", body: {} }])).rejects.toThrow("no consumer");
    await expect(deliver("holdfast-__proto__", [{ id: "x", body: {} }])).rejects.toThrow("no consumer");
  });
});

describe("a message that cannot be handled", () => {
  /** The write fails with the rest of its batch and again by itself; what keeps the dead letter works. */
  const failing = (): Services => {
    let calls = 0;
    const plan: FaultPlan = {
      next: () => {
        calls += 1;
        return calls <= 2 ? "before" : null;
      },
      pause: () => Promise.resolve(),
    };
    return { ...services, db: createDb(faultyD1(env.DB, plan)) };
  };
  const body = news("UNLUCKY");

  test("comes again, until its last delivery is kept as a dead letter that can be replayed", async () => {
    for (let attempts = 1; attempts < DELIVERIES_MAX; attempts += 1) {
      expect(await deliver("holdfast-channel-sync", [{ id: "unlucky", body, attempts }], failing())).toEqual({
        acked: [],
        retried: ["unlucky"],
      });
    }
    const before = (await deadLetters()).length;
    const last = { id: "unlucky", body, attempts: DELIVERIES_MAX };
    expect(await deliver("holdfast-channel-sync", [last], failing())).toEqual({
      acked: ["unlucky"],
      retried: [],
    });
    expect((await deadLetters()).slice(before)).toEqual([
      {
        queue: "channel-sync",
        body: JSON.stringify(body),
        attempts: DELIVERIES_MAX,
        error: expect.stringContaining("InjectedFault"),
      },
    ]);

    const row = await env.DB.prepare("SELECT id FROM dead_letter WHERE body = ?1")
      .bind(JSON.stringify(body))
      .first<{ id: string }>();
    const actor = { principalId: "key_test", requestId: "req_test" };
    const replayed = await replayDeadLetter(services, actor, row?.id ?? "");
    expect(replayed).toMatchObject({ ok: true, value: { body, replayed_at: expect.any(String) } });
    expect(sent).toContainEqual({ outbox: expect.stringMatching(/^out_/), message: body });
    expect(await deliver("holdfast-channel-sync", [{ id: "again", body: sent.at(-1) }])).toEqual({
      acked: ["again"],
      retried: [],
    });
  });

  test("is put off where even the dead letter cannot be written, so that the platform keeps it", async () => {
    const broken = { next: () => "before" as const, pause: () => Promise.resolve() };
    const nowhere: Services = { ...services, db: createDb(faultyD1(env.DB, broken)) };
    expect(await deliver("holdfast-channel-sync", [{ id: "nowhere", body, attempts: 6 }], nowhere)).toEqual({
      acked: [],
      retried: ["nowhere"],
    });
  });

  test("and that the platform gave up on is kept once, from whichever queue it comes", async () => {
    const before = (await deadLetters()).length;
    const dead = { id: "crashed", body: { type: "order.route", order_id: "ord_1" }, attempts: 6 };
    for (const queue of ["holdfast-fulfillment-dlq", "holdfast-fulfillment-dlq"]) {
      expect(await deliver(queue, [dead])).toEqual({ acked: ["crashed"], retried: [] });
    }
    expect((await deadLetters()).slice(before)).toMatchObject([
      { queue: "fulfillment", error: "the consumer did not finish", attempts: 6 },
    ]);
    // The consumer had kept it before it died: still one.
    await deliver("holdfast-fulfillment", [{ ...dead, id: "kept-twice" }]);
    const kept = (await deadLetters()).length;
    await deliver("holdfast-fulfillment-dlq", [{ ...dead, id: "kept-twice" }]);
    expect(await deadLetters()).toHaveLength(kept);
  });

  test("because what it names is not there is not tried again", async () => {
    const before = (await deadLetters()).length;
    const result = await deliver("holdfast-fulfillment", [
      { id: "lost", body: { type: "shipment.ship", shipment_id: "shp_nowhere" } },
    ]);
    expect(result).toEqual({ acked: ["lost"], retried: [] });
    expect((await deadLetters()).slice(before)).toMatchObject([
      { error: "StepImpossible: there is nothing of this id" },
    ]);
  });
});
