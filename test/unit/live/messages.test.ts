import fc from "fast-check";
import { expect, test } from "vitest";

import { holdView } from "../../../src/contract/hold-view.ts";
import { heldText, holdText, refusedText, resultsText, resultText } from "../../../src/contract/live-text.ts";
import { clientMessageSchema, readClaimMessage } from "../../../src/contract/live.ts";
import { problem } from "../../../src/contract/problem.ts";
import type { BuyerKey, LocationCode, Sku } from "../../../src/domain/brand.ts";
import type { HoldPart } from "../../../src/domain/inventory/hold.ts";

/** Mostly what fits, and beside it what nearly does. */
const nearly = <Value>(fits: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 14, arbitrary: fits },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 1.5, 2 ** 53, "7", "", "é", "a".repeat(65), "a".repeat(129)) },
  );
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,20}$/);
const plain = { noNullPrototype: true } as const;
const line = fc.record(
  { sku: nearly(name), quantity: nearly(fc.integer({ min: 1, max: 1_000_001 })) },
  plain,
);
const fields = {
  idempotency_key: nearly(name),
  lines: nearly(fc.array(nearly(line), { maxLength: 3 })),
  ttl_seconds: nearly(fc.integer({ min: 14, max: 3_601 })),
  buyer: nearly(name),
};
const optional = ["ttl_seconds", "buyer"];
const spare = fc.oneof(
  { weight: 14, arbitrary: fc.constant({}) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom("show", "surplus", "toString"), nearly(name), plain),
  },
);
const record = <Shape extends Record<string, fc.Arbitrary<unknown>>>(shape: Shape) =>
  fc
    .tuple(
      fc.record(shape, {
        ...plain,
        requiredKeys: Object.keys(shape).filter((key) => !optional.includes(key)),
      }),
      spare,
    )
    .map(([wanted, more]) => ({ ...wanted, ...more }));
const hold = record({ type: fc.constant("hold"), ref: nearly(name), ...fields });
const holds = record({
  type: fc.constant("holds"),
  ref: nearly(name),
  items: nearly(fc.array(nearly(record(fields)), { maxLength: 3 })),
});

test.each([
  ["a hold", nearly(hold)],
  ["many holds", nearly(holds)],
] as const)("%s read by hand is what the schema makes of it, or is left to the schema", (_, arbitrary) => {
  let quickly = 0;
  let fitting = 0;
  fc.assert(
    fc.property(arbitrary as fc.Arbitrary<unknown>, (value) => {
      const sent = JSON.parse(JSON.stringify(value)) as unknown;
      const read = readClaimMessage(sent);
      const parsed = clientMessageSchema.safeParse(sent);
      if (parsed.success) fitting += 1;
      quickly += read === null ? 0 : 1;
      expect(read ?? parsed.data).toEqual(parsed.data);
    }),
    { numRuns: 2_000, seed: 20_261_124 },
  );
  // What the schema accepts is nearly always read by hand; otherwise the shortcut is a detour.
  expect(fitting).toBeGreaterThan(50);
  expect(quickly).toBeGreaterThan(fitting * 0.95);
});

const part: fc.Arbitrary<HoldPart> = fc.record({
  key: fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{20}$/),
  sku: name as fc.Arbitrary<unknown> as fc.Arbitrary<Sku>,
  buyer: name as fc.Arbitrary<unknown> as fc.Arbitrary<BuyerKey>,
  quantity: fc.integer({ min: 1, max: 1_000_000 }),
  status: fc.constantFrom("active", "paying", "converted", "released", "expired"),
  ttlSeconds: fc.constant(600),
  location: fc.option(name) as fc.Arbitrary<unknown> as fc.Arbitrary<LocationCode | null>,
  show: fc.option(name),
  home: fc.constant(null),
  basket: fc.option(
    fc.array(
      fc.record({
        sku: name as fc.Arbitrary<unknown> as fc.Arbitrary<Sku>,
        quantity: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 2, maxLength: 4 },
    ),
  ),
  isSecured: fc.boolean(),
  device: fc.constant(null),
  arrivedAtMs: fc.constant(null),
  isExtended: fc.boolean(),
  orderId: fc.option(name),
  payingSinceMs: fc.constant(null),
  committedQuantity: fc.constant(0),
  canceledQuantity: fc.constant(0),
  createdAtMs: fc.integer({ min: 0, max: 4e12 }),
  expiresAtMs: fc.integer({ min: 0, max: 4e12 }),
  resolvedAtMs: fc.constant(null),
});

test("a hold as text is the hold as HTTP answers it", () => {
  fc.assert(
    fc.property(part, fc.array(part, { maxLength: 3 }), (home, others) => {
      const parts = [home, ...others];
      expect(holdText({ home, parts })).toBe(JSON.stringify(holdView(home, parts)));
    }),
    { numRuns: 500, seed: 7 },
  );
});

test("answers are JSON, whatever a client calls its message", () => {
  const refusal = problem("sold_out", { sku: "A", requested: 2, available: 0 });
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 64 }), part, (ref, home) => {
      const held = heldText({ home, parts: [home] });
      expect(JSON.parse(resultText(ref, held))).toMatchObject({ type: "result", ref, ok: true });
      expect(JSON.parse(resultsText(ref, [held, refusedText(refusal)]))).toMatchObject({
        type: "results",
        ref,
        items: [{ ok: true }, { ok: false, problem: refusal }],
      });
    }),
    { numRuns: 300, seed: 7 },
  );
  expect(JSON.parse(resultText(null, refusedText(refusal)))).toMatchObject({ ref: null });
});
