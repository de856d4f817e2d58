import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { exceptionKinds, exceptionStatuses } from "../../domain/exceptions/exception.ts";

/** What waits for a person. A row is written once for each occurrence, however often it is noticed. */
export const exception = sqliteTable(
  "exception",
  {
    id: text().primaryKey(),
    kind: text({ enum: exceptionKinds }).notNull(),
    status: text({ enum: exceptionStatuses }).notNull(),
    orderId: text("order_id"),
    /** What it is about: `order:ord_…`, `shipment:shp_…`, `sku:…`, `connection:…`. */
    subject: text().notNull(),
    /** Ids, amounts and reasons; never personal data. */
    data: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    assignee: text(),
    raisedAtMs: integer("raised_at_ms").notNull(),
    resolvedAtMs: integer("resolved_at_ms"),
    resolvedBy: text("resolved_by"),
    resolution: text(),
    version: integer().notNull(),
  },
  (table) => [
    index("exception_by_status").on(table.status, table.raisedAtMs, table.id),
    index("exception_by_order").on(table.orderId),
  ],
);
