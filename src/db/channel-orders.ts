import { and, desc, eq, lt, or } from "drizzle-orm";

import { compareVersions, type ChannelOrderVersion } from "../domain/channels/channel-order.ts";
import { insertMany, type Db } from "./client.ts";
import { channelNotice, channelOrder } from "./schema/index.ts";

export type ChannelOrderRow = typeof channelOrder.$inferSelect;

export async function findChannelOrder(
  db: Db,
  connection: string,
  externalId: string,
): Promise<ChannelOrderRow | null> {
  const [row] = await db.orm
    .select()
    .from(channelOrder)
    .where(and(eq(channelOrder.connection, connection), eq(channelOrder.externalId, externalId)));
  return row ?? null;
}

/** What a platform calls an order of ours; null for orders that came from no platform. */
export async function findChannelOrderOf(db: Db, orderId: string): Promise<ChannelOrderRow | null> {
  const [row] = await db.orm.select().from(channelOrder).where(eq(channelOrder.orderId, orderId));
  return row ?? null;
}

export function versionOf(row: ChannelOrderRow): ChannelOrderVersion {
  return { updatedAtMs: row.statedAtMs, rank: row.rank, digest: row.digest };
}

/** Whether a row says as much as this version, or more. */
export function hasSeen(row: ChannelOrderRow | null, version: ChannelOrderVersion): row is ChannelOrderRow {
  return row !== null && compareVersions(version, versionOf(row)) <= 0;
}

/**
 * Writes a row if it is still at the version before, or not there where this is its first; `changes()` tells. Whatever
 * follows from it stands in the same batch, behind a guard.
 */
export function succeedChannelOrder(db: Db, row: ChannelOrderRow): D1PreparedStatement {
  return db.d1
    .prepare(
      `INSERT INTO channel_order (connection, external_id, outcome, reason, detail, order_id, revision, is_reserved, is_short,
         lines, stated_at_ms, rank, digest, version, received_at_ms)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
       ON CONFLICT (connection, external_id) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason,
         detail = excluded.detail, order_id = excluded.order_id, revision = excluded.revision,
         is_reserved = excluded.is_reserved, is_short = excluded.is_short, lines = excluded.lines,
         stated_at_ms = excluded.stated_at_ms, rank = excluded.rank, digest = excluded.digest,
         version = excluded.version, received_at_ms = excluded.received_at_ms
       WHERE channel_order.version = excluded.version - 1`,
    )
    .bind(
      row.connection,
      row.externalId,
      row.outcome,
      row.reason,
      row.detail,
      row.orderId,
      row.revision,
      row.isReserved ? 1 : 0,
      row.isShort ? 1 : 0,
      JSON.stringify(row.lines),
      row.statedAtMs,
      row.rank,
      row.digest,
      row.version,
      row.receivedAtMs,
    );
}

/** Notes that units of an order are missing, or are there again. */
export function markShort(db: Db, orderId: string, isShort: 0 | 1): D1PreparedStatement {
  return db.d1.prepare("UPDATE channel_order SET is_short = ?2 WHERE order_id = ?1").bind(orderId, isShort);
}

/** Orders that wait for units of these SKUs, the oldest first. */
export async function readShortOrders(
  db: Db,
  skus: ReadonlyArray<string>,
  limit: number,
): Promise<ReadonlyArray<string>> {
  if (skus.length === 0) return [];
  const { results } = await db.d1
    .prepare(
      `SELECT DISTINCT channel_order.order_id AS id FROM channel_order
       JOIN order_line ON order_line.order_id = channel_order.order_id
       WHERE channel_order.is_short = 1 AND order_line.sku IN (SELECT value FROM json_each(?1))
       ORDER BY channel_order.order_id LIMIT ?2`,
    )
    .bind(JSON.stringify(skus), limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

export type ChannelOrderFilter = {
  readonly outcome?: ChannelOrderRow["outcome"] | undefined;
  readonly after: { readonly receivedAtMs: number; readonly externalId: string } | null;
};

/** Newest first. */
export function listChannelOrders(
  db: Db,
  connection: string,
  { outcome, after }: ChannelOrderFilter,
  limit: number,
): Promise<ReadonlyArray<ChannelOrderRow>> {
  return db.orm
    .select()
    .from(channelOrder)
    .where(
      and(
        eq(channelOrder.connection, connection),
        outcome === undefined ? undefined : eq(channelOrder.outcome, outcome),
        after === null
          ? undefined
          : or(
              lt(channelOrder.receivedAtMs, after.receivedAtMs),
              and(
                eq(channelOrder.receivedAtMs, after.receivedAtMs),
                lt(channelOrder.externalId, after.externalId),
              ),
            ),
      ),
    )
    .orderBy(desc(channelOrder.receivedAtMs), desc(channelOrder.externalId))
    .limit(limit);
}

/** Whether the platform of an order was told this of it. */
export async function hasNotice(db: Db, orderId: string, fact: string): Promise<boolean> {
  const [row] = await db.orm
    .select({ atMs: channelNotice.atMs })
    .from(channelNotice)
    .where(and(eq(channelNotice.orderId, orderId), eq(channelNotice.fact, fact)));
  return row !== undefined;
}

export async function writeNotice(db: Db, orderId: string, fact: string, atMs: number): Promise<void> {
  await insertMany(db, channelNotice, [{ orderId, fact, atMs }], "nothing").run();
}
