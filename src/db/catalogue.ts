import { asc, between, eq, gt, sql } from "drizzle-orm";

import type { LocationCode, Sku } from "../domain/brand.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { abortUnlessAllChanged, abortUnlessChanged, isAbort } from "./guard.ts";
import { auditLog, location, sku, skuPrice } from "./schema/index.ts";

export type LocationRow = typeof location.$inferSelect;
export type SkuRow = typeof sku.$inferSelect;
export type Price = { readonly currency: string; readonly amount: number };
/** A SKU with its prices, by currency. */
export type SkuRecord = { readonly row: SkuRow; readonly prices: ReadonlyArray<Price> };

export async function findLocation(db: Db, code: LocationCode): Promise<LocationRow | null> {
  const [rows] = await db.orm.batch([db.orm.select().from(location).where(eq(location.code, code))]);
  return rows[0] ?? null;
}

export async function listLocations(
  db: Db,
  afterCode: string | null,
  limit: number,
): Promise<Array<LocationRow>> {
  return db.orm
    .select()
    .from(location)
    .where(gt(location.code, afterCode ?? ""))
    .orderBy(asc(location.code))
    .limit(limit);
}

/** All of them: a merchant has tens, not thousands. */
export async function readLocations(db: Db): Promise<Array<LocationRow>> {
  const [rows] = await db.orm.batch([db.orm.select().from(location).orderBy(asc(location.code))]);
  return rows;
}

/** Which of these locations exist. */
export async function knownLocations(db: Db, codes: ReadonlyArray<string>): Promise<ReadonlySet<string>> {
  const { results } = await db.d1
    .prepare("SELECT code FROM location WHERE code IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(codes))
    .all<{ code: string }>();
  return new Set(results.map(({ code }) => code));
}

/**
 * Writes a location as the successor of the version before it, with its audit entry.
 *
 * @param row - Its version is one more than what was read; 1 makes a new location.
 * @returns false, with nothing written, where someone else was faster.
 */
export async function writeLocation(db: Db, row: LocationRow, actor: Actor): Promise<boolean> {
  const action = row.version === 1 ? "location.created" : "location.changed";
  return inOneBatch(db, [
    succeedMany(db, location, [row], "code", ["created_at_ms"]),
    abortUnlessChanged(db),
    insertMany(db, auditLog, [
      auditRow(actor, action, `location:${row.code}`, { version: row.version }, row.updatedAtMs),
    ]),
  ]);
}

/** These SKUs, where they exist, in no particular order. */
export async function findSkus(db: Db, codes: ReadonlyArray<Sku>): Promise<Array<SkuRecord>> {
  const asked = JSON.stringify(codes);
  const [rows, prices] = await db.orm.batch([
    db.orm
      .select()
      .from(sku)
      .where(sql`${sku.sku} IN (SELECT value FROM json_each(${asked}))`),
    db.orm
      .select()
      .from(skuPrice)
      .where(sql`${skuPrice.sku} IN (SELECT value FROM json_each(${asked}))`)
      .orderBy(skuPrice.sku, skuPrice.currency),
  ]);
  return recordsOf(rows, prices);
}

export async function listSkus(db: Db, afterSku: string | null, limit: number): Promise<Array<SkuRecord>> {
  const rows = await db.orm
    .select()
    .from(sku)
    .where(gt(sku.sku, afterSku ?? ""))
    .orderBy(asc(sku.sku))
    .limit(limit);
  const first = rows.at(0);
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return [];
  const prices = await db.orm
    .select()
    .from(skuPrice)
    .where(between(skuPrice.sku, first.sku, last.sku))
    .orderBy(skuPrice.sku, skuPrice.currency);
  return recordsOf(rows, prices);
}

/**
 * Writes SKUs and their prices, each as the successor of the version before it, with their audit entries.
 *
 * @param records - Each SKU once. A row's version is one more than what was read; 1 makes a new SKU.
 * @returns false, with nothing written, where someone else was faster with any of them.
 */
export async function writeSkus(db: Db, records: ReadonlyArray<SkuRecord>, actor: Actor): Promise<boolean> {
  if (records.length === 0) return true;
  const rows = records.map(({ row }) => row);
  return inOneBatch(db, [
    succeedMany(db, sku, rows, "sku", ["created_at_ms", "swept_at_ms"]),
    abortUnlessAllChanged(db, rows.length),
    db.d1
      .prepare("DELETE FROM sku_price WHERE sku IN (SELECT value FROM json_each(?1))")
      .bind(JSON.stringify(rows.map((row) => row.sku))),
    insertMany(
      db,
      skuPrice,
      records.flatMap(({ row, prices }) => prices.map((price) => ({ sku: row.sku, ...price }))),
    ),
    insertMany(
      db,
      auditLog,
      rows.map((row) =>
        auditRow(
          actor,
          row.version === 1 ? "sku.created" : "sku.changed",
          `sku:${row.sku}`,
          { version: row.version },
          row.updatedAtMs,
        ),
      ),
    ),
  ]);
}

function recordsOf(
  rows: ReadonlyArray<SkuRow>,
  prices: ReadonlyArray<typeof skuPrice.$inferSelect>,
): Array<SkuRecord> {
  const pricesOf = new Map<string, Array<Price>>(rows.map((row) => [row.sku, []]));
  for (const { sku: code, currency, amount } of prices) pricesOf.get(code)?.push({ currency, amount });
  return rows.map((row) => ({ row, prices: pricesOf.get(row.sku) ?? [] }));
}

async function inOneBatch(db: Db, statements: Array<D1PreparedStatement>): Promise<boolean> {
  try {
    await db.d1.batch(statements);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
