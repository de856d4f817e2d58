import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { ReturnPolicy } from "../../domain/returns/policy.ts";

/** What the shop allows. One row. */
export const returnPolicy = sqliteTable("return_policy", {
  code: text({ enum: ["default"] }).primaryKey(),
  policy: text({ mode: "json" }).$type<ReturnPolicy>().notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
  version: integer().notNull(),
});

/** What a customer has with the shop: only ever added to. No payment provider knows of it. */
export const storeCredit = sqliteTable(
  "store_credit",
  {
    id: text().primaryKey(),
    customerId: text("customer_id").notNull(),
    orderId: text("order_id").notNull(),
    returnId: text("return_id"),
    /** Minor units, given to the customer. */
    amount: integer().notNull(),
    currency: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    index("store_credit_by_customer").on(table.customerId, table.createdAtMs),
    check("store_credit_amount", sql`${table.amount} <> 0`),
  ],
);
