import { asc, lte } from "drizzle-orm";

import type { Envelope } from "../contract/queue.ts";
import type { Db } from "./client.ts";
import { outbox } from "./schema/platform.ts";

export type OutboxRow = typeof outbox.$inferSelect;

/** What is committed is sent at once. If it is still unhandled after this long, it counts as lost and is sent again. */
export const RESEND_AFTER_MS = 60_000;
const RESEND_AFTER_MAX_MS = 3_600_000;

/** What goes over the queue for a row. */
export function envelopeOf({ id, body }: OutboxRow): Envelope {
  return { outbox: id, message: JSON.parse(body) as unknown };
}

/** What was not handled in time, the longest overdue first. */
export function readDueOutbox(db: Db, nowMs: number, limit: number): Promise<ReadonlyArray<OutboxRow>> {
  return db.orm
    .select()
    .from(outbox)
    .where(lte(outbox.nextAttemptAtMs, nowMs))
    .orderBy(asc(outbox.nextAttemptAtMs))
    .limit(limit);
}

/**
 * Notes that rows were sent once more: each waits as long again as it has waited already, a minute at least and an hour
 * at most, so that a queue with a backlog is not filled with copies of it.
 */
export async function putOffOutbox(db: Db, ids: ReadonlyArray<string>, nowMs: number): Promise<void> {
  await db.d1
    .prepare(
      `UPDATE outbox SET next_attempt_at_ms = ?2 + min(max(?2 - created_at_ms, ?3), ?4)
       WHERE id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids), nowMs, RESEND_AFTER_MS, RESEND_AFTER_MAX_MS)
    .run();
}

/** Forgets rows whose messages were handled. */
export async function deleteOutbox(db: Db, ids: ReadonlyArray<string>): Promise<void> {
  await db.d1
    .prepare("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids))
    .run();
}

/** Puts rows into the outbox only if the statement before it in the batch changed something. */
export function insertOutboxIfChanged(db: Db, rows: ReadonlyArray<OutboxRow>): D1PreparedStatement {
  return db.d1
    .prepare(
      `INSERT INTO outbox (id, queue, body, created_at_ms, next_attempt_at_ms)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1) WHERE changes() > 0
       ON CONFLICT DO NOTHING`,
    )
    .bind(
      JSON.stringify(rows.map((row) => [row.id, row.queue, row.body, row.createdAtMs, row.nextAttemptAtMs])),
    );
}
