import type { StockView } from "../contract/stock.ts";
import type { Db } from "./client.ts";

export type StockFilter = {
  /** A SKU, or what SKUs begin with. */
  readonly beginning?: string | undefined;
  /** Those that have no more than this. */
  readonly availableMax?: number | undefined;
};

export type ListedStock = {
  readonly sku: string;
  readonly title: string;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly ringFenced: number;
  readonly locations: StockView["locations"];
  readonly updatedAtMs: number;
};

/** What SKUs last said of their stock, with what they are called, by SKU. */
export async function listStock(
  db: Db,
  { beginning = "", availableMax }: StockFilter,
  afterSku: string | null,
  limit: number,
): Promise<ReadonlyArray<ListedStock>> {
  const { results } = await db.d1
    .prepare(
      `SELECT stock.sku, coalesce(sku.title, stock.sku) AS title, stock.available, stock.held, stock.committed,
         stock.ring_fenced AS ringFenced, stock.locations, stock.updated_at_ms AS updatedAtMs
       FROM stock_projection AS stock LEFT JOIN sku ON sku.sku = stock.sku
       WHERE stock.sku > ?1 AND stock.sku >= ?2 AND stock.sku < ?3 AND stock.available <= ?4
       ORDER BY stock.sku LIMIT ?5`,
    )
    .bind(afterSku ?? "", beginning, `${beginning}\u{10FFFF}`, availableMax ?? Number.MAX_SAFE_INTEGER, limit)
    .all<Omit<ListedStock, "locations"> & { readonly locations: string }>();
  return results.map((row) => ({ ...row, locations: JSON.parse(row.locations) as StockView["locations"] }));
}

/** How many SKUs have no more than so many units, counted up to `max`. */
export async function countLowStock(db: Db, availableMax: number, max: number): Promise<number> {
  const row = await db.d1
    .prepare("SELECT count(*) AS count FROM (SELECT 1 FROM stock_projection WHERE available <= ?1 LIMIT ?2)")
    .bind(availableMax, max)
    .first<{ count: number }>();
  return row?.count ?? 0;
}
