const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after each attempt that failed: a provider that is down for a night is not down for ever. */
const RETRY_DELAYS_MS: ReadonlyArray<number> = [
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
];
/** A share of each wait that is left to chance, so that what failed together does not come back together. */
const JITTER = 0.1;
const ASKED_FOR_MS_MAX = 24 * HOUR_MS;

/** What is older than this when it is first seen is no news any more: an import, a backlog of days. */
export const STALE_AFTER_MS = 24 * HOUR_MS;
/** What still waits after so long, for quiet hours or a provider, is not sent any more. */
export const TOO_LATE_AFTER_MS = 72 * HOUR_MS;

/**
 * When to try again.
 *
 * @param attempts - Failed so far, one or more.
 * @param askedForMs - What the provider wishes; it can only make the wait longer.
 * @param random - In [0, 1).
 * @returns null where it is time to give up.
 */
export function nextSendAtMs(
  attempts: number,
  nowMs: number,
  askedForMs: number,
  random: number,
): number | null {
  const delayMs = RETRY_DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return null;
  return Math.ceil(nowMs + Math.max(delayMs * (1 + JITTER * random), Math.min(askedForMs, ASKED_FOR_MS_MAX)));
}
