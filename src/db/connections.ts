import { and, asc, desc, eq, gt, inArray, lt, sql } from "drizzle-orm";

import type { Sku } from "../domain/brand.ts";
import type { MatchFacts, Recognisable } from "../domain/channels/matching.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { auditLog, channelComparison, channelListing, connection, sku } from "./schema/index.ts";

export type ConnectionRow = typeof connection.$inferSelect;

export async function findConnection(db: Db, code: string): Promise<ConnectionRow | null> {
  const [row] = await db.orm.select().from(connection).where(eq(connection.code, code));
  return row ?? null;
}

export function listConnections(
  db: Db,
  afterCode: string | null,
  limit: number,
): Promise<ReadonlyArray<ConnectionRow>> {
  return db.orm
    .select()
    .from(connection)
    .where(gt(connection.code, afterCode ?? ""))
    .orderBy(asc(connection.code))
    .limit(limit);
}

/**
 * Makes a connection, or changes the one of this code if it is still at the version before.
 *
 * @returns Whether it was written.
 */
export async function writeConnection(db: Db, row: ConnectionRow, actor: Actor): Promise<boolean> {
  const action = row.version === 1 ? "connection.created" : "connection.changed";
  const data = { platform: row.platform, status: row.status };
  const { code: _, createdAtMs: __, ...changed } = row;
  try {
    await db.orm.batch([
      db.orm
        .insert(connection)
        .values(row)
        .onConflictDoUpdate({
          target: connection.code,
          set: changed,
          setWhere: eq(connection.version, row.version - 1),
        }),
      db.orm.select({ changed: sql`iif(changes() > 0, 1, json('nothing changed'))` }).from(sql`(SELECT 1)`),
      db.orm
        .insert(auditLog)
        .values(auditRow(actor, action, `connection:${row.code}`, data, row.updatedAtMs)),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error) || isAbort((error as { cause?: unknown }).cause)) return false;
    throw error;
  }
}

/** Forgets a connection, its secrets and its listings. What became of its orders stays. */
export async function deleteConnection(db: Db, code: string, actor: Actor, nowMs: number): Promise<boolean> {
  try {
    await db.d1.batch([
      db.d1.prepare("DELETE FROM connection WHERE code = ?1").bind(code),
      abortUnlessChanged(db),
      db.d1.prepare("DELETE FROM channel_listing WHERE connection = ?1").bind(code),
      insertMany(db, auditLog, [auditRow(actor, "connection.removed", `connection:${code}`, {}, nowMs)]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** How far a connection's orders were asked for. */
export async function notePolled(
  db: Db,
  code: string,
  ordersSinceMs: number,
  polledAtMs: number,
): Promise<void> {
  await db.d1
    .prepare(
      "UPDATE connection SET orders_since_ms = max(orders_since_ms, ?2), polled_at_ms = max(polled_at_ms, ?3) WHERE code = ?1",
    )
    .bind(code, ordersSinceMs, polledAtMs)
    .run();
}

/** Active connections that were not polled, or not compared, since these times, and those with a queue of their platform's. */
export async function readDueConnections(
  db: Db,
  before: { readonly polledMs: number; readonly comparedMs: number },
): Promise<Readonly<Record<"toPoll" | "toCompare" | "toPull", ReadonlyArray<string>>>> {
  const rows = await db.orm.select().from(connection).where(eq(connection.status, "active"));
  return {
    toPoll: rows.filter(({ polledAtMs }) => polledAtMs < before.polledMs).map(({ code }) => code),
    toPull: rows.filter(({ settings }) => settings["sqs_queue_url"] !== undefined).map(({ code }) => code),
    toCompare: rows.filter(({ comparedAtMs }) => comparedAtMs < before.comparedMs).map(({ code }) => code),
  };
}

export type ComparisonRow = typeof channelComparison.$inferSelect;

export async function writeComparison(db: Db, row: ComparisonRow): Promise<void> {
  await db.d1.batch([
    insertMany(db, channelComparison, [row]),
    db.d1.prepare("UPDATE connection SET compared_at_ms = ?2 WHERE code = ?1").bind(row.connection, row.atMs),
  ]);
}

/** Newest first. */
export function listComparisons(
  db: Db,
  code: string,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<ComparisonRow>> {
  return db.orm
    .select()
    .from(channelComparison)
    .where(
      and(
        eq(channelComparison.connection, code),
        beforeId === null ? undefined : lt(channelComparison.id, beforeId),
      ),
    )
    .orderBy(desc(channelComparison.id))
    .limit(limit);
}

/** The allocation rule of every active connection. */
export async function readRules(db: Db): Promise<ReadonlyMap<string, ConnectionRow["rule"]>> {
  const rows = await db.orm
    .select({ code: connection.code, rule: connection.rule })
    .from(connection)
    .where(eq(connection.status, "active"));
  return new Map(rows.map(({ code, rule }) => [code, rule]));
}

/** Everything that decides which SKU each of these lines or listings is. */
export async function readMatchFacts(
  db: Db,
  code: string,
  wanted: ReadonlyArray<Recognisable>,
): Promise<MatchFacts> {
  const names = unique(wanted.flatMap(({ listing, sku: text }) => [listing, text]));
  const texts = unique(wanted.map(({ sku: text }) => text));
  const barcodes = unique(wanted.map(({ barcode }) => barcode));
  const [listed, bySku, byBarcode] = await db.orm.batch([
    db.orm
      .select({ listing: channelListing.listing, sku: channelListing.sku, match: channelListing.match })
      .from(channelListing)
      .where(and(eq(channelListing.connection, code), inArray(channelListing.listing, eachOf(names)))),
    db.orm
      .select({ sku: sku.sku })
      .from(sku)
      .where(inArray(sku.sku, eachOf(texts))),
    db.orm
      .select({ sku: sku.sku, barcode: sku.barcode })
      .from(sku)
      .where(inArray(sku.barcode, eachOf(barcodes)))
      .orderBy(sku.sku),
  ]);
  return {
    explicit: new Map(
      listed.flatMap((row) =>
        row.match === "explicit" ? [[row.listing, row.sku as Sku | null] as const] : [],
      ),
    ),
    listed: new Map(
      listed.flatMap((row) =>
        row.match !== "explicit" && row.sku !== null ? [[row.listing, row.sku as Sku] as const] : [],
      ),
    ),
    catalogue: new Map(bySku.map((row) => [row.sku, row.sku as Sku])),
    byBarcode: new Map(byBarcode.map((row) => [row.barcode ?? "", row.sku as Sku])),
  };
}

function unique(values: ReadonlyArray<string | null>): ReadonlyArray<string> {
  return [...new Set(values.filter((value) => value !== null))];
}

function eachOf(values: ReadonlyArray<string>) {
  return sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}
