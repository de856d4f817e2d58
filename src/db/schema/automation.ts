import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Action, ActionOutcome, OrderAction } from "../../domain/automation/action.ts";
import type { Conditions } from "../../domain/automation/condition.ts";

/** What people and rules call an order by. */
export const orderTag = sqliteTable(
  "order_tag",
  {
    orderId: text("order_id").notNull(),
    tag: text().notNull(),
    /** The order's, so that orders of a tag are found newest first. */
    placedAtMs: integer("placed_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.tag] }),
    index("order_tag_by_tag").on(table.tag, table.placedAtMs, table.orderId),
  ],
);

/** Where an order is to ship from, if that location can. */
export const orderRoute = sqliteTable("order_route", {
  orderId: text("order_id").primaryKey(),
  location: text().notNull(),
});

export const automationRule = sqliteTable("automation_rule", {
  code: text().primaryKey(),
  title: text().notNull(),
  status: text({ enum: ["enabled", "disabled"] }).notNull(),
  /** Types of events. */
  on: text("on_types", { mode: "json" }).$type<ReadonlyArray<string>>().notNull(),
  conditions: text({ mode: "json" }).$type<Conditions>().notNull(),
  actions: text({ mode: "json" }).$type<ReadonlyArray<Action>>().notNull(),
  runsMax: integer("runs_max").notNull(),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** One rule for one event: to be run, run, or skipped. The actions are those that the rule had at that time. */
export const automationRun = sqliteTable(
  "automation_run",
  {
    id: text().primaryKey(),
    rule: text().notNull(),
    ruleVersion: integer("rule_version").notNull(),
    eventId: text("event_id").notNull(),
    eventLog: text("event_log", { enum: ["order_event", "engine_event"] }).notNull(),
    eventType: text("event_type").notNull(),
    eventAtMs: integer("event_at_ms").notNull(),
    subject: text().notNull(),
    orderId: text("order_id"),
    status: text({ enum: ["due", "done", "skipped"] }).notNull(),
    /** Why it was skipped. */
    reason: text(),
    depth: integer().notNull(),
    /** The chain of rules that led here, this one last. */
    chain: text({ mode: "json" }).$type<ReadonlyArray<string>>().notNull(),
    actions: text({ mode: "json" }).$type<ReadonlyArray<Action>>().notNull(),
    outcomes: text({ mode: "json" }).$type<ReadonlyArray<ActionOutcome>>(),
    /** What the last try that did not come to an end failed with. */
    lastError: text("last_error"),
    createdAtMs: integer("created_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
  },
  (table) => [
    index("automation_run_by_rule").on(table.rule, table.subject, table.createdAtMs),
    index("automation_run_by_order")
      .on(table.orderId)
      .where(sql`${table.orderId} IS NOT NULL`),
    index("automation_run_by_created_at").on(table.createdAtMs),
  ],
);

/** One action for every order that a filter finds, or the undoing of such a job. */
export const bulkJob = sqliteTable("bulk_job", {
  id: text().primaryKey(),
  status: text({ enum: ["running", "done", "stopped"] }).notNull(),
  action: text({ mode: "json" }).$type<OrderAction>().notNull(),
  filter: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
  /** The job that this one undoes. */
  undoes: text(),
  /** Orders that the filter found when the job was made. */
  matched: integer().notNull(),
  done: integer().notNull(),
  refused: integer().notNull(),
  /** The last order that was dealt with; null at the start. */
  position: text(),
  createdBy: text("created_by").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  endedAtMs: integer("ended_at_ms"),
});

export const bulkItem = sqliteTable(
  "bulk_item",
  {
    jobId: text("job_id").notNull(),
    orderId: text("order_id").notNull(),
    outcome: text({ enum: ["done", "refused"] }).notNull(),
    reason: text(),
    /** What would take it back; null where nothing does. */
    undo: text({ mode: "json" }).$type<OrderAction>(),
    atMs: integer("at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.jobId, table.orderId] })],
);
