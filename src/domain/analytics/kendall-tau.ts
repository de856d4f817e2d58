/**
 * Kendall's τ-b of paired ranks, ties included: 1 where both orders agree, −1 where one is the other backwards. Knight's
 * algorithm, O(n log n). Knight, "A Computer Method for Calculating Kendall's Tau with Ungrouped Data", 1966.
 *
 * @returns Null where one of the orders has no two different values.
 */
export function kendallTau(pairs: ReadonlyArray<readonly [number, number]>): number | null {
  const sorted = pairs.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const count = sorted.length;
  const all = (count * (count - 1)) / 2;
  const tiedFirst = tiedPairs(sorted.map(([first]) => first));
  const tiedBoth = tiedPairs(sorted.map(([first, second]) => `${first} ${second}`));
  const seconds = sorted.map(([, second]) => second);
  const swaps = sortCountingSwaps(seconds);
  const tiedSecond = tiedPairs(seconds);
  const scale = Math.sqrt((all - tiedFirst) * (all - tiedSecond));
  if (scale === 0) return null;
  return (all - tiedFirst - tiedSecond + tiedBoth - 2 * swaps) / scale;
}

/** Pairs of equal neighbours' runs; `values` are sorted, or at least grouped. */
function tiedPairs(values: ReadonlyArray<number | string>): number {
  let tied = 0;
  let run = 1;
  for (let index = 1; index <= values.length; index += 1) {
    if (index < values.length && values[index] === values[index - 1]) {
      run += 1;
      continue;
    }
    tied += (run * (run - 1)) / 2;
    run = 1;
  }
  return tied;
}

/** Merge sort in place. @returns How many exchanges of neighbours a bubble sort would need. */
function sortCountingSwaps(values: Array<number>): number {
  let swaps = 0;
  let from = values.slice();
  for (let width = 1; width < values.length; width *= 2) {
    const to: Array<number> = [];
    for (let start = 0; start < from.length; start += 2 * width) {
      const middle = Math.min(start + width, from.length);
      const end = Math.min(start + 2 * width, from.length);
      let left = start;
      let right = middle;
      while (left < middle || right < end) {
        const isLeft = right >= end || (left < middle && (from[left] as number) <= (from[right] as number));
        if (isLeft) to.push(from[left++] as number);
        else {
          to.push(from[right++] as number);
          swaps += middle - left;
        }
      }
    }
    from = to;
  }
  for (const [index, value] of from.entries()) values[index] = value;
  return swaps;
}
