import { Crash, type SkuHarness } from "../support/sku-harness.ts";
import type { SkuAudit } from "./audit.ts";
import { Random } from "./random.ts";

/** A reply that takes longer is given up; what was asked may have been done. */
export const LOST = Symbol("lost");

export type SimulatedSku = {
  readonly harness: SkuHarness;
  readonly audit: SkuAudit;
  readonly received: number;
};
/** A process: it yields what it wants done at an object, or how long it wants to wait, and is given the answer. */
export type Process = Generator<
  { readonly sku: number; readonly call: (sku: SkuHarness) => unknown } | { readonly waitMs: number },
  void,
  unknown
>;
type Event = { readonly atMs: number; readonly order: number; readonly run: () => void };

/**
 * The world between callers and objects: messages lost, doubled and late, objects that crash before and after they commit,
 * clocks that jump. All of it from one seed.
 */
export class HostileSky {
  readonly random: Random;
  readonly limit: number;
  skus: ReadonlyArray<SimulatedSku> = [];
  nowMs = 1_800_000_000_000;
  isHostile = true;
  readonly #events: Array<Event> = [];
  #serial = 0;

  /** @param limit - Of each buyer, at each SKU. */
  constructor(seed: number, limit: number) {
    this.random = new Random(seed);
    this.limit = limit;
  }

  /** Repeats a call until it is answered, at most five times: the same request, so that a repeat finds what was done. */
  *insist(
    sku: number,
    call: (sku: SkuHarness) => unknown,
  ): Generator<{ sku: number; call: (sku: SkuHarness) => unknown }, unknown, unknown> {
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = yield { sku, call };
      if (answer !== LOST) return answer;
    }
    return LOST;
  }

  dies(): boolean {
    return this.isHostile && this.random.chance(0.05);
  }

  spawn(process: Process, delayMs: number): void {
    this.at(delayMs, () => this.#resume(process, undefined));
  }

  #resume(process: Process, answer: unknown): void {
    const step = process.next(answer);
    if (step.done === true) return;
    const wanted = step.value;
    if ("waitMs" in wanted) {
      this.at(wanted.waitMs, () => this.#resume(process, undefined));
      return;
    }
    const fate = this.isHostile ? this.random.next() : 1;
    const delayMs = this.isHostile ? this.random.integer(1, 3_000) : 1;
    if (fate < 0.05) {
      this.at(5_000, () => this.#resume(process, LOST));
      return;
    }
    this.at(delayMs, () => {
      const reply = this.perform(wanted.sku, wanted.call);
      this.at(fate < 0.1 ? 5_000 : 1, () => this.#resume(process, fate < 0.1 ? LOST : reply));
    });
    if (fate > 0.85 && fate < 1)
      this.at(delayMs + this.random.integer(0, 20_000), () => void this.perform(wanted.sku, wanted.call));
  }

  perform(index: number, call: (sku: SkuHarness) => unknown): unknown {
    const { harness, audit } = this.skus[index] as SimulatedSku;
    const skewMs = this.isHostile && this.random.chance(0.2) ? this.random.integer(-30_000, 1_000) : 0;
    harness.nowMs = this.nowMs + skewMs;
    if (this.isHostile && this.random.chance(0.04))
      harness.crashNext = this.random.pick(["before", "after"] as const);
    if (this.isHostile && this.random.chance(0.02)) harness.restart();
    try {
      return call(harness);
    } catch (error) {
      if (error instanceof Crash) return LOST;
      throw error;
    } finally {
      audit.check(this.limit);
    }
  }

  at(delayMs: number, run: () => void): void {
    this.#serial += 1;
    const event = { atMs: this.nowMs + delayMs, order: this.#serial, run };
    const events = this.#events;
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = events[middle] as Event;
      if (other.atMs > event.atMs) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, event);
  }

  drain(): void {
    for (let event = this.#events.pop(); event !== undefined; event = this.#events.pop()) {
      this.nowMs = Math.max(this.nowMs, event.atMs);
      event.run();
    }
  }
}
