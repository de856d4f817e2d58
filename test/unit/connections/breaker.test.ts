import { expect, test } from "vitest";

import {
  admit,
  afterFailure,
  afterSuccess,
  circuitStateOf,
  FAILURES_TO_OPEN,
  OPEN_MS_MAX,
  OPEN_MS_MIN,
  TRIAL_MS_MAX,
  unusedHealth,
  type Health,
} from "../../../src/domain/connections/breaker.ts";

function failing(times: number, nowMs: number): Health {
  let health = unusedHealth;
  for (let count = 0; count < times; count += 1) health = afterFailure(health, "timeout", nowMs);
  return health;
}

test("the circuit stays closed until the last allowed failure in a row, and a success starts the count again", () => {
  expect(circuitStateOf(failing(FAILURES_TO_OPEN - 1, 0), 0)).toBe("closed");
  expect(circuitStateOf(failing(FAILURES_TO_OPEN, 0), 0)).toBe("open");
  const mended = afterSuccess(failing(FAILURES_TO_OPEN - 1, 0), 1);
  expect(circuitStateOf(afterFailure(mended, "timeout", 2), 2)).toBe("closed");
  expect(mended).toMatchObject({ successes: 1, failures: FAILURES_TO_OPEN - 1, lastSuccessAtMs: 1 });
});

test("an open circuit refuses and says for how long", () => {
  const open = failing(FAILURES_TO_OPEN, 1000);
  expect(admit(open, 1000).admission).toEqual({ isAdmitted: false, retryAfterMs: OPEN_MS_MIN });
  expect(admit(open, 1000 + OPEN_MS_MIN - 1).admission).toEqual({ isAdmitted: false, retryAfterMs: 1 });
});

test("after the pause one trial is let through, the others wait, and a trial that never answers does not block for ever", () => {
  const trialAtMs = OPEN_MS_MIN;
  const trial = admit(failing(FAILURES_TO_OPEN, 0), trialAtMs);
  expect(trial.admission.isAdmitted).toBe(true);
  expect(admit(trial.health, trialAtMs + 1).admission).toEqual({
    isAdmitted: false,
    retryAfterMs: TRIAL_MS_MAX - 1,
  });
  expect(admit(trial.health, trialAtMs + TRIAL_MS_MAX).admission.isAdmitted).toBe(true);
  expect(circuitStateOf(afterSuccess(trial.health, trialAtMs + 5), trialAtMs + 5)).toBe("closed");
});

test("each failed trial doubles the pause, up to the longest", () => {
  let health = failing(FAILURES_TO_OPEN, 0);
  let nowMs = 0;
  const pauses = [];
  for (let trial = 0; trial < 8; trial += 1) {
    pauses.push((health.openUntilMs ?? 0) - nowMs);
    nowMs = health.openUntilMs ?? 0;
    health = afterFailure(admit(health, nowMs).health, "timeout", nowMs);
  }
  expect(pauses).toEqual([30, 60, 120, 240, 480, 600, 600, 600].map((seconds) => seconds * 1000));
  expect(OPEN_MS_MAX).toBe(600_000);
});

test("calls that were under way when the circuit opened do not lengthen the pause", () => {
  expect(failing(FAILURES_TO_OPEN + 20, 0).openUntilMs).toBe(OPEN_MS_MIN);
});

test("error texts are cut", () => {
  expect(afterFailure(unusedHealth, "x".repeat(1000), 0).lastError).toHaveLength(200);
});
