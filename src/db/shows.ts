import { asc, eq, gt, sql } from "drizzle-orm";

import type { Sku } from "../domain/brand.ts";
import type { EngineEvent } from "../domain/events/event.ts";
import type { DropReport } from "../domain/inventory/drop.ts";
import type { Show, ShowDrop } from "../domain/shows/show.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { insertEngineEvents } from "./event-log.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, outbox, show, showDrop } from "./schema/index.ts";

export type ShowRow = typeof show.$inferSelect;
/** A show with its drops, in their order. */
export type ShowRecord = {
  readonly show: ShowRow;
  readonly drops: ReadonlyArray<ShowDrop & { readonly report: DropReport | null }>;
};

export async function findShow(db: Db, code: string): Promise<ShowRecord | null> {
  const [rows, drops] = await db.orm.batch([
    db.orm.select().from(show).where(eq(show.code, code)),
    db.orm.select().from(showDrop).where(eq(showDrop.show, code)).orderBy(asc(showDrop.position)),
  ]);
  const [row] = rows;
  return row === undefined ? null : { show: row, drops: drops.map(toDrop) };
}

/** @returns null where there is no such show. */
export async function readShowVersion(db: Db, code: string): Promise<number | null> {
  const [row] = await db.orm.select({ version: show.version }).from(show).where(eq(show.code, code));
  return row?.version ?? null;
}

export async function listShows(
  db: Db,
  afterCode: string | null,
  limit: number,
): Promise<ReadonlyArray<ShowRecord>> {
  const rows = await db.orm
    .select()
    .from(show)
    .where(gt(show.code, afterCode ?? ""))
    .orderBy(asc(show.code))
    .limit(limit);
  return withDrops(db, rows);
}

/**
 * Writes a show as the successor of the version before it, with its drops and the audit entry.
 *
 * @param record - Its version is one more than what was read; 1 makes a new show.
 * @returns false, with nothing written, where someone else was faster.
 */
export async function writeShow(db: Db, record: ShowRecord, actor: Actor, action: string): Promise<boolean> {
  const { show: row, drops } = record;
  try {
    await db.d1.batch([
      succeedMany(db, show, [row], "code", ["created_at_ms", "told_status"]),
      abortUnlessChanged(db),
      db.d1.prepare("DELETE FROM show_drop WHERE show = ?1").bind(row.code),
      insertMany(
        db,
        showDrop,
        drops.map((drop, position) => ({ ...drop, show: row.code, position })),
      ),
      insertMany(db, auditLog, [
        auditRow(actor, action, `show:${row.code}`, { version: row.version }, row.updatedAtMs),
      ]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

export async function noteDraw(db: Db, actor: Actor, code: string, nowMs: number): Promise<void> {
  await insertMany(db, auditLog, [auditRow(actor, "show.drawn", `show:${code}`, {}, nowMs)], "nothing").run();
}

/** Notes that a show's drops are about to change, before anything is: whoever dies half-way is followed by the cron. */
export async function writeShowIntent(db: Db, row: OutboxRow): Promise<void> {
  await insertMany(db, outbox, [row]).run();
}

/** Shows that opened or ended, and nobody outside was told of it yet. */
export async function readUntoldShows(
  db: Db,
  nowMs: number,
  limit: number,
): Promise<ReadonlyArray<ShowRecord>> {
  const { results } = await db.d1
    .prepare(
      `SELECT code FROM show WHERE told_status <> 'closed' AND (
         closed_at_ms IS NOT NULL OR ends_at_ms <= ?1 OR (told_status = 'scheduled' AND (
           opened_at_ms <= ?1 OR starts_at_ms <= ?1
           OR EXISTS (SELECT 1 FROM show_drop WHERE show = code AND opens_at_ms <= ?1))))
       LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<{ code: string }>();
  return readShows(
    db,
    results.map(({ code }) => code),
  );
}

/** Notes what others are told of a show, together with the events that tell them. */
export async function writeShowTold(
  db: Db,
  { show: row }: ShowRecord,
  status: ShowRow["toldStatus"],
  events: ReadonlyArray<EngineEvent>,
): Promise<void> {
  await db.d1.batch([
    db.d1
      .prepare("UPDATE show SET told_status = ?3 WHERE code = ?1 AND told_status = ?2")
      .bind(row.code, row.toldStatus, status),
    insertEngineEvents(db, events),
  ]);
}

/** Shows that are over and whose figures were not taken for good yet. */
export async function readUnsettledShows(
  db: Db,
  overBeforeMs: number,
  limit: number,
): Promise<ReadonlyArray<ShowRecord>> {
  const { results } = await db.d1
    .prepare(
      `SELECT code FROM show WHERE settled_at_ms IS NULL AND (closed_at_ms < ?1 OR ends_at_ms < ?1)
       ORDER BY updated_at_ms LIMIT ?2`,
    )
    .bind(overBeforeMs, limit)
    .all<{ code: string }>();
  return readShows(
    db,
    results.map(({ code }) => code),
  );
}

/** Keeps the figures of a show for good, unless it was changed since it was read. */
export async function settleShow(
  db: Db,
  { show: row, drops }: ShowRecord,
  reports: ReadonlyArray<DropReport>,
  nowMs: number,
): Promise<void> {
  const bySku = drops.map(({ sku }, index) => [sku, JSON.stringify(reports[index])]);
  await db.d1.batch([
    db.d1
      .prepare(
        "UPDATE show SET settled_at_ms = ?3 WHERE code = ?1 AND version = ?2 AND settled_at_ms IS NULL",
      )
      .bind(row.code, row.version, nowMs),
    db.d1
      .prepare(
        `UPDATE show_drop SET report = given.value->>1 FROM json_each(?2) AS given
         WHERE show = ?1 AND sku = given.value->>0 AND changes() > 0`,
      )
      .bind(row.code, JSON.stringify(bySku)),
  ]);
}

async function readShows(db: Db, codes: ReadonlyArray<string>): Promise<ReadonlyArray<ShowRecord>> {
  if (codes.length === 0) return [];
  const rows = await db.orm
    .select()
    .from(show)
    .where(sql`${show.code} IN (SELECT value FROM json_each(${JSON.stringify(codes)}))`);
  return withDrops(db, rows);
}

async function withDrops(db: Db, rows: ReadonlyArray<ShowRow>): Promise<ReadonlyArray<ShowRecord>> {
  if (rows.length === 0) return [];
  const drops = await db.orm
    .select()
    .from(showDrop)
    .where(
      sql`${showDrop.show} IN (SELECT value FROM json_each(${JSON.stringify(rows.map(({ code }) => code))}))`,
    )
    .orderBy(asc(showDrop.position));
  const ofShow = Map.groupBy(drops, (drop) => drop.show);
  return rows.map((row) => ({ show: row, drops: (ofShow.get(row.code) ?? []).map(toDrop) }));
}

function toDrop(row: typeof showDrop.$inferSelect): ShowRecord["drops"][number] {
  const { show: _, position: __, sku, ...rest } = row;
  return { ...rest, sku: sku as Sku };
}

/** A show's own fields, as the domain reads them. */
export function showOf({ show: row }: ShowRecord): Show {
  const { code, title, startsAtMs, endsAtMs, openedAtMs, closedAtMs, admissionPerUnit } = row;
  return { code, title, startsAtMs, endsAtMs, openedAtMs, closedAtMs, admissionPerUnit };
}
