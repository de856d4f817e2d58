import fc from "fast-check";
import { expect, test } from "vitest";

import { kendallTau } from "../../../src/domain/analytics/kendall-tau.ts";

/** τ-b by its definition, over all pairs. */
function byDefinition(pairs: ReadonlyArray<readonly [number, number]>): number | null {
  let agree = 0;
  let first = 0;
  let second = 0;
  for (const [index, [a, b]] of pairs.entries()) {
    for (const [otherA, otherB] of pairs.slice(index + 1)) {
      agree += Math.sign(a - otherA) * Math.sign(b - otherB);
      first += Math.abs(Math.sign(a - otherA));
      second += Math.abs(Math.sign(b - otherB));
    }
  }
  return first === 0 || second === 0 ? null : agree / Math.sqrt(first * second);
}

function rounded(tau: number | null): string {
  return tau === null ? "none" : (tau + 0).toFixed(9);
}

test.each([
  [
    "the same order",
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
    1,
  ],
  [
    "the order backwards",
    [
      [1, 3],
      [2, 2],
      [3, 1],
    ],
    -1,
  ],
  [
    "one pair exchanged",
    [
      [1, 1],
      [2, 3],
      [3, 2],
    ],
    1 / 3,
  ],
  ["a single pair", [[1, 1]], null],
  [
    "one order of ties only",
    [
      [1, 1],
      [1, 2],
    ],
    null,
  ],
  ["nothing", [], null],
] as const)("of %s", (_name, pairs, tau) => {
  expect(rounded(kendallTau(pairs))).toBe(rounded(tau));
});

test("is what the definition over all pairs says, ties included", () => {
  const rank = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(fc.array(fc.tuple(rank, rank), { maxLength: 60 }), (pairs) => {
      expect(rounded(kendallTau(pairs))).toBe(rounded(byDefinition(pairs)));
    }),
  );
});
