import { and, asc, eq, gt, sql } from "drizzle-orm";

import type { Db } from "./client.ts";
import { channelListing } from "./schema/index.ts";

export type ListingRow = typeof channelListing.$inferSelect;

export type ReadListing = Pick<
  ListingRow,
  "connection" | "listing" | "stockId" | "externalSku" | "barcode" | "title" | "sku" | "match"
>;

/**
 * Keeps what a platform has for sale. What a person said of a listing stays, as does what the platform was told; a
 * listing that has become another SKU wants nothing until that SKU's stock is looked at.
 */
export async function writeListings(db: Db, rows: ReadonlyArray<ReadListing>, nowMs: number): Promise<void> {
  if (rows.length === 0) return;
  await db.d1
    .prepare(
      `INSERT INTO channel_listing (connection, listing, stock_id, external_sku, barcode, title, sku, match, wanted_version,
         told_version, revisions_today, wait_until_ms, read_at_ms)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6, value->>7, 0, 0, 0, 0, ?2
       FROM json_each(?1) WHERE true
       ON CONFLICT (connection, listing) DO UPDATE SET stock_id = excluded.stock_id, external_sku = excluded.external_sku,
         barcode = excluded.barcode, title = excluded.title, read_at_ms = excluded.read_at_ms,
         wanted_quantity = iif(match = 'explicit' OR sku IS excluded.sku, wanted_quantity, NULL),
         wanted_version = iif(match = 'explicit' OR sku IS excluded.sku, wanted_version, 0),
         sku = iif(match = 'explicit', sku, excluded.sku), match = iif(match = 'explicit', match, excluded.match)`,
    )
    .bind(
      JSON.stringify(
        rows.map((row) => [
          row.connection,
          row.listing,
          row.stockId,
          row.externalSku,
          row.barcode,
          row.title,
          row.sku,
          row.match,
        ]),
      ),
      nowMs,
    )
    .run();
}

/** What a person says that a listing is. */
export async function mapListing(
  db: Db,
  row: Pick<ListingRow, "connection" | "listing" | "sku" | "rule">,
): Promise<ListingRow> {
  const { connection, listing, sku, rule } = row;
  const [, found] = await db.orm.batch([
    db.orm
      .insert(channelListing)
      .values({
        ...row,
        title: listing,
        match: "explicit",
        wantedVersion: 0,
        toldVersion: 0,
        revisionsToday: 0,
        waitUntilMs: 0,
      })
      .onConflictDoUpdate({
        target: [channelListing.connection, channelListing.listing],
        set: { sku, rule, match: "explicit", wantedQuantity: null, wantedVersion: 0, waitUntilMs: 0 },
      }),
    db.orm
      .select()
      .from(channelListing)
      .where(and(eq(channelListing.connection, connection), eq(channelListing.listing, listing))),
  ]);
  const [written] = found;
  if (written === undefined) throw new Error("the listing that was just written is not there");
  return written;
}

export function listListings(
  db: Db,
  connection: string,
  match: ListingRow["match"] | undefined,
  afterListing: string | null,
  limit: number,
): Promise<ReadonlyArray<ListingRow>> {
  return db.orm
    .select()
    .from(channelListing)
    .where(
      and(
        eq(channelListing.connection, connection),
        match === undefined ? undefined : eq(channelListing.match, match),
        gt(channelListing.listing, afterListing ?? ""),
      ),
    )
    .orderBy(asc(channelListing.listing))
    .limit(limit);
}

/** Listings that sell these SKUs, where their platform is to be told quantities. */
export async function readListingsOf(
  db: Db,
  skus: ReadonlyArray<string>,
): Promise<ReadonlyArray<ListingRow>> {
  if (skus.length === 0) return [];
  return db.orm
    .select()
    .from(channelListing)
    .where(
      and(
        sql`${channelListing.sku} IN (SELECT value FROM json_each(${JSON.stringify(skus)}))`,
        sql`${channelListing.readAtMs} IS NOT NULL`,
      ),
    );
}

export type Wanted = Pick<ListingRow, "connection" | "listing"> & {
  readonly quantity: number;
  readonly version: number;
};

/** Notes what listings are to show. Older news changes nothing; news of the same version may, where a rule changed. */
export async function wantQuantities(db: Db, wanted: ReadonlyArray<Wanted>): Promise<void> {
  if (wanted.length === 0) return;
  await db.d1
    .prepare(
      `UPDATE channel_listing SET wanted_quantity = news.quantity, wanted_version = news.version
       FROM (SELECT value->>0 AS connection, value->>1 AS listing, value->>2 AS quantity, value->>3 AS version FROM json_each(?1)) AS news
       WHERE channel_listing.connection = news.connection AND channel_listing.listing = news.listing
         AND news.version >= channel_listing.wanted_version`,
    )
    .bind(JSON.stringify(wanted.map((each) => [each.connection, each.listing, each.quantity, each.version])))
    .run();
}

