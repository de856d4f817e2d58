/** A resource's version as a strong entity tag, RFC 9110 §8.8.3. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/** Whether `If-Match` (absent, `*`, or a list of tags) lets a change of this version through. */
export function matches(ifMatch: string | undefined, version: number | null): boolean {
  if (ifMatch === undefined) return true;
  if (version === null) return false;
  return ifMatch.trim() === "*" || ifMatch.split(",").some((tag) => tag.trim() === etagOf(version));
}
