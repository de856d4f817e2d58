import type { Db } from "./client.ts";

/** Rows of one statement: D1 does one at a time, and orders wait behind it. */
const DELETED_AT_ONCE = 1_000;

/** Deletes what is kept for a time only, a bounded part of it. @returns How many rows went. */
export async function deleteOld(db: Db, beforeMs: number): Promise<number> {
  const results = await db.d1.batch([
    db.d1
      .prepare(
        "DELETE FROM idempotency WHERE rowid IN (SELECT rowid FROM idempotency WHERE created_at_ms < ?1 LIMIT ?2)",
      )
      .bind(beforeMs, DELETED_AT_ONCE),
    db.d1
      .prepare(
        "DELETE FROM dead_letter WHERE rowid IN (SELECT rowid FROM dead_letter WHERE replayed_at_ms < ?1 LIMIT ?2)",
      )
      .bind(beforeMs, DELETED_AT_ONCE),
  ]);
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}
