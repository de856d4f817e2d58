import { asc, gt } from "drizzle-orm";

import type { StockView } from "../contract/stock.ts";
import { replaceOlderMany, type Db } from "./client.ts";
import { stockProjection } from "./schema/catalogue.ts";

/** Keeps what SKU objects said of their stock, each unless newer news of it had arrived before. */
export async function projectStock(db: Db, stocks: ReadonlyArray<StockView>, nowMs: number): Promise<void> {
  if (stocks.length === 0) return;
  const rows = stocks.map(({ sku, available, held, committed, locations, version }) => ({
    sku,
    available,
    held,
    committed,
    locations,
    version,
    updatedAtMs: nowMs,
  }));
  await replaceOlderMany(db, stockProjection, rows, "sku").run();
}

export async function listProjectedStock(
  db: Db,
  afterSku: string | null,
  limit: number,
): Promise<Array<StockView>> {
  const rows = await db.orm
    .select()
    .from(stockProjection)
    .where(gt(stockProjection.sku, afterSku ?? ""))
    .orderBy(asc(stockProjection.sku))
    .limit(limit);
  return rows.map(({ sku, available, held, committed, locations, version }) => ({
    sku,
    available,
    held,
    committed,
    // Written by projectStock only, from a message that fitted its schema.
    locations: locations as StockView["locations"],
    version,
  }));
}
