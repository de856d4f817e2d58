import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { RoutingPlan } from "../../domain/routing/routing-plan.ts";

/** How a merchant wants orders routed. At most one plan is active. */
export const routingPlan = sqliteTable("routing_plan", {
  code: text().primaryKey(),
  title: text().notNull(),
  status: text({ enum: ["draft", "active"] }).notNull(),
  plan: text({ mode: "json" }).$type<RoutingPlan>().notNull(),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});
