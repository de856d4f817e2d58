import { asc, eq, gt, like } from "drizzle-orm";

import type { StoredAnswer } from "./answers.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { skipToNow } from "./event-log.ts";
import { abortUnlessChanged, isAbort, isUniqueFailure } from "./guard.ts";
import { auditLog, idempotency } from "./schema/platform.ts";
import { webhookEndpoint } from "./schema/webhooks.ts";

export type EndpointRow = typeof webhookEndpoint.$inferSelect;

/** Nobody is owed what happened while nobody listened. */
const NOBODY_LISTENS = "NOT EXISTS (SELECT 1 FROM webhook_endpoint WHERE status = 'enabled')";

export async function findEndpoint(db: Db, id: string): Promise<EndpointRow | null> {
  const [row] = await db.orm.select().from(webhookEndpoint).where(eq(webhookEndpoint.id, id));
  return row ?? null;
}

export async function listEndpoints(
  db: Db,
  afterId: string | null,
  limit: number,
): Promise<ReadonlyArray<EndpointRow>> {
  return db.orm
    .select()
    .from(webhookEndpoint)
    .where(gt(webhookEndpoint.id, afterId ?? ""))
    .orderBy(asc(webhookEndpoint.id))
    .limit(limit);
}

export async function listEnabledEndpoints(
  db: Db,
): Promise<ReadonlyArray<Pick<EndpointRow, "id" | "events">>> {
  return db.orm
    .select({ id: webhookEndpoint.id, events: webhookEndpoint.events })
    .from(webhookEndpoint)
    .where(eq(webhookEndpoint.status, "enabled"));
}

export async function countEndpoints(db: Db): Promise<number> {
  return (await db.d1.prepare("SELECT count(*) AS count FROM webhook_endpoint").first<number>("count")) ?? 0;
}

/**
 * Stores an endpoint as it now is, unless it changed meanwhile.
 *
 * @param answer - What a repeat of the call gets, without the secret; null where the call shows none.
 * @returns `repeated` where the call was answered before.
 */
export async function writeEndpoint(
  db: Db,
  row: EndpointRow,
  action: string,
  actor: Actor,
  answer: StoredAnswer | null = null,
): Promise<"written" | "changed_meanwhile" | "repeated"> {
  const { id, updatedAtMs, status } = row;
  const facts = { status, events: row.events };
  const statements = [
    ...(status === "enabled" ? skipToNow(db, "webhooks", NOBODY_LISTENS) : []),
    succeedMany(db, webhookEndpoint, [row], "id", ["createdAtMs"]),
    abortUnlessChanged(db),
    insertMany(db, auditLog, [auditRow(actor, action, `webhook_endpoint:${id}`, facts, updatedAtMs)]),
    ...(answer === null ? [] : [insertMany(db, idempotency, [{ ...answer, createdAtMs: updatedAtMs }])]),
  ];
  try {
    await db.d1.batch(statements);
    return "written";
  } catch (error) {
    if (isAbort(error)) return "changed_meanwhile";
    if (isUniqueFailure(error, "idempotency.scope")) return "repeated";
    throw error;
  }
}

/** Forgets an endpoint and what it is owed. What it was sent stays in the log. */
export async function deleteEndpoint(db: Db, id: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1.prepare("DELETE FROM webhook_endpoint WHERE id = ?1").bind(id),
    db.d1
      .prepare(
        `UPDATE webhook_delivery SET status = 'failed', ended_at_ms = ?2 WHERE endpoint_id = ?1 AND status = 'pending'`,
      )
      .bind(id, nowMs),
    insertMany(db, auditLog, [
      auditRow(actor, "webhook_endpoint.deleted", `webhook_endpoint:${id}`, {}, nowMs),
    ]),
  ]);
}

/** Endpoints some of whose secrets were stored before there was a key to encrypt them with. */
export async function listClearEndpoints(db: Db, limit: number): Promise<ReadonlyArray<EndpointRow>> {
  return db.orm.select().from(webhookEndpoint).where(like(webhookEndpoint.secrets, '%"whsec_%')).limit(limit);
}

/** Stores an endpoint's secrets in another form. One that changed meanwhile stays as it is. */
export async function replaceSecrets(
  db: Db,
  { id, version }: EndpointRow,
  secrets: EndpointRow["secrets"],
): Promise<void> {
  await db.d1
    .prepare("UPDATE webhook_endpoint SET secrets = ?3 WHERE id = ?1 AND version = ?2")
    .bind(id, version, JSON.stringify(secrets))
    .run();
}

/** Stops sending to an endpoint that cannot be sent to. One that somebody disabled keeps that reason. */
export function disableEndpoint(
  db: Db,
  id: string,
  reason: "gone" | "failing",
  nowMs: number,
): D1PreparedStatement {
  return db.d1
    .prepare(
      `UPDATE webhook_endpoint SET status = 'disabled', disabled_reason = ?2, updated_at_ms = ?3, version = version + 1
       WHERE id = ?1 AND status = 'enabled'`,
    )
    .bind(id, reason, nowMs);
}
