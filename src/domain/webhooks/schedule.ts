const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long to wait after each failed attempt, as Standard Webhooks recommends: quick while it may be a restart, patient
 * while it may be a weekend. Together a little over three days.
 */
export const RETRY_DELAYS_MS: ReadonlyArray<number> = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/**
 * The end of all patience. Waiting for an endpoint whose circuit is open counts as no attempt, so the attempts alone
 * would not end it.
 */
export const GIVE_UP_AFTER_MS = 84 * HOUR_MS;

/** What is older than this when the engine first sees it is no news any more: an import, a backlog of days. */
export const STALE_AFTER_MS = 72 * HOUR_MS;

/** A share of each wait that is left to chance, so that what failed together does not come back together. */
const JITTER = 0.1;
/** What a receiver may ask for with `Retry-After`. */
const ASKED_FOR_MS_MAX = 24 * HOUR_MS;

/**
 * When to try again.
 *
 * @param attempts - Failed so far, one or more.
 * @param askedForMs - What the receiver wishes; it can only make the wait longer.
 * @param random - In [0, 1).
 * @returns null where it is time to give up.
 */
export function nextAttemptAtMs(
  { attempts, startedAtMs }: { readonly attempts: number; readonly startedAtMs: number },
  nowMs: number,
  askedForMs: number,
  random: number,
): number | null {
  const delayMs = RETRY_DELAYS_MS[attempts - 1];
  if (delayMs === undefined) return null;
  const waitMs = Math.max(delayMs * (1 + JITTER * random), Math.min(askedForMs, ASKED_FOR_MS_MAX));
  const atMs = Math.ceil(nowMs + waitMs);
  return atMs > startedAtMs + GIVE_UP_AFTER_MS ? null : atMs;
}
