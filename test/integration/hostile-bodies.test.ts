import { beforeAll, describe, expect, test, vi } from "vitest";

import { operations } from "../../src/contract/operations.ts";
import { BODY_BYTES_MAX } from "../../src/worker/http/body.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { bodyOf, pathOf } from "../support/operation-requests.ts";

// Hundreds of requests a test: a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const api = apiClient("sk_test_hostile");
beforeAll(async () => {
  await seedKey("sk_test_hostile");
});

const stream = (bytes: Uint8Array) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let offset = 0; offset < bytes.length; offset += 16_384) {
        controller.enqueue(bytes.slice(offset, offset + 16_384));
      }
      controller.close();
    },
  });
const encoder = new TextEncoder();
const padded = (size: number) => JSON.stringify({ padding: "x".repeat(size) });

type Hostile = {
  readonly body: string | Uint8Array | ReadableStream;
  readonly type?: string;
  readonly status?: number;
};
/** By name: what is sent, as what, and the status where the attack itself decides it. */
const bodies: ReadonlyArray<readonly [string, Hostile]> = [
  ["over the cap", { body: padded(BODY_BYTES_MAX), status: 413 }],
  [
    "over the cap, in chunks without a length",
    { body: stream(encoder.encode(padded(200_000))), status: 413 },
  ],
  ["20,000 arrays deep", { body: "[".repeat(20_000) + "]".repeat(20_000), status: 400 }],
  ["20,000 objects deep", { body: '{"a":'.repeat(10_000) + "1" + "}".repeat(10_000), status: 400 }],
  ["20,000 arrays never closed", { body: "[".repeat(20_000), status: 400 }],
  ["empty", { body: "", status: 400 }],
  ["with a byte order mark", { body: "\uFEFF{}", status: 400 }],
  ["with something after its end", { body: "{} {}", status: 400 }],
  ["not UTF-8", { body: new Uint8Array([123, 34, 255, 34, 58, 49, 125]), status: 400 }],
  ["in another media type", { body: "{}", type: "text/plain", status: 415 }],
  ["in a media type that only begins like ours", { body: "{}", type: "application/jsonx", status: 415 }],
  ["a bare null", { body: "null", status: 422 }],
  ["a bare number", { body: "1e400", status: 422 }],
  ["an array", { body: "[]", status: 422 }],
  ["a prototype", { body: '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}', status: 422 }],
];

const hostileValues: ReadonlyArray<readonly [string, string]> = [
  ["1e400", "1e400"],
  ["2^53+1", "9007199254740993"],
  ["a number in a string", '"7"'],
  ["negative zero", "-0"],
  ["a fraction", "1.5"],
  ["NUL", '"a\\u0000b"'],
  ["a lone surrogate", '"\\ud800"'],
  ["null", "null"],
  ["a prototype", '{"__proto__":{}}'],
  ["deep", `${"[".repeat(30)}${"]".repeat(30)}`],
  ["a long text", JSON.stringify("x".repeat(60_000))],
  ["SQL", `"'; DROP TABLE sku; --"`],
];

const changing = operations.filter(({ method }) => method === "POST" || method === "PUT");
const send = (operation: (typeof operations)[number], body: Hostile["body"], type = "application/json") =>
  api.send(operation.method, pathOf(operation), {
    body: typeof body === "object" && "getReader" in body ? body : body,
    headers: { "content-type": type, "idempotency-key": crypto.randomUUID() },
  });

describe.each(changing.map((operation) => [operation.id, operation] as const))("%s", (_, operation) => {
  test("answers every hostile body with a clear problem", async () => {
    for (const [name, { body, type, status }] of bodies) {
      const sent = body instanceof ReadableStream ? stream(encoder.encode(padded(200_000))) : body;
      const reply = await send(operation, sent, type);
      // An operation that takes no JSON has its own ways to say no.
      expect(reply.status === status || operation.body === undefined, name).toBe(true);
      expect(reply.status, name).toBeLessThan(500);
    }
  });

  test("answers every hostile value in every field with a clear problem", async () => {
    if (operation.body === undefined) return;
    const fitting = JSON.stringify(bodyOf(operation));
    for (const [name, value] of hostileValues) {
      for (const body of withValueEverywhere(fitting, value)) {
        const reply = await send(operation, body);
        expect(reply.status, `${name}: ${body.slice(0, 200)}`).toBeLessThan(500);
        // Duplicate keys, the last of which counts.
        const doubled = await send(operation, `${body.slice(0, -1)},${body.slice(1)}`);
        expect(doubled.status, `${name}, doubled`).toBeLessThan(500);
      }
    }
  });
});

/** The text once for each value in it, with that value replaced. */
function withValueEverywhere(json: string, value: string): Array<string> {
  const texts: Array<string> = [];
  const walk = (node: unknown, replace: (by: unknown) => unknown) => {
    texts.push(JSON.stringify(replace("\uE000")).replace('"\uE000"', () => value));
    if (typeof node !== "object" || node === null) return;
    for (const [key, child] of Object.entries(node)) {
      walk(child, (by) =>
        replace(
          Array.isArray(node)
            ? node.map((item, index) => (String(index) === key ? by : item))
            : { ...node, [key]: by },
        ),
      );
    }
  };
  const root = JSON.parse(json) as Record<string, unknown>;
  for (const [key, child] of Object.entries(root)) walk(child, (by) => ({ ...root, [key]: by }));
  return texts;
}
