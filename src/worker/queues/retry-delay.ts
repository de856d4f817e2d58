/** Doubles from here, so that a brief outage costs little and a long one stays quiet. */
const DELAY_BASE_SECONDS = 2;
const DELAY_MAX_SECONDS = 600;
/** What a queue takes at most. */
const QUEUE_DELAY_MAX_SECONDS = 43_200;

/**
 * Full jitter: anywhere between nothing and twice as long as the time before, so that what failed together does not
 * come back together.
 *
 * @param attempts - Deliveries so far, one or more.
 * @param random - In [0, 1).
 * @param atLeastMs - What the failure itself asks for, for example until a circuit closes.
 */
export function retryDelaySeconds(attempts: number, random: number, atLeastMs = 0): number {
  const ceiling = Math.min(DELAY_BASE_SECONDS * 2 ** attempts, DELAY_MAX_SECONDS);
  const jittered = Math.floor(random * (ceiling + 1));
  return Math.min(Math.ceil(atLeastMs / 1000) + jittered, QUEUE_DELAY_MAX_SECONDS);
}
