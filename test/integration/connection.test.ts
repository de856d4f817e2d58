import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
} from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { FAILURES_TO_OPEN, OPEN_MS_MIN } from "../../src/domain/connections/breaker.ts";
import { err, ok } from "../../src/domain/result.ts";
import { connectionClient } from "../../src/durable-objects/connection/client.ts";
import { objectName } from "../../src/durable-objects/shared/object-name.ts";
import { dispatchBatch } from "../../src/worker/queues/dispatch.ts";
import { callConnection } from "../../src/worker/use-cases/call-connection.ts";
import { RetryLater } from "../../src/worker/use-cases/step-failure.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

const evict = (name: string) => evictDurableObject(env.CONNECTION.getByName(objectName("connection", name)));

describe("the health of a connection", () => {
  test("survives eviction, open circuit and all", async () => {
    const connection = connectionClient(env, "carrier:evicted");
    await connection.recordSuccess(1000);
    for (let count = 0; count < FAILURES_TO_OPEN; count += 1)
      await connection.recordFailure(2000, "no answer in time");
    await evict("carrier:evicted");
    expect(await connection.readHealth()).toEqual({
      successes: 1,
      failures: FAILURES_TO_OPEN,
      consecutiveFailures: FAILURES_TO_OPEN,
      openUntilMs: 2000 + OPEN_MS_MIN,
      trialUntilMs: null,
      lastSuccessAtMs: 1000,
      lastFailureAtMs: 2000,
      lastError: "no answer in time",
    });
    expect(await connection.admitCall(2001)).toEqual({ isAdmitted: false, retryAfterMs: OPEN_MS_MIN - 1 });
  });

  test("loses no update of many at once, and lets one trial through of many", async () => {
    const connection = connectionClient(env, "carrier:busy");
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => connection.recordFailure(index, `failure ${index}`)),
    );
    expect((await connection.readHealth()).failures).toBe(30);
    const laterMs = 10 * OPEN_MS_MIN;
    const trials = await Promise.all(Array.from({ length: 10 }, () => connection.admitCall(laterMs)));
    expect(trials.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(1);
  });

  test("is of one connection only, whatever its name", async () => {
    await connectionClient(env, "a/b").recordSuccess(1);
    await connectionClient(env, "müller & söhne 王").recordSuccess(1);
    expect((await connectionClient(env, "a%2Fb").readHealth()).successes).toBe(0);
    expect((await connectionClient(env, "müller & söhne 王").readHealth()).successes).toBe(1);
  });
});

describe("a call to an outside system", () => {
  const portsOf = (name: string, nowMs: () => number) => ({
    name,
    connection: (of: string) => connectionClient(env, of),
    db: createDb(env.DB),
    nowMs,
  });

  test("is tried twice, is not made while the circuit is open, and closes it again", async () => {
    let nowMs = 0;
    const ports = portsOf("carrier:flaky", () => nowMs);
    let calls = 0;
    let isUp = false;
    const call = () => {
      calls += 1;
      return Promise.resolve(isUp ? ok("label") : err({ code: "unavailable" as const, reason: "HTTP 502" }));
    };
    for (let count = 0; count < FAILURES_TO_OPEN; count += 1) {
      await expect(callConnection(ports, ports.name, call)).rejects.toThrow(RetryLater);
    }
    expect(calls).toBe(2 * FAILURES_TO_OPEN);
    const refused = await callConnection(ports, ports.name, call).catch((error: unknown) => error);
    expect(refused).toMatchObject({ name: "RetryLater", retryAfterMs: OPEN_MS_MIN });
    expect(calls).toBe(2 * FAILURES_TO_OPEN);

    nowMs = OPEN_MS_MIN;
    isUp = true;
    expect(await callConnection(ports, ports.name, call)).toEqual({ ok: true, value: "label" });
    expect(await callConnection(ports, ports.name, call)).toEqual({ ok: true, value: "label" });
  });

  test("that is refused proves that the connection works", async () => {
    const ports = portsOf("carrier:strict", () => 5);
    const refusal = err({ code: "refused" as const, reason: "no such street" });
    expect(await callConnection(ports, ports.name, () => Promise.resolve(refusal))).toEqual(refusal);
    expect(await connectionClient(env, ports.name).readHealth()).toMatchObject({
      successes: 1,
      failures: 0,
      lastError: null,
    });
  });

  test("that throws leaves the kind of the error, not its text, which may quote an address", async () => {
    const ports = portsOf("carrier:throwing", () => 5);
    const call = () => Promise.reject(new TypeError("cannot deliver to Ada Lovelace"));
    await expect(callConnection(ports, ports.name, call)).rejects.toThrow("did not answer");
    expect((await connectionClient(env, ports.name).readHealth()).lastError).toBe("threw TypeError");
  });
});

test("while a carrier is down its labels wait, the circuit shows in the API, and they are bought once it is back", async () => {
  await seedKey("sk_connection_test", ["ops:read"]);
  const api = apiClient("sk_connection_test");
  const world = new ParcelWorld();
  world.nowMs = Date.now();
  await world.stock({ MUG: { BER: 1 } });
  await world.order({ MUG: 1 });
  const manual = world.services().carrier("manual");
  if (manual === null) throw new Error("no carrier");
  let isUp = false;
  const services = world.services({
    carrier: () => ({
      ...manual,
      buyLabel: (request) =>
        isUp
          ? manual.buyLabel(request)
          : Promise.resolve(err({ code: "unavailable" as const, reason: "HTTP 503" })),
    }),
  });
  await world.deliverBatch([{ type: "order.route", order_id: world.orderId }], services);
  await world.deliverBatch(
    world.sent.filter(({ type }) => type === "fulfillment.pick"),
    services,
  );
  const [label] = world.sent.filter(({ type }) => type === "shipment.label");
  if (label === undefined) throw new Error("no label was asked for");
  for (let count = 0; count < FAILURES_TO_OPEN + 1; count += 1) {
    const batch = createMessageBatch("holdfast-fulfillment", [
      { id: `l${count}`, timestamp: new Date(0), attempts: 1, body: label },
    ]);
    await dispatchBatch(batch, services);
    const { retryMessages, explicitAcks } = await getQueueResult(batch, createExecutionContext());
    expect([retryMessages.length, explicitAcks.length]).toEqual([1, 0]);
  }
  expect((await api.get("/v1/connections/carrier:manual")).body).toMatchObject({
    name: "carrier:manual",
    circuit: "open",
    consecutive_failures: FAILURES_TO_OPEN,
    last_error: "HTTP 503",
  });
  expect((await api.get("/v1/connections/carrier:unheard-of")).status).toBe(404);
  expect((await api.get("/v1/connections/manual")).status).toBe(404);

  isUp = true;
  world.nowMs += OPEN_MS_MIN;
  expect(await world.deliverBatch([label], services)).toEqual([]);
  await world.deliver(services);
  expect(await world.outcome()).toMatchObject({ labels: [{ count: 1 }], lines: [["MUG", 1, 1, 1]] });
});
