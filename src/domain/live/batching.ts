/** Claims in one call to a SKU's object. */
export const BATCH_CLAIMS_MAX = 500;
/** Claims that may wait for a SKU at one gate: a few hundred milliseconds' work. One more is told to come back. */
export const WAITING_CLAIMS_MAX = 30_000;
/** A batch that is not answered by then is answered for: nobody is left waiting in silence. */
export const BATCH_DEADLINE_MS = 10_000;

/** A call costs as much as many claims, so in a crowd it is worth waiting this long for more of them. */
const LINGER_MS = 4;
/** From so many claims in the last batch on, there is a crowd. */
const CROWD_CLAIMS = 4;
/** With so many claims at hand a call is well used already. */
const FULL_CLAIMS = 240;

/**
 * How long a gate waits before it sends the claims at hand. A lone buyer never waits; in a crowd, the few milliseconds
 * make batches large enough that the object spends its time on decisions instead of calls.
 */
export function lingerMs(lastBatchClaims: number, waitingClaims: number): number {
  return lastBatchClaims < CROWD_CLAIMS || waitingClaims >= FULL_CLAIMS ? 0 : LINGER_MS;
}
