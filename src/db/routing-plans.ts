import { asc, eq, gt } from "drizzle-orm";

import type { RoutingPlan } from "../domain/routing/routing-plan.ts";
import { auditRow, type Actor } from "./audit.ts";
import { insertMany, succeedMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { auditLog, routingPlan } from "./schema/index.ts";

export type RoutingPlanRow = typeof routingPlan.$inferSelect;

export async function findRoutingPlan(db: Db, code: string): Promise<RoutingPlanRow | null> {
  const [row] = await db.orm.select().from(routingPlan).where(eq(routingPlan.code, code));
  return row ?? null;
}

/** @returns null where orders are routed without a plan. */
export async function findActivePlan(db: Db): Promise<RoutingPlan | null> {
  const row = await db.d1
    .prepare("SELECT plan FROM routing_plan WHERE status = 'active' LIMIT 1")
    .first<{ plan: string }>();
  return row === null ? null : (JSON.parse(row.plan) as RoutingPlan);
}

export async function listRoutingPlans(
  db: Db,
  afterCode: string | null,
  limit: number,
): Promise<ReadonlyArray<RoutingPlanRow>> {
  return db.orm
    .select()
    .from(routingPlan)
    .where(gt(routingPlan.code, afterCode ?? ""))
    .orderBy(asc(routingPlan.code))
    .limit(limit);
}

/**
 * Writes a plan as the successor of the version before it. An active one makes drafts of the others.
 *
 * @returns false, with nothing written, where someone else was faster.
 */
export async function writeRoutingPlan(db: Db, row: RoutingPlanRow, actor: Actor): Promise<boolean> {
  const { code, status, version, updatedAtMs } = row;
  try {
    await db.d1.batch([
      succeedMany(db, routingPlan, [row], "code", ["created_at_ms"]),
      abortUnlessChanged(db),
      ...(status === "active"
        ? [
            db.d1
              .prepare(
                "UPDATE routing_plan SET status = 'draft', version = version + 1 WHERE status = 'active' AND code <> ?1",
              )
              .bind(code),
          ]
        : []),
      insertMany(db, auditLog, [
        auditRow(actor, "routing_plan.written", `routing_plan:${code}`, { status, version }, updatedAtMs),
      ]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

export async function deleteRoutingPlan(db: Db, code: string, actor: Actor, nowMs: number): Promise<void> {
  await db.d1.batch([
    db.d1.prepare("DELETE FROM routing_plan WHERE code = ?1").bind(code),
    insertMany(db, auditLog, [auditRow(actor, "routing_plan.deleted", `routing_plan:${code}`, {}, nowMs)]),
  ]);
}
