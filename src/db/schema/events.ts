import { integer, index, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What happened without an order of its own. What happened to orders stands in `order_event`. */
export const engineEvent = sqliteTable(
  "engine_event",
  {
    id: text().primaryKey(),
    type: text().notNull(),
    subject: text().notNull(),
    /** Ids and amounts; never personal data. */
    data: text({ mode: "json" }).$type<Readonly<Record<string, unknown>>>().notNull(),
    occurredAtMs: integer("occurred_at_ms").notNull(),
  },
  (table) => [index("engine_event_by_occurred_at").on(table.occurredAtMs)],
);

/**
 * How far a reader of the two logs has come, by rowid: rows are committed in its order, so nothing can appear behind a
 * reader. A log without a row here has not been read by that reader, and is not.
 */
export const eventCursor = sqliteTable(
  "event_cursor",
  {
    reader: text({ enum: ["webhooks", "notifications", "automation"] }).notNull(),
    log: text({ enum: ["order_event", "engine_event"] }).notNull(),
    position: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.reader, table.log] })],
);
