import type { Db } from "./client.ts";

/** Counting stops here: what is longer is told as "more than". */
export const COUNTED_MAX = 10_000;
/** The newest orders that are looked at to see what is selling. */
const RECENT_ORDERS = 500;
const SELLING_MAX = 12;
const MINUTE_MS = 60_000;

/** What is going on, as far as the database knows. */
export type NowFigures = {
  /** Live holds, in units. */
  readonly heldUnits: number;
  /** Messages committed and not yet handled, and how old the oldest is. */
  readonly queues: ReadonlyArray<{ readonly queue: string; readonly waiting: number }>;
  readonly oldestMessageSeconds: number;
  readonly deadLetters: number;
  readonly openExceptions: number;
  readonly openShows: ReadonlyArray<{ readonly code: string; readonly title: string }>;
  readonly selling: ReadonlyArray<SellingSku>;
};

export type SellingSku = {
  readonly sku: string;
  readonly title: string;
  /** Ordered within the last hour, among the newest orders. */
  readonly sold: number;
  readonly available: number;
  readonly held: number;
};

/** Every statement reads a bounded number of rows, whatever the tables hold. */
export async function readNowFigures(db: Db, nowMs: number): Promise<NowFigures> {
  const sinceMs = nowMs - 60 * MINUTE_MS;
  const [held, queues, oldest, dead, exceptions, shows, selling] = await db.d1.batch<Record<string, never>>([
    db.d1.prepare("SELECT coalesce(sum(held), 0) AS value FROM stock_projection WHERE held > 0"),
    db.d1.prepare(
      `SELECT queue, count(*) AS waiting FROM (SELECT queue FROM outbox LIMIT ${COUNTED_MAX}) GROUP BY queue`,
    ),
    db.d1
      .prepare(
        "SELECT max(0, ?1 - coalesce((SELECT created_at_ms FROM outbox ORDER BY id LIMIT 1), ?1)) AS value",
      )
      .bind(nowMs),
    db.d1.prepare(
      `SELECT count(*) AS value FROM (SELECT 1 FROM dead_letter WHERE replayed_at_ms IS NULL LIMIT ${COUNTED_MAX})`,
    ),
    db.d1.prepare(
      `SELECT count(*) AS value FROM (SELECT 1 FROM exception WHERE status = 'open' LIMIT ${COUNTED_MAX})`,
    ),
    db.d1.prepare("SELECT code, title FROM show WHERE told_status = 'open' ORDER BY code LIMIT 20"),
    db.d1
      .prepare(
        `WITH recent AS (SELECT id FROM orders WHERE placed_at_ms >= ?1 ORDER BY placed_at_ms DESC LIMIT ${RECENT_ORDERS}),
         sold AS (SELECT sku, sum(quantity) AS sold FROM order_line WHERE order_id IN (SELECT id FROM recent) GROUP BY sku
                  UNION ALL SELECT sku, 0 FROM show_drop WHERE show IN (SELECT code FROM show WHERE told_status = 'open')),
         ranked AS (SELECT sku, sum(sold) AS sold FROM sold GROUP BY sku ORDER BY 2 DESC, 1 LIMIT ${SELLING_MAX})
         SELECT ranked.sku, ranked.sold, coalesce(sku.title, ranked.sku) AS title,
                coalesce(seen.available, 0) AS available, coalesce(seen.held, 0) AS held
         FROM ranked LEFT JOIN sku ON sku.sku = ranked.sku LEFT JOIN stock_projection AS seen ON seen.sku = ranked.sku
         ORDER BY ranked.sold DESC, ranked.sku`,
      )
      .bind(sinceMs),
  ]);
  const one = (result: D1Result<unknown> | undefined) =>
    Number((result?.results[0] as { value?: number } | undefined)?.value ?? 0);
  return {
    heldUnits: one(held),
    queues: (queues?.results ?? []) as unknown as NowFigures["queues"],
    oldestMessageSeconds: Math.round(one(oldest) / 1000),
    deadLetters: one(dead),
    openExceptions: one(exceptions),
    openShows: (shows?.results ?? []) as unknown as NowFigures["openShows"],
    selling: (selling?.results ?? []) as unknown as NowFigures["selling"],
  };
}

/** Orders placed in each minute from `sinceMs` on, by the minute's start; minutes without any are not listed. */
export async function countOrdersByMinute(db: Db, sinceMs: number): Promise<ReadonlyMap<number, number>> {
  const { results } = await db.d1
    .prepare(
      `SELECT placed_at_ms / ${MINUTE_MS} * ${MINUTE_MS} AS minute, count(*) AS orders FROM orders
       WHERE placed_at_ms >= ?1 GROUP BY 1`,
    )
    .bind(sinceMs)
    .all<{ minute: number; orders: number }>();
  return new Map(results.map(({ minute, orders }) => [minute, orders]));
}
