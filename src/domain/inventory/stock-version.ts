/**
 * Versions follow the time that is stored with every change, with room for this many changes within a millisecond, so
 * that they go on after a restart without a counter row.
 */
export const VERSIONS_PER_MS = 1024;

/** When a version of a SKU's stock came to be. */
export function versionTimeMs(version: number): number {
  return Math.floor(version / VERSIONS_PER_MS);
}
