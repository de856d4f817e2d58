import type { Db } from "./client.ts";

/** Rows of one statement: D1 does one at a time, and orders wait behind it. */
const DELETED_AT_ONCE = 1_000;

/** What is kept for a time only: by table, what tells that the time is over. */
const OLD = [
  ["idempotency", "created_at_ms < ?1"],
  ["admin_session", "expires_at_ms < ?1"],
  ["dead_letter", "replayed_at_ms < ?1"],
  ["engine_event", "occurred_at_ms < ?1"],
  ["webhook_delivery", "ended_at_ms < ?1"],
  ["automation_run", "created_at_ms < ?1"],
  ["webhook_attempt", "attempted_at_ms < ?1"],
  ["payment_news", "received_at_ms < ?1 AND status <> 'received'"],
] as const;

/** Deletes what is kept for a time only, a bounded part of it. @returns How many rows went. */
export async function deleteOld(db: Db, beforeMs: number): Promise<number> {
  const results = await db.d1.batch(
    OLD.map(([table, condition]) =>
      db.d1
        .prepare(
          `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} LIMIT ?2)`,
        )
        .bind(beforeMs, DELETED_AT_ONCE),
    ),
  );
  return results.reduce((sum, { meta }) => sum + meta.changes, 0);
}
