import { desc, eq, lt, and } from "drizzle-orm";

import type { EngineEvent } from "../domain/events/event.ts";
import { insertMany, type Db } from "./client.ts";
import { derivedId } from "./events.ts";
import { engineEvent, type eventCursor } from "./schema/events.ts";

export type EventReader = (typeof eventCursor.$inferSelect)["reader"];
export type EventLog = (typeof eventCursor.$inferSelect)["log"];
export type EngineEventRow = typeof engineEvent.$inferSelect;

/** An event of either log, as readers see it. */
export type LoggedEvent = {
  readonly log: EventLog;
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly orderId: string | null;
  readonly occurredAtMs: number;
};

/** Puts events into the log that belong to no order. What is there already stays as it is. */
export function insertEngineEvents(db: Db, events: ReadonlyArray<EngineEvent>): D1PreparedStatement {
  return insertMany(
    db,
    engineEvent,
    events.map(({ type, subject, fact, data, occurredAtMs }) => ({
      id: derivedId("evt", occurredAtMs, type, subject, fact),
      type,
      subject,
      data,
      occurredAtMs,
    })),
    "nothing",
  );
}

/** What a reader has not seen, oldest first; of a log that it does not read, nothing. */
export async function readNewEvents(
  db: Db,
  reader: EventReader,
  limit: number,
): Promise<ReadonlyArray<LoggedEvent>> {
  const after = (log: EventLog) =>
    `rowid > (SELECT position FROM event_cursor WHERE reader = ?1 AND log = '${log}')`;
  const { results } = await db.d1
    .prepare(
      `SELECT * FROM (
         SELECT 'order_event' AS log, rowid AS position, id, type, order_id AS orderId, occurred_at_ms AS occurredAtMs
         FROM order_event WHERE ${after("order_event")} ORDER BY rowid LIMIT ?2
       ) UNION ALL SELECT * FROM (
         SELECT 'engine_event', rowid, id, type, NULL, occurred_at_ms
         FROM engine_event WHERE ${after("engine_event")} ORDER BY rowid LIMIT ?2
       )`,
    )
    .bind(reader, limit)
    .all<LoggedEvent>();
  return results;
}

/**
 * Notes that a reader has seen these. Two that read the same at once both come here, and only one of them changes
 * anything: `changes()` tells, one for each log.
 */
export function moveCursors(
  db: Db,
  reader: EventReader,
  seen: ReadonlyArray<LoggedEvent>,
): { readonly statement: D1PreparedStatement; readonly logCount: number } {
  const moves = [...Map.groupBy(seen, ({ log }) => log)].map(([log, events]) => {
    const positions = events.map(({ position }) => position);
    return [log, Math.min(...positions) - 1, Math.max(...positions)];
  });
  const statement = db.d1
    .prepare(
      // Less than the first position seen, not equal to it: rows may have gone, and numbers with them.
      `UPDATE event_cursor SET position = move.value->>2 FROM json_each(?2) AS move
       WHERE reader = ?1 AND log = move.value->>0 AND position <= move.value->>1`,
    )
    .bind(reader, JSON.stringify(moves));
  return { statement, logCount: moves.length };
}

/** Makes a reader begin with what happens next. */
export function skipToNow(db: Db, reader: EventReader, onlyWhere: string): Array<D1PreparedStatement> {
  return (["order_event", "engine_event"] as const).map((log) =>
    db.d1
      .prepare(
        `INSERT INTO event_cursor (reader, log, position)
         SELECT ?1, '${log}', coalesce((SELECT max(rowid) FROM ${log}), 0) WHERE ${onlyWhere}
         ON CONFLICT (reader, log) DO UPDATE SET position = excluded.position`,
      )
      .bind(reader),
  );
}

/** Newest first. */
export async function listEngineEvents(
  db: Db,
  type: string | undefined,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<EngineEventRow>> {
  return db.orm
    .select()
    .from(engineEvent)
    .where(
      and(
        type === undefined ? undefined : eq(engineEvent.type, type),
        beforeId === null ? undefined : lt(engineEvent.id, beforeId),
      ),
    )
    .orderBy(desc(engineEvent.id))
    .limit(limit);
}
