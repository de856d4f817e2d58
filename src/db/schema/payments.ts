import { sql } from "drizzle-orm";
import { check, index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { RefundLine } from "../../domain/payments/refund.ts";
import { paymentRequestKinds, paymentRequestStatuses } from "../../domain/payments/request.ts";

/** What somebody asked to be done with the money of an order. Written before a provider is asked, so that it is never lost. */
export const paymentRequest = sqliteTable(
  "payment_request",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    kind: text({ enum: paymentRequestKinds }).notNull(),
    status: text({ enum: paymentRequestStatuses }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    reason: text(),
    /** What a refund pays back of which line; empty for one by amount. */
    lines: text({ mode: "json" }).$type<ReadonlyArray<RefundLine>>().notNull(),
    /** What a refund pays back of the shipping. */
    shipping: integer().notNull(),
    /** Why the provider refused. */
    failure: text(),
    createdAtMs: integer("created_at_ms").notNull(),
    updatedAtMs: integer("updated_at_ms").notNull(),
  },
  (table) => [
    index("payment_request_by_order").on(table.orderId),
    // Short by nature: what is pending is asked again until it is not.
    index("payment_request_pending")
      .on(table.updatedAtMs)
      .where(sql`${table.status} = 'pending'`),
    check("payment_request_amount", sql`${table.amount} > 0`),
  ],
);

/** The share of one request that goes to one authorization or capture. Its id is the provider's idempotency key. */
export const paymentRequestPart = sqliteTable(
  "payment_request_part",
  {
    id: text().primaryKey(),
    requestId: text("request_id").notNull(),
    orderId: text("order_id").notNull(),
    kind: text({ enum: paymentRequestKinds }).notNull(),
    status: text({ enum: paymentRequestStatuses }).notNull(),
    provider: text().notNull(),
    /** The authorization to capture or void, or the capture to refund. */
    reference: text().notNull(),
    amount: integer().notNull(),
  },
  (table) => [
    index("payment_request_part_by_order").on(table.orderId),
    check("payment_request_part_amount", sql`${table.amount} > 0`),
  ],
);
