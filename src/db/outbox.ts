import { asc } from "drizzle-orm";

import type { Db } from "./client.ts";
import { outbox } from "./schema/platform.ts";

export type OutboxRow = typeof outbox.$inferSelect;

/** What waits longest to be sent. */
export function readOutbox(db: Db, limit: number): Promise<ReadonlyArray<OutboxRow>> {
  return db.orm.select().from(outbox).orderBy(asc(outbox.createdAtMs)).limit(limit);
}

/** Forgets rows whose messages were sent. */
export function deleteOutbox(db: Db, ids: ReadonlyArray<string>): D1PreparedStatement {
  return db.d1
    .prepare("DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids));
}

/** Puts rows into the outbox only if the statement before it in the batch changed something. */
export function insertOutboxIfChanged(db: Db, rows: ReadonlyArray<OutboxRow>): D1PreparedStatement {
  return db.d1
    .prepare(
      `INSERT INTO outbox (id, queue, body, created_at_ms)
       SELECT value->>0, value->>1, value->>2, value->>3 FROM json_each(?1) WHERE changes() > 0
       ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(rows.map((row) => [row.id, row.queue, row.body, row.createdAtMs])));
}
