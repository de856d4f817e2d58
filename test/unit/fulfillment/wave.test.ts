import { describe, expect, test } from "vitest";

import { isSameCode, missingOf, placeScan, walkOf, type Want } from "../../../src/domain/fulfillment/wave.ts";

const want = (slot: number, sku: string, quantity: number, rest: Partial<Want> = {}): Want => ({
  pickList: `pick_${slot}`,
  slot,
  status: "open",
  sku,
  title: sku,
  quantity,
  scanned: 0,
  barcode: null,
  zone: null,
  bin: null,
  ...rest,
});
const wants = [
  want(1, "MUG", 2, { barcode: "4006381333931", zone: "B", bin: "10" }),
  want(2, "MUG", 1, { barcode: "4006381333931", zone: "B", bin: "10" }),
  want(2, "CAP", 1, { zone: "B", bin: "2" }),
  want(3, "TEE", 1, { zone: "A", bin: "7" }),
];

describe("scanned units", () => {
  test.each([
    ["one", wants, "4006381333931", 1, [[1, 1]]],
    ["by the SKU", wants, "CAP", 1, [[2, 1]]],
    [
      "over several cartons",
      wants,
      "MUG",
      3,
      [
        [1, 2],
        [2, 1],
      ],
    ],
    [
      "what the first cartons still want",
      [want(1, "MUG", 2, { scanned: 1 }), want(2, "MUG", 1)],
      "MUG",
      2,
      [
        [1, 1],
        [2, 1],
      ],
    ],
    [
      "back out of the last carton first",
      [want(1, "MUG", 2, { scanned: 2 }), want(2, "MUG", 1, { scanned: 1 })],
      "MUG",
      -2,
      [
        [2, -1],
        [1, -1],
      ],
    ],
    [
      "not for a list that was given up",
      [want(1, "MUG", 1, { status: "canceled" }), want(2, "MUG", 1)],
      "MUG",
      1,
      [[2, 1]],
    ],
  ])("go %s", (_name, lists, code, quantity, cartons) => {
    const placed = placeScan(lists, code, quantity);
    expect(placed.ok && placed.value.placed.map(({ slot, quantity: units }) => [slot, units])).toEqual(
      cartons,
    );
  });

  test.each([
    ["something else", wants, "HAT", 1, { code: "item_not_wanted", sku: null }],
    ["one too many", wants, "MUG", 4, { code: "item_too_many", sku: "MUG", wanted: 3, scanned: 0 }],
    [
      "more back than there are",
      wants,
      "MUG",
      -1,
      { code: "item_too_many", sku: "MUG", wanted: 3, scanned: 0 },
    ],
  ])("are refused: %s", (_name, lists, code, quantity, error) => {
    expect(placeScan(lists, code, quantity)).toEqual({ ok: false, error });
  });
});

test.each([
  ["036000291452", "0036000291452", true],
  ["4006381333931", "4006381333931", true],
  ["4006381333931", "4006381333932", false],
  ["MUG", "0MUG", false],
  ["1234567", "01234567", false],
])("%s and %s are one article's: %s", (a, b, isSame) => {
  expect(isSameCode(a, b)).toBe(isSame);
});

test("the walk goes by zone and bin, each SKU once; what has no place comes last", () => {
  const walk = walkOf([...wants, want(4, "HAT", 1)], null);
  expect(walk.map(({ sku, quantity, cartons }) => [sku, quantity, cartons.length])).toEqual([
    ["TEE", 1, 1],
    ["CAP", 1, 1],
    ["MUG", 3, 2],
    ["HAT", 1, 1],
  ]);
  expect(walkOf(wants, "A").map(({ sku }) => sku)).toEqual(["TEE"]);
});

test("what a list lacks is what was not scanned", () => {
  expect(missingOf([want(1, "MUG", 3, { scanned: 1 }), want(1, "CAP", 1, { scanned: 1 })], "pick_1")).toEqual(
    [{ sku: "MUG", quantity: 2 }],
  );
});
