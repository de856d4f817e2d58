/**
 * Doubles from `first`, and spreads over the upper half, so that a crowd that was cut off at once does not come back at once.
 *
 * @param attempt - 0 for the first wait.
 * @param random - Of [0, 1).
 */
export function backOffMs(attempt: number, random: number, first: number, most: number): number {
  const longest = Math.min(most, first * 2 ** attempt);
  return Math.round(longest * (0.5 + random / 2));
}

/** A key of one's own. Not `crypto.randomUUID`, which pages without TLS do not have. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
