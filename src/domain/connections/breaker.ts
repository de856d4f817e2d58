/** Failures in a row that open the circuit. */
export const FAILURES_TO_OPEN = 5;
export const OPEN_MS_MIN = 30_000;
export const OPEN_MS_MAX = 600_000;
/** How long the one trial of a half-open circuit may take before another may try. */
export const TRIAL_MS_MAX = 30_000;

/** What is known of one connection to an outside system. Times are milliseconds since the epoch. */
export type Health = {
  readonly successes: number;
  readonly failures: number;
  readonly consecutiveFailures: number;
  readonly openUntilMs: number | null;
  /** While a trial of a half-open circuit is under way. */
  readonly trialUntilMs: number | null;
  /** The other side asked for quiet until then. Missing in what was stored before there was such a thing. */
  readonly quietUntilMs?: number | null;
  readonly lastSuccessAtMs: number | null;
  readonly lastFailureAtMs: number | null;
  /** Never carries personal data. */
  readonly lastError: string | null;
};

export const unusedHealth: Health = {
  successes: 0,
  failures: 0,
  consecutiveFailures: 0,
  openUntilMs: null,
  trialUntilMs: null,
  lastSuccessAtMs: null,
  lastFailureAtMs: null,
  lastError: null,
};

export type CircuitState = "closed" | "open" | "half_open";

export function circuitStateOf(health: Health, nowMs: number): CircuitState {
  if (health.openUntilMs === null) return "closed";
  return nowMs < health.openUntilMs ? "open" : "half_open";
}

export type Admission =
  | { readonly isAdmitted: true }
  | { readonly isAdmitted: false; readonly retryAfterMs: number };

/** Whether a call may be made now. After the pause one trial is let through; the others wait for how it ends. */
export function admit(
  health: Health,
  nowMs: number,
): { readonly admission: Admission; readonly health: Health } {
  const quietMs = (health.quietUntilMs ?? 0) - nowMs;
  if (quietMs > 0) return refused(health, quietMs);
  switch (circuitStateOf(health, nowMs)) {
    case "closed":
      return { admission: { isAdmitted: true }, health };
    case "open":
      return refused(health, (health.openUntilMs ?? nowMs) - nowMs);
    case "half_open":
      if (health.trialUntilMs !== null && nowMs < health.trialUntilMs) {
        return refused(health, health.trialUntilMs - nowMs);
      }
      return { admission: { isAdmitted: true }, health: { ...health, trialUntilMs: nowMs + TRIAL_MS_MAX } };
  }
}

function refused(health: Health, retryAfterMs: number) {
  return { admission: { isAdmitted: false, retryAfterMs } as const, health };
}

export function afterSuccess(health: Health, nowMs: number): Health {
  return {
    ...health,
    successes: health.successes + 1,
    consecutiveFailures: 0,
    openUntilMs: null,
    trialUntilMs: null,
    lastSuccessAtMs: nowMs,
  };
}

/** Being told to slow down is no failure: the other side works, and says when to come again. */
export function afterThrottle(health: Health, quietUntilMs: number): Health {
  return { ...health, trialUntilMs: null, quietUntilMs: Math.max(quietUntilMs, health.quietUntilMs ?? 0) };
}

/** Each failure of a trial doubles the pause, so that a long outage stays quiet. */
export function afterFailure(health: Health, error: string, nowMs: number): Health {
  const consecutiveFailures = health.consecutiveFailures + 1;
  const excess = consecutiveFailures - FAILURES_TO_OPEN;
  // Calls that were under way when the circuit opened do not lengthen the pause.
  const isOpen = circuitStateOf(health, nowMs) === "open";
  const openUntilMs =
    excess < 0
      ? null
      : isOpen
        ? health.openUntilMs
        : nowMs + Math.min(OPEN_MS_MIN * 2 ** excess, OPEN_MS_MAX);
  return {
    ...health,
    failures: health.failures + 1,
    consecutiveFailures,
    openUntilMs,
    trialUntilMs: null,
    lastFailureAtMs: nowMs,
    lastError: error.slice(0, 200),
  };
}
