import { stockTail, stockText } from "../../contract/live-text.ts";
import type { Sku } from "../../domain/brand.ts";
import type { DropStatus } from "../../domain/inventory/drop.ts";
import type { SkuNews, SkuPort } from "../../domain/inventory/sku-port.ts";
import { fanOutPauseMs, SLICE_SOCKETS } from "../../domain/live/fan-out.ts";
import {
  laterNews,
  looksDifferent,
  seenStock,
  showStatus,
  unitsLeft,
  viewers,
  type SeenStock,
  type Viewer,
} from "../../domain/live/seen-stock.ts";
import type { SocketBook } from "./socket-book.ts";

/** News older than this may have been missed: a new viewer is shown what the object says now. */
const TRUSTED_MS = 30_000;

export type StockWatchPorts = {
  readonly sku: (sku: Sku) => Pick<SkuPort, "watch" | "unwatch">;
  /** The name under which objects know this gate. */
  readonly name: string;
  readonly show: string | null;
  readonly nowMs: () => number;
  /** Called with whatever an object said, after it was taken in. */
  readonly onHeard: (said: SkuNews) => void;
};

type Watched = {
  news: SkuNews | null;
  /** When the object last answered for itself that it tells us. */
  confirmedAtMs: number;
  beginning: Promise<boolean> | null;
  /** What the sockets of each kind were last told. */
  readonly told: Record<Viewer, SeenStock | null>;
  toldAtMs: number;
  isTelling: boolean;
};

/** The SKUs that somebody at this gate looks at: what is known of them, and who is told of a change when. */
export class StockWatch {
  readonly #ports: StockWatchPorts;
  readonly #sockets: SocketBook;
  readonly #watched = new Map<Sku, Watched>();

  constructor(ports: StockWatchPorts, sockets: SocketBook) {
    this.#ports = ports;
    this.#sockets = sockets;
  }

  /** What the gate knew before it slept, and its sockets were told. */
  restore(news: SkuNews): void {
    const watched = this.#watchedOf(news.sku);
    watched.news = news;
    for (const viewer of viewers) watched.told[viewer] = this.#seen(news, viewer);
  }

  /**
   * Makes sure that the object tells us of each SKU, and that what is known is what it says.
   *
   * @returns A SKU that nobody knows; null where all are known.
   * @throws Where an object cannot be reached.
   */
  async begin(skus: ReadonlyArray<Sku>): Promise<Sku | null> {
    const known = await Promise.all(skus.map((sku) => this.#begin(sku)));
    return skus[known.indexOf(false)] ?? null;
  }

  /** Asks every object again whether it tells us: one that was made anew has forgotten. */
  async confirm(onFailure: (sku: Sku, error: unknown) => void): Promise<void> {
    await Promise.all(
      [...this.#watched.keys()].map(async (sku) => {
        try {
          await this.#ask(sku);
        } catch (error) {
          onFailure(sku, error);
        }
      }),
    );
  }

  /** Lets go of what nobody looks at. */
  async end(isNeeded: (sku: Sku) => boolean, onFailure: (sku: Sku, error: unknown) => void): Promise<void> {
    const idle = [...this.#watched.keys()].filter((sku) => !isNeeded(sku));
    await Promise.all(
      idle.map(async (sku) => {
        this.#watched.delete(sku);
        try {
          await this.#ports.sku(sku).unwatch(this.#ports.name);
        } catch (error) {
          onFailure(sku, error);
        }
      }),
    );
  }

  newsOf(sku: Sku): SkuNews | null {
    return this.#watched.get(sku)?.news ?? null;
  }

  /** Takes in what an object says. Older news than those at hand change nothing. */
  learn(news: SkuNews): void {
    const watched = this.#watchedOf(news.sku);
    watched.news = laterNews(watched.news, news);
    void this.#tell(news.sku, watched);
    this.#ports.onHeard(news);
  }

  seenBy(viewer: Viewer, skus: ReadonlyArray<Sku>): ReadonlyArray<SeenStock> {
    return skus.flatMap((sku) => {
      const news = this.#watched.get(sku)?.news ?? null;
      return news === null ? [] : [this.#seen(news, viewer)];
    });
  }

  unitsLeft(): number {
    let units = 0;
    for (const { news } of this.#watched.values()) {
      if (news !== null) units += unitsLeft(news, this.#ports.show);
    }
    return units;
  }

  /** Null where no drop of the show is known. */
  showStatus(show: string): DropStatus | null {
    const news = [...this.#watched.values()].flatMap((watched) => watched.news ?? []);
    return showStatus(news, show);
  }

  async #begin(sku: Sku): Promise<boolean> {
    const watched = this.#watchedOf(sku);
    if (watched.news !== null && this.#ports.nowMs() - watched.confirmedAtMs < TRUSTED_MS) return true;
    // Ten thousand who come at once ask once.
    watched.beginning ??= this.#ask(sku).finally(() => {
      watched.beginning = null;
    });
    const isKnown = await watched.beginning;
    if (!isKnown) this.#watched.delete(sku);
    return isKnown;
  }

  async #ask(sku: Sku): Promise<boolean> {
    const news = await this.#ports.sku(sku).watch(this.#ports.name);
    if (news === null) return false;
    const watched = this.#watchedOf(sku);
    const isNew = watched.news === null;
    watched.confirmedAtMs = this.#ports.nowMs();
    if (isNew) this.restore({ ...news, events: [] });
    this.learn(news);
    return true;
  }

  #seen(news: SkuNews, viewer: Viewer): SeenStock {
    return seenStock(news, this.#ports.show, viewer);
  }

  #watchedOf(sku: Sku): Watched {
    const known = this.#watched.get(sku);
    if (known !== undefined) return known;
    const watched: Watched = {
      news: null,
      confirmedAtMs: 0,
      beginning: null,
      told: { publishable: null, secret: null },
      toldAtMs: 0,
      isTelling: false,
    };
    this.#watched.set(sku, watched);
    return watched;
  }

  /** Tells what changed, and goes on until everybody was told the last value. */
  async #tell(sku: Sku, watched: Watched): Promise<void> {
    if (watched.isTelling) return;
    watched.isTelling = true;
    try {
      while (this.#isBehind(watched)) {
        const pauseMs = fanOutPauseMs(this.#sockets.watcherCount(sku));
        const waitMs = watched.toldAtMs + pauseMs - this.#ports.nowMs();
        if (waitMs > 0) await scheduler.wait(waitMs);
        watched.toldAtMs = this.#ports.nowMs();
        for (const viewer of viewers) await this.#tellViewers(sku, watched, viewer);
      }
    } finally {
      watched.isTelling = false;
    }
  }

  #isBehind({ news, told }: Watched): boolean {
    return news !== null && viewers.some((viewer) => looksDifferent(told[viewer], this.#seen(news, viewer)));
  }

  async #tellViewers(sku: Sku, watched: Watched, viewer: Viewer): Promise<void> {
    if (watched.news === null) return;
    const seen = this.#seen(watched.news, viewer);
    if (!looksDifferent(watched.told[viewer], seen)) return;
    watched.told[viewer] = seen;
    const tail = stockTail(seen);
    // Who comes from here on was shown a snapshot at least as new.
    const sockets = [...this.#sockets.watchers(sku, viewer)];
    for (const [index, socket] of sockets.entries()) {
      if (index > 0 && index % SLICE_SOCKETS === 0) await scheduler.wait(0);
      socket.sendNumbered((seq) => stockText(seq, tail));
    }
  }
}
