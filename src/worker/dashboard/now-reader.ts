import type { Db } from "../../db/client.ts";
import { countOrdersByMinute, readNowFigures, type NowFigures } from "../../db/now-board.ts";

const MINUTE_MS = 60_000;
const MINUTES = 60;
/** Orders are written a moment after the time they bear: minutes that may still grow are counted again. */
const GROWING_MS = 2 * MINUTE_MS;

/** What is going on, as the page and its socket have it. */
export type NowBoard = {
  readonly kind: "now";
  readonly at: number;
  /** Orders by minute over the last hour, oldest first; the last minute is not over. */
  readonly minutes: ReadonlyArray<number>;
  readonly firstMinuteAt: number;
  /** Live sockets of viewers; null where it was not asked. */
  readonly sockets: number | null;
  readonly figures: NowFigures;
};

/** Counts the minutes of the last hour once, and from then on only those that may have changed. */
export class NowReader {
  readonly #db: Db;
  readonly #counted = new Map<number, number>();
  #countedUntilMs = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  async read(nowMs: number, sockets: number | null): Promise<NowBoard> {
    const firstMinuteAt = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - (MINUTES - 1) * MINUTE_MS;
    const sinceMs = Math.max(firstMinuteAt, this.#countedUntilMs - GROWING_MS);
    const [figures, counts] = await Promise.all([
      readNowFigures(this.#db, nowMs),
      countOrdersByMinute(this.#db, sinceMs),
    ]);
    for (const minute of this.#counted.keys()) if (minute < firstMinuteAt) this.#counted.delete(minute);
    for (const [minute, orders] of counts) this.#counted.set(minute, orders);
    this.#countedUntilMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    return {
      kind: "now",
      at: nowMs,
      firstMinuteAt,
      minutes: Array.from(
        { length: MINUTES },
        (_, index) => this.#counted.get(firstMinuteAt + index * MINUTE_MS) ?? 0,
      ),
      sockets,
      figures,
    };
  }
}
