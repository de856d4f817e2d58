type Waiting<Item, Outcome> = {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
};

export type GroupCommitLimits = {
  readonly itemsMax: number;
  /** Of one group, in the unit that `weigh` counts in. A single item above it still goes, alone. */
  readonly weightMax: number;
  readonly queueMax: number;
  /** While items come in closer together than this, a group waits this long for more of them. Zero never waits. */
  readonly lingerMs: number;
};

type Clock = { readonly nowMs: () => number; readonly wait: (forMs: number) => Promise<void> };

/**
 * Gathers what arrives while a write is under way into the next one, so that a single writer is used in bulk and a
 * lone item waits for nobody. A fast writer that finds one item each time is not used in bulk, so a busy one lingers.
 *
 * Only for use inside one Durable Object: its requests share one I/O context, so one may resolve the promise of
 * another. In a Worker isolate that fails under load.
 */
export class GroupCommit<Item, Outcome> {
  readonly #commit: (items: ReadonlyArray<Item>) => Promise<ReadonlyArray<Outcome>>;
  readonly #weigh: (item: Item) => number;
  readonly #limits: GroupCommitLimits;
  readonly #clock: Clock;
  readonly #queue: Array<Waiting<Item, Outcome>> = [];
  #isCommitting = false;
  #lastMs = -Infinity;
  #isBusy = false;

  /** @param commit - Answers one outcome per item, in order. A throw is every item's outcome. */
  constructor(
    commit: (items: ReadonlyArray<Item>) => Promise<ReadonlyArray<Outcome>>,
    weigh: (item: Item) => number,
    limits: GroupCommitLimits,
    clock: Clock,
  ) {
    this.#commit = commit;
    this.#weigh = weigh;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** @returns null at once where too many wait already: the item was not taken. */
  submit(item: Item): Promise<Outcome> | null {
    if (this.#queue.length >= this.#limits.queueMax) return null;
    const nowMs = this.#clock.nowMs();
    this.#isBusy = nowMs - this.#lastMs < this.#limits.lingerMs;
    this.#lastMs = nowMs;
    const outcome = new Promise<Outcome>((resolve, reject) => {
      this.#queue.push({ item, weight: this.#weigh(item), resolve, reject });
    });
    if (!this.#isCommitting) void this.#drain();
    return outcome;
  }

  async #drain(): Promise<void> {
    this.#isCommitting = true;
    while (this.#queue.length > 0) {
      if (this.#isBusy && this.#queue.length < this.#limits.itemsMax) {
        await this.#clock.wait(this.#limits.lingerMs);
      }
      const group = this.#takeGroup();
      try {
        const outcomes = await this.#commit(group.map(({ item }) => item));
        for (const [index, waiting] of group.entries()) waiting.resolve(outcomes[index] as Outcome);
      } catch (error) {
        for (const waiting of group) waiting.reject(error);
      }
    }
    this.#isCommitting = false;
  }

  #takeGroup(): Array<Waiting<Item, Outcome>> {
    let weight = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      weight += waiting.weight;
      if (count > 0 && (weight > this.#limits.weightMax || count === this.#limits.itemsMax)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }
}