/** Listings of a connection whose platform shows something else than it should, the longest waiting first. */
export async function readListingsToTell(
  db: Db,
  connection: string,
  nowMs: number,
  limit: number,
): Promise<ReadonlyArray<ListingRow>> {
  return db.orm
    .select()
    .from(channelListing)
    .where(
      and(
        eq(channelListing.connection, connection),
        sql`${channelListing.wantedQuantity} IS NOT NULL AND ${channelListing.wantedQuantity} IS NOT ${channelListing.toldQuantity}`,
        sql`${channelListing.waitUntilMs} <= ${nowMs}`,
        sql`${channelListing.readAtMs} IS NOT NULL`,
      ),
    )
    .orderBy(asc(channelListing.wantedVersion), asc(channelListing.listing))
    .limit(limit);
}

/** Active connections with something to tell now. */
export async function readConnectionsToTell(db: Db, nowMs: number): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `SELECT code FROM connection WHERE status = 'active' AND EXISTS (
         SELECT 1 FROM channel_listing WHERE channel_listing.connection = code AND wanted_quantity IS NOT NULL
           AND wanted_quantity IS NOT told_quantity AND wait_until_ms <= ?1 AND read_at_ms IS NOT NULL)`,
    )
    .bind(nowMs)
    .all<{ code: string }>();
  return results.map(({ code }) => code);
}

/** What became of telling a platform one quantity. */
export type Told = {
  readonly listing: string;
  /** What the platform has now; null where nobody knows. */
  readonly quantity: number | null;
  /** The version it was told; null where it was not. */
  readonly version: number | null;
  readonly revisionsToday: number;
  readonly waitUntilMs: number;
  readonly error: string | null;
};

export async function noteTold(
  db: Db,
  connection: string,
  told: ReadonlyArray<Told>,
  nowMs: number,
): Promise<void> {
  if (told.length === 0) return;
  await db.d1
    .prepare(
      `UPDATE channel_listing SET told_quantity = news.quantity, told_version = max(told_version, coalesce(news.version, 0)),
         told_at_ms = iif(news.version IS NULL, told_at_ms, ?3), revisions_today = news.revisions, wait_until_ms = news.wait,
         last_error = news.error
       FROM (SELECT value->>0 AS listing, value->>1 AS quantity, value->>2 AS version, value->>3 AS revisions,
         value->>4 AS wait, value->>5 AS error FROM json_each(?1)) AS news
       WHERE channel_listing.connection = ?2 AND channel_listing.listing = news.listing`,
    )
    .bind(
      JSON.stringify(
        told.map((each) => [
          each.listing,
          each.quantity,
          each.version,
          each.revisionsToday,
          each.waitUntilMs,
          each.error,
        ]),
      ),
      connection,
      nowMs,
    )
    .run();
}

/**
 * A platform says what it has. Shortly after it was told something, that may be the echo of an earlier call and means
 * nothing; otherwise somebody else sold or changed it, and it is told again in a moment, after whatever order that was.
 *
 * @returns Whether it differs from what the platform should have.
 */
export async function noteObserved(
  db: Db,
  connection: string,
  observed: { readonly stockId: string; readonly quantity: number },
  times: { readonly toldBeforeMs: number; readonly waitUntilMs: number },
): Promise<boolean> {
  const { meta } = await db.d1
    .prepare(
      `UPDATE channel_listing SET told_quantity = ?3, wait_until_ms = max(wait_until_ms, ?5)
       WHERE connection = ?1 AND stock_id = ?2 AND told_quantity IS NOT ?3 AND coalesce(told_at_ms, 0) < ?4`,
    )
    .bind(connection, observed.stockId, observed.quantity, times.toldBeforeMs, times.waitUntilMs)
    .run();
  return meta.changes > 0;
}

/** Listings that platforms were told of, by name, for a comparison. */
export function readToldListings(
  db: Db,
  connection: string,
  afterListing: string,
  limit: number,
): Promise<ReadonlyArray<ListingRow>> {
  return db.orm
    .select()
    .from(channelListing)
    .where(
      and(
        eq(channelListing.connection, connection),
        gt(channelListing.listing, afterListing),
        sql`${channelListing.toldQuantity} IS NOT NULL AND ${channelListing.stockId} IS NOT NULL`,
      ),
    )
    .orderBy(asc(channelListing.listing))
    .limit(limit);
}

/** The SKUs that a connection sells. */
export async function readListedSkus(
  db: Db,
  connection: string,
  afterSku: string,
  limit: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      "SELECT DISTINCT sku FROM channel_listing WHERE connection = ?1 AND sku > ?2 ORDER BY sku LIMIT ?3",
    )
    .bind(connection, afterSku, limit)
    .all<{ sku: string }>();
  return results.map(({ sku }) => sku);
}
