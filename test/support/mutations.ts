type Path = ReadonlyArray<string | number>;

/** What a field may turn into on its way: gone, empty, of another type, out of all bounds, hostile. */
const REPLACEMENTS: ReadonlyArray<unknown> = [
  undefined,
  null,
  "",
  "not what it was",
  -1,
  0,
  1.5,
  1e21,
  Number.MAX_SAFE_INTEGER + 1,
  true,
  [],
  {},
  [null],
  "-12.34",
  "1,234.50",
  "\u0000\ud800",
  "constructor",
  "x".repeat(5_000),
];

/** Every place in a payload, of each list only the first two: the others are read alike. */
function* placesIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    const name = Array.isArray(value) ? Number(key) : key;
    if (typeof name === "number" && name > 1) return;
    yield* placesIn(member, [...path, name]);
  }
}

function replaced(value: unknown, path: Path, replacement: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...(value as Array<unknown>)] : { ...(value as object) }) as Record<
    string | number,
    unknown
  >;
  copy[key] = replaced(copy[key], rest, replacement);
  if (copy[key] === undefined && !Array.isArray(value)) delete copy[key];
  return copy;
}

/** Copies of a JSON text with one field changed in each: which one and into what, and the text. */
export function* mutationsOf(body: string, countMax: number): Generator<readonly [string, string]> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return;
  }
  const places = [...placesIn(value)];
  const step = Math.max(1, Math.floor((places.length * REPLACEMENTS.length) / countMax));
  let index = 0;
  for (const place of places) {
    for (const replacement of REPLACEMENTS) {
      index += 1;
      if (index % step !== 0) continue;
      const text = JSON.stringify(replaced(value, place, replacement));
      yield [`${place.join(".")} = ${JSON.stringify(replacement)?.slice(0, 30)}`, text];
    }
  }
}
