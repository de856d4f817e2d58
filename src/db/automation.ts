import { and, asc, desc, eq, gt, lt } from "drizzle-orm";

import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { moveCursors, skipToNow, type LoggedEvent } from "./event-log.ts";
import { abortUnlessAllChanged, abortUnlessChanged, isAbort } from "./guard.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, automationRule, automationRun, outbox } from "./schema/index.ts";

export type RuleRow = typeof automationRule.$inferSelect;
export type RunRow = typeof automationRun.$inferSelect;

/** Rules hear of what happens after the first of them was enabled. */
const NOBODY_LISTENS = "NOT EXISTS (SELECT 1 FROM automation_rule WHERE status = 'enabled')";

export async function findRule(db: Db, code: string): Promise<RuleRow | null> {
  const [row] = await db.orm.select().from(automationRule).where(eq(automationRule.code, code));
  return row ?? null;
}

export function listRules(db: Db, afterCode: string | null, limit: number): Promise<ReadonlyArray<RuleRow>> {
  return db.orm
    .select()
    .from(automationRule)
    .where(gt(automationRule.code, afterCode ?? ""))
    .orderBy(asc(automationRule.code))
    .limit(limit);
}

export function listEnabledRules(db: Db): Promise<ReadonlyArray<RuleRow>> {
  return db.orm
    .select()
    .from(automationRule)
    .where(eq(automationRule.status, "enabled"))
    .orderBy(asc(automationRule.code));
}

/** @returns false, with nothing written, where someone else was faster. */
export async function writeRule(db: Db, row: RuleRow, actor: Actor): Promise<boolean> {
  const { code, status, version, updatedAtMs } = row;
  try {
    await db.d1.batch([
      ...(status === "enabled" ? skipToNow(db, "automation", NOBODY_LISTENS) : []),
      succeedMany(db, automationRule, [row], "code", ["created_at_ms"]),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [
        auditRow(actor, "rule.written", `rule:${code}`, { status, version }, updatedAtMs),
      ]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

export async function deleteRule(db: Db, code: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1.prepare("DELETE FROM automation_rule WHERE code = ?1").bind(code),
    insertMany(db, auditLog, [auditRow(actor, "rule.deleted", `rule:${code}`, {}, nowMs)]),
  ]);
}

/**
 * Notes the runs that follow from events, together with the fact that they were seen.
 *
 * @returns false where somebody else noted it first; nothing is written then.
 */
export async function writeRuns(
  db: Db,
  seen: ReadonlyArray<LoggedEvent>,
  runs: ReadonlyArray<RunRow>,
  messages: ReadonlyArray<OutboxRow>,
): Promise<boolean> {
  const { statement, logCount } = moveCursors(db, "automation", seen);
  try {
    await db.d1.batch([
      statement,
      abortUnlessAllChanged(db, logCount),
      ...(runs.length === 0
        ? []
        : [insertMany(db, automationRun, runs, "nothing"), insertMany(db, outbox, messages, "nothing")]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

/** How often rules ran for subjects since a moment: `rule subject` to a number. */
export async function countRuns(
  db: Db,
  subjects: ReadonlyArray<string>,
  rules: ReadonlyArray<string>,
  sinceMs: number,
): Promise<ReadonlyMap<string, number>> {
  const { results } = await db.d1
    .prepare(
      `SELECT rule, subject, count(*) AS count FROM automation_run
       WHERE rule IN (SELECT value FROM json_each(?1)) AND subject IN (SELECT value FROM json_each(?2))
         AND created_at_ms >= ?3 AND status <> 'skipped' GROUP BY rule, subject`,
    )
    .bind(JSON.stringify(rules), JSON.stringify(subjects), sinceMs)
    .all<{ rule: string; subject: string; count: number }>();
  return new Map(results.map(({ rule, subject, count }) => [`${rule} ${subject}`, count]));
}

export async function findRun(db: Db, id: string): Promise<RunRow | null> {
  const [row] = await db.orm.select().from(automationRun).where(eq(automationRun.id, id));
  return row ?? null;
}

/** The chains of runs, by id. */
export async function readChains(
  db: Db,
  ids: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, Pick<RunRow, "depth" | "chain">>> {
  if (ids.length === 0) return new Map();
  const { results } = await db.d1
    .prepare("SELECT id, depth, chain FROM automation_run WHERE id IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(ids))
    .all<{ id: string; depth: number; chain: string }>();
  return new Map(
    results.map(({ id, depth, chain }) => [id, { depth, chain: JSON.parse(chain) as Array<string> }]),
  );
}

/** What became of a run. One that has ended stays as it is. */
export async function endRun(
  db: Db,
  id: string,
  outcomes: NonNullable<RunRow["outcomes"]>,
  nowMs: number,
): Promise<void> {
  await db.d1
    .prepare(
      `UPDATE automation_run SET status = 'done', outcomes = ?2, last_error = NULL, ended_at_ms = ?3
       WHERE id = ?1 AND status = 'due'`,
    )
    .bind(id, JSON.stringify(outcomes), nowMs)
    .run();
}

export async function noteRunError(db: Db, id: string, error: string): Promise<void> {
  await db.d1
    .prepare("UPDATE automation_run SET last_error = ?2 WHERE id = ?1 AND status = 'due'")
    .bind(id, error)
    .run();
}

export type RunFilter = {
  readonly rule?: string | undefined;
  readonly order?: string | undefined;
  readonly status?: RunRow["status"] | undefined;
};

/** Newest first. */
export function listRuns(
  db: Db,
  filter: RunFilter,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<RunRow>> {
  return db.orm
    .select()
    .from(automationRun)
    .where(
      and(
        filter.rule === undefined ? undefined : eq(automationRun.rule, filter.rule),
        filter.order === undefined ? undefined : eq(automationRun.orderId, filter.order),
        filter.status === undefined ? undefined : eq(automationRun.status, filter.status),
        beforeId === null ? undefined : lt(automationRun.id, beforeId),
      ),
    )
    .orderBy(desc(automationRun.id))
    .limit(limit);
}
