import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { dropPolicies, type DropReport } from "../../domain/inventory/drop.ts";

/** The truth of a show's title, times and rules. Units are the SKU objects'. */
export const show = sqliteTable(
  "show",
  {
    code: text().primaryKey(),
    title: text().notNull(),
    startsAtMs: integer("starts_at_ms"),
    endsAtMs: integer("ends_at_ms"),
    /** When somebody opened it, where somebody did. */
    openedAtMs: integer("opened_at_ms"),
    closedAtMs: integer("closed_at_ms"),
    admissionPerUnit: integer("admission_per_unit"),
    /** The last status that others were told of. */
    toldStatus: text("told_status", { enum: ["scheduled", "open", "closed"] })
      .notNull()
      .default("scheduled"),
    /** When its figures were taken for good, because nothing of it was open any more. */
    settledAtMs: integer("settled_at_ms"),
    version: integer().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    index("show_by_settled_at").on(table.settledAtMs),
    index("show_by_told_status").on(table.toldStatus),
    check("show_admission", sql`${table.admissionPerUnit} IS NULL OR ${table.admissionPerUnit} > 0`),
  ],
);

export const showDrop = sqliteTable(
  "show_drop",
  {
    show: text().notNull(),
    sku: text().notNull(),
    /** Its place in the show. */
    position: integer().notNull(),
    quantity: integer().notNull(),
    policy: text({ enum: dropPolicies }).notNull(),
    buyerLimit: integer("buyer_limit"),
    ttlSeconds: integer("ttl_seconds").notNull(),
    opensAtMs: integer("opens_at_ms"),
    drawsAtMs: integer("draws_at_ms"),
    /** What its object said when the show was settled. */
    report: text({ mode: "json" }).$type<DropReport>(),
  },
  (table) => [
    primaryKey({ columns: [table.show, table.sku] }),
    check(
      "show_drop_numbers",
      sql`${table.quantity} > 0 AND ${table.ttlSeconds} > 0 AND (${table.buyerLimit} IS NULL OR ${table.buyerLimit} > 0)`,
    ),
  ],
);

/** A lottery that was drawn, as everybody may see it. Never changed. */
export const showDraw = sqliteTable(
  "show_draw",
  {
    show: text().notNull(),
    sku: text().notNull(),
    seedHash: text("seed_hash").notNull(),
    seed: text().notNull(),
    drawnAtMs: integer("drawn_at_ms").notNull(),
    entries: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.show, table.sku] })],
);

/** Its entries, so many to a row: rank and quantity of each, in their order. */
export const showDrawPage = sqliteTable(
  "show_draw_page",
  {
    show: text().notNull(),
    sku: text().notNull(),
    page: integer().notNull(),
    entries: text({ mode: "json" })
      .$type<ReadonlyArray<readonly [rank: string, quantity: number]>>()
      .notNull(),
  },
  (table) => [primaryKey({ columns: [table.show, table.sku, table.page] })],
);
