import { expect, test, vi } from "vitest";

import { backOffMs } from "../../../src/client/back-off.ts";
import { type ClientOptions, createCall } from "../../../src/client/call.ts";
import type { OperationId, RouteOf } from "../../../src/client/contract.ts";

const routes = {
  takeHold: "POST /v1/holds",
  getHold: "GET /v1/holds/{id}",
  listSkus: "GET /v1/skus",
} as const satisfies { [Id in OperationId]?: RouteOf<Id> };

type Sent = { readonly url: string; readonly headers: Record<string, string>; readonly body: unknown };
type Scripted = Response | Error | "silence";

/** An engine that answers as it is told, one after the other, and keeps what it was sent. */
function scripted(answers: ReadonlyArray<Scripted>, options: Partial<ClientOptions> = {}) {
  const sent: Array<Sent> = [];
  const left = [...answers];
  const call = createCall(
    {
      url: "https://engine.test",
      key: "pk_test",
      ...options,
      fetch: async (url, { headers, body, signal }) => {
        sent.push({ url, headers: headers as Record<string, string>, body });
        const next = left.shift();
        if (next instanceof Response) return next;
        if (next !== "silence") throw next ?? new Error("nothing more was expected");
        return new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(new Error("aborted")));
        });
      },
    },
    routes,
  );
  return { call, sent };
}

const problem = (code: string, status: number, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code, status, title: code, type: `/problems/${code}` }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
const hold = () =>
  Response.json({ id: "hold_1", status: "active" }, { status: 201, headers: { etag: '"1"' } });
const wish = { body: { lines: [{ sku: "MUG", quantity: 1 }], buyer: "ada" } };

test("an answer that was lost is asked for again with the same key, until there is one", async () => {
  const { call, sent } = scripted([new Error("reset"), problem("unavailable", 503), hold()]);
  const answer = await call("takeHold", wish);
  expect(answer).toMatchObject({
    ok: true,
    status: 201,
    etag: '"1"',
    isReplayed: false,
    body: { id: "hold_1" },
  });
  expect(new Set(sent.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
  expect(sent[0]).toMatchObject({ url: "https://engine.test/v1/holds", body: JSON.stringify(wish.body) });
});

test.each(["sold_out", "limit_reached", "request_invalid", "queued"])(
  "%s is an answer, and not asked again",
  async (code) => {
    const { call, sent } = scripted([problem(code, 409)]);
    expect(await call("takeHold", wish)).toMatchObject({ ok: false, problem: { code } });
    expect(sent).toHaveLength(1);
  },
);

test("Retry-After is kept, unless it asks for more than anybody waits", async () => {
  vi.useFakeTimers();
  try {
    const patient = scripted([problem("rate_limited", 429, { "retry-after": "7" }), hold()]);
    const answer = patient.call("takeHold", wish);
    await vi.advanceTimersByTimeAsync(6_900);
    expect(patient.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(await answer).toMatchObject({ ok: true });
    const told = scripted([problem("rate_limited", 429, { "retry-after": "600" })]);
    expect(await told.call("takeHold", wish)).toMatchObject({ problem: { code: "rate_limited" } });
  } finally {
    vi.useRealTimers();
  }
});

test("silence is ended, and after the last attempt said to be unreachable", async () => {
  const { call, sent } = scripted(["silence", "silence"], { timeoutMs: 20, attempts: 2 });
  expect(await call("getHold", { params: { id: "hold_1.MUG/A" } })).toMatchObject({
    ok: false,
    problem: { code: "unreachable" },
  });
  expect(sent.map(({ url }) => url)).toEqual(Array(2).fill("https://engine.test/v1/holds/hold_1.MUG%2FA"));
});

test("what somebody else answered in the engine's place is not taken for its answer", async () => {
  const page = (status: number) =>
    new Response("<h1>Bad gateway</h1>", { status, headers: { "content-type": "text/html" } });
  const { call } = scripted([page(502), hold()]);
  expect(await call("takeHold", wish)).toMatchObject({ ok: true });
  expect(await scripted([page(404)]).call("takeHold", wish)).toMatchObject({
    problem: { code: "unreachable" },
  });
});

test("who asks is said with every call: the key, and a token that is read each time", async () => {
  let tokens = 0;
  const { call, sent } = scripted(
    [problem("unavailable", 503), Response.json({ data: [], next_cursor: null })],
    {
      buyerToken: () => `token-${(tokens += 1)}`,
    },
  );
  await call("listSkus", { query: { limit: 5 } });
  expect(sent.map(({ url, headers }) => [url, headers["authorization"], headers["holdfast-buyer"]])).toEqual([
    ["https://engine.test/v1/skus?limit=5", "Bearer pk_test", "token-1"],
    ["https://engine.test/v1/skus?limit=5", "Bearer pk_test", "token-2"],
  ]);
});

test("a call that is given up is not tried again", async () => {
  const giveUp = new AbortController();
  const { call, sent } = scripted(["silence"]);
  const answer = call("takeHold", { ...wish, signal: giveUp.signal });
  giveUp.abort();
  expect(await answer).toMatchObject({ problem: { code: "unreachable" } });
  expect(sent).toHaveLength(1);
});

test("waits double, spread over their upper half, and end at the longest", () => {
  expect([0, 1, 2, 9].map((attempt) => backOffMs(attempt, 0, 400, 15_000))).toEqual([200, 400, 800, 7_500]);
  expect([0, 9].map((attempt) => backOffMs(attempt, 0.999, 400, 15_000))).toEqual([400, 14_993]);
});
