import { expect, test } from "vitest";

import { isDue } from "../../scripts/crons.ts";

test.each([
  ["* * * * *", "2026-11-23T15:07:30Z", true],
  ["17 3 * * *", "2026-11-23T03:17:00Z", true],
  ["17 3 * * *", "2026-11-23T03:18:00Z", false],
  ["17 3 * * *", "2026-11-23T15:17:00Z", false],
  ["*/15 * * * *", "2026-11-23T15:45:59Z", true],
  ["*/15 * * * *", "2026-11-23T15:46:00Z", false],
  ["5,35 8 * * *", "2026-11-23T08:35:00Z", true],
])("%s at %s is due: %s", (cron, now, due) => {
  expect(isDue(cron, new Date(now))).toBe(due);
});

test("a cron that this machine cannot keep is refused instead of forgotten", () => {
  expect(() => isDue("0 8 * * MON", new Date())).toThrow("only minute and hour");
});
