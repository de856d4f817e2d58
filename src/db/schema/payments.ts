import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { paymentStates, type PaymentState } from "../../domain/payments/provider-state.ts";
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
    /** What it follows from. What is paid back for its own sake, or for a return, leaves the order worth what it was. */
    because: text({ enum: ["asked", "returned", "changed"] })
      .notNull()
      .default("asked"),
    /** Whether the buyer is told. */
    notify: integer({ mode: "boolean" }).notNull().default(true),
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
    /** Of a capture: whether the rest of the authorization is wanted later. */
    remainder: text({ enum: ["keep", "release"] })
      .notNull()
      .default("release"),
  },
  (table) => [
    index("payment_request_part_by_order").on(table.orderId),
    check("payment_request_part_amount", sql`${table.amount} > 0`),
  ],
);

/** A payment that goes on at its provider without us, and that an order waits for. */
export const payment = sqliteTable(
  "payment",
  {
    provider: text().notNull(),
    /** The provider's own name for it. */
    reference: text().notNull(),
    orderId: text("order_id").notNull(),
    status: text({ enum: [...paymentStates, "quarantined"] }).notNull(),
    /** What it has to come to, in minor units; another amount is not counted. */
    amount: integer().notNull(),
    currency: text().notNull(),
    redirectUrl: text("redirect_url"),
    /** When the provider is asked what has become of it, should it say nothing by itself; null once that is known. */
    checkAtMs: integer("check_at_ms"),
    /** When the order stops waiting. */
    dueAtMs: integer("due_at_ms").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.reference] }),
    index("payment_by_order").on(table.orderId),
    index("payment_to_check")
      .on(table.checkAtMs)
      .where(sql`${table.checkAtMs} IS NOT NULL`),
  ],
);

/** News of a payment, as its provider signed it: kept until it is in a ledger, or nobody knows of its order. */
export const paymentNews = sqliteTable(
  "payment_news",
  {
    /** Follows from the provider and its name for the event: the same news is one row. */
    id: text().primaryKey(),
    provider: text().notNull(),
    reference: text().notNull(),
    orderId: text("order_id"),
    /** Ids and amounts; null where the provider has to be asked. */
    state: text({ mode: "json" }).$type<PaymentState>(),
    status: text({ enum: ["received", "applied", "unmatched"] }).notNull(),
    receivedAtMs: integer("received_at_ms").notNull(),
    /** When it was looked at last. */
    touchedAtMs: integer("touched_at_ms").notNull(),
  },
  (table) => [
    index("payment_news_received")
      .on(table.touchedAtMs)
      .where(sql`${table.status} = 'received'`),
    index("payment_news_by_age").on(table.receivedAtMs),
  ],
);
