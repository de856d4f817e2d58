type Sleeper = { readonly dueMs: number; readonly wake: () => void };

/** Time that passes only when everybody waits: how fast the machine is changes nothing, and a seed always comes to the same. */
export class VirtualTime {
  #nowMs = 0;
  #sleepers: Array<Sleeper> = [];

  /** @param signal - Ends the wait without a wake-up. */
  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      const sleeper = { dueMs: this.#nowMs + ms, wake };
      // Whoever is due at the same time is woken in the order of going to sleep.
      const later = this.#sleepers.findIndex(({ dueMs }) => dueMs > sleeper.dueMs);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
      });
    });
  }

  /** @throws Error where the work waits for something that no time brings. */
  async run<Value>(work: Promise<Value>): Promise<Value> {
    const seen = { isDone: false, hasFailed: false };
    work.then(
      () => (seen.isDone = true),
      () => (seen.hasFailed = true),
    );
    for (;;) {
      // Everything that follows at once from what was woken.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#sleepers.shift();
      // Who is still asleep when the work is done is woken too, and leaves no timer of the product behind.
      if (seen.hasFailed || (seen.isDone && next === undefined)) return work;
      if (next === undefined) throw new Error("I10 everybody waits, and nothing is due");
      this.#nowMs = next.dueMs;
      next.wake();
    }
  }
}
