import { and, asc, eq, gt } from "drizzle-orm";

import type { Want } from "../domain/fulfillment/wave.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessAllChanged, abortUnlessChanged, isAbort } from "./guard.ts";
import { bin, pickScan, wave } from "./schema/warehouse.ts";

export type WaveRow = typeof wave.$inferSelect;
export type BinRow = typeof bin.$inferSelect;
export type ScanRow = typeof pickScan.$inferSelect;

/** Which open pick lists a wave takes. */
export type WaveChoice = {
  /** Null takes any, oldest first. */
  readonly pickLists: ReadonlyArray<string> | null;
  /** Lists all of whose goods lie in these; null for any. */
  readonly zones: ReadonlyArray<string> | null;
  readonly sizeMax: number;
};

/**
 * Makes a wave of pick lists that no other wave has.
 *
 * @returns false, with nothing written, where there are none, or the call made one before.
 */
export async function insertWave(db: Db, row: WaveRow, choice: WaveChoice): Promise<boolean> {
  const { pickLists, zones, sizeMax } = choice;
  try {
    await db.d1.batch([
      insertMany(db, wave, [row], "nothing"),
      abortUnlessChanged(db),
      db.d1
        .prepare(
          `INSERT INTO wave_pick_list (pick_list_id, wave_id, slot)
           SELECT id, ?1, row_number() OVER (ORDER BY id) FROM (
             SELECT pick_list.id FROM pick_list
             JOIN fulfillment_order AS source ON source.id = pick_list.fulfillment_order_id
             JOIN orders ON orders.id = source.order_id
             WHERE pick_list.location = ?2 AND pick_list.status = 'open'
               AND source.status IN ('open', 'in_progress') AND orders.status = 'placed'
               AND (?3 IS NULL OR pick_list.id IN (SELECT value FROM json_each(?3)))
               AND NOT EXISTS (SELECT 1 FROM wave_pick_list WHERE pick_list_id = pick_list.id)
               AND (?4 IS NULL OR NOT EXISTS (
                 SELECT 1 FROM fulfillment_order_line AS line
                 LEFT JOIN bin ON bin.location = pick_list.location AND bin.sku = line.sku
                 WHERE line.fulfillment_order_id = source.id
                   AND coalesce(bin.zone NOT IN (SELECT value FROM json_each(?4)), true)
               ))
             ORDER BY pick_list.id LIMIT ?5
           )`,
        )
        .bind(row.id, row.location, json(pickLists), json(zones), sizeMax),
      abortUnlessChanged(db),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

function json(list: ReadonlyArray<string> | null): string | null {
  return list === null ? null : JSON.stringify(list);
}

export async function findWaveByRequest(db: Db, request: string): Promise<WaveRow | null> {
  const [row] = await db.orm.select().from(wave).where(eq(wave.request, request));
  return row ?? null;
}

export async function listWaves(
  db: Db,
  filter: { readonly location?: string | undefined; readonly status?: WaveRow["status"] | undefined },
  afterId: string | null,
  limit: number,
): Promise<ReadonlyArray<WaveRow>> {
  const { location, status } = filter;
  return db.orm
    .select()
    .from(wave)
    .where(
      and(
        location === undefined ? undefined : eq(wave.location, location),
        status === undefined ? undefined : eq(wave.status, status),
        gt(wave.id, afterId ?? ""),
      ),
    )
    .orderBy(asc(wave.id))
    .limit(limit);
}

/** One of the lists that are picked together. */
export type PickedList = {
  readonly id: string;
  readonly slot: number;
  readonly status: Want["status"];
  readonly location: string;
  readonly fulfillmentOrder: string;
  readonly order: string;
  readonly orderNumber: number;
  readonly createdAtMs: number;
};

/** What is picked together: a wave, or one list by itself. */
export type PickWork = {
  readonly wave: WaveRow | null;
  readonly lists: ReadonlyArray<PickedList>;
  readonly wants: ReadonlyArray<Want>;
};

const LISTS = {
  wave: "SELECT pick_list_id FROM wave_pick_list WHERE wave_id = ?1",
  pick_list: "SELECT ?1",
};

/** @returns null where there is no such wave or list. */
export async function readPickWork(db: Db, kind: keyof typeof LISTS, id: string): Promise<PickWork | null> {
  const [waves, lists, wants] = await db.d1.batch<Record<string, unknown>>([
    db.d1
      .prepare(
        `SELECT id, location, status, request, created_at_ms AS createdAtMs, ended_at_ms AS endedAtMs
         FROM wave WHERE id = ?1`,
      )
      .bind(id),
    db.d1
      .prepare(
        `SELECT list.id AS id, coalesce(slot, 1) AS slot, list.status AS status, list.location AS location,
           source.id AS fulfillmentOrder, orders.id AS "order", orders.number AS orderNumber,
           list.created_at_ms AS createdAtMs
         FROM pick_list AS list
         JOIN fulfillment_order AS source ON source.id = list.fulfillment_order_id
         JOIN orders ON orders.id = source.order_id
         LEFT JOIN wave_pick_list ON wave_pick_list.pick_list_id = list.id
         WHERE list.id IN (${LISTS[kind]}) ORDER BY slot`,
      )
      .bind(id),
    db.d1
      .prepare(
        `SELECT list.id AS pickList, coalesce(slot, 1) AS slot, list.status AS status, line.sku AS sku,
           max(order_line.title) AS title, sum(line.quantity) AS quantity, max(sku.barcode) AS barcode,
           max(bin.zone) AS zone, max(bin.bin) AS bin,
           (SELECT coalesce(sum(quantity), 0) FROM pick_scan
            WHERE pick_scan.pick_list_id = list.id AND pick_scan.sku = line.sku) AS scanned
         FROM pick_list AS list
         JOIN fulfillment_order_line AS line ON line.fulfillment_order_id = list.fulfillment_order_id
         JOIN order_line ON order_line.id = line.order_line_id
         LEFT JOIN sku ON sku.sku = line.sku
         LEFT JOIN bin ON bin.location = list.location AND bin.sku = line.sku
         LEFT JOIN wave_pick_list ON wave_pick_list.pick_list_id = list.id
         WHERE list.id IN (${LISTS[kind]}) GROUP BY list.id, line.sku`,
      )
      .bind(id),
  ]);
  const [row] = (waves?.results ?? []) as Array<WaveRow>;
  const found = (lists?.results ?? []) as Array<PickedList>;
  if (kind === "wave" ? row === undefined : found.length === 0) return null;
  return { wave: row ?? null, lists: found, wants: (wants?.results ?? []) as Array<Want> };
}

/** What a call scanned before; none where it is the first of its kind. */
export async function findScans(db: Db, request: string): Promise<ReadonlyArray<ScanRow>> {
  return db.orm.select().from(pickScan).where(eq(pickScan.request, request));
}

/**
 * Counts scanned units, all of them or none: no list may have more than it wants, or fewer than none.
 *
 * @param wanted - By list.
 * @returns false where others scanned meanwhile, or a list is no longer open.
 */
export async function insertScans(
  db: Db,
  scans: ReadonlyArray<ScanRow>,
  wanted: ReadonlyMap<string, number>,
): Promise<boolean> {
  const statements = scans.flatMap(({ id, pickListId, sku, quantity, request, actor, atMs }) => [
    db.d1
      .prepare(
        `INSERT INTO pick_scan (id, pick_list_id, sku, quantity, request, actor, at_ms)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
         WHERE EXISTS (SELECT 1 FROM pick_list WHERE id = ?2 AND status = 'open') AND ?4 + (
           SELECT coalesce(sum(quantity), 0) FROM pick_scan WHERE pick_list_id = ?2 AND sku = ?3
         ) BETWEEN 0 AND ?8
         ON CONFLICT DO NOTHING`,
      )
      .bind(id, pickListId, sku, quantity, request, actor, atMs, wanted.get(pickListId) ?? 0),
    abortUnlessChanged(db),
  ]);
  try {
    await db.d1.batch(statements);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** Closes a wave of which nothing is left to pick. */
export async function closeWave(db: Db, id: string, nowMs: number): Promise<void> {
  await db.d1
    .prepare(
      `UPDATE wave SET status = 'closed', ended_at_ms = ?2 WHERE id = ?1 AND status = 'open' AND NOT EXISTS (
         SELECT 1 FROM wave_pick_list JOIN pick_list ON pick_list.id = pick_list_id
         WHERE wave_id = ?1 AND pick_list.status = 'open'
       )`,
    )
    .bind(id, nowMs)
    .run();
}

/** Gives up a wave: its open lists are free for another one, with what was scanned for them. */
export async function cancelWave(db: Db, id: string, nowMs: number): Promise<boolean> {
  const [canceled] = await db.d1.batch([
    db.d1
      .prepare("UPDATE wave SET status = 'canceled', ended_at_ms = ?2 WHERE id = ?1 AND status = 'open'")
      .bind(id, nowMs),
    db.d1
      .prepare(
        `DELETE FROM wave_pick_list WHERE wave_id = ?1
           AND EXISTS (SELECT 1 FROM wave WHERE id = ?1 AND status = 'canceled')
           AND EXISTS (SELECT 1 FROM pick_list WHERE id = pick_list_id AND status = 'open')`,
      )
      .bind(id),
  ]);
  return (canceled?.meta.changes ?? 0) > 0;
}

/** The SKU that a code stands for, whether or not anybody wants it. */
export async function findSkuByCode(db: Db, code: string): Promise<string | null> {
  return db.d1
    .prepare(
      `SELECT sku FROM sku WHERE sku = ?1
       UNION ALL SELECT sku FROM sku WHERE barcode IN (?1, '0' || ?1, ltrim(?1, '0')) LIMIT 1`,
    )
    .bind(code)
    .first<string>("sku");
}

/** Says where SKUs lie at a location. */
export async function putBins(
  db: Db,
  location: string,
  placed: ReadonlyArray<BinRow>,
  removed: ReadonlyArray<string>,
): Promise<void> {
  const skus = [...placed.map(({ sku }) => sku), ...removed];
  await db.d1.batch([
    db.d1
      .prepare("DELETE FROM bin WHERE location = ?1 AND sku IN (SELECT value FROM json_each(?2))")
      .bind(location, JSON.stringify(skus)),
    insertMany(db, bin, placed),
    abortUnlessAllChanged(db, placed.length),
  ]);
}

export async function listBins(
  db: Db,
  location: string,
  afterSku: string | null,
  limit: number,
): Promise<ReadonlyArray<BinRow>> {
  return db.orm
    .select()
    .from(bin)
    .where(and(eq(bin.location, location), gt(bin.sku, afterSku ?? "")))
    .orderBy(asc(bin.sku))
    .limit(limit);
}
