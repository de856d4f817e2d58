import { and, desc, eq, lt, or } from "drizzle-orm";

import type { ExceptionKind, ExceptionStatus } from "../domain/exceptions/exception.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { derivedId } from "./events.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { auditLog, exception } from "./schema/index.ts";

export type ExceptionRow = typeof exception.$inferSelect;

/** One occurrence: a repeat of the same is the same row. */
export type Occurrence = {
  readonly kind: ExceptionKind;
  /** What it is about, as `kind:id`. */
  readonly subject: string;
  /** Tells apart occurrences of one kind on one subject: a refund's id, a pick list's. Empty where there is only one. */
  readonly fact: string;
};

/** Something that a person has to look at. */
export type Raised = Occurrence & {
  readonly orderId: string | null;
  /** Ids, amounts and reasons; never personal data. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly assignee?: string | null;
};

/** Without a time of its own, so that whoever notices the same occurrence later finds the same row. */
function exceptionIdOf({ kind, subject, fact }: Occurrence): string {
  return derivedId("exc", 0, kind, subject, fact);
}

/** Raises exceptions, for the batch of what they follow from. Those that stand already stay as they are. */
export function insertExceptions(db: Db, raised: ReadonlyArray<Raised>, nowMs: number): D1PreparedStatement {
  const rows = raised.map((each) => ({
    id: exceptionIdOf(each),
    kind: each.kind,
    status: "open" as const,
    orderId: each.orderId,
    subject: each.subject,
    data: each.data,
    assignee: each.assignee ?? null,
    raisedAtMs: nowMs,
    version: 1,
  }));
  return insertMany(db, exception, rows, "nothing");
}

export async function findException(db: Db, id: string): Promise<ExceptionRow | null> {
  const [row] = await db.orm.select().from(exception).where(eq(exception.id, id));
  return row ?? null;
}

export type ExceptionFilter = {
  readonly status?: ExceptionStatus | undefined;
  readonly kind?: ExceptionKind | undefined;
  readonly orderId?: string | undefined;
  readonly assignee?: string | undefined;
};
export type ExceptionCursor = { readonly raisedAtMs: number; readonly id: string };

/** Newest first. */
export function listExceptions(
  db: Db,
  filter: ExceptionFilter,
  after: ExceptionCursor | null,
  limit: number,
): Promise<ReadonlyArray<ExceptionRow>> {
  const { status, kind, orderId, assignee } = filter;
  return db.orm
    .select()
    .from(exception)
    .where(
      and(
        status === undefined ? undefined : eq(exception.status, status),
        kind === undefined ? undefined : eq(exception.kind, kind),
        orderId === undefined ? undefined : eq(exception.orderId, orderId),
        assignee === undefined ? undefined : eq(exception.assignee, assignee),
        after === null
          ? undefined
          : or(
              lt(exception.raisedAtMs, after.raisedAtMs),
              and(eq(exception.raisedAtMs, after.raisedAtMs), lt(exception.id, after.id)),
            ),
      ),
    )
    .orderBy(desc(exception.raisedAtMs), desc(exception.id))
    .limit(limit);
}

/**
 * Writes a changed exception with its entry in the audit log, unless somebody else was faster.
 *
 * @param next - Its version is one above the one it was read with.
 * @returns Whether it was written.
 */
export async function writeException(
  db: Db,
  next: ExceptionRow,
  actor: Actor,
  action: "exception.assigned" | "exception.resolved",
  nowMs: number,
): Promise<boolean> {
  const { id, kind, subject, assignee, status, resolvedAtMs, resolvedBy, resolution, version } = next;
  const entry = auditRow(actor, action, `exception:${id}`, { kind, subject, assignee }, nowMs);
  try {
    await db.d1.batch([
      db.d1
        .prepare(
          `UPDATE exception SET assignee = ?3, status = ?4, resolved_at_ms = ?5, resolved_by = ?6, resolution = ?7, version = ?2
           WHERE id = ?1 AND version = ?2 - 1`,
        )
        .bind(id, version, assignee, status, resolvedAtMs, resolvedBy, resolution),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [entry]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
