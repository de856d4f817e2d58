import { and, desc, eq, lt } from "drizzle-orm";

import type { Db } from "./client.ts";
import { derivedId } from "./events.ts";
import { auditLog } from "./schema/platform.ts";

/** Who acts, in which request. */
export type Actor = { readonly principalId: string; readonly requestId: string };

/**
 * One entry of the append-only log.
 *
 * @param subject - What it was done to, as `kind:id`.
 * @param data - Ids and amounts, never personal data.
 */
export function auditRow(
  actor: Actor,
  action: string,
  subject: string,
  data: Record<string, unknown>,
  atMs: number,
): typeof auditLog.$inferInsert {
  return {
    id: derivedId("aud", atMs, actor.requestId, action, subject),
    atMs,
    actor: actor.principalId,
    action,
    subject,
    requestId: actor.requestId,
    data,
  };
}

/** Newest first. Ids are ordered by time. */
export async function listAuditEntries(
  db: Db,
  subject: string | undefined,
  beforeId: string | null,
  limit: number,
): Promise<Array<typeof auditLog.$inferSelect>> {
  return db.orm
    .select()
    .from(auditLog)
    .where(
      and(
        subject === undefined ? undefined : eq(auditLog.subject, subject),
        beforeId === null ? undefined : lt(auditLog.id, beforeId),
      ),
    )
    .orderBy(desc(auditLog.id))
    .limit(limit);
}
