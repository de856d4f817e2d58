import { and, desc, eq, lt } from "drizzle-orm";

import type { HeardEvent } from "../domain/messages/due.ts";
import type { Language, MessageStatus, MessageTemplate } from "../domain/messages/message.ts";
import type { OrderStatus } from "../domain/orders/order.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { moveCursors, type LoggedEvent } from "./event-log.ts";
import { insertExceptions, type Raised } from "./exceptions.ts";
import { abortUnlessAllChanged, isAbort } from "./guard.ts";
import { message } from "./schema/messages.ts";
import { auditLog } from "./schema/platform.ts";

export type MessageRow = typeof message.$inferSelect;

/** An event with whom it concerns. */
export type EventToTell = HeardEvent & {
  readonly id: string;
  readonly orderId: string | null;
  readonly customerId: string | null;
  readonly brand: string | null;
  readonly language: Language | null;
  readonly occurredAtMs: number;
};

type OrderEventRow = {
  id: string;
  type: string;
  data: string;
  occurredAtMs: number;
  orderId: string;
  customerId: string | null;
  externalId: string | null;
  status: OrderStatus;
  brand: string | null;
  language: Language | null;
  requestId: string | null;
  because: string | null;
  notify: number | null;
};

/**
 * What happened to orders, with what decides whether their buyers hear of it. A refund that a provider told of before
 * the call for it was answered does not name its request: the newest of the same amount is it.
 */
export async function readOrderEvents(
  db: Db,
  ids: ReadonlyArray<string>,
): Promise<ReadonlyArray<EventToTell>> {
  const { results } = await db.d1
    .prepare(
      `SELECT event.id, event.type, event.data, event.occurred_at_ms AS occurredAtMs, orders.id AS orderId,
         orders.customer_id AS customerId, orders.external_id AS externalId, orders.status, orders.brand, orders.language,
         request.id AS requestId, request.because, request.notify
       FROM order_event AS event JOIN orders ON orders.id = event.order_id
       LEFT JOIN payment_request AS request ON event.type = 'payment.refunded' AND request.id = coalesce(
         event.data->>'$.request',
         (SELECT request_id FROM payment_request_part AS part
          WHERE part.order_id = event.order_id AND part.kind = 'refund' AND part.amount = event.data->>'$.amount'
          ORDER BY part.rowid DESC LIMIT 1))
       WHERE event.id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .all<OrderEventRow>();
  const events = results.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
  const skus = events.flatMap(({ type, data }) =>
    type === "fulfillment.incomplete" ? missingSkus(data) : [],
  );
  const dates = skus.length === 0 ? new Map<string, number>() : await readSaleDates(db, skus);
  return events.map(({ requestId, because, notify, externalId, status, ...event }) => {
    const missing = event.type === "fulfillment.incomplete" ? missingSkus(event.data) : [];
    return {
      ...event,
      order: { status, externalId },
      request: requestId === null ? null : { id: requestId, because: because ?? "", notify: notify === 1 },
      isPreorder: missing.length > 0 && missing.every((sku) => (dates.get(sku) ?? 0) > event.occurredAtMs),
    };
  });
}

function missingSkus(data: Readonly<Record<string, unknown>>): Array<string> {
  const lines = Array.isArray(data["lines"]) ? (data["lines"] as ReadonlyArray<{ sku?: unknown }>) : [];
  return lines.flatMap(({ sku }) => (typeof sku === "string" ? [sku] : []));
}

/** From when SKUs are sold that are sold before they are there; those without a date are left out. */
export async function readSaleDates(
  db: Db,
  skus: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, number>> {
  const { results } = await db.d1
    .prepare(
      `SELECT sku, attributes->>'$.available_from' AS date FROM sku
       WHERE sku IN (SELECT value FROM json_each(?1)) AND attributes->>'$.available_from' IS NOT NULL`,
    )
    .bind(JSON.stringify(skus))
    .all<{ sku: string; date: string }>();
  return new Map(
    results.flatMap(({ sku, date }) => {
      const fromMs = Date.parse(date);
      return Number.isNaN(fromMs) ? [] : [[sku, fromMs] as const];
    }),
  );
}

/** Offers to buyers of whom a shop said who they are; others cannot be written to. */
export async function readOfferEvents(
  db: Db,
  ids: ReadonlyArray<string>,
): Promise<ReadonlyArray<EventToTell>> {
  const { results } = await db.d1
    .prepare(
      `SELECT event.id, event.type, event.data, event.occurred_at_ms AS occurredAtMs, contact.customer_id AS customerId,
         contact.brand, contact.language
       FROM engine_event AS event JOIN buyer_contact AS contact ON contact.buyer = event.data->>'$.buyer'
       WHERE event.id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(ids))
    .all<
      Pick<OrderEventRow, "id" | "type" | "data" | "occurredAtMs" | "customerId" | "brand" | "language">
    >();
  return results.map((row) => ({
    ...row,
    data: JSON.parse(row.data) as Record<string, unknown>,
    orderId: null,
    order: null,
    request: null,
    isPreorder: false,
  }));
}

