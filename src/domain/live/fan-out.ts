/** A viewer is told of a SKU at most ten times a second. */
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 1_000;
/**
 * Sending one message takes a gate some fifteen microseconds. Told three times a second, five thousand viewers cost it a
 * quarter of its time; the rest is for claims.
 */
const PAUSE_MS_PER_SOCKET = 0.06;

/** Sockets that are sent to before claims that arrived meanwhile get their turn. */
export const SLICE_SOCKETS = 500;

/**
 * The pause between two values of one SKU, by how many hear of it.
 *
 * @param isTurn - Whether the SKU runs low, is sold out or is there again: nobody waits for that because of the others.
 */
export function fanOutPauseMs(sockets: number, isTurn: boolean): number {
  if (isTurn) return PAUSE_MS_MIN;
  return Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, Math.round(sockets * PAUSE_MS_PER_SOCKET)));
}
