import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { fulfillmentMessageSchema, openEnvelope, type FulfillmentMessage } from "../../src/contract/queue.ts";
import { handleFulfillment } from "../../src/worker/queues/fulfillment.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { createBulkJob, undoBulkJob } from "../../src/worker/use-cases/bulk-job.ts";
import { apiClient, seedKey } from "../support/api-client.ts";

const api = apiClient("sk_test_bulk");
const actor = { principalId: "key_bulk", requestId: "req_bulk" };

beforeAll(async () => {
  await seedKey("sk_test_bulk");
  await env.DB.batch(
    Array.from({ length: 25 }, (_, index) =>
      env.DB.prepare(
        `INSERT INTO orders (id, number, status, payment_status, fulfillment_status, currency, subtotal, discount_total,
           shipping_total, tax_total, total, channel, stock_committed_at_ms, placed_at_ms, updated_at_ms, version)
         VALUES (?1, ?2, ?3, 'unpaid', 'unfulfilled', 'EUR', 100, 0, 0, 0, 100, 'csv', 1, ?4, 1, 1)`,
      ).bind(`ord_bulk${index}`, 900_000 + index, index === 7 ? "completed" : "placed", 1_000 + index),
    ),
  );
});

/** The engine with its queue in hand. */
class Desk {
  readonly queue: Array<FulfillmentMessage> = [];
  readonly services: Services = {
    ...createServices(env, () => {}),
    send: async (_queue, bodies) => {
      this.queue.push(...bodies.map((body) => fulfillmentMessageSchema.parse(openEnvelope(body).message)));
    },
    background: (work) => void this.#work.push(work),
  };
  readonly #work: Array<Promise<unknown>> = [];

  /** @param times - How often each message comes. */
  async run(times = 1): Promise<void> {
    await Promise.all(this.#work);
    for (let message = this.queue.shift(); message !== undefined; message = this.queue.shift()) {
      if (message.type !== "bulk.step") continue;
      for (let count = 0; count < times; count += 1) await handleFulfillment(message, this.services);
    }
  }
}

async function begun(desk: Desk, action: object, filter: object = { channel: "csv" }): Promise<string> {
  const scope = crypto.randomUUID();
  const job = await createBulkJob(desk.services, { filter, action } as never, actor, scope);
  const again = await createBulkJob(desk.services, { filter, action } as never, actor, scope);
  if (!job.ok || !again.ok) throw new Error("no job");
  expect(again.value.id).toBe(job.value.id);
  return job.value.id;
}

const jobNamed = async (id: string) => (await api.get(`/v1/bulk-jobs/${id}`)).body;
const tagged = async (tag: string) =>
  env.DB.prepare("SELECT count(*) AS n FROM order_tag WHERE tag = ?1").bind(tag).first<number>("n");

test("every order of a filter is tagged in steps, and what was not so before is taken back, whatever comes thrice", async () => {
  await env.DB.prepare(
    "INSERT INTO order_tag (order_id, tag, placed_at_ms) VALUES ('ord_bulk3', 'sale', 1003)",
  ).run();
  const desk = new Desk();
  const id = await begun(desk, { do: "tag", tags: ["sale"] });
  expect(await jobNamed(id)).toMatchObject({ status: "running", matched: 25, done: 0 });
  expect((await api.post(`/v1/bulk-jobs/${id}/undo`, {})).body.code).toBe("bulk_job_running");
  await desk.run(3);
  expect(await jobNamed(id)).toMatchObject({ status: "done", done: 25, refused: 0 });
  expect(await tagged("sale")).toBe(25);
  const items = (await api.get(`/v1/bulk-jobs/${id}/items?limit=100`)).body.data;
  expect(items.filter(({ can_be_undone: can }: { can_be_undone: boolean }) => !can)).toMatchObject([
    { order: "ord_bulk3" },
  ]);
  const { n } = (await env.DB.prepare(
    "SELECT count(*) AS n FROM order_event WHERE type = 'order.tagged' AND order_id GLOB 'ord_bulk*'",
  ).first<{ n: number }>()) ?? { n: 0 };
  expect(n).toBe(24);

  const undone = await undoBulkJob(desk.services, id, actor);
  await desk.run(3);
  expect(undone).toMatchObject({ ok: true, value: { undoes: id, matched: 24 } });
  expect(await tagged("sale")).toBe(1);
  const again = await undoBulkJob(desk.services, id, actor);
  expect(again.ok && again.value.status).toBe("done");
  await desk.run();
  expect(await tagged("sale")).toBe(1);
});

test("orders are held and released again; one that cannot be is refused with its reason, and stops none", async () => {
  const desk = new Desk();
  const id = await begun(desk, { do: "hold", reason: "recall" });
  await desk.run();
  expect(await jobNamed(id)).toMatchObject({ done: 24, refused: 1 });
  expect((await api.get(`/v1/bulk-jobs/${id}/items?outcome=refused`)).body.data).toMatchObject([
    { order: "ord_bulk7", reason: "order_state_conflict" },
  ]);
  await undoBulkJob(desk.services, id, actor);
  await desk.run();
  const left = await env.DB.prepare(
    "SELECT count(*) AS n FROM orders WHERE status = 'on_hold' AND channel = 'csv'",
  ).first("n");
  expect(left).toBe(0);
});

test("a job that is stopped leaves the rest alone; cancels are not taken back", async () => {
  const desk = new Desk();
  const stopped = await begun(desk, { do: "tag", tags: ["stopped"] });
  const [first] = desk.queue;
  if (first !== undefined) await handleFulfillment(first, desk.services);
  expect((await api.post(`/v1/bulk-jobs/${stopped}/stop`, {})).body).toMatchObject({
    status: "stopped",
    done: 20,
  });
  await desk.run();
  expect(await tagged("stopped")).toBe(20);

  const canceled = await begun(desk, { do: "cancel", reason: "staff" }, { tag: "stopped" });
  await desk.run(2);
  expect(await jobNamed(canceled)).toMatchObject({ status: "done", matched: 20 });
  expect((await api.post(`/v1/bulk-jobs/${canceled}/undo`, {})).body.code).toBe("bulk_not_undoable");
  expect((await api.get("/v1/bulk-jobs?limit=1")).body).toMatchObject({ data: [{ id: canceled }] });
});

test("a job without a filter, or with an action that nobody knows, is refused", async () => {
  const action = { do: "tag", tags: ["x"] };
  expect((await api.post("/v1/bulk-jobs", { filter: {}, action })).status).toBe(422);
  expect(
    (await api.post("/v1/bulk-jobs", { filter: { tag: "x" }, action: { do: "notify", note: "x" } })).status,
  ).toBe(422);
  expect((await api.get("/v1/bulk-jobs/job_none")).status).toBe(404);
  const made = await api.post("/v1/bulk-jobs", { filter: { tag: "nobody" }, action });
  expect(made).toMatchObject({ status: 201, body: { matched: 0, created_by: "key_sk-test-bulk" } });
});
