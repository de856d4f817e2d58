import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { SigningSecret } from "../../domain/webhooks/secret.ts";

/** Where a merchant's own system hears of what happens here. */
export const webhookEndpoint = sqliteTable("webhook_endpoint", {
  id: text().primaryKey(),
  url: text().notNull(),
  description: text(),
  /** Types and patterns of events. */
  events: text({ mode: "json" }).$type<ReadonlyArray<string>>().notNull(),
  status: text({ enum: ["enabled", "disabled"] }).notNull(),
  disabledReason: text("disabled_reason", { enum: ["asked", "gone", "failing"] }),
  /** Encrypted under the Worker's own key; those of before it had one are until they are used. */
  secrets: text({ mode: "json" }).$type<ReadonlyArray<SigningSecret>>().notNull(),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** One event for one endpoint: what is owed, and what became of it. */
export const webhookDelivery = sqliteTable(
  "webhook_delivery",
  {
    id: text().primaryKey(),
    endpointId: text("endpoint_id").notNull(),
    eventId: text("event_id").notNull(),
    eventLog: text("event_log", { enum: ["order_event", "engine_event"] }).notNull(),
    eventType: text("event_type").notNull(),
    status: text({ enum: ["pending", "delivered", "failed"] }).notNull(),
    /** In this run of the schedule; a replay begins another. */
    attempts: integer().notNull(),
    /** When it is due, or when whoever is sending it now counts as dead. */
    nextAttemptAtMs: integer("next_attempt_at_ms").notNull(),
    /** When this run of the schedule began. */
    startedAtMs: integer("started_at_ms").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
  },
  (table) => [
    index("webhook_delivery_due")
      .on(table.endpointId, table.nextAttemptAtMs)
      .where(sql`${table.status} = 'pending'`),
    index("webhook_delivery_by_ended_at").on(table.endedAtMs),
  ],
);

/** The delivery log: what each attempt met with. */
export const webhookAttempt = sqliteTable(
  "webhook_attempt",
  {
    id: text().primaryKey(),
    deliveryId: text("delivery_id").notNull(),
    attemptedAtMs: integer("attempted_at_ms").notNull(),
    durationMs: integer("duration_ms").notNull(),
    /** Null where no answer came. */
    httpStatus: integer("http_status"),
    error: text(),
    /** How the answer began. */
    response: text(),
  },
  (table) => [
    index("webhook_attempt_by_delivery").on(table.deliveryId),
    index("webhook_attempt_by_attempted_at").on(table.attemptedAtMs),
  ],
);
