import { closeDrop, drawDrop, isDrawPending } from "./change-drop.ts";
import { offerFreed } from "./join-waitlist.ts";
import type { Bought } from "./limits.ts";
import type { SkuStock } from "./sku-stock.ts";

/**
 * Does what time and earlier decisions made due: holds end, drops end or are drawn, and what is free goes to those who wait.
 * Every decision stands between two of these, because an alarm may run late, and because nobody may overtake the line.
 */
export function settle(stock: SkuStock, bought: Bought, nowMs: number): void {
  stock.expireDue(nowMs);
  for (const drop of Array.from(stock.drops.standing())) {
    if (isDrawPending(drop) && drop.drawsAtMs !== null && drop.drawsAtMs <= nowMs) {
      drawDrop(stock, drop.show, drop.drawsAtMs);
      // Whoever was drawn has what the draw gave, even where we come so late that the drop is over.
      offerFreed(stock, bought, drop.drawsAtMs);
      stock.expireDue(nowMs);
    }
    if (drop.endsAtMs !== null && drop.endsAtMs <= nowMs) closeDrop(stock, drop.show, drop.endsAtMs);
  }
  offerFreed(stock, bought, nowMs);
}
