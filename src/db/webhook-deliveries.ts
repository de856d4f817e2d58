import { and, asc, desc, eq, lt } from "drizzle-orm";

import { insertMany, type Db } from "./client.ts";
import { moveCursors, type LoggedEvent } from "./event-log.ts";
import { insertExceptions } from "./exceptions.ts";
import { abortUnlessAllChanged, isAbort } from "./guard.ts";
import { webhookAttempt, webhookDelivery } from "./schema/webhooks.ts";
import { disableEndpoint } from "./webhook-endpoints.ts";

export type DeliveryRow = typeof webhookDelivery.$inferSelect;
export type AttemptRow = typeof webhookAttempt.$inferSelect;

/** What an event says, wherever it is logged. */
export type EventContent = {
  readonly id: string;
  readonly type: string;
  readonly occurredAtMs: number;
  readonly data: Readonly<Record<string, unknown>>;
};

/**
 * Notes what is owed for events, together with the fact that they were seen.
 *
 * @returns false where somebody else noted it first; nothing is written then.
 */
export async function oweDeliveries(
  db: Db,
  seen: ReadonlyArray<LoggedEvent>,
  deliveries: ReadonlyArray<DeliveryRow>,
): Promise<boolean> {
  const { statement, logCount } = moveCursors(db, "webhooks", seen);
  try {
    await db.d1.batch([
      statement,
      abortUnlessAllChanged(db, logCount),
      ...(deliveries.length === 0 ? [] : [insertDeliveries(db, deliveries)]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** As many deliveries as are not there yet. */
export function insertDeliveries(db: Db, deliveries: ReadonlyArray<DeliveryRow>): D1PreparedStatement {
  return insertMany(db, webhookDelivery, deliveries, "nothing");
}

/** Endpoints that are owed something now. */
export async function listDueEndpoints(db: Db, nowMs: number, limit: number): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `SELECT id FROM webhook_endpoint WHERE status = 'enabled' AND EXISTS (
         SELECT 1 FROM webhook_delivery
         WHERE endpoint_id = webhook_endpoint.id AND status = 'pending' AND next_attempt_at_ms <= ?1
       ) LIMIT ?2`,
    )
    .bind(nowMs, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/**
 * Takes what is due for an endpoint, longest due first. Nobody else takes it until `leaseMs` have passed; whoever dies
 * with it leaves it to the next.
 */
export async function claimDeliveries(
  db: Db,
  endpointId: string,
  limit: number,
  leaseMs: number,
  nowMs: number,
): Promise<ReadonlyArray<DeliveryRow & { readonly content: EventContent | null }>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE webhook_delivery SET next_attempt_at_ms = ?3 + ?4 WHERE id IN (
         SELECT id FROM webhook_delivery
         WHERE endpoint_id = ?1 AND status = 'pending' AND next_attempt_at_ms <= ?3
         ORDER BY next_attempt_at_ms, id LIMIT ?2
       ) RETURNING id`,
    )
    .bind(endpointId, limit, nowMs, leaseMs)
    .all<{ id: string }>();
  if (results.length === 0) return [];
  return readDeliveries(
    db,
    results.map(({ id }) => id),
  );
}

type StoredContent = {
  readonly data: string | null;
  readonly orderId: string | null;
  readonly occurredAtMs: number;
};

/** Deliveries with what they say, oldest first. */
async function readDeliveries(db: Db, ids: ReadonlyArray<string>) {
  const encoded = JSON.stringify(ids);
  const [rows, contents] = await Promise.all([
    db.d1
      .prepare(
        `SELECT id, endpoint_id AS endpointId, event_id AS eventId, event_log AS eventLog, event_type AS eventType,
           status, attempts, next_attempt_at_ms AS nextAttemptAtMs, started_at_ms AS startedAtMs,
           created_at_ms AS createdAtMs, ended_at_ms AS endedAtMs
         FROM webhook_delivery WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id`,
      )
      .bind(encoded)
      .all<DeliveryRow>(),
    db.d1
      .prepare(
        `SELECT webhook_delivery.id AS id, coalesce(order_event.data, engine_event.data) AS data, order_id AS orderId,
           coalesce(order_event.occurred_at_ms, engine_event.occurred_at_ms) AS occurredAtMs
         FROM webhook_delivery
         LEFT JOIN order_event ON event_log = 'order_event' AND order_event.id = event_id
         LEFT JOIN engine_event ON event_log = 'engine_event' AND engine_event.id = event_id
         WHERE webhook_delivery.id IN (SELECT value FROM json_each(?1))`,
      )
      .bind(encoded)
      .all<StoredContent & { readonly id: string }>(),
  ]);
  const contentOf = new Map(contents.results.map((content) => [content.id, content]));
  return rows.results.map((row) => ({ ...row, content: contentFrom(row, contentOf.get(row.id)) }));
}

/** Null where retention was faster. */
function contentFrom(
  { eventId, eventType }: DeliveryRow,
  stored: StoredContent | undefined,
): EventContent | null {
  if (stored === undefined || stored.data === null) return null;
  const data = JSON.parse(stored.data) as Record<string, unknown>;
  const ofOrder = stored.orderId === null ? {} : { order: stored.orderId };
  return { id: eventId, type: eventType, occurredAtMs: stored.occurredAtMs, data: { ...ofOrder, ...data } };
}

/** What an attempt changes. `attempts` is the number of them now. */
export type Settlement = Pick<DeliveryRow, "id" | "status" | "attempts" | "nextAttemptAtMs" | "endedAtMs"> & {
  readonly disableBecause?: "gone" | "failing";
};

/** Writes down an attempt and what follows from it. One that somebody else settled meanwhile stays as it is. */
export async function settleDelivery(
  db: Db,
  endpoint: { readonly id: string; readonly version: number },
  { id, status, attempts, nextAttemptAtMs, endedAtMs, disableBecause }: Settlement,
  attempt: AttemptRow,
): Promise<void> {
  await db.d1.batch([
    db.d1
      .prepare(
        `UPDATE webhook_delivery SET status = ?2, attempts = ?3, next_attempt_at_ms = ?4, ended_at_ms = ?5
         WHERE id = ?1 AND status = 'pending' AND attempts = ?3 - 1`,
      )
      .bind(id, status, attempts, nextAttemptAtMs, endedAtMs),
    insertMany(db, webhookAttempt, [attempt], "nothing"),
    ...(disableBecause === undefined
      ? []
      : [
          disableEndpoint(db, endpoint.id, disableBecause, attempt.attemptedAtMs),
          insertExceptions(
            db,
            [
              {
                kind: "webhook_endpoint_disabled",
                subject: `webhook_endpoint:${endpoint.id}`,
                // Those that end it at once are one occurrence.
                fact: String(endpoint.version),
                orderId: null,
                data: { because: disableBecause, delivery: id },
              },
            ],
            attempt.attemptedAtMs,
          ),
        ]),
  ]);
}

/** Gives back what was taken and not tried. What nobody may wait for any longer has failed. */
export async function putOffDeliveries(
  db: Db,
  ids: ReadonlyArray<string>,
  untilMs: number,
  startedBeforeMs: number,
  nowMs: number,
): Promise<void> {
  await db.d1
    .prepare(
      `UPDATE webhook_delivery SET next_attempt_at_ms = ?2,
         status = iif(started_at_ms < ?3, 'failed', status), ended_at_ms = iif(started_at_ms < ?3, ?4, NULL)
       WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'pending'`,
    )
    .bind(JSON.stringify(ids), untilMs, startedBeforeMs, nowMs)
    .run();
}

/** Begins the schedule anew. @returns The endpoint's id, or null where there is no such delivery. */
export async function replayDelivery(db: Db, id: string, nowMs: number): Promise<string | null> {
  const row = await db.d1
    .prepare(
      `UPDATE webhook_delivery SET status = 'pending', attempts = 0, next_attempt_at_ms = ?2, started_at_ms = ?2,
         ended_at_ms = NULL WHERE id = ?1 RETURNING endpoint_id AS endpointId`,
    )
    .bind(id, nowMs)
    .first<{ endpointId: string }>();
  return row?.endpointId ?? null;
}

/** As {@link replayDelivery}, for all that an endpoint missed since a moment. @returns How many. */
export async function replayFailed(
  db: Db,
  endpointId: string,
  sinceMs: number,
  nowMs: number,
): Promise<number> {
  const { meta } = await db.d1
    .prepare(
      `UPDATE webhook_delivery SET status = 'pending', attempts = 0, next_attempt_at_ms = ?3, started_at_ms = ?3,
         ended_at_ms = NULL WHERE endpoint_id = ?1 AND status = 'failed' AND created_at_ms >= ?2`,
    )
    .bind(endpointId, sinceMs, nowMs)
    .run();
  return meta.changes;
}

export type DeliveryFilter = {
  readonly endpoint?: string | undefined;
  readonly status?: DeliveryRow["status"] | undefined;
  readonly type?: string | undefined;
};

/** Newest first. */
export async function listDeliveries(
  db: Db,
  filter: DeliveryFilter,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<DeliveryRow>> {
  return db.orm
    .select()
    .from(webhookDelivery)
    .where(
      and(
        filter.endpoint === undefined ? undefined : eq(webhookDelivery.endpointId, filter.endpoint),
        filter.status === undefined ? undefined : eq(webhookDelivery.status, filter.status),
        filter.type === undefined ? undefined : eq(webhookDelivery.eventType, filter.type),
        beforeId === null ? undefined : lt(webhookDelivery.id, beforeId),
      ),
    )
    .orderBy(desc(webhookDelivery.id))
    .limit(limit);
}

/** A delivery with what it says and how its attempts went, oldest first. */
export async function findDelivery(db: Db, id: string) {
  const [[row], attempts] = await Promise.all([
    readDeliveries(db, [id]),
    db.orm
      .select()
      .from(webhookAttempt)
      .where(eq(webhookAttempt.deliveryId, id))
      .orderBy(asc(webhookAttempt.id)),
  ]);
  return row === undefined ? null : { ...row, log: attempts };
}
