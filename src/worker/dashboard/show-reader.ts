import type { LiveHoldView } from "../../contract/holds.ts";
import type { ShowView } from "../../contract/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "../use-cases/in-parallel.ts";
import { listLiveHolds } from "../use-cases/list-live-holds.ts";
import { readShow } from "../use-cases/read-show.ts";

/** Live holds that are shown of a drop: those that end soonest. */
const SHOWN_HOLDS = 20;
/** Fairness takes reading every awarded claim, so it is not asked for with every look. */
const FAIRNESS_MS = 30_000;

/** A show and its live holds, as the page and its socket have it. */
export type ShowBoard = {
  readonly kind: "show";
  readonly at: number;
  /** Null: there is none of this code. */
  readonly show: ShowView | null;
  readonly holds: ReadonlyArray<LiveHoldView>;
};

/** Reads a show as often as somebody looks at it. */
export class ShowReader {
  readonly #services: Services;
  #fairness = new Map<string, number | null>();
  #fairnessAtMs = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  async read(code: string, nowMs: number): Promise<ShowBoard> {
    const detail = nowMs - this.#fairnessAtMs >= FAIRNESS_MS ? "figures" : "state";
    const read = await readShow(this.#services, code, detail);
    if (!read.ok) return { kind: "show", at: nowMs, show: null, holds: [] };
    if (detail === "figures") {
      this.#fairness = new Map(read.value.drops.map(({ sku, fairness }) => [sku, fairness ?? null]));
      this.#fairnessAtMs = nowMs;
    }
    const drops = read.value.drops.map((drop) => ({
      ...drop,
      fairness: this.#fairness.get(drop.sku) ?? null,
    }));
    return {
      kind: "show",
      at: nowMs,
      show: { ...read.value, drops },
      holds: await this.#readHolds(read.value),
    };
  }

  async #readHolds({ code, drops }: ShowView): Promise<ReadonlyArray<LiveHoldView>> {
    const holding = drops.filter(({ counters }) => (counters?.live ?? 0) > 0);
    const holds = await mapInParallel(holding, async ({ sku }) => {
      const listed = await listLiveHolds(this.#services, sku as Sku, { show: code, limit: SHOWN_HOLDS });
      return listed.ok ? listed.value.data : [];
    });
    return holds.flat().sort((one, other) => (one.ends_at < other.ends_at ? -1 : 1));
  }
}
