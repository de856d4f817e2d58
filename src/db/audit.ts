import { derivedId } from "./events.ts";
import type { auditLog } from "./schema/platform.ts";

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
