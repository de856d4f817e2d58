import type { Db } from "./client.ts";
import { insertMany } from "./client.ts";
import { eventRow } from "./events.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { orderEvent } from "./schema/index.ts";

export type TagChange = { readonly added: ReadonlyArray<string>; readonly removed: ReadonlyArray<string> };

/**
 * The tags of an order, and what a change of this mark did to them if it was made before.
 *
 * @returns null where there is no such order.
 */
export async function readTags(
  db: Db,
  orderId: string,
  mark: string,
): Promise<{ readonly tags: ReadonlyArray<string>; readonly earlier: TagChange | null } | null> {
  const { id } = eventRow(orderId, "order.tagged", mark, {}, "", 0);
  const row = await db.d1
    .prepare(
      `SELECT (SELECT json_group_array(tag) FROM order_tag WHERE order_id = orders.id) AS tags,
         (SELECT data FROM order_event WHERE id = ?2) AS earlier
       FROM orders WHERE id = ?1`,
    )
    .bind(orderId, id)
    .first<{ tags: string; earlier: string | null }>();
  if (row === null) return null;
  return {
    tags: JSON.parse(row.tags) as Array<string>,
    earlier: row.earlier === null ? null : (JSON.parse(row.earlier) as TagChange),
  };
}

/** Writes a change of tags with its entry in the timeline, unless one of the same mark is there. */
export async function writeTags(
  db: Db,
  orderId: string,
  change: TagChange,
  { mark, actor }: { readonly mark: string; readonly actor: string },
  nowMs: number,
): Promise<void> {
  try {
    await db.d1.batch([
      insertMany(
        db,
        orderEvent,
        [eventRow(orderId, "order.tagged", mark, { ...change }, actor, nowMs)],
        "nothing",
      ),
      abortUnlessChanged(db),
      db.d1
        .prepare(
          `INSERT INTO order_tag (order_id, tag, placed_at_ms)
           SELECT ?1, value, (SELECT placed_at_ms FROM orders WHERE id = ?1) FROM json_each(?2) WHERE true
           ON CONFLICT DO NOTHING`,
        )
        .bind(orderId, JSON.stringify(change.added)),
      db.d1
        .prepare("DELETE FROM order_tag WHERE order_id = ?1 AND tag IN (SELECT value FROM json_each(?2))")
        .bind(orderId, JSON.stringify(change.removed)),
      db.d1
        .prepare("UPDATE orders SET version = version + 1, updated_at_ms = ?2 WHERE id = ?1")
        .bind(orderId, nowMs),
    ]);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

/** Where an order is to ship from, if that location can; null where nobody said. */
export async function readWantedLocation(db: Db, orderId: string): Promise<string | null> {
  return db.d1
    .prepare("SELECT location FROM order_route WHERE order_id = ?1")
    .bind(orderId)
    .first<string>("location");
}

export async function writeWantedLocation(db: Db, orderId: string, location: string): Promise<void> {
  await db.d1
    .prepare(
      `INSERT INTO order_route (order_id, location) VALUES (?1, ?2)
       ON CONFLICT (order_id) DO UPDATE SET location = excluded.location`,
    )
    .bind(orderId, location)
    .run();
}
