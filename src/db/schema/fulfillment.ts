import { sql } from "drizzle-orm";
import { blob, check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import {
  fulfillmentOrderStatuses,
  pickListStatuses,
  rejectionReasons,
  shipmentStatuses,
  trackingStatuses,
} from "../../domain/fulfillment/fulfillment.ts";
import type { RouteTrace } from "../../domain/routing/plan.ts";

export const fulfillmentOrder = sqliteTable(
  "fulfillment_order",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    /** Null while no location can give the units: `incomplete`. */
    location: text(),
    status: text({ enum: fulfillmentOrderStatuses }).notNull(),
    /** Why the location gave it back; null where it did not. It is not asked again for this order. */
    rejectedReason: text("rejected_reason", { enum: rejectionReasons }),
    /** The fulfillment order whose units it takes over; null where they were nowhere before. */
    replaces: text(),
    /** Where units without a location wait for a person. */
    queue: text(),
    /** When the order is canceled if they are still without one. */
    cancelAtMs: integer("cancel_at_ms"),
    /** Why the router chose this location, for people. */
    trace: text({ mode: "json" }).$type<RouteTrace>(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
    version: integer().notNull(),
  },
  (table) => [
    index("fulfillment_order_by_order").on(table.orderId),
    index("fulfillment_order_by_location").on(table.location, table.status),
    // What a location was given today, against its capacity.
    index("fulfillment_order_by_day").on(table.location, table.createdAtMs),
  ],
);

export const fulfillmentOrderLine = sqliteTable(
  "fulfillment_order_line",
  {
    id: text().primaryKey(),
    fulfillmentOrderId: text("fulfillment_order_id").notNull(),
    orderLineId: text("order_line_id").notNull(),
    sku: text().notNull(),
    quantity: integer().notNull(),
  },
  (table) => [
    index("fulfillment_order_line_by_parent").on(table.fulfillmentOrderId),
    check("fulfillment_order_line_quantity", sql`${table.quantity} > 0`),
  ],
);

export const pickList = sqliteTable(
  "pick_list",
  {
    id: text().primaryKey(),
    fulfillmentOrderId: text("fulfillment_order_id").notNull(),
    location: text().notNull(),
    status: text({ enum: pickListStatuses }).notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    pickedAtMs: integer("picked_at_ms"),
  },
  (table) => [index("pick_list_by_location").on(table.location, table.status)],
);

export const shipment = sqliteTable(
  "shipment",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    fulfillmentOrderId: text("fulfillment_order_id").notNull(),
    status: text({ enum: shipmentStatuses }).notNull(),
    trackingStatus: text("tracking_status", { enum: trackingStatuses }).notNull(),
    carrier: text().notNull(),
    service: text(),
    trackingNumber: text("tracking_number"),
    weightGrams: integer("weight_grams"),
    /** The code of the carton; null where none was chosen. */
    parcelSize: text("parcel_size"),
    labelFormat: text("label_format"),
    labeledAtMs: integer("labeled_at_ms"),
    shippedAtMs: integer("shipped_at_ms"),
    deliveredAtMs: integer("delivered_at_ms"),
    createdAtMs: integer("created_at_ms").notNull(),
    version: integer().notNull(),
  },
  (table) => [
    index("shipment_by_order").on(table.orderId),
    index("shipment_by_tracking_number").on(table.trackingNumber),
  ],
);

export const shipmentLabel = sqliteTable("shipment_label", {
  shipmentId: text("shipment_id").primaryKey(),
  format: text().notNull(),
  content: blob({ mode: "buffer" }).notNull(),
});

export const trackingEvent = sqliteTable(
  "tracking_event",
  {
    id: text().primaryKey(),
    shipmentId: text("shipment_id").notNull(),
    status: text({ enum: trackingStatuses }).notNull(),
    message: text(),
    occurredAtMs: integer("occurred_at_ms").notNull(),
  },
  (table) => [index("tracking_event_by_shipment").on(table.shipmentId)],
);
