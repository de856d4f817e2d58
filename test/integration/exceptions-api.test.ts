import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, test } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { err } from "../../src/domain/result.ts";
import { manualPayments } from "../../src/integrations/payments/manual.ts";
import { raiseException } from "../../src/worker/use-cases/raise-exception.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { ParcelWorld, thriceShuffled } from "../support/parcel-world.ts";

const api = apiClient("sk_exceptions_test");
let nowMs = Date.UTC(2026, 10, 24, 12);

beforeAll(async () => {
  await seedKey("sk_exceptions_test");
});
beforeEach(async () => {
  await env.DB.exec("DELETE FROM exception");
});

/** Raises a short pick. */
async function raise(subject: string, fact: string): Promise<void> {
  nowMs += 1;
  await raiseException(
    { db: createDb(env.DB), nowMs: () => nowMs },
    { kind: "short_pick", subject, orderId: "ord_1", fact, data: { missing: 1 } },
  );
}

test("goods whose payment is declined after they left are a task for a person, once, however often the step runs", async () => {
  const world = new ParcelWorld();
  await world.stock({ mug: { BER: 1 } });
  await world.order({ mug: 1 });
  const declining = {
    ...manualPayments,
    capture: async () => err({ code: "declined" as const, reason: "card_expired" }),
  };
  await world.deliver(world.services({ paymentProvider: () => declining }), thriceShuffled(7));

  const { body } = await api.get(`/v1/exceptions?order=${world.orderId}`);
  expect(body.data).toMatchObject([
    {
      kind: "capture_declined",
      status: "open",
      order: world.orderId,
      subject: `order:${world.orderId}`,
      data: { reason: "card_expired" },
      assignee: null,
      version: 1,
    },
  ]);
  expect(body.data[0].what_to_do).toMatch(/another way to pay/);
  const { results } = await env.DB.prepare("SELECT id FROM dead_letter").all();
  expect(results).toEqual([]);
});

test("an occurrence is one row, and the list is newest first, by page and by filter", async () => {
  await raise("shipment:shp_1", "a");
  await raise("shipment:shp_2", "a");
  await raise("shipment:shp_2", "a");
  await raise("shipment:shp_2", "b");
  const subjects = (body: { data: ReadonlyArray<{ subject: string }> }) =>
    body.data.map(({ subject }) => subject);

  const first = await api.get("/v1/exceptions?limit=2&kind=short_pick");
  expect(subjects(first.body)).toEqual(["shipment:shp_2", "shipment:shp_2"]);
  const second = await api.get(`/v1/exceptions?limit=2&cursor=${first.body.next_cursor}`);
  expect(subjects(second.body)).toEqual(["shipment:shp_1"]);
  expect(second.body.next_cursor).toBeNull();
  expect((await api.get("/v1/exceptions?kind=refund_failed")).body.data).toEqual([]);
  expect((await api.get("/v1/exceptions?cursor=bm8")).status).toBe(422);
});

test("an exception is given to somebody, then resolved once, and both stand in the audit log", async () => {
  await raise("shipment:shp_3", "");
  const [{ id }] = (await api.get("/v1/exceptions")).body.data;
  const assigned = await api.post(`/v1/exceptions/${id}/assign`, { assignee: "operator-7" });
  expect(assigned).toMatchObject({
    status: 200,
    body: { assignee: "operator-7", status: "open", version: 2 },
  });
  expect(assigned.headers.get("etag")).toBe('"2"');
  expect((await api.get("/v1/exceptions?assignee=operator-7")).body.data).toHaveLength(1);

  const stale = await api.send("POST", `/v1/exceptions/${id}/resolve`, {
    body: JSON.stringify({ resolution: "counted" }),
    headers: { "content-type": "application/json", "idempotency-key": "stale", "if-match": '"1"' },
  });
  expect(stale.body).toMatchObject({ status: 412, code: "precondition_failed" });

  const both = await Promise.all(
    ["a", "b"].map((key) =>
      api.post(`/v1/exceptions/${id}/resolve`, { resolution: `counted ${key}` }, `resolve-${key}`),
    ),
  );
  expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  const late = await api.post(`/v1/exceptions/${id}/assign`, { assignee: null });
  expect(late.body).toMatchObject({ status: 409, code: "exception_resolved" });
  expect((await api.get("/v1/exceptions?status=open")).body.data).toEqual([]);

  const { results } = await env.DB.prepare("SELECT action FROM audit_log WHERE subject = ?1 ORDER BY at_ms")
    .bind(`exception:${id}`)
    .all();
  expect(results).toEqual([{ action: "exception.assigned" }, { action: "exception.resolved" }]);
  expect((await api.get("/v1/exceptions/exc_none")).status).toBe(404);
});

test("nobody's webhook is refused without being read", async () => {
  const sent = await apiClient(null).send("POST", "/webhooks/nobody", { body: "{" });
  expect(sent.body).toMatchObject({ status: 404, code: "not_found" });
});
