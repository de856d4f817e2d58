import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";

import { operations } from "../../src/contract/operations.ts";
import { problemSchema } from "../../src/contract/problem.ts";
import { asSchema } from "../../src/worker/docs/schema-view.tsx";
import { openApiDocument, problemCodesOf, type JsonSchema } from "../../src/worker/http/openapi.ts";
import { apiClient, seedKey, stockUp, type Reply } from "../support/api-client.ts";
import { fitting, mutated } from "../support/schema-arbitrary.ts";

const REQUESTS = 5_200;
/** The share of requests that are sent as the document wants them. */
const FITTING_WEIGHT = 3;

const api = apiClient("sk_test_fuzz");
beforeAll(async () => {
  await seedKey("sk_test_fuzz");
  await stockUp(api, "MUG-BLUE", 100_000);
  // What the document's examples name, so that they find something.
  const drops = [{ sku: "MUG-BLUE", quantity: 5_000, policy: "lottery" }];
  const show = { title: "Friday live", starts_at: "2026-01-01T20:00:00.000Z", drops };
  await api.put("/v1/shows/friday-live", show);
  await api.post("/v1/shows/friday-live/draw", undefined);
});

type Sent = {
  readonly operation: (typeof operations)[number];
  readonly path: string;
  readonly query: string;
  readonly body: string | null;
  readonly isFitting: boolean;
};

const document = openApiDocument();

function requests(operation: (typeof operations)[number]): fc.Arbitrary<Sent> {
  const described = document.paths[operation.path]?.[operation.method.toLowerCase()] ?? {};
  const parameters = (described["parameters"] ?? []) as ReadonlyArray<JsonSchema>;
  const valuesOf = (place: string) =>
    fc.record(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter["in"] === place)
          .map((parameter) => [
            String(parameter["name"]),
            fitting(asSchema(parameter["schema"]) ?? {}, document.components.schemas).map(String),
          ]),
      ) as Record<string, fc.Arbitrary<string>>,
      place === "path" ? {} : { requiredKeys: [] },
    ) as fc.Arbitrary<Record<string, string>>;
  const content = asSchema(asSchema(described["requestBody"])?.["content"]);
  const bodySchema = asSchema(asSchema(content?.["application/json"])?.["schema"]);
  const body = bodySchema === null ? fc.constant(null) : fitting(bodySchema, document.components.schemas);
  return fc
    .tuple(valuesOf("path"), valuesOf("query"), body)
    .chain(([path, query, value]) =>
      fc.oneof(
        {
          weight: FITTING_WEIGHT,
          arbitrary: fc.constant({ path, query, value, isFitting: true }),
        },
        {
          weight: 2,
          arbitrary: mutated(value).map((other) => ({ path, query, value: other, isFitting: false })),
        },
      ),
    )
    .map(({ path, query, value, isFitting }) => ({
      operation,
      path: operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
        encodeURIComponent(path[name] ?? ""),
      ),
      query: new URLSearchParams(query).toString(),
      body: operation.rawBody === undefined ? (JSON.stringify(value) ?? null) : "sku,title\nA,B",
      isFitting,
    }));
}

test(`${REQUESTS} requests made from the document, fitting and not, are answered as it says`, async () => {
  const each = Math.ceil(REQUESTS / operations.length);
  const counts = { sent: 0, answerable: 0, succeeded: 0, refused: 0 };
  for (const operation of operations) {
    for (const sent of fc.sample(requests(operation), { numRuns: each, seed: 20_261_123 })) {
      const status = await sendAndCheck(sent);
      counts.sent += 1;
      // A WebSocket is refused to whoever does not ask for one.
      counts.answerable += operation.success.status === 101 ? 0 : 1;
      counts[status < 400 ? "succeeded" : "refused"] += 1;
    }
  }
  expect(counts.sent).toBeGreaterThanOrEqual(5_000);
  // A fuzzer that is always turned away at the door tests nothing behind it.
  expect(counts.succeeded).toBeGreaterThan(counts.answerable / 6);
  expect(counts.refused).toBeGreaterThan(counts.sent / 5);
}, 180_000);

async function sendAndCheck({ operation, path, query, body, isFitting }: Sent): Promise<number> {
  const takesBody = operation.body !== undefined || operation.rawBody !== undefined;
  const reply = await api.send(operation.method, `${path}${query === "" ? "" : `?${query}`}`, {
    headers: {
      "idempotency-key": crypto.randomUUID(),
      "content-type": operation.rawBody?.contentTypes[0] ?? "application/json",
    },
    ...(takesBody && body !== null ? { body } : {}),
  });
  const sentence = `${operation.method} ${path}?${query} ${body ?? ""} → ${reply.status} ${JSON.stringify(reply.body)}`;
  expect(reply.status, sentence).toBeLessThan(500);
  expect(problemsOf(operation, reply), sentence).toEqual([]);
  // What the document cannot say in a pattern is said by a refinement, so a fitting request may be 422; never 400.
  expect(isFitting && reply.status === 400, sentence).toBe(false);
  return reply.status;
}

/** What in a reply is not as the document says. */
function problemsOf(operation: Sent["operation"], reply: Reply): ReadonlyArray<unknown> {
  if (reply.status === operation.success.status) {
    return operation.success.schema?.safeParse(reply.body).error?.issues ?? [];
  }
  const said = problemSchema.safeParse(reply.body);
  if (!said.success) return said.error.issues;
  if (reply.headers.get("content-type") !== "application/problem+json") return ["not a problem's media type"];
  return problemCodesOf(operation).includes(said.data.code) ? [] : [`undeclared ${said.data.code}`];
}
