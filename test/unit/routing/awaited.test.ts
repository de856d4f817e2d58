import { expect, test } from "vitest";

import type { Sku } from "../../../src/domain/brand.ts";
import { unitsToRoute } from "../../../src/domain/routing/awaited.ts";

const line = (id: string, sku: string, quantity: number) => ({ orderLineId: id, sku: sku as Sku, quantity });
const units = (lines: ReadonlyArray<{ orderLineId: string; quantity: number }>) =>
  Object.fromEntries(lines.map(({ orderLineId, quantity }) => [orderLineId, quantity]));

test.each([
  ["nobody waits: the router finds out", { there: 1, awaited: 0, isBeforeDate: false }, { a: 2, b: 3 }, {}],
  ["older orders wait for all", { there: 4, awaited: 4, isBeforeDate: false }, {}, { a: 2, b: 3 }],
  ["older orders leave some", { there: 7, awaited: 4, isBeforeDate: false }, { a: 2, b: 1 }, { b: 2 }],
  ["more is awaited than is there", { there: 1, awaited: 9, isBeforeDate: false }, {}, { a: 2, b: 3 }],
  ["it may not leave yet", { there: 9, awaited: 0, isBeforeDate: true }, {}, { a: 2, b: 3 }],
])("%s", (_, supply, now, later) => {
  const split = unitsToRoute([line("a", "X", 2), line("b", "X", 3)], () => supply);
  expect([units(split.now), units(split.later)]).toEqual([now, later]);
});