/**
 * Notes the messages that follow from events, together with the fact that those were seen.
 *
 * @returns false where somebody else noted it first; nothing is written then.
 */
export async function oweMessages(
  db: Db,
  seen: ReadonlyArray<LoggedEvent>,
  rows: ReadonlyArray<MessageRow>,
): Promise<boolean> {
  const { statement, logCount } = moveCursors(db, "notifications", seen);
  try {
    await db.d1.batch([
      statement,
      abortUnlessAllChanged(db, logCount),
      ...(rows.length === 0 ? [] : [insertMany(db, message, rows, "nothing")]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** Messages that are due and that nobody is sending, longest due first. */
export async function listDueMessages(db: Db, nowMs: number, limit: number): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      "SELECT id FROM message WHERE status = 'pending' AND next_attempt_at_ms <= ?1 ORDER BY next_attempt_at_ms LIMIT ?2",
    )
    .bind(nowMs, limit)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/**
 * Takes a message that is due. Nobody else takes it until `leaseMs` have passed; whoever dies with it leaves it to the
 * next, who sees by `attempts` that it may have been sent.
 *
 * @returns null where it is not due, or somebody has it.
 */
export async function claimMessage(
  db: Db,
  id: string,
  leaseMs: number,
  nowMs: number,
): Promise<MessageRow | null> {
  const { results } = await db.d1
    .prepare(
      `UPDATE message SET attempts = attempts + 1, next_attempt_at_ms = ?2 + ?3 WHERE id = ?1 AND status = 'pending' AND next_attempt_at_ms <= ?2
       RETURNING id`,
    )
    .bind(id, nowMs, leaseMs)
    .all<{ id: string }>();
  return results.length === 0 ? null : findMessage(db, id);
}

export async function findMessage(db: Db, id: string): Promise<MessageRow | null> {
  const [row] = await db.orm.select().from(message).where(eq(message.id, id));
  return row ?? null;
}

/** What became of an attempt. */
export type MessageOutcome = Pick<
  MessageRow,
  "status" | "reason" | "attempts" | "nextAttemptAtMs" | "language" | "provider" | "providerReference"
>;

/** Writes down what became of a message, unless somebody ended it or began it anew meanwhile. */
export async function settleMessage(
  db: Db,
  { id, edition }: Pick<MessageRow, "id" | "edition">,
  outcome: MessageOutcome,
  raised: ReadonlyArray<Raised>,
  nowMs: number,
): Promise<void> {
  const { status, reason, attempts, nextAttemptAtMs, language, provider, providerReference } = outcome;
  const settle = db.d1
    .prepare(
      `UPDATE message SET status = ?3, reason = ?4, attempts = ?5, next_attempt_at_ms = ?6, language = ?7, provider = ?8,
         provider_reference = ?9, ended_at_ms = iif(?3 = 'pending', NULL, ?10)
       WHERE id = ?1 AND edition = ?2 AND status = 'pending'`,
    )
    .bind(
      id,
      edition,
      status,
      reason,
      attempts,
      nextAttemptAtMs,
      language,
      provider,
      providerReference,
      nowMs,
    );
  await db.d1.batch([settle, ...(raised.length === 0 ? [] : [insertExceptions(db, raised, nowMs)])]);
}

/** Begins a message anew, as another mail to its provider; one that still waits is due at once. */
export async function reviveMessage(
  db: Db,
  id: string,
  audit: typeof auditLog.$inferInsert,
  nowMs: number,
): Promise<void> {
  const revive = db.d1
    .prepare(
      `UPDATE message SET status = 'pending', reason = NULL, outcome = NULL, attempts = 0, edition = edition + 1,
         next_attempt_at_ms = ?2, due_at_ms = ?2, ended_at_ms = NULL WHERE id = ?1 AND status <> 'pending'`,
    )
    .bind(id, nowMs);
  // What waits for its day or for the morning is not made to wait any longer.
  const hasten = db.d1
    .prepare(
      "UPDATE message SET next_attempt_at_ms = min(next_attempt_at_ms, ?2) WHERE id = ?1 AND status = 'pending' AND attempts = 0",
    )
    .bind(id, nowMs);
  await db.d1.batch([revive, hasten, insertMany(db, auditLog, [audit], "nothing")]);
}

/** Who had messages sent again. */
export function auditMessage(actor: Actor, subject: string, nowMs: number): typeof auditLog.$inferInsert {
  return auditRow(actor, "message.resent", `message:${subject}`, {}, nowMs);
}

/** As {@link reviveMessage}, for all that failed since a moment. @returns Their ids. */
export async function reviveFailed(
  db: Db,
  sinceMs: number,
  limit: number,
  audit: typeof auditLog.$inferInsert,
  nowMs: number,
): Promise<ReadonlyArray<string>> {
  await insertMany(db, auditLog, [audit], "nothing").run();
  const { results } = await db.d1
    .prepare(
      `UPDATE message SET status = 'pending', reason = NULL, attempts = 0, edition = edition + 1, next_attempt_at_ms = ?3,
         due_at_ms = ?3, ended_at_ms = NULL
       WHERE id IN (SELECT id FROM message WHERE status = 'failed' AND ended_at_ms >= ?1 ORDER BY id LIMIT ?2) RETURNING id`,
    )
    .bind(sinceMs, limit, nowMs)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Notes what a provider said of a message it had sent. @returns Whose it was; null where it is none of ours. */
export async function noteOutcome(
  db: Db,
  providerReference: string,
  outcome: NonNullable<MessageRow["outcome"]>,
): Promise<{ readonly id: string; readonly customerId: string | null } | null> {
  // A complaint follows on a delivery, and says more.
  const { results } = await db.d1
    .prepare(
      `UPDATE message SET outcome = iif(?2 = 'delivered', coalesce(outcome, ?2), ?2) WHERE provider_reference = ?1
       RETURNING id, customer_id AS customerId`,
    )
    .bind(providerReference, outcome)
    .all<{ id: string; customerId: string | null }>();
  return results[0] ?? null;
}

export type MessageFilter = {
  readonly orderId?: string | undefined;
  readonly status?: MessageStatus | undefined;
  readonly template?: MessageTemplate | undefined;
};

/** Newest first; ids sort by the time of what they tell. */
export async function listMessages(
  db: Db,
  { orderId, status, template }: MessageFilter,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<MessageRow>> {
  return db.orm
    .select()
    .from(message)
    .where(
      and(
        orderId === undefined ? undefined : eq(message.orderId, orderId),
        status === undefined ? undefined : eq(message.status, status),
        template === undefined ? undefined : eq(message.template, template),
        beforeId === null ? undefined : lt(message.id, beforeId),
      ),
    )
    .orderBy(desc(message.id))
    .limit(limit);
}
