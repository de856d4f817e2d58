/** One type (`order.placed`), all of a kind (`order.*`), or everything (`*`). */
export const EVENT_PATTERN = /^(?:\*|[a-z][a-z_]{0,39}(?:\.[a-z][a-z_]{0,39})*(?:\.\*)?)$/;

/** Asked for by name only: somebody tries an endpoint out, and the others need not hear of it. */
const ONLY_BY_ADDRESS: ReadonlySet<string> = new Set(["webhook.test"]);

export function isSubscribed(patterns: ReadonlyArray<string>, type: string): boolean {
  if (ONLY_BY_ADDRESS.has(type)) return false;
  return patterns.some(
    (pattern) =>
      pattern === "*" ||
      pattern === type ||
      (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1))),
  );
}
