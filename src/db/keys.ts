import { and, asc, eq, gt, isNull } from "drizzle-orm";

import type { Scope } from "../contract/operation.ts";
import type { StoredAnswer } from "./answers.ts";
import { auditRow, type Actor } from "./audit.ts";
import type { Db } from "./client.ts";
import { isUniqueFailure } from "./guard.ts";
import { apiKey, auditLog, idempotency } from "./schema/platform.ts";

export type LiveKey = {
  readonly id: string;
  readonly kind: "secret" | "publishable";
  readonly scopes: ReadonlySet<Scope>;
  readonly allowedOrigins: ReadonlyArray<string>;
  readonly requiresBuyerToken: boolean;
};

/** A live key by the SHA-256 of itself. */
export async function findKeyByHash(db: Db, hash: string): Promise<LiveKey | null> {
  const [row] = await db.orm
    .select()
    .from(apiKey)
    .where(and(eq(apiKey.hash, hash), isNull(apiKey.revokedAtMs)));
  return row === undefined
    ? null
    : {
        id: row.id,
        kind: row.kind,
        scopes: new Set(row.scopes as Array<Scope>),
        allowedOrigins: row.allowedOrigins,
        requiresBuyerToken: row.requiresBuyerToken,
      };
}

/** Every origin that is registered with a live publishable key. */
export async function findRegisteredOrigins(db: Db): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `SELECT DISTINCT value AS origin FROM api_key, json_each(api_key.allowed_origins)
       WHERE api_key.kind = 'publishable' AND api_key.revoked_at_ms IS NULL`,
    )
    .all<{ origin: string }>();
  return results.map(({ origin }) => origin);
}

export type KeyRow = typeof apiKey.$inferSelect;

/**
 * Stores a key's digest together with the answer that a repeat of the call gets, which must not contain the key.
 *
 * @returns false, with nothing written, where the call was answered before.
 */
export async function writeKey(db: Db, row: KeyRow, answer: StoredAnswer, actor: Actor): Promise<boolean> {
  try {
    await db.orm.batch([
      db.orm.insert(idempotency).values({ ...answer, createdAtMs: row.createdAtMs }),
      db.orm.insert(apiKey).values(row),
      db.orm
        .insert(auditLog)
        .values(
          auditRow(
            actor,
            "key.created",
            `key:${row.id}`,
            { kind: row.kind, scopes: row.scopes },
            row.createdAtMs,
          ),
        ),
    ]);
    return true;
  } catch (error) {
    if (isUniqueFailure(error, "idempotency.scope")) return false;
    throw error;
  }
}

/** Oldest first. */
export async function listKeys(db: Db, afterId: string | null, limit: number): Promise<Array<KeyRow>> {
  return db.orm
    .select()
    .from(apiKey)
    .where(gt(apiKey.id, afterId ?? ""))
    .orderBy(asc(apiKey.id))
    .limit(limit);
}

/**
 * Revokes a key; one that was revoked before keeps its time.
 *
 * @returns The key as it is now, or null where there is none.
 */
export async function revokeKey(db: Db, id: string, actor: Actor, nowMs: number): Promise<KeyRow | null> {
  const entry = auditRow(actor, "key.revoked", `key:${id}`, {}, nowMs);
  await db.d1.batch([
    db.d1
      .prepare("UPDATE api_key SET revoked_at_ms = ?2 WHERE id = ?1 AND revoked_at_ms IS NULL")
      .bind(id, nowMs),
    db.d1
      .prepare(
        `INSERT INTO audit_log (id, at_ms, actor, action, subject, request_id, data)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, '{}' WHERE changes() > 0`,
      )
      .bind(entry.id, nowMs, entry.actor, entry.action, entry.subject, actor.requestId),
  ]);
  const [row] = await db.orm.select().from(apiKey).where(eq(apiKey.id, id));
  return row ?? null;
}
