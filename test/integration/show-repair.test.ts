import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";

import { showBodySchema } from "../../src/contract/shows.ts";
import { createDb } from "../../src/db/client.ts";
import { RESEND_AFTER_MS } from "../../src/db/outbox.ts";
import { findShow } from "../../src/db/shows.ts";
import type { Sku } from "../../src/domain/brand.ts";
import { skuClient } from "../../src/durable-objects/sku/client.ts";
import { dispatchBatch } from "../../src/worker/queues/dispatch.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { alignShow } from "../../src/worker/use-cases/align-show.ts";
import { closeShow, openShow } from "../../src/worker/use-cases/change-show.ts";
import { putShow } from "../../src/worker/use-cases/put-show.ts";
import { relayOutbox } from "../../src/worker/use-cases/relay-outbox.ts";
import { apiClient, seedKey, stockUp } from "../support/api-client.ts";
import { failNth, faulty, faultyD1, type FaultMode, type FaultPlan } from "../support/faults.ts";

const api = apiClient("sk_test_repair");
const plain = createServices(env, (work) => void work.catch(() => {}));
const actor = { principalId: "key_test", requestId: "req_test" };
const db = createDb(env.DB);

// Every failure is meant, and logged.
beforeAll(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  await seedKey("sk_test_repair");
});
afterEach(async () => {
  await env.DB.prepare("DELETE FROM outbox").run();
});

/** Services that fail as planned, at every round trip to the database and to the objects. */
function failing(plan: FaultPlan): Services {
  return {
    ...plain,
    db: createDb(faultyD1(env.DB, plan)),
    sku: (sku) => faulty("sku", plain.sku(sku), plan),
  };
}

/** What the cron does a minute later: sends what was left in the outbox, and its consumer handles it. */
async function aMinuteLater(): Promise<void> {
  const sent: Array<unknown> = [];
  const services: Services = {
    ...plain,
    nowMs: () => Date.now() + RESEND_AFTER_MS,
    send: async (_, bodies) => void sent.push(...bodies),
  };
  await relayOutbox(services);
  if (sent.length === 0) return;
  const timestamp = new Date();
  const batch = createMessageBatch(
    "holdfast-channel-sync",
    sent.map((body, index) => ({ id: `m${index}-${crypto.randomUUID()}`, body, attempts: 1, timestamp })),
  );
  await dispatchBatch(batch, services);
  const result = await getQueueResult(batch, createExecutionContext());
  expect(result.retryMessages).toEqual([]);
}

/** What database and objects say of a show. They must say the same. */
async function bothSides(code: string, skus: ReadonlyArray<string>) {
  const record = await findShow(db, code);
  const isClosed = record !== null && record.show.closedAtMs !== null;
  const wanted = skus.map((sku) => {
    const drop = record?.drops.find((each) => each.sku === sku);
    if (drop === undefined || isClosed) return [sku, "closed", 0];
    const opensAtMs = drop.opensAtMs ?? record?.show.openedAtMs ?? record?.show.startsAtMs ?? null;
    return [sku, opensAtMs === null ? "scheduled" : "open", drop.quantity];
  });
  const found = await Promise.all(
    skus.map(async (sku) => {
      const port = skuClient(env, sku as Sku);
      const [report, stock] = [await port.readDrop(code, "state"), await port.stock()];
      return [sku, report?.status ?? "closed", stock?.ringFenced ?? 0];
    }),
  );
  return { wanted, found };
}

const bodyOf = (drops: Record<string, number>) =>
  showBodySchema.parse({
    title: "Repaired",
    drops: Object.entries(drops).map(([sku, quantity]) => ({ sku, quantity })),
  });

type Change = (services: Services, code: string, skus: ReadonlyArray<string>) => Promise<unknown>;
const [two, one]: readonly [Change, Change] = [
  (services, code, [a = "", b = ""]) => putShow(services, actor, code, bodyOf({ [a]: 3, [b]: 4 }), undefined),
  (services, code, [a = ""]) => putShow(services, actor, code, bodyOf({ [a]: 2 }), undefined),
];
const open: Change = (services, code) => openShow(services, actor, code);
const close: Change = (services, code) => closeShow(services, actor, code);
const impossible: Change = (services, code, [a = "", b = ""]) =>
  putShow(services, actor, code, bodyOf({ [a]: 5, [b]: 99 }), undefined);

