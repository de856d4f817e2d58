import { expect, test } from "vitest";

import type { Sku } from "../../../src/domain/brand.ts";
import {
  buildPickLines,
  ITEM_GRAMS_DEFAULT,
  PACKAGING_GRAMS,
  parcelWeightGrams,
} from "../../../src/domain/fulfillment/parcel.ts";

const line = (sku: string, quantity: number) => ({ sku: sku as Sku, title: `A ${sku}`, quantity });

test("a pick list names each SKU once, in the order of the shelves", () => {
  expect(buildPickLines([line("MUG", 1), line("CAP", 2), line("MUG", 3)])).toEqual([
    line("CAP", 2),
    line("MUG", 4),
  ]);
});

test("a parcel weighs its goods and its carton, and a SKU without a weight weighs something", () => {
  const grams = new Map([["MUG" as Sku, 400]]);
  expect(parcelWeightGrams([line("MUG", 2)], grams)).toBe(800 + PACKAGING_GRAMS);
  expect(parcelWeightGrams([line("MUG", 1), line("CAP", 2)], grams)).toBe(
    400 + 2 * ITEM_GRAMS_DEFAULT + PACKAGING_GRAMS,
  );
});
