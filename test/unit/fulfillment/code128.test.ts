import fc from "fast-check";
import { expect, test } from "vitest";

import { encodeCode128, type Barcode } from "../../../src/domain/fulfillment/code128.ts";

/**
 * A decoder that shares nothing with the encoder: every symbol as 11 modules, dark ones written as 1, in the form in
 * which the standard's table is usually printed.
 */
const MODULES =
  `11011001100 11001101100 11001100110 10010011000 10010001100 10001001100 10011001000 10011000100 10001100100
11001001000 11001000100 11000100100 10110011100 10011011100 10011001110 10111001100 10011101100 10011100110 11001110010
11001011100 11001001110 11011100100 11001110100 11101101110 11101001100 11100101100 11100100110 11101100100 11100110100
11100110010 11011011000 11011000110 11000110110 10100011000 10001011000 10001000110 10110001000 10001101000 10001100010
11010001000 11000101000 11000100010 10110111000 10110001110 10001101110 10111011000 10111000110 10001110110 11101110110
11010001110 11000101110 11011101000 11011100010 11011101110 11101011000 11101000110 11100010110 11101101000 11101100010
11100011010 11101111010 11001000010 11110001010 10100110000 10100001100 10010110000 10010000110 10000101100 10000100110
10110010000 10110000100 10011010000 10011000010 10000110100 10000110010 11000010010 11001010000 11110111010 11000010100
10001111010 10100111100 10010111100 10010011110 10111100100 10011110100 10011110010 11110100100 11110010100 11110010010
11011011110 11011110110 11110110110 10101111000 10100011110 10001011110 10111101000 10111100010 11110101000 11110100010
10111011110 10111101110 11101011110 11110101110 11010000100 11010010000 11010011100`.split(/\s/);

function modulesOf({ bars, width }: Barcode): string {
  const modules = Array.from({ length: width }, () => "0");
  for (const bar of bars) modules.fill("1", bar.offset, bar.offset + bar.width);
  return modules.join("");
}

function decode(barcode: Barcode): { values: Array<number>; text: string } {
  const modules = modulesOf(barcode);
  expect(modules.endsWith("1100011101011")).toBe(true);
  const symbols = modules.slice(0, -13);
  expect(symbols.length % 11).toBe(0);
  const values = Array.from({ length: symbols.length / 11 }, (_, index) => {
    const value = MODULES.indexOf(symbols.slice(index * 11, index * 11 + 11));
    expect(value).toBeGreaterThanOrEqual(0);
    return value;
  });
  const check = values.at(-1);
  const [start = 0, ...data] = values.slice(0, -1);
  let sum = start;
  let text = "";
  let set = start === 104 ? "B" : "C";
  expect([104, 105]).toContain(start);
  for (const [index, value] of data.entries()) {
    sum += value * (index + 1);
    if (set === "B" && value === 99) set = "C";
    else if (set === "C" && value === 100) set = "B";
    else if (set === "B") text += String.fromCharCode(value + 32);
    else text += String(value).padStart(2, "0");
  }
  expect(check).toBe(sum % 103);
  return { values, text };
}

test.each([
  // Values and check symbols as published: Wikipedia's "PJJ123C" (check 54 in set A, 55 with start B), "Wikipedia" (88).
  ["Wikipedia", [104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88]],
  ["PJJ123C", [104, 48, 42, 42, 17, 18, 19, 35, 55]],
  ["1234", [105, 12, 34, 82]],
  ["12", [105, 12, 14]],
  ["12345", [105, 12, 34, 100, 21, 54]],
  ["HI345678", [104, 40, 41, 99, 34, 56, 78, 68]],
])("%s is encoded in the symbols and the check that the standard gives", (text, values) => {
  expect(decode(encodeCode128(text)).values).toEqual(values);
});

test("whatever printable text goes in comes out of another decoder", () => {
  const printable = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  const digits = fc.stringMatching(/^\d{1,9}$/);
  fc.assert(
    fc.property(fc.array(fc.oneof(printable, digits), { minLength: 1, maxLength: 12 }), (parts) => {
      const text = parts.join("");
      expect(decode(encodeCode128(text)).text).toBe(text);
    }),
    { numRuns: 1000, seed: 20261123 },
  );
});

test("digits are packed two to a symbol", () => {
  // Start, ten pairs, check: eleven modules each; the stop symbol has thirteen.
  expect(encodeCode128("12345678901234567890").width).toBe(12 * 11 + 13);
});

test.each(["", "é", "a\n", "日本"])("%j is refused", (text) => {
  expect(() => encodeCode128(text)).toThrow("printable ASCII");
});
