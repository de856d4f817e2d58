/**
 * Which rows of a document are new, and which occurrence of their content they are: 0 says that the row was seen
 * before.
 *
 * A document may come again (the same file, an overlapping one), or go on (a file cut in the middle of an order). The
 * two differ only where a row has the same content as one that is known: in the first case it is that row, in the second
 * another one just like it. It goes on if it stands at an edge where a file may have been cut, brings something new,
 * does not begin with what the known rows end with, and shares less than half with them.
 *
 * @param known - Content hashes of the rows that are known, in their order.
 * @param rows - Content hashes of the rows that have come.
 * @param edge - Whether a cut file may have left this document in two pieces.
 */
export function countOccurrences(
  known: ReadonlyArray<string>,
  rows: ReadonlyArray<string>,
  edge: "whole" | "edge",
): Array<number> {
  const knownCounts = countAll(known);
  const goesOn = edge === "edge" && known.length > 0 && isContinuation(known, knownCounts, rows);
  const counts = new Map<string, number>();
  return rows.map((hash) => {
    const occurrence = (counts.get(hash) ?? 0) + 1;
    counts.set(hash, occurrence);
    const before = knownCounts.get(hash) ?? 0;
    if (goesOn) return before + occurrence;
    return occurrence <= before ? 0 : occurrence;
  });
}

function isContinuation(
  known: ReadonlyArray<string>,
  knownCounts: ReadonlyMap<string, number>,
  rows: ReadonlyArray<string>,
): boolean {
  let shared = 0;
  for (const [hash, count] of countAll(rows)) shared += Math.min(count, knownCounts.get(hash) ?? 0);
  if (shared === 0 || shared === rows.length) return false;
  return shared * 2 < known.length && !beginsWithEndOf(known, rows);
}

/** Whether the last rows known are the first that have come, as where two files overlap. */
function beginsWithEndOf(known: ReadonlyArray<string>, rows: ReadonlyArray<string>): boolean {
  const [first] = rows;
  for (let start = Math.max(0, known.length - rows.length); start < known.length; start += 1) {
    if (known[start] === first && known.slice(start).every((hash, index) => rows[index] === hash))
      return true;
  }
  return false;
}

function countAll(hashes: ReadonlyArray<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const hash of hashes) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return counts;
}
