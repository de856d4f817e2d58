import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { DeliveryRules } from "../../domain/fulfillment/promise.ts";
import type { Address } from "../../domain/orders/order.ts";

export const location = sqliteTable("location", {
  code: text().primaryKey(),
  name: text().notNull(),
  type: text({ enum: ["warehouse", "store", "3pl"] }).notNull(),
  address: text({ mode: "json" }).$type<Address>().notNull(),
  capacityPerDay: integer("capacity_per_day"),
  ships: integer({ mode: "boolean" }).notNull(),
  pickup: integer({ mode: "boolean" }).notNull(),
  /** Names that routing plans choose by. */
  groups: text({ mode: "json" }).$type<ReadonlyArray<string>>().notNull().default([]),
  /** What it can ship that not every location can, such as `hazmat`. */
  capabilities: text({ mode: "json" }).$type<ReadonlyArray<string>>().notNull().default([]),
  version: integer().notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  updatedAtMs: integer("updated_at_ms").notNull(),
});

export const sku = sqliteTable(
  "sku",
  {
    sku: text().primaryKey(),
    title: text().notNull(),
    cost: text({ mode: "json" }).$type<{ currency: string; amount: number }>(),
    weightGrams: integer("weight_grams"),
    barcode: text(),
    buyerLimit: integer("buyer_limit"),
    backorderLimit: integer("backorder_limit").notNull(),
    /** Basis points added on top of the price; 2000 is 20 %. */
    taxRateBps: integer("tax_rate_bps").notNull(),
    attributes: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    version: integer().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    /** When the cron last compared this SKU's object with the orders. */
    sweptAtMs: integer("swept_at_ms").notNull().default(0),
  },
  (table) => [
    // What a channel's listing is, where its SKU text does not say.
    index("sku_by_barcode")
      .on(table.barcode)
      .where(sql`${table.barcode} IS NOT NULL`),
    check(
      "sku_limits",
      sql`${table.backorderLimit} >= 0 AND (${table.buyerLimit} IS NULL OR ${table.buyerLimit} > 0)`,
    ),
  ],
);

export const skuPrice = sqliteTable(
  "sku_price",
  {
    sku: text().notNull(),
    currency: text().notNull(),
    amount: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.sku, table.currency] }),
    check("sku_price_amount", sql`${table.amount} >= 0`),
  ],
);

export const shippingMethod = sqliteTable("shipping_method", {
  code: text().primaryKey(),
  title: text().notNull(),
  /** Minor units by currency; a currency that is missing costs nothing. */
  prices: text({ mode: "json" }).$type<Record<string, number>>().notNull(),
  /** Whether buyers are shown it. Orders may name it all the same. */
  isOffered: integer("is_offered", { mode: "boolean" }).notNull().default(true),
  /** When it arrives, and how it is shipped; null where nothing is promised. */
  delivery: text({ mode: "json" }).$type<DeliveryRules>(),
  version: integer().notNull().default(1),
});

/** What the SKU objects last said of their stock. Never used to decide. */
export const stockProjection = sqliteTable(
  "stock_projection",
  {
    sku: text().primaryKey(),
    available: integer().notNull(),
    held: integer().notNull(),
    committed: integer().notNull(),
    ringFenced: integer("ring_fenced").notNull().default(0),
    locations: text({ mode: "json" }).$type<Array<Record<string, number | string>>>().notNull(),
    version: integer().notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  // What is on hold now is added up every few seconds while somebody watches; few SKUs have anything on hold.
  (table) => [
    index("stock_projection_held")
      .on(table.held)
      .where(sql`${table.held} > 0`),
  ],
);
