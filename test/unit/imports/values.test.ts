import { describe, expect, test } from "vitest";

import { countryCode } from "../../../src/domain/imports/countries.ts";
import { parseAmount, parseInteger, parseTimeMs } from "../../../src/domain/imports/values.ts";

test.each([
  ["2.55", 2, "auto", 255, true],
  ["0.001", 2, "auto", 0, false],
  ["0.005", 2, "auto", 1, false],
  ["-11062.06", 2, "auto", -1_106_206, true],
  ["1,234.50", 2, "auto", 123_450, true],
  ["1.234,50", 2, "auto", 123_450, true],
  ["1,234", 2, "auto", 123_400, true],
  ["1,234", 2, "comma", 123, false],
  ["3,39", 2, "auto", 339, true],
  ["3.39", 2, "comma", 339, true],
  ["1500", 0, "auto", 1500, true],
  ["1.5", 3, "auto", 1500, true],
  [" 7 ", 2, "auto", 700, true],
  [".5", 2, "auto", 50, true],
] as const)("%s with %i decimals (%s) is %i minor units", (text, exponent, style, amount, isExact) => {
  expect(parseAmount(text, exponent, style)).toEqual({ amount, isExact });
});

test.each([
  "",
  " ",
  "-",
  ".",
  "abc",
  "1e3",
  "NaN",
  "Infinity",
  "0x10",
  "1.2.3",
  "99999999999999",
  "£5",
  "1 000",
])("%j is no amount", (text) => {
  expect(parseAmount(text, 2, "auto")).toBeNull();
});

test.each([
  ["6", 6],
  ["-10", -10],
  ["6.0", 6],
  ["1.5", null],
  ["", null],
  ["1e3", null],
])("the quantity %j is %j", (text, quantity) => {
  expect(parseInteger(text)).toBe(quantity);
});

describe("times", () => {
  test.each([
    ["2010-12-01 08:26:00", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01T08:26:00Z", "2010-12-01T08:26:00.000Z"],
    ["2010-12-01", "2010-12-01T00:00:00.000Z"],
    ["12/1/2010 8:26", "2010-12-01T08:26:00.000Z"],
    ["2026-03-01 10:00:00 +0100", "2026-03-01T09:00:00.000Z"],
    ["2026-03-01T10:00:00.123456-05:30", "2026-03-01T15:30:00.123Z"],
    ["2024-02-29 00:00", "2024-02-29T00:00:00.000Z"],
    ["2000-02-29", "2000-02-29T00:00:00.000Z"],
    ["9999-12-31 23:59:59", "9999-12-31T23:59:59.000Z"],
  ])("%s is %s", (text, iso) => {
    expect(new Date(parseTimeMs(text) ?? Number.NaN).toISOString()).toBe(iso);
  });

  test.each([
    "2023-02-29",
    "2010-13-01",
    "2010-00-10",
    "2010-01-32",
    "25:00",
    "2010-01-01 24:00",
    "1969-12-31",
    "yesterday",
    "13/1/2010",
    "1900-02-29",
  ])("%s is none", (text) => {
    expect(parseTimeMs(text)).toBeNull();
  });
});

test.each([
  ["United Kingdom", "GB"],
  ["EIRE", "IE"],
  ["USA", "US"],
  ["RSA", "ZA"],
  ["Czech Republic", "CZ"],
  ["Hong Kong", "HK"],
  ["United Arab Emirates", "AE"],
  ["Saudi Arabia", "SA"],
  ["de", "DE"],
  ["Unspecified", null],
  ["European Community", null],
  ["Channel Islands", null],
  ["ZZ", null],
  ["EU", null],
])("the country %s is %s", (text, code) => {
  expect(countryCode(text)).toBe(code);
});
