import { asc, gt, lt, sql } from "drizzle-orm";

import type { StockView } from "../contract/stock.ts";
import type { Db } from "./client.ts";
import { stockProjection } from "./schema/catalogue.ts";

/**
 * Keeps what a SKU object said of its stock.
 *
 * @returns false where newer news had arrived before.
 */
export async function projectStock(db: Db, stock: StockView, nowMs: number): Promise<boolean> {
  const { sku, available, held, committed, locations, version } = stock;
  const news = { available, held, committed, locations, version, updatedAtMs: nowMs };
  const { meta } = await db.orm
    .insert(stockProjection)
    .values({ sku, ...news })
    .onConflictDoUpdate({
      target: stockProjection.sku,
      set: news,
      setWhere: lt(stockProjection.version, sql`excluded.version`),
    });
  return meta.changes > 0;
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
