import { dropStatus } from "../../domain/inventory/drop.ts";
import type { SkuEvent, SkuNews } from "../../domain/inventory/sku-port.ts";
import type { SkuStock } from "../../domain/inventory/sku-stock.ts";

/** A gate hears of one SKU at most ten times a second. `api.md`, "Shows and live sockets". */
const INTERVAL_MS = 100;
/** Events in one message; the rest follow in the next. */
const EVENTS_MAX = 500;
/** A gate that does not listen is forgotten after this many tries. It asks again when it has somebody to tell. */
const FAILURES_MAX = 5;
/** What a gate that is slow to listen can have waiting for it. The oldest is forgotten first. */
const BACKLOG_MAX = 20_000;

type Listener = {
  events: Array<SkuEvent>;
  isStale: boolean;
  isUnderWay: boolean;
  failures: number;
};

/**
 * Tells gates what changes: the first change at once, then at most ten times a second, the last value always. Runs beside
 * the decisions and is never awaited by one.
 */
export class GateNews {
  readonly #tell: (gate: string, news: SkuNews) => Promise<void>;
  readonly #onDeaf: (gate: string) => void;
  readonly #listeners = new Map<string, Listener>();
  #toldState = "";
  #lastMs = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** @param onDeaf - Called when a gate is given up. */
  constructor(tell: (gate: string, news: SkuNews) => Promise<void>, onDeaf: (gate: string) => void) {
    this.#tell = tell;
    this.#onDeaf = onDeaf;
  }

  add(gate: string): void {
    const listener = this.#listeners.get(gate);
    if (listener === undefined) {
      this.#listeners.set(gate, { events: [], isStale: true, isUnderWay: false, failures: 0 });
    } else listener.failures = 0;
  }

  remove(gate: string): void {
    this.#listeners.delete(gate);
  }

  /** Called after each decision. */
  notice(
    stock: SkuStock,
    events: ReadonlyArray<SkuEvent>,
    nowMs: number,
    current: () => SkuStock | null,
  ): void {
    if (this.#listeners.size === 0) return;
    const state = `${stock.version} ${[...stock.drops.standing()].map((drop) => dropStatus(drop, nowMs)).join()}`;
    if (state === this.#toldState && events.length === 0) return;
    this.#toldState = state;
    for (const listener of this.#listeners.values()) {
      listener.isStale = true;
      listener.events.push(...events);
      if (listener.events.length > BACKLOG_MAX)
        listener.events.splice(0, listener.events.length - BACKLOG_MAX);
    }
    this.#schedule(current);
  }

  #schedule(current: () => SkuStock | null): void {
    if (this.#timer !== null) return;
    const waitMs = Math.max(0, this.#lastMs + INTERVAL_MS - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#lastMs = Date.now();
      for (const [gate, listener] of this.#listeners) void this.#send(gate, listener, current);
    }, waitMs);
  }

  async #send(gate: string, listener: Listener, current: () => SkuStock | null): Promise<void> {
    const stock = current();
    if (stock === null || !listener.isStale || listener.isUnderWay) return;
    const events = listener.events.splice(0, EVENTS_MAX);
    listener.isStale = listener.events.length > 0;
    listener.isUnderWay = true;
    try {
      await this.#tell(gate, newsOf(stock, events, Date.now()));
      listener.failures = 0;
    } catch {
      listener.failures += 1;
      listener.isStale = true;
      listener.events.unshift(...events);
      if (listener.failures >= FAILURES_MAX) {
        this.#listeners.delete(gate);
        this.#onDeaf(gate);
      }
    } finally {
      listener.isUnderWay = false;
      if (listener.isStale && this.#listeners.has(gate)) this.#schedule(current);
    }
  }
}

/** What is, and what happened. */
export function newsOf(stock: SkuStock, events: ReadonlyArray<SkuEvent>, nowMs: number): SkuNews {
  return {
    sku: stock.sku,
    version: stock.version,
    available: Math.max(0, stock.left(null)),
    drops: [...stock.drops.recent(nowMs)].map((drop) => ({
      show: drop.show,
      status: dropStatus(drop, nowMs),
      left: Math.max(0, stock.drops.left(drop.show)),
      policy: drop.policy,
      opensAtMs: drop.opensAtMs,
      endsAtMs: drop.endsAtMs,
    })),
    events,
  };
}