/** What was done before, and what is then interrupted. */
const stories: ReadonlyArray<readonly [string, ReadonlyArray<Change>, Change]> = [
  ["set up", [], two],
  ["changed, and a drop taken out", [two], one],
  ["refused", [two], impossible],
  ["refused at once", [], impossible],
  ["opened", [two], open],
  ["closed", [two, open], close],
];

describe.each(stories)("a show that is being %s", (name, before, change) => {
  test.each<FaultMode>(["before", "after"])(
    "is the same on both sides a minute after any call failed %s it was carried out",
    async (mode) => {
      let nth = 0;
      let calls: ReadonlyArray<string> = [];
      do {
        nth += 1;
        const code = `repair-${name.replaceAll(/[^a-z]/g, "")}-${mode}-${nth}`;
        const skus = [`${code}-a`, `${code}-b`];
        for (const sku of skus) await stockUp(api, sku, 10);
        for (const step of before) await step(plain, code, skus);
        const plan = failNth(nth, mode);
        const outcome = await change(failing(plan), code, skus).then(
          () => "done",
          () => "failed",
        );
        calls = plan.calls;
        await aMinuteLater();
        const { wanted, found } = await bothSides(code, skus);
        expect(found, `${mode} call ${nth}: ${calls[nth - 1]}, ${outcome}`).toEqual(wanted);
        // Whoever repeats the call gets what they wanted, whatever was left of the first.
        await change(plain, code, skus);
        const repeated = await bothSides(code, skus);
        expect(repeated.found).toEqual(repeated.wanted);
      } while (calls.length >= nth);
      expect(nth).toBeGreaterThan(4);
    },
  );
});

test("a call that succeeds leaves nothing to be done later", async () => {
  for (const sku of ["clean-a", "clean-b"]) await stockUp(api, sku, 10);
  for (const step of [two, one, impossible, open, close]) await step(plain, "clean", ["clean-a", "clean-b"]);
  expect(await env.DB.prepare("SELECT count(*) AS rows FROM outbox").first("rows")).toBe(0);
  const { results } = await env.DB.prepare(
    "SELECT action, actor FROM audit_log WHERE subject = 'show:clean' ORDER BY rowid",
  ).all();
  expect(results.map(({ action }) => action)).toEqual([
    "show.created",
    "show.changed",
    "show.opened",
    "show.closed",
  ]);
});

test("whoever is overtaken while telling the objects tells them again what stands", async () => {
  for (const sku of ["torn-a", "torn-b"]) await stockUp(api, sku, 10);
  const skus = ["torn-a", "torn-b"];
  await two(plain, "torn", skus);
  let isOvertaken = false;
  const slow: Services = {
    ...plain,
    sku: (sku) => {
      const port = plain.sku(sku);
      return {
        ...port,
        putDrop: async (command) => {
          if (!isOvertaken) {
            isOvertaken = true;
            await putShow(plain, actor, "torn", bodyOf({ "torn-a": 6, "torn-b": 4 }), undefined);
          }
          return port.putDrop(command);
        },
      };
    },
  };
  await alignShow(slow, "torn", []);
  expect((await bothSides("torn", skus)).found).toEqual([
    ["torn-a", "scheduled", 6],
    ["torn-b", "scheduled", 4],
  ]);
});

test("a repair that comes twice, or long after other changes, changes nothing", async () => {
  for (const sku of ["late-a", "late-b"]) await stockUp(api, sku, 10);
  const skus = ["late-a", "late-b"];
  await two(plain, "late", skus);
  const before = await bothSides("late", skus);
  const message = { type: "show.align", show: "late", skus };
  for (const round of [1, 2, 3]) {
    const batch = createMessageBatch("holdfast-channel-sync", [
      { id: `late-${round}`, body: message, attempts: 1, timestamp: new Date() },
    ]);
    await dispatchBatch(batch, plain);
    expect((await getQueueResult(batch, createExecutionContext())).explicitAcks).toHaveLength(1);
  }
  expect(await bothSides("late", skus)).toEqual(before);
});
