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
  readonly feeds: Readonly<Record<Viewer, Feed>>;
};

/** What the sockets of one kind are told of one SKU. */
type Feed = {
  readonly viewer: Viewer;
  told: SeenStock | null;
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
    for (const viewer of viewers) watched.feeds[viewer].told = this.#seen(news, viewer);
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
    for (const viewer of viewers) void this.#tell(news.sku, watched, watched.feeds[viewer]);
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
      feeds: { publishable: newFeed("publishable"), secret: newFeed("secret") },
    };
    this.#watched.set(sku, watched);
    return watched;
  }

  /** Tells what changed, and goes on until everybody was told the last value. */
  async #tell(sku: Sku, watched: Watched, feed: Feed): Promise<void> {
    if (feed.isTelling) return;
    feed.isTelling = true;
    try {
      for (let seen = this.#untold(watched, feed); seen !== null; seen = this.#untold(watched, feed)) {
        const waitMs = feed.toldAtMs + this.#pauseMs(sku, feed, seen) - this.#ports.nowMs();
        if (waitMs > 0) await scheduler.wait(waitMs);
        await this.#tellNow(sku, watched, feed);
      }
    } finally {
      feed.isTelling = false;
    }
  }

  /** What the feed's sockets have not been told yet; null where there is nothing. */
  #untold({ news }: Watched, { told, viewer }: Feed): SeenStock | null {
    if (news === null) return null;
    const seen = this.#seen(news, viewer);
    return looksDifferent(told, seen) ? seen : null;
  }

  #pauseMs(sku: Sku, { told, viewer }: Feed, seen: SeenStock): number {
    return fanOutPauseMs(this.#sockets.watchers(sku, viewer).size, told?.state !== seen.state);
  }

  async #tellNow(sku: Sku, watched: Watched, feed: Feed): Promise<void> {
    // Read again: while the pause lasted, more may have changed, or nothing after all.
    const seen = this.#untold(watched, feed);
    if (seen === null) return;
    feed.told = seen;
    feed.toldAtMs = this.#ports.nowMs();
    const tail = stockTail(seen);
    // Who comes from here on was shown a snapshot at least as new.
    const sockets = [...this.#sockets.watchers(sku, feed.viewer)];
    for (const [index, socket] of sockets.entries()) {
      if (index > 0 && index % SLICE_SOCKETS === 0) await scheduler.wait(0);
      socket.sendNumbered((seq) => stockText(seq, tail));
    }
  }
}

function newFeed(viewer: Viewer): Feed {
  return { viewer, told: null, toldAtMs: 0, isTelling: false };
}
