import { and, eq, gt, isNull } from "drizzle-orm";

import { auditRow, type Actor } from "./audit.ts";
import type { Db } from "./client.ts";
import { adminSession, apiKey, auditLog } from "./schema/platform.ts";

export type AdminSession = {
  /** SHA-256 in hex of what the browser keeps. */
  readonly hash: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
};

/** The key behind a session that has not ended, with what it may do now. */
export async function findSessionKey(db: Db, hash: string, nowMs: number): Promise<SessionKey | null> {
  const [row] = await db.orm
    .select({ id: apiKey.id, name: apiKey.name, scopes: apiKey.scopes })
    .from(adminSession)
    .innerJoin(apiKey, eq(apiKey.id, adminSession.keyId))
    .where(and(eq(adminSession.hash, hash), gt(adminSession.expiresAtMs, nowMs), isNull(apiKey.revokedAtMs)));
  return row ?? null;
}
export type SessionKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlyArray<string>;
};

export async function writeSession(db: Db, session: AdminSession, actor: Actor): Promise<void> {
  const entry = auditRow(actor, "admin.signed_in", `key:${session.keyId}`, {}, session.createdAtMs);
  await db.orm.batch([db.orm.insert(adminSession).values(session), db.orm.insert(auditLog).values(entry)]);
}

/** Ends a session; one that ended before stays so. */
export async function deleteSession(db: Db, hash: string, actor: Actor, nowMs: number): Promise<void> {
  const entry = auditRow(actor, "admin.signed_out", `key:${actor.principalId}`, {}, nowMs);
  await db.orm.batch([
    db.orm.delete(adminSession).where(eq(adminSession.hash, hash)),
    db.orm.insert(auditLog).values(entry),
  ]);
}
