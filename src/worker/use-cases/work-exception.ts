import type { ExceptionView } from "../../contract/exceptions.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findException, writeException, type ExceptionRow } from "../../db/exceptions.ts";
import { exceptionTypes } from "../../domain/exceptions/exception.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

/** Each loss of a race means that somebody else's write went through; so many in a row is an outage. */
const ATTEMPTS_MAX = 5;

export type ExceptionWork =
  | { readonly kind: "assign"; readonly assignee: string | null }
  | { readonly kind: "resolve"; readonly resolution: string };

/** Gives an exception to somebody, or notes how it was dealt with. A resolved one stays as it is. */
export async function workException(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  id: string,
  work: ExceptionWork,
  ifMatch: string | undefined,
): Promise<Result<ExceptionView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const row = await findException(services.db, id);
    if (row === null) return err(problem("not_found"));
    if (!matches(ifMatch, row.version)) return err(problem("precondition_failed"));
    if (row.status === "resolved") return err(problem("exception_resolved", { resolved_by: row.resolvedBy }));
    const nowMs = services.nowMs();
    const version = row.version + 1;
    const next: ExceptionRow =
      work.kind === "assign"
        ? { ...row, assignee: work.assignee, version }
        : {
            ...row,
            status: "resolved",
            resolution: work.resolution,
            resolvedAtMs: nowMs,
            resolvedBy: actor.principalId,
            version,
          };
    const action = work.kind === "assign" ? "exception.assigned" : "exception.resolved";
    if (await writeException(services.db, next, actor, action, nowMs)) return ok(exceptionView(next));
  }
  return err(problem("unavailable"));
}

export function exceptionView(row: ExceptionRow): ExceptionView {
  const { title, whatToDo } = exceptionTypes[row.kind];
  return {
    id: row.id,
    kind: row.kind,
    title,
    what_to_do: whatToDo,
    status: row.status,
    order: row.orderId,
    subject: row.subject,
    data: row.data,
    assignee: row.assignee,
    raised_at: new Date(row.raisedAtMs).toISOString(),
    resolved_at: row.resolvedAtMs === null ? null : new Date(row.resolvedAtMs).toISOString(),
    resolved_by: row.resolvedBy,
    resolution: row.resolution,
    version: row.version,
  };
}
