import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import { waveStatuses } from "../../domain/fulfillment/wave.ts";

/** Where a SKU lies at a location. */
export const bin = sqliteTable(
  "bin",
  {
    location: text().notNull(),
    sku: text().notNull(),
    zone: text().notNull(),
    bin: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.location, table.sku] })],
);

/** Pick lists that one person walks for at once. */
export const wave = sqliteTable(
  "wave",
  {
    id: text().primaryKey(),
    location: text().notNull(),
    status: text({ enum: waveStatuses }).notNull(),
    /** The call that made it, by which a repeat finds it. */
    request: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
  },
  (table) => [
    uniqueIndex("wave_by_request").on(table.request),
    index("wave_by_location").on(table.location, table.status),
  ],
);

/** Apart from pick lists, whose rows the steps of orders write. */
export const wavePickList = sqliteTable(
  "wave_pick_list",
  {
    pickListId: text("pick_list_id").primaryKey(),
    waveId: text("wave_id").notNull(),
    slot: integer().notNull(),
  },
  (table) => [index("wave_pick_list_by_wave").on(table.waveId)],
);

/** Units that were scanned for a pick list; negative where they were put back. */
export const pickScan = sqliteTable(
  "pick_scan",
  {
    id: text().primaryKey(),
    pickListId: text("pick_list_id").notNull(),
    sku: text().notNull(),
    quantity: integer().notNull(),
    /** The call that scanned them, by which a repeat is known. */
    request: text().notNull(),
    actor: text().notNull(),
    atMs: integer("at_ms").notNull(),
  },
  (table) => [
    index("pick_scan_by_list").on(table.pickListId, table.sku),
    index("pick_scan_by_request").on(table.request),
  ],
);

export const parcelSize = sqliteTable(
  "parcel_size",
  {
    code: text().primaryKey(),
    name: text().notNull(),
    lengthMm: integer("length_mm").notNull(),
    widthMm: integer("width_mm").notNull(),
    heightMm: integer("height_mm").notNull(),
    gramsMax: integer("grams_max").notNull(),
    grams: integer().notNull(),
  },
  (table) => [check("parcel_size_grams", sql`${table.gramsMax} > ${table.grams}`)],
);

/** Parcels that a carrier was handed at once. */
export const manifest = sqliteTable(
  "manifest",
  {
    id: text().primaryKey(),
    location: text().notNull(),
    carrier: text().notNull(),
    request: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    uniqueIndex("manifest_by_request").on(table.request),
    index("manifest_by_location").on(table.location, table.id),
  ],
);

/** A parcel is handed over once. */
export const manifestParcel = sqliteTable(
  "manifest_parcel",
  { shipmentId: text("shipment_id").primaryKey(), manifestId: text("manifest_id").notNull() },
  (table) => [index("manifest_parcel_by_manifest").on(table.manifestId)],
);
