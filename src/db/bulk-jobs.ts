import { and, asc, desc, eq, gt, lt, or, sql } from "drizzle-orm";

import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, bulkItem, bulkJob, outbox } from "./schema/index.ts";

export type BulkJobRow = typeof bulkJob.$inferSelect;
export type BulkItemRow = typeof bulkItem.$inferSelect;

export async function findBulkJob(db: Db, id: string): Promise<BulkJobRow | null> {
  const [row] = await db.orm.select().from(bulkJob).where(eq(bulkJob.id, id));
  return row ?? null;
}

/** Writes a job with the message that begins it. One that is there stays as it is. */
export async function writeBulkJob(db: Db, row: BulkJobRow, message: OutboxRow, actor: Actor): Promise<void> {
  const facts = { action: row.action.do, matched: row.matched, undoes: row.undoes };
  try {
    await db.d1.batch([
      insertMany(db, bulkJob, [row], "nothing"),
      abortUnlessChanged(db),
      insertMany(db, outbox, [message], "nothing"),
      insertMany(db, auditLog, [
        auditRow(actor, "bulk_job.created", `bulk_job:${row.id}`, facts, row.createdAtMs),
      ]),
    ]);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

/**
 * Writes what became of some orders and where the job goes on, unless somebody else took this step.
 *
 * @param next - null where there are no more orders.
 */
export async function writeBulkStep(
  db: Db,
  job: Pick<BulkJobRow, "id" | "position">,
  items: ReadonlyArray<BulkItemRow>,
  next: { readonly position: string; readonly message: OutboxRow } | null,
  nowMs: number,
): Promise<void> {
  const count = (outcome: string) =>
    `(SELECT count(*) FROM bulk_item WHERE job_id = ?1 AND outcome = '${outcome}')`;
  try {
    await db.d1.batch([
      insertMany(db, bulkItem, items, "nothing"),
      db.d1
        .prepare(
          `UPDATE bulk_job SET position = coalesce(?3, position), done = ${count("done")}, refused = ${count("refused")},
             status = iif(?3 IS NULL AND status = 'running', 'done', status), ended_at_ms = iif(?3 IS NULL, ?4, ended_at_ms)
           WHERE id = ?1 AND position IS ?2`,
        )
        .bind(job.id, job.position, next?.position ?? null, nowMs),
      abortUnlessChanged(db),
      insertMany(db, outbox, next === null ? [] : [next.message], "nothing"),
    ]);
  } catch (error) {
    if (!isAbort(error)) throw error;
  }
}

export async function stopBulkJob(db: Db, id: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1
      .prepare(
        "UPDATE bulk_job SET status = 'stopped', ended_at_ms = ?2 WHERE id = ?1 AND status = 'running'",
      )
      .bind(id, nowMs),
    insertMany(db, auditLog, [auditRow(actor, "bulk_job.stopped", `bulk_job:${id}`, {}, nowMs)]),
  ]);
}

export type BulkJobCursor = { readonly createdAtMs: number; readonly id: string };

/** Newest first. */
export function listBulkJobs(
  db: Db,
  after: BulkJobCursor | null,
  limit: number,
): Promise<ReadonlyArray<BulkJobRow>> {
  return db.orm
    .select()
    .from(bulkJob)
    .where(
      after === null
        ? undefined
        : or(
            lt(bulkJob.createdAtMs, after.createdAtMs),
            and(eq(bulkJob.createdAtMs, after.createdAtMs), lt(bulkJob.id, after.id)),
          ),
    )
    .orderBy(desc(bulkJob.createdAtMs), desc(bulkJob.id))
    .limit(limit);
}

export function listBulkItems(
  db: Db,
  jobId: string,
  outcome: BulkItemRow["outcome"] | undefined,
  afterOrderId: string,
  limit: number,
): Promise<ReadonlyArray<BulkItemRow>> {
  return db.orm
    .select()
    .from(bulkItem)
    .where(
      and(
        eq(bulkItem.jobId, jobId),
        outcome === undefined ? undefined : eq(bulkItem.outcome, outcome),
        gt(bulkItem.orderId, afterOrderId),
      ),
    )
    .orderBy(asc(bulkItem.orderId))
    .limit(limit);
}

/** What of a job can be taken back, by order. */
export function listUndoable(
  db: Db,
  jobId: string,
  afterOrderId: string,
  limit: number,
): Promise<ReadonlyArray<BulkItemRow>> {
  return db.orm
    .select()
    .from(bulkItem)
    .where(
      and(
        eq(bulkItem.jobId, jobId),
        eq(bulkItem.outcome, "done"),
        sql`${bulkItem.undo} IS NOT NULL`,
        gt(bulkItem.orderId, afterOrderId),
      ),
    )
    .orderBy(asc(bulkItem.orderId))
    .limit(limit);
}

export async function countUndoable(db: Db, jobId: string): Promise<number> {
  return (
    (await db.d1
      .prepare(
        "SELECT count(*) AS count FROM bulk_item WHERE job_id = ?1 AND outcome = 'done' AND undo IS NOT NULL",
      )
      .bind(jobId)
      .first<number>("count")) ?? 0
  );
}
