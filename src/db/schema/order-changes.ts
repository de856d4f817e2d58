import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import { orderChangeStatuses, type ChangeAction } from "../../domain/orders/change.ts";

/** Units that are held for a change, so that what its preview says is true. */
export type ChangeHold = { readonly sku: string; readonly key: string; readonly quantity: number };

/** Units at a location that do not go back on sale. */
export type WriteOff = {
  readonly line: string;
  readonly sku: string;
  readonly location: string;
  readonly quantity: number;
};

/** What somebody is about to change of an order, and what was changed. Previews are worked out, never stored. */
export const orderChange = sqliteTable(
  "order_change",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    status: text({ enum: orderChangeStatuses }).notNull(),
    actions: text({ mode: "json" }).$type<ReadonlyArray<ChangeAction>>().notNull(),
    holds: text({ mode: "json" }).$type<ReadonlyArray<ChangeHold>>().notNull(),
    /** Units that the change gives back, by SKU; known once it is confirmed. */
    removed: text({ mode: "json" }).$type<Readonly<Record<string, number>>>(),
    /** Units that a location had set aside and that are not to be sold again; null where there are none. */
    writtenOff: text("written_off", { mode: "json" }).$type<ReadonlyArray<WriteOff>>(),
    reason: text(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    version: integer().notNull(),
  },
  (table) => [
    index("order_change_by_order").on(table.orderId),
    uniqueIndex("order_change_open")
      .on(table.orderId)
      .where(sql`${table.status} = 'pending'`),
  ],
);
