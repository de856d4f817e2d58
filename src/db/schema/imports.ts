import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What an import remembers of each order and each cancellation of a file, so that its rows may come again. Holds nothing personal. */
export const importDocument = sqliteTable(
  "import_document",
  {
    /** Channel, kind and the outside system's number. */
    id: text().primaryKey(),
    /** Null for cancellations, and for orders that no row of value has come for yet. */
    orderId: text("order_id"),
    /** Hashes of the rows' contents in their order, with a space between. */
    seen: text().notNull(),
    state: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    version: integer().notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [index("import_document_by_order").on(table.orderId)],
);
