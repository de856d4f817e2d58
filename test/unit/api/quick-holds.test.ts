import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { holdOperations } from "../../../src/contract/holds.ts";

const { takeHold, takeHoldBatch } = holdOperations;

/** Mostly what fits, and beside it what nearly does: JSON, as it comes. */
const nearly = <Value>(fits: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 12, arbitrary: fits },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(0, -0, 1.5, 2 ** 53, "7", "", "é", "a".repeat(65), "a".repeat(129)),
    },
  );
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/);
const line = fc.record(
  { sku: nearly(name), quantity: nearly(fc.integer({ min: 1, max: 1_000_001 })) },
  { noNullPrototype: true },
);
const spare = fc.oneof(
  { weight: 12, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(
      fc.constantFrom("show", "location", "surplus", "toString", "length"),
      nearly(name),
      { noNullPrototype: true },
    ),
  },
);
const fields = {
  lines: nearly(fc.array(nearly(line), { maxLength: 4 })),
  buyer: nearly(name),
  ttl_seconds: nearly(fc.integer({ min: 14, max: 3601 })),
};
const hold = fc
  .tuple(fc.record(fields, { requiredKeys: ["lines", "buyer"], noNullPrototype: true }), spare)
  .map(([wanted, more]) => ({ ...wanted, ...more }));
const item = fc
  .tuple(
    fc.record(
      { ...fields, idempotency_key: nearly(name) },
      { requiredKeys: ["lines", "buyer", "idempotency_key"], noNullPrototype: true },
    ),
    spare,
  )
  .map(([wanted, more]) => ({ ...wanted, ...more }));
const batch = nearly(
  fc.record({ items: nearly(fc.array(nearly(item), { maxLength: 3 })) }, { noNullPrototype: true }),
);

describe.each([
  ["a hold", takeHold, nearly(hold)],
  ["a batch", takeHoldBatch, batch],
] as const)("%s read by hand", (_name, { body, quickBody }, arbitrary) => {
  test("is what the schema makes of it, or is left to the schema", () => {
    let quickly = 0;
    fc.assert(
      fc.property(arbitrary, (value) => {
        const sent: unknown = JSON.parse(JSON.stringify(value) ?? "null");
        const quick = quickBody(sent);
        if (quick === null) return;
        quickly += 1;
        expect({ success: true, data: quick }).toEqual(body.safeParse(sent));
      }),
      { numRuns: 3_000 },
    );
    expect(quickly).toBeGreaterThan(50);
  });
});

test.each([
  ["51 lines", { lines: Array.from({ length: 51 }, () => ({ sku: "A", quantity: 1 })), buyer: "b" }],
  ["no line", { lines: [], buyer: "b" }],
  [
    "a prototype as a field",
    JSON.parse('{"lines":[{"sku":"A","quantity":1}],"buyer":"b","__proto__":{}}') as unknown,
  ],
])("%s is left to the schema", (_name, value) => {
  expect(takeHold.quickBody(value)).toBeNull();
});

test("101 items are left to the schema, a hundred are not", () => {
  const items = (count: number) => ({
    items: Array.from({ length: count }, () => ({
      idempotency_key: "k",
      buyer: "b",
      lines: [{ sku: "A", quantity: 1 }],
    })),
  });
  expect(takeHoldBatch.quickBody(items(101))).toBeNull();
  expect(takeHoldBatch.quickBody(items(100))).toEqual(takeHoldBatch.body.parse(items(100)));
});
