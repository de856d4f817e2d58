import { dropReport } from "../../domain/inventory/change-drop.ts";
import type { DropReport } from "../../domain/inventory/drop.ts";
import type { SkuStock } from "../../domain/inventory/sku-stock.ts";
import type { DropStore } from "./drop-store.ts";

const FAIRNESS_MS = 2_000;

/** Reading every award of a crowd takes a while, in which nothing is decided, and dashboards ask all the time. */
export class DropReports {
  readonly #fairness = new Map<string, { readonly fairness: number; readonly untilMs: number }>();

  read(
    stock: SkuStock,
    drop: Parameters<typeof dropReport>[1],
    awards: Pick<DropStore, "readAwards">,
    nowMs: number,
  ): DropReport {
    const known = this.#fairness.get(drop.show);
    if (known !== undefined && known.untilMs > nowMs) {
      return { ...dropReport(stock, drop, [], nowMs), fairness: known.fairness };
    }
    const report = dropReport(stock, drop, awards.readAwards(drop.show), nowMs);
    const { fairness } = report;
    // Too few awards to tell are read again at once.
    if (fairness !== null) this.#fairness.set(drop.show, { fairness, untilMs: nowMs + FAIRNESS_MS });
    return report;
  }
}
