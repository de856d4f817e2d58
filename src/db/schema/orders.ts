import { sql } from "drizzle-orm";
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import { languages } from "../../domain/messages/message.ts";
import {
  channels,
  fulfillmentStatuses,
  orderStatuses,
  paymentStatuses,
  type Address,
} from "../../domain/orders/order.ts";
import { transactionKinds } from "../../domain/payments/ledger.ts";
import { returnOutcomes, returnReasons, returnStatuses } from "../../domain/returns/return.ts";
import type { Settlement } from "../../domain/returns/settlement.ts";

export const customer = sqliteTable(
  "customer",
  {
    id: text().primaryKey(),
    /** Null for a customer known only by an outside system's number. */
    email: text(),
    name: text(),
    phone: text(),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (table) => [uniqueIndex("customer_by_email").on(table.email)],
);

/** The words that customers are found by, folded; a former name's stay. Written once for each customer, not for each order. */
export const customerWord = sqliteTable(
  "customer_word",
  { word: text().notNull(), customerId: text("customer_id").notNull() },
  (table) => [primaryKey({ columns: [table.word, table.customerId] })],
);

export const orders = sqliteTable(
  "orders",
  {
    id: text().primaryKey(),
    number: integer().notNull(),
    status: text({ enum: orderStatuses }).notNull(),
    paymentStatus: text("payment_status", { enum: paymentStatuses }).notNull(),
    fulfillmentStatus: text("fulfillment_status", { enum: fulfillmentStatuses }).notNull(),
    currency: text().notNull(),
    subtotal: integer().notNull(),
    discountTotal: integer("discount_total").notNull(),
    shippingTotal: integer("shipping_total").notNull(),
    taxTotal: integer("tax_total").notNull(),
    total: integer().notNull(),
    customerId: text("customer_id"),
    shippingAddress: text("shipping_address", { mode: "json" }).$type<Address>(),
    shippingMethod: text("shipping_method"),
    channel: text({ enum: channels }).notNull(),
    /** The order's name in the outside system it came from. */
    externalId: text("external_id"),
    holdId: text("hold_id"),
    buyer: text(),
    /** Whose name its messages bear, and in which language; null leaves both to the brand `main`. */
    brand: text(),
    language: text({ enum: languages }),
    metadata: text({ mode: "json" }).$type<Record<string, string>>(),
    cancelReason: text("cancel_reason"),
    /** Why it is on hold; `awaiting_payment` goes away with the payment. */
    holdReason: text("hold_reason"),
    placedAtMs: integer("placed_at_ms").notNull(),
    /** When the SKU objects had committed the units of every line; null until then. The router waits for it. */
    stockCommittedAtMs: integer("stock_committed_at_ms"),
    completedAtMs: integer("completed_at_ms"),
    canceledAtMs: integer("canceled_at_ms"),
    updatedAtMs: integer("updated_at_ms").notNull(),
    version: integer().notNull(),
    /** What goods that came back took off what was never paid, in minor units. */
    waived: integer(),
    /** When a quote ends that nobody has taken. */
    expiresAtMs: integer("expires_at_ms"),
    /** Whether a draft has its units already; null for what is no such draft. */
    holdsStock: integer("holds_stock", { mode: "boolean" }),
  },
  (table) => [
    index("orders_to_expire")
      .on(table.expiresAtMs)
      .where(sql`${table.status} = 'draft' AND ${table.expiresAtMs} IS NOT NULL`),
    uniqueIndex("orders_by_number").on(table.number),
    uniqueIndex("orders_by_hold")
      .on(table.holdId)
      .where(sql`${table.holdId} IS NOT NULL`),
    uniqueIndex("orders_by_external_id")
      .on(table.channel, table.externalId)
      .where(sql`${table.externalId} IS NOT NULL`),
    // Short by nature: an order leaves it within seconds.
    index("orders_without_stock")
      .on(table.placedAtMs)
      .where(
        sql`${table.stockCommittedAtMs} IS NULL AND ${table.holdId} IS NOT NULL AND ${table.status} = 'placed'`,
      ),
    index("orders_by_placed_at").on(table.placedAtMs, table.id),
    // Orders of each combination of states, newest first: any filter over them is a few walks along it.
    index("orders_by_state").on(
      table.status,
      table.paymentStatus,
      table.fulfillmentStatus,
      table.channel,
      table.placedAtMs,
      table.id,
    ),
    index("orders_by_customer").on(table.customerId, table.placedAtMs, table.id),
    check(
      "orders_total",
      sql`${table.total} = ${table.subtotal} - ${table.discountTotal} + ${table.shippingTotal} + ${table.taxTotal} AND ${table.total} >= 0`,
    ),
  ],
);

export const orderLine = sqliteTable(
  "order_line",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    /** The order's, so that the orders of a SKU are found newest first without looking at each. */
    placedAtMs: integer("placed_at_ms").notNull().default(0),
    position: integer().notNull(),
    sku: text().notNull(),
    title: text().notNull(),
    quantity: integer().notNull(),
    unitPrice: integer("unit_price").notNull(),
    discount: integer().notNull(),
    tax: integer().notNull(),
    total: integer().notNull(),
    fulfilledQuantity: integer("fulfilled_quantity").notNull(),
    deliveredQuantity: integer("delivered_quantity").notNull(),
    returnedQuantity: integer("returned_quantity").notNull(),
    canceledQuantity: integer("canceled_quantity").notNull(),
  },
  (table) => [
    index("order_line_by_order").on(table.orderId),
    index("order_line_by_sku").on(table.sku, table.placedAtMs, table.orderId),
    check(
      "order_line_quantities",
      sql`${table.quantity} > 0 AND ${table.fulfilledQuantity} BETWEEN 0 AND ${table.quantity} AND ${table.canceledQuantity} BETWEEN 0 AND ${table.quantity} AND ${table.returnedQuantity} BETWEEN 0 AND ${table.fulfilledQuantity}`,
    ),
  ],
);

