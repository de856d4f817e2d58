import { and, eq } from "drizzle-orm";

import type { Sku } from "../domain/brand.ts";
import { insertMany, type Db } from "./client.ts";
import { showDraw, showDrawPage } from "./schema/index.ts";

/** Entries in one row, which are as many as one answer has. */
export const DRAW_PAGE_ENTRIES = 200;
/** Rows of one statement: a database takes 2 MB at once. */
const PAGES_AT_ONCE = 50;

export type KeptDraw = typeof showDraw.$inferSelect;
/** Rank and quantity. */
export type DrawnEntry = readonly [rank: string, quantity: number];

export async function findKeptDraw(db: Db, code: string, sku: Sku): Promise<KeptDraw | null> {
  const [row] = await db.orm
    .select()
    .from(showDraw)
    .where(and(eq(showDraw.show, code), eq(showDraw.sku, sku)));
  return row ?? null;
}

export async function readKeptEntries(
  db: Db,
  code: string,
  sku: Sku,
  page: number,
): Promise<ReadonlyArray<DrawnEntry>> {
  const [row] = await db.orm
    .select({ entries: showDrawPage.entries })
    .from(showDrawPage)
    .where(and(eq(showDrawPage.show, code), eq(showDrawPage.sku, sku), eq(showDrawPage.page, page)));
  return row?.entries ?? [];
}

/** Keeps a draw for good: its entries first, so that whoever finds it finds all of it. What is kept stays as it is. */
export async function keepDraw(db: Db, draw: KeptDraw, entries: ReadonlyArray<DrawnEntry>): Promise<void> {
  const { show, sku } = draw;
  const rows = Array.from({ length: Math.ceil(entries.length / DRAW_PAGE_ENTRIES) }, (_, page) => ({
    show,
    sku,
    page,
    entries: entries.slice(page * DRAW_PAGE_ENTRIES, (page + 1) * DRAW_PAGE_ENTRIES),
  }));
  for (let start = 0; start < rows.length; start += PAGES_AT_ONCE) {
    await insertMany(db, showDrawPage, rows.slice(start, start + PAGES_AT_ONCE), "nothing").run();
  }
  await insertMany(db, showDraw, [draw], "nothing").run();
}

/** Lotteries whose time to be drawn has come, and that are not kept yet. */
export async function readUnkeptDraws(
  db: Db,
  nowMs: number,
  limit: number,
): Promise<ReadonlyArray<{ readonly show: string; readonly sku: Sku }>> {
  const { results } = await db.d1
    .prepare(
      `SELECT d.show, d.sku FROM show_drop d JOIN show s ON s.code = d.show
       WHERE s.settled_at_ms IS NULL AND d.policy = 'lottery' AND d.draws_at_ms <= ?1
         AND NOT EXISTS (SELECT 1 FROM show_draw k WHERE k.show = d.show AND k.sku = d.sku)
       ORDER BY d.draws_at_ms DESC LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<{ show: string; sku: Sku }>();
  return results;
}
