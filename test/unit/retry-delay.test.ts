import { expect, test } from "vitest";

import { retryDelaySeconds } from "../../src/worker/queues/retry-delay.ts";

test.each([
  [1, 0, 0],
  [1, 0.999_999, 4],
  [2, 0.999_999, 8],
  [5, 0.5, 32],
  [5, 0.999_999, 64],
  [30, 0.999_999, 600],
])("after %i deliveries and a draw of %d the message waits %i s", (attempts, random, seconds) => {
  expect(retryDelaySeconds(attempts, random)).toBe(seconds);
});

test("what the failure asks for comes on top, and never more than a queue takes", () => {
  expect(retryDelaySeconds(1, 0, 29_001)).toBe(30);
  expect(retryDelaySeconds(1, 0.999_999, 30_000)).toBe(34);
  expect(retryDelaySeconds(1, 0, 10 ** 9)).toBe(43_200);
});