export const paymentTransaction = sqliteTable(
  "payment_transaction",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    kind: text({ enum: transactionKinds }).notNull(),
    amount: integer().notNull(),
    currency: text().notNull(),
    provider: text().notNull(),
    reference: text().notNull(),
    /** The reference of the entry it acts on: a capture's and a void's authorization, a refund's capture. Null where nobody said. */
    parentReference: text("parent_reference"),
    occurredAtMs: integer("occurred_at_ms").notNull(),
    /** Of a refund: it pays back what a change took off the order. */
    followsChange: integer("follows_change", { mode: "boolean" }),
  },
  (table) => [
    index("payment_transaction_by_order").on(table.orderId),
    check("payment_transaction_amount", sql`${table.amount} > 0`),
  ],
);

export const orderEvent = sqliteTable(
  "order_event",
  {
    id: text().primaryKey(),
    orderId: text("order_id").notNull(),
    type: text().notNull(),
    /** Ids and amounts; never personal data. */
    data: text({ mode: "json" }).$type<Record<string, unknown>>().notNull(),
    actor: text().notNull(),
    occurredAtMs: integer("occurred_at_ms").notNull(),
  },
  (table) => [index("order_event_by_order").on(table.orderId)],
);

/** Goods that came back, of our own orders or of imported ones. `order_id` is null where no order was found for them. */
export const orderReturn = sqliteTable(
  "order_return",
  {
    id: text().primaryKey(),
    orderId: text("order_id"),
    channel: text({ enum: channels }).notNull(),
    externalId: text("external_id"),
    /** A claim is settled without the goods coming back. */
    kind: text({ enum: ["return", "claim"] })
      .notNull()
      .default("return"),
    status: text({ enum: returnStatuses }).notNull(),
    reason: text(),
    currency: text().notNull(),
    refundAmount: integer("refund_amount").notNull(),
    /** Where the goods arrived. */
    location: text(),
    /** Who has its label, if we bought one; it is kept under the return's id. */
    carrier: text(),
    trackingNumber: text("tracking_number"),
    /** What the buyer is told on how to send it, and where the label is. */
    instructions: text(),
    labelUrl: text("label_url"),
    outcome: text({ enum: returnOutcomes }),
    /** As it was resolved. */
    settlement: text({ mode: "json" }).$type<Settlement>(),
    exchangeOrderId: text("exchange_order_id"),
    createdAtMs: integer("created_at_ms").notNull(),
    version: integer().notNull().default(1),
  },
  (table) => [
    index("order_return_by_order").on(table.orderId),
    index("order_return_by_tracking_number")
      .on(table.trackingNumber)
      .where(sql`${table.trackingNumber} IS NOT NULL`),
    index("order_return_by_external_id").on(table.channel, table.externalId),
  ],
);

export const returnLine = sqliteTable(
  "return_line",
  {
    id: text().primaryKey(),
    returnId: text("return_id").notNull(),
    orderLineId: text("order_line_id"),
    sku: text().notNull(),
    quantity: integer().notNull(),
    amount: integer().notNull(),
    reason: text({ enum: returnReasons }),
    receivedQuantity: integer("received_quantity").notNull().default(0),
    restockedQuantity: integer("restocked_quantity").notNull().default(0),
    damagedQuantity: integer("damaged_quantity").notNull().default(0),
    qualityControlQuantity: integer("quality_control_quantity").notNull().default(0),
    missingQuantity: integer("missing_quantity").notNull().default(0),
  },
  (table) => [
    index("return_line_by_return").on(table.returnId),
    check("return_line_quantity", sql`${table.quantity} > 0`),
  ],
);
