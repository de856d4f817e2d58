import { describe, expect, test } from "vitest";

import {
  dimensionsOf,
  packUnits,
  smallestFor,
  type Dimensions,
  type Item,
  type ParcelSize,
} from "../../../src/domain/fulfillment/pack.ts";

const size = (code: string, dimensions: Dimensions, gramsMax: number, grams = 50): ParcelSize => ({
  code,
  dimensions,
  gramsMax,
  grams,
});
const BAG = size("BAG", [300, 200, 50], 1_000, 20);
const BOX = size("BOX", [400, 300, 200], 10_000, 300);
const SIZES = [BOX, BAG];
const units = (count: number, line: string, grams: number, dimensions: Dimensions | null = null) =>
  Array.from({ length: count }, (): Item => ({ line, grams, dimensions }));
const shapeOf = (parcels: ReturnType<typeof packUnits>) =>
  parcels.map((parcel) => [
    parcel.size?.code ?? null,
    parcel.grams,
    Object.fromEntries(parcel.lines.map(({ line, quantity }) => [line, quantity])),
  ]);

describe("a parcel is packed into", () => {
  test.each([
    ["the smallest that takes its weight", units(3, "a", 300), "BAG"],
    ["a larger one where it is too heavy with its carton", units(1, "a", 981), "BOX"],
    ["the smallest, turned as it fits", units(1, "a", 100, [49, 290, 190]), "BAG"],
    ["a larger one where it is too thick", units(1, "a", 100, [51, 100, 100]), "BOX"],
    ["a larger one where the gaps between things fill it", units(2, "a", 100, [290, 190, 24]), "BOX"],
    ["none where it is too long for any", units(1, "a", 100, [900, 10, 10]), null],
    ["none where it is too heavy for any", units(1, "a", 9_701), null],
  ])("%s", (_name, items, code) => {
    expect(smallestFor(SIZES, items)?.code ?? null).toBe(code);
  });
});

describe("goods are packed", () => {
  test.each([
    ["together where a size holds them", units(3, "a", 300), [["BAG", 920, { a: 3 }]]],
    [
      "into several where none holds all, each the smallest",
      [...units(3, "a", 4_000), ...units(1, "b", 100)],
      [
        ["BOX", 8_400, { a: 2, b: 1 }],
        ["BOX", 4_300, { a: 1 }],
      ],
    ],
    [
      "by themselves where no size takes them",
      [...units(1, "a", 300), ...units(2, "pallet", 50_000)],
      [
        ["BAG", 320, { a: 1 }],
        [null, 50_050, { pallet: 1 }],
        [null, 50_050, { pallet: 1 }],
      ],
    ],
  ])("%s", (_name, items, expected) => {
    expect(shapeOf(packUnits(SIZES, items, 50))).toEqual(expected);
  });

  test("into one parcel where there are no sizes", () => {
    expect(shapeOf(packUnits([], units(40, "a", 1_000), 50))).toEqual([[null, 40_050, { a: 40 }]]);
  });

  test("so that no unit is lost or doubled, and no parcel is too heavy", () => {
    for (let count = 1; count < 60; count += 7) {
      const items = [...units(count, "a", 900, [200, 150, 100]), ...units(count, "b", 130, [60, 60, 60])];
      const parcels = packUnits(SIZES, items, 50);
      const total = (line: string) =>
        parcels
          .flatMap(({ lines }) => lines)
          .reduce((sum, one) => (one.line === line ? sum + one.quantity : sum), 0);
      expect([total("a"), total("b")]).toEqual([count, count]);
      for (const parcel of parcels) expect(parcel.grams).toBeLessThanOrEqual(parcel.size?.gramsMax ?? 0);
    }
  });
});

test.each([
  [{ length_mm: "300", width_mm: "20", height_mm: "10" }, [300, 20, 10]],
  [{ length_mm: "300", width_mm: "20" }, null],
  [{ length_mm: "300", width_mm: "-20", height_mm: "1e3" }, null],
  [{ length_mm: "0", width_mm: "20", height_mm: "10" }, null],
])("the attributes %j measure %j", (attributes, dimensions) => {
  expect(dimensionsOf(attributes as Record<string, string>)).toEqual(dimensions);
});
