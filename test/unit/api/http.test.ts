import { expect, test } from "vitest";

import { BODY_BYTES_MAX, BodyRefused, cappedBody, readJson } from "../../../src/worker/http/body.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../../src/worker/http/cursor.ts";
import { matches } from "../../../src/worker/http/etag.ts";
import { prometheusText } from "../../../src/worker/http/prometheus.ts";
import { readCsv, readNdjson } from "../../../src/worker/use-cases/import-skus.ts";
import { settleInParallel } from "../../../src/worker/use-cases/in-parallel.ts";
import { isOutage } from "../../../src/worker/use-cases/outage.ts";

const jsonRequest = (body: string) =>
  new Request("https://x.test", { method: "POST", body, headers: { "content-type": "application/json" } });

test.each([
  ["32 deep", `${"[".repeat(32)}${"]".repeat(32)}`, true],
  ["33 deep", `${"[".repeat(33)}${"]".repeat(33)}`, false],
  ["brackets in a string", JSON.stringify("[{".repeat(500)), true],
  ["an escaped quote before brackets", JSON.stringify(`\\"${"[".repeat(500)}`), true],
  ["wide, not deep", JSON.stringify(Array.from({ length: 500 }, () => [{}])), true],
])("a body %s is read or refused by its depth alone", async (_, body, isRead) => {
  expect((await readJson(jsonRequest(body))).ok).toBe(isRead);
});

test("a body of exactly the cap is read, one byte more is not", async () => {
  const text = (size: number) => `"${"x".repeat(size - 2)}"`;
  expect((await readJson(jsonRequest(text(BODY_BYTES_MAX)))).ok).toBe(true);
  expect(await readJson(jsonRequest(text(BODY_BYTES_MAX + 1)))).toEqual({
    ok: false,
    error: "body_too_large",
  });
});

test("a capped stream gives what fits and then fails", async () => {
  const request = new Request("https://x.test", { method: "POST", body: "x".repeat(100) });
  const read = async () => {
    for await (const _ of cappedBody(request, 99)) void _;
  };
  await expect(read()).rejects.toThrow(BodyRefused);
});

test("a cursor leads back to its position, and nothing else is one", () => {
  const pattern = /^[A-Z]+$/;
  expect(decodeCursor(encodeCursor("MUG"), pattern)).toEqual({ ok: true, value: "MUG" });
  expect(decodeCursor(undefined, pattern)).toEqual({ ok: true, value: null });
  expect(decodeCursor(encodeCursor("' OR 1=1"), pattern).ok).toBe(false);
  expect(decodeCursor("", pattern).ok).toBe(false);
});

test("only a full page with more behind it has a cursor", () => {
  const page = (rows: ReadonlyArray<string>) =>
    pageOf(
      rows,
      2,
      (row) => row,
      (row) => row,
    );
  expect(page(["A", "B", "C"])).toEqual({ data: ["A", "B"], next_cursor: encodeCursor("B") });
  expect(page(["A", "B"])).toEqual({ data: ["A", "B"], next_cursor: null });
  expect(page([])).toEqual({ data: [], next_cursor: null });
});

test.each([
  [undefined, null, true],
  [undefined, 3, true],
  ['"3"', 3, true],
  ['"2", "3"', 3, true],
  ['"2"', 3, false],
  ["*", 3, true],
  ["*", null, false],
  ['W/"3"', 3, false],
])("If-Match %s against version %s", (ifMatch, version, passes) => {
  expect(matches(ifMatch, version)).toBe(passes);
});

test("at most six run at once, all settle, and their order is kept", async () => {
  let running = 0;
  let most = 0;
  const settled = await settleInParallel([...Array.from({ length: 20 }).keys()], async (item) => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    await Promise.resolve();
    running -= 1;
    if (item === 7) throw new Error("seven");
    return item;
  });
  expect(most).toBe(6);
  expect(settled.map((outcome) => outcome.status === "fulfilled")).toEqual(
    Array.from({ length: 20 }, (_, index) => index !== 7),
  );
});

test("label values cannot break out of a metric's line", () => {
  const text = prometheusText([
    { name: "a", help: "A.", samples: [{ labels: { l: 'x"\n\\' }, value: 2 }] },
    { name: "b", help: "B.", samples: [{ labels: {}, value: 0.5 }] },
  ]);
  expect(text).toBe(
    '# HELP a A.\n# TYPE a gauge\na{l="x\\"\\n\\\\"} 2\n# HELP b B.\n# TYPE b gauge\nb 0.5\n',
  );
});

test.each([
  [Object.assign(new Error("x"), { retryable: true }), true],
  [Object.assign(new Error("x"), { overloaded: true }), true],
  [new Error("D1_ERROR: Network connection lost."), true],
  [new Error("D1_ERROR: UNIQUE constraint failed: sku.sku"), false],
  [new TypeError("bug"), false],
])("an outage is told from a bug: %s", (error, expected) => {
  expect(isOutage(error)).toBe(expected);
});

const bytesOf = (text: string, size = 7) => {
  const bytes = new TextEncoder().encode(text);
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (let offset = 0; offset < bytes.length; offset += size) {
        controller.enqueue(bytes.slice(offset, offset + size));
      }
      controller.close();
    },
  });
};
const all = async <Item>(items: AsyncIterable<Item>) => {
  const list: Array<Item> = [];
  for await (const item of items) list.push(item);
  return list;
};

test("a catalogue file is cut into rows wherever its chunks end, and a broken row is a row", async () => {
  const lines = await all(readNdjson(bytesOf('{"sku":"Ä"}\n\n{broken\r\n{"sku":"B"}')));
  expect(lines).toEqual([
    { ok: true, value: { sku: "Ä" } },
    { ok: false, error: "The line is not JSON." },
    { ok: true, value: { sku: "B" } },
  ]);
  const cells = await all(
    readCsv(bytesOf('\uFEFFsku, title ,price.EUR,attribute.size\r\nA,"x\ny",5,L\r\nB,two\r\nC,z,n/a,\r\n')),
  );
  expect(cells).toMatchObject([
    {
      ok: true,
      value: { sku: "A", title: "x\ny", prices: [{ currency: "EUR", amount: 5 }], attributes: { size: "L" } },
    },
    { ok: false },
    { ok: true, value: { sku: "C", prices: [{ currency: "EUR", amount: "n/a" }] } },
  ]);
});

test("a line that never ends is one row that fails, and does not grow with the file", async () => {
  const rows = await all(readNdjson(bytesOf(`${"x".repeat(300_000)}\n{"sku":"B"}\n`, 16_384)));
  expect(rows).toEqual([
    { ok: false, error: "The line is longer than 64 KB." },
    { ok: true, value: { sku: "B" } },
  ]);
});
