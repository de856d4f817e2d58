import { type Api, inParallel } from "../api.ts";
import type { Progress } from "../progress.ts";
import { seededRandom, zipfSampler } from "../random.ts";
import { DROP_SKU, items } from "./catalogue.ts";
import { personNumbered } from "./people.ts";
import { placeOrder, takeHold, type Tally } from "./shopping.ts";

/** An ordinary stretch of a shop's life: baskets of one to three things, popular ones more often. */
export async function replayOrders(api: Api, tally: Tally, count: number, progress: Progress): Promise<void> {
  const random = seededRandom(7);
  const shelf = items.filter((item) => item.sku !== DROP_SKU);
  const rank = zipfSampler(shelf.length, 0.8, random);
  const baskets = Array.from({ length: count }, (_, index) => {
    const skus = new Set<string>();
    const size = 1 + Math.floor(random() * 3);
    while (skus.size < size) skus.add(shelf[rank()]?.sku ?? "");
    return {
      person: personNumbered(100_000 + index, random),
      lines: [...skus].map((sku) => ({ sku, quantity: random() < 0.2 ? 2 : 1 })),
      key: `history-${index}`,
    };
  });
  await inParallel(baskets, 16, async ({ person, lines, key }) => {
    const hold = await takeHold(api, tally, { person, lines, key, ttlSeconds: 600, clicks: 1 });
    if (hold !== null)
      await placeOrder(api, tally, { person, lines, hold, key: `${key}-pay`, payment: "good" });
    progress.show(tally.orders.length);
  });
  progress.finish(`${tally.orders.length} orders placed`);
}
