import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What was asked of a carrier for a parcel. It is written before the carrier is called, apart from the order: a run that
 * dies in between, or loses the answer, leaves word that a label may have been bought.
 */
export const labelPurchase = sqliteTable(
  "label_purchase",
  {
    shipmentId: text("shipment_id").primaryKey(),
    /** The label's place among those of the parcel: one that was given back is followed by another. */
    sequence: integer().notNull(),
    /** When this label was first asked for; null before that. */
    askedAtMs: integer("asked_at_ms"),
    /** Until then whoever asked last may still be at it, and nobody else asks. */
    leaseUntilMs: integer("lease_until_ms").notNull(),
    /** The carrier's own name for the purchase. */
    carrierReference: text("carrier_reference"),
    /** When the carrier is asked where the parcel is; null where it is not to be, or no longer. */
    trackAtMs: integer("track_at_ms"),
  },
  (table) => [
    index("label_purchase_to_track")
      .on(table.trackAtMs)
      .where(sql`${table.trackAtMs} IS NOT NULL`),
  ],
);

/** When an order was to arrive, as it was promised when it was routed. */
export const deliveryPromise = sqliteTable(
  "delivery_promise",
  {
    orderId: text("order_id").primaryKey(),
    method: text().notNull(),
    /** Days of the calendar, `2026-11-25`. */
    earliestOn: text("earliest_on").notNull(),
    latestOn: text("latest_on").notNull(),
    /** The end of the latest day. */
    dueAtMs: integer("due_at_ms").notNull(),
    madeAtMs: integer("made_at_ms").notNull(),
  },
  (table) => [index("delivery_promise_by_time").on(table.madeAtMs)],
);
