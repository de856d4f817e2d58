import type { Sku } from "../brand.ts";
import type { DropStatus } from "../inventory/drop.ts";
import type { SkuNews } from "../inventory/sku-port.ts";
import { stockStateOf, type StockState } from "../inventory/stock-state.ts";

/** Who looks: a page, which must not tell competitors how much there is, or a server. */
export type Viewer = "publishable" | "secret";
export const viewers: ReadonlyArray<Viewer> = ["publishable", "secret"];

/** What somebody who watches sees of a SKU. */
export type SeenStock = {
  readonly sku: Sku;
  readonly available: number;
  readonly state: StockState;
  readonly version: number;
};

export const AVAILABLE_PUBLIC_MAX = 10;
export function availableSeenBy(viewer: Viewer, available: number): number {
  return viewer === "publishable" ? Math.min(available, AVAILABLE_PUBLIC_MAX) : available;
}

/** Units that can be had: in a show, what is left in its drop; otherwise what is left for everybody. */
export function unitsLeft(news: SkuNews, show: string | null): number {
  if (show === null) return Math.max(0, news.available);
  return Math.max(0, news.drops.find((drop) => drop.show === show)?.left ?? 0);
}

export function seenStock(news: SkuNews, show: string | null, viewer: Viewer): SeenStock {
  const left = unitsLeft(news, show);
  return {
    sku: news.sku,
    available: availableSeenBy(viewer, left),
    state: stockStateOf(left),
    version: news.version,
  };
}

/** Whether a viewer would notice. The version alone is nothing to see. */
export function looksDifferent(before: SeenStock | null, after: SeenStock): boolean {
  return before?.available !== after.available || before.state !== after.state;
}

/** What a show is as a whole: open as soon as one drop is, closed when the last one is. Null where nothing is known. */
export function showStatus(news: Iterable<SkuNews>, show: string): DropStatus | null {
  const statuses = new Set<DropStatus>();
  for (const { drops } of news) {
    for (const drop of drops) if (drop.show === show) statuses.add(drop.status);
  }
  if (statuses.has("open")) return "open";
  if (statuses.has("scheduled")) return "scheduled";
  return statuses.has("closed") ? "closed" : null;
}

/**
 * What is known after more was said. Messages of one object may overtake each other: its version tells which is later.
 * A drop that is no longer mentioned is over.
 */
export function laterNews(before: SkuNews | null, after: SkuNews): SkuNews {
  if (before === null) return after;
  if (after.version < before.version) return before;
  const ended = before.drops
    .filter(({ show }) => !after.drops.some((drop) => drop.show === show))
    .map((drop) => ({ ...drop, status: "closed" as const, left: 0 }));
  return ended.length === 0 ? after : { ...after, drops: [...after.drops, ...ended] };
}
