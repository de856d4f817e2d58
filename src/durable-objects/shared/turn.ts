type Waiting = {
  readonly run: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Gathers what arrives together into one turn of the event loop, first come first served. Every decision is stored by
 * itself, but what is stored in one turn is committed at once: alone, each would wait for the disk, and the newest
 * would overtake those that wait.
 */
export class Turn {
  #waiting: Array<Waiting> = [];

  together<Outcome>(run: () => Outcome): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ run, resolve, reject });
      if (this.#waiting.length === 1) setTimeout(() => this.#runAll(), 0);
    });
  }

  #runAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { run, resolve, reject } of waiting) {
      try {
        resolve(run() as never);
      } catch (error) {
        reject(error);
      }
    }
  }
}
