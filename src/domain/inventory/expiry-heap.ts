import type { HoldKey } from "./hold.ts";

type Due = { readonly atMs: number; readonly key: HoldKey };

/**
 * Holds by the moment they end, earliest first. Entries are not removed when a hold is resolved otherwise; whoever
 * pops one looks whether it still says the truth.
 */
export class ExpiryHeap {
  readonly #entries: Array<Due> = [];

  get size(): number {
    return this.#entries.length;
  }

  peek(): Due | undefined {
    return this.#entries[0];
  }

  push(entry: Due): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push(entry);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex] as Due;
      if (parent.atMs <= entry.atMs) break;
      entries[index] = parent;
      index = parentIndex;
    }
    entries[index] = entry;
  }

  pop(): Due | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= entries.length) break;
      const right = entries[childIndex + 1];
      if (right !== undefined && right.atMs < (entries[childIndex] as Due).atMs) childIndex += 1;
      const child = entries[childIndex] as Due;
      if (child.atMs >= last.atMs) break;
      entries[index] = child;
      index = childIndex;
    }
    entries[index] = last;
    return first;
  }
}
