import { asc, gt } from "drizzle-orm";

import type { StockView } from "../contract/stock.ts";
import { replaceOlderMany, type Db } from "./client.ts";
import { stockProjection } from "./schema/catalogue.ts";

/** Keeps what SKU objects said of their stock, each unless newer news of it had arrived before. */
export async function projectStock(db: Db, stocks: ReadonlyArray<StockView>, nowMs: number): Promise<void> {
  if (stocks.length === 0) return;
  const rows = stocks.map(
    ({ sku, available, held, committed, ring_fenced: ringFenced, locations, version }) => ({
      sku,
      available,
      held,
      committed,
      ringFenced,
      locations,
      version,
      updatedAtMs: nowMs,
    }),
  );
  await replaceOlderMany(db, stockProjection, rows, "sku").run();
}

/** What was last said of some SKUs. */
export async function readProjected(
  db: Db,
  skus: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, { readonly available: number; readonly version: number }>> {
  const { results } = await db.d1
    .prepare(
      "SELECT sku, available, version FROM stock_projection WHERE sku IN (SELECT value FROM json_each(?1))",
    )
    .bind(JSON.stringify(skus))
    .all<{ sku: string; available: number; version: number }>();
  return new Map(results.map(({ sku, ...known }) => [sku, known]));
}

/** Units that each location could give when they were last heard of, by SKU and location. */
export async function readProjectedLocations(
  db: Db,
  skus: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const { results } = await db.d1
    .prepare("SELECT sku, locations FROM stock_projection WHERE sku IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(skus))
    .all<{ sku: string; locations: string }>();
  return new Map(
    results.map(({ sku, locations }) => [
      sku,
      new Map(
        (JSON.parse(locations) as StockView["locations"]).map((one) => [
          one.location as string,
          Math.max(0, one.on_hand - one.allocated - one.safety_stock - one.damaged),
        ]),
      ),
    ]),
  );
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
  return rows.map(({ sku, available, held, committed, ringFenced, locations, version }) => ({
    sku,
    available,
    held,
    committed,
    ring_fenced: ringFenced,
    // Written by projectStock only, from a message that fitted its schema.
    locations: locations as StockView["locations"],
    version,
  }));
}
