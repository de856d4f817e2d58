/** The platform opens six connections at a time for one request; more would only wait. */
const PARALLEL_MAX = 6;

/** Runs `work` on every item, at most six at once, and settles all of them, in the order of the items. */
export async function settleInParallel<Item, Value>(
  items: ReadonlyArray<Item>,
  work: (item: Item, index: number) => Promise<Value>,
  parallelMax = PARALLEL_MAX,
): Promise<Array<PromiseSettledResult<Value>>> {
  const settled: Array<PromiseSettledResult<Value>> = [];
  let next = 0;
  const worker = async () => {
    for (;;) {
      const index = next;
      next += 1;
      const item = items[index];
      if (index >= items.length || item === undefined) return;
      [settled[index]] = (await Promise.allSettled([work(item, index)])) as [PromiseSettledResult<Value>];
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelMax, items.length) }, worker));
  return settled;
}

/** As {@link settleInParallel}, where every item must succeed: the first failure is thrown after all have ended. */
export async function mapInParallel<Item, Value>(
  items: ReadonlyArray<Item>,
  work: (item: Item, index: number) => Promise<Value>,
): Promise<Array<Value>> {
  return valuesOf(await settleInParallel(items, work));
}

/** @throws The first failure. */
export function valuesOf<Value>(settled: ReadonlyArray<PromiseSettledResult<Value>>): Array<Value> {
  return settled.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason as Error;
    return outcome.value;
  });
}
