import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { AllocationRule } from "../../domain/channels/allocation.ts";
import { platforms } from "../../domain/channels/channel-order.ts";
import { matchKinds } from "../../domain/channels/matching.ts";

/** One account on a platform that sells our stock. */
export const connection = sqliteTable("connection", {
  code: text().primaryKey(),
  platform: text({ enum: platforms }).notNull(),
  name: text().notNull(),
  status: text({ enum: ["active", "paused"] }).notNull(),
  settings: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
  /** What only we and the platform know, encrypted under a key that is not in this database. */
  secrets: text().notNull(),
  secretNames: text("secret_names", { mode: "json" }).$type<Array<string>>().notNull(),
  rule: text({ mode: "json" }).$type<AllocationRule>().notNull(),
  shortfall: text({ enum: ["hold", "backorder", "cancel"] }).notNull(),
  /** Orders that changed at or after this were not asked for yet. */
  ordersSinceMs: integer("orders_since_ms").notNull(),
  polledAtMs: integer("polled_at_ms").notNull(),
  comparedAtMs: integer("compared_at_ms").notNull(),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

/** What is for sale on a platform, which SKU of ours it is, and which quantity the platform was told. */
export const channelListing = sqliteTable(
  "channel_listing",
  {
    connection: text().notNull(),
    /** The platform's name of it, or a SKU text that a person mapped before the listing was read. */
    listing: text().notNull(),
    stockId: text("stock_id"),
    externalSku: text("external_sku"),
    barcode: text(),
    title: text().notNull(),
    sku: text(),
    match: text({ enum: matchKinds }).notNull(),
    /** In place of the connection's. */
    rule: text({ mode: "json" }).$type<AllocationRule>(),
    wantedQuantity: integer("wanted_quantity"),
    /** The stock version that the wanted quantity follows from. */
    wantedVersion: integer("wanted_version").notNull(),
    /** What the platform has, as far as we know; null where nobody knows. It differs from what is wanted until it is told. */
    toldQuantity: integer("told_quantity"),
    toldVersion: integer("told_version").notNull(),
    toldAtMs: integer("told_at_ms"),
    /** Revisions since the start of the UTC day that `told_at_ms` lies in. */
    revisionsToday: integer("revisions_today").notNull(),
    /** No push before this. */
    waitUntilMs: integer("wait_until_ms").notNull(),
    lastError: text("last_error"),
    /** When the platform last listed it; null for what a person mapped in advance. */
    readAtMs: integer("read_at_ms"),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.listing] }),
    index("channel_listing_by_sku")
      .on(table.sku)
      .where(sql`${table.sku} IS NOT NULL`),
    // Short by nature: a listing leaves it when its platform was told.
    index("channel_listing_to_tell")
      .on(table.connection, table.waitUntilMs)
      .where(
        sql`${table.wantedQuantity} IS NOT NULL AND ${table.wantedQuantity} IS NOT ${table.toldQuantity}`,
      ),
    check("channel_listing_wanted", sql`${table.wantedQuantity} IS NULL OR ${table.wantedQuantity} >= 0`),
  ],
);

/** What became of each order that a platform told us of. Holds nothing personal. */
export const channelOrder = sqliteTable(
  "channel_order",
  {
    connection: text().notNull(),
    externalId: text("external_id").notNull(),
    outcome: text({ enum: ["captured", "refused", "ignored"] }).notNull(),
    /** Why it was refused or ignored. */
    reason: text(),
    detail: text(),
    /** Ours, once it was captured: the newest, where an edit replaced it. */
    orderId: text("order_id"),
    revision: integer().notNull(),
    /** The platform wants it kept and not sent yet. */
    isReserved: integer("is_reserved", { mode: "boolean" }).notNull(),
    /** Some of its units are not there. */
    isShort: integer("is_short", { mode: "boolean" }).notNull(),
    /** The platform's lines for ours, by position. */
    lines: text({ mode: "json" }).$type<Array<string>>().notNull(),
    statedAtMs: integer("stated_at_ms").notNull(),
    rank: integer().notNull(),
    digest: text().notNull(),
    version: integer().notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.connection, table.externalId] }),
    index("channel_order_by_order")
      .on(table.orderId)
      .where(sql`${table.orderId} IS NOT NULL`),
    index("channel_order_by_outcome").on(table.connection, table.outcome, table.receivedAtMs),
    index("channel_order_short")
      .on(table.orderId)
      .where(sql`${table.isShort} = 1`),
  ],
);

/** What was told to a platform about an order, so that it is told once. */
export const channelNotice = sqliteTable(
  "channel_notice",
  {
    orderId: text("order_id").notNull(),
    /** `shipped:shp_…` or `canceled`. */
    fact: text().notNull(),
    atMs: integer("at_ms").notNull(),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.fact] })],
);

/** Each comparison of a platform's quantities with ours: what was checked, what had drifted. */
export const channelComparison = sqliteTable(
  "channel_comparison",
  {
    id: text().primaryKey(),
    connection: text().notNull(),
    atMs: integer("at_ms").notNull(),
    checked: integer().notNull(),
    /** At most a hundred, each mended by the next push. */
    drifts: text({ mode: "json" })
      .$type<Array<{ listing: string; sku: string; expected: number | null; found: number | null }>>()
      .notNull(),
  },
  (table) => [index("channel_comparison_by_connection").on(table.connection, table.atMs)],
);
