import { expect, test } from "vitest";

import { hasCardNumber } from "../../../src/domain/payments/card-number.ts";

// The numbers that card networks publish for tests.
test.each([
  "4111111111111111",
  "4111 1111 1111 1111",
  "my card is 5555-5555-5555-4444, thanks",
  "5555555555554444 12/29 123",
  "2223003122003222",
  "371449635398431",
  "3714 496353 98431",
  "36227206271667",
  "6011111111111117",
  "3566002020360505",
  "6205500000000000004",
  "order 12 4242 4242 4242 4242",
])("%s holds the number of a card", (text) => {
  expect(hasCardNumber(text)).toBe(true);
});

test.each([
  "4111111111111112",
  "Ada Lovelace",
  "+49 1512 3456789",
  "0049 30 901820 0",
  "4006381333931",
  "576461413038785752",
  "ord_01m84mf3dq7ta4dd958dtyvx2npdrf",
  "411111111111111100000",
  "2026-11-23 16:38:49",
  "",
])("%j does not", (text) => {
  expect(hasCardNumber(text)).toBe(false);
});
