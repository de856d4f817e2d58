import * as z from "zod";

import {
  fulfillmentOrderStatuses,
  shipmentStatuses,
  trackingStatuses,
} from "../domain/fulfillment/fulfillment.ts";
import { languages } from "../domain/messages/message.ts";
import { cancelReasons } from "../domain/orders/cancel.ts";
import { channels, fulfillmentStatuses, orderStatuses, paymentStatuses } from "../domain/orders/order.ts";
import { hasCardNumber } from "../domain/payments/card-number.ts";
import { transactionKinds } from "../domain/payments/ledger.ts";
import { paymentStates } from "../domain/payments/provider-state.ts";
import { paymentRequestKinds, paymentRequestStatuses } from "../domain/payments/request.ts";
import { operation } from "./operation.ts";
import { tagSchema } from "./order-actions.ts";
import {
  addressSchema,
  amountSchema,
  codeSchema,
  currencySchema,
  idSchema,
  listOf,
  metadataSchema,
  noteSchema,
  notifySchema,
  pageQuerySchema,
  quantitySchema,
  skuSchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const emailSchema = z.email().max(254).meta({ example: "ada@example.com" });

export const customerRequestSchema = z.strictObject({
  email: emailSchema,
  name: noteSchema(200).optional(),
  phone: noteSchema(40).optional(),
});

export const paymentRequestSchema = z.strictObject({
  provider: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/)
    .meta({ example: "manual" }),
  capture: z
    .enum(["automatic", "manual"])
    .default("automatic")
    .describe("`manual` leaves the capture to the shipment."),
  payment_method: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .refine((value) => !hasCardNumber(value), "must not be a card number")
    .optional()
    .describe(
      "For `stripe`: the PaymentMethod that its script made on the page. Without one the page confirms with the client token.",
    ),
  return_url: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .optional()
    .describe("Where the payer comes back to from another site."),
  outcome: z
    .enum(["approved", "declined"])
    .optional()
    .describe("For the provider `manual`: what it is told to say."),
});

export const discountRequestSchema = z
  .union([
    z.strictObject({ amount: amountSchema }),
    z.strictObject({ percent_bps: z.int().min(0).max(10_000).describe("Basis points; 1000 is 10 %.") }),
  ])
  .describe("Of the whole order. Secret keys only.");

export const brandSchema = codeSchema.describe("Whose name the order's messages bear; by default `main`.");
export const languageSchema = z.enum(languages).describe("Of the order's messages; by default the brand's.");

export const orderRequestSchema = z.strictObject({
  hold: idSchema,
  customer: customerRequestSchema,
  shipping_address: addressSchema,
  shipping_method: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/)
    .default("standard"),
  payment: paymentRequestSchema,
  discount: discountRequestSchema.optional(),
  currency: currencySchema
    .optional()
    .describe("By default the first currency of the first line that every line has a price in."),
  channel: z.enum(channels).optional().describe("By default `show` for a hold of a show, else `storefront`."),
  brand: brandSchema.optional(),
  language: languageSchema.optional(),
  metadata: metadataSchema.optional(),
});
export type OrderRequest = z.output<typeof orderRequestSchema>;

const orderLineSchema = z.object({
  id: idSchema,
  sku: z.string(),
  title: z.string(),
  quantity: z.int(),
  unit_price: z.int(),
  discount: z.int(),
  tax: z.int(),
  total: z.int(),
  fulfilled: z.int(),
  returned: z.int(),
  canceled: z.int(),
});

const transactionSchema = z.object({
  id: idSchema,
  kind: z.enum(transactionKinds),
  amount: z.int(),
  currency: z.string(),
  provider: z.string(),
  reference: z.string(),
  occurred_at: timestampSchema,
});

const awaitedPaymentSchema = z.object({
  provider: z.string(),
  reference: z.string().describe("The provider's own name for it."),
  status: z.enum([...paymentStates, "quarantined"]),
  amount: z.int(),
  redirect_url: z.string().nullable().describe("Where the payer has to go."),
  client_token: z
    .string()
    .nullable()
    .describe(
      "For the provider's script on a page. Said once, in the answer to the call that began the payment.",
    ),
  due_at: timestampSchema.describe("When the order stops waiting for it."),
});

const askedPaymentSchema = z.object({
  id: idSchema,
  kind: z.enum(paymentRequestKinds),
  status: z.enum(paymentRequestStatuses),
  amount: z.int(),
  reason: z.string().nullable(),
  lines: z.array(z.object({ line: idSchema, quantity: z.int(), amount: z.int() })),
  shipping: z.int(),
  failure: z.string().nullable(),
  created_at: timestampSchema,
});

const fulfillmentOrderSchema = z.object({
  id: idSchema,
  location: z.string().nullable(),
  status: z.enum(fulfillmentOrderStatuses),
  lines: z.array(z.object({ line: idSchema, sku: z.string(), quantity: z.int() })),
  created_at: timestampSchema,
});

const shipmentSchema = z.object({
  id: idSchema,
  fulfillment_order: idSchema,
  status: z.enum(shipmentStatuses),
  tracking_status: z.enum(trackingStatuses),
  carrier: z.string(),
  service: z.string().nullable(),
  tracking_number: z.string().nullable(),
  shipped_at: timestampSchema.nullable(),
  delivered_at: timestampSchema.nullable(),
});

const orderReturnSchema = z.object({
  id: idSchema,
  status: z.string(),
  reason: z.string().nullable(),
  refund_amount: z.int(),
  created_at: timestampSchema,
});

const orderEventSchema = z.object({
  id: idSchema,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  actor: z.string(),
  occurred_at: timestampSchema,
});

const promiseSchema = z.object({
  method: z.string(),
  earliest: z.string().describe("A day of the calendar."),
  latest: z.string(),
  due_at: timestampSchema.describe("The end of the latest day."),
  kept: z.boolean().nullable().describe("Null until everything has arrived."),
});

const personSchema = z.object({
  id: idSchema,
  email: z.string().nullable(),
  name: z.string().nullable(),
  phone: z.string().nullable(),
});

const orderHeadSchema = z.object({
  id: idSchema,
  number: z.int(),
  status: z.enum(orderStatuses),
  payment_status: z.enum(paymentStatuses),
  fulfillment_status: z.enum(fulfillmentStatuses),
  currency: z.string(),
  lines: z.array(orderLineSchema),
  subtotal: z.int(),
  discount_total: z.int(),
  shipping_total: z.int(),
  tax_total: z.int(),
  total: z.int(),
  paid_total: z.int(),
  refunded_total: z.int(),
  channel: z.enum(channels),
  external_id: z.string().nullable(),
  hold: z.string().nullable(),
  buyer: z.string().nullable(),
  shipping_method: z.string().nullable(),
  brand: z.string().nullable(),
  language: z.enum(languages).nullable(),
  metadata: z.record(z.string(), z.string()),
  tags: z.array(z.string()),
  cancel_reason: z.string().nullable(),
  hold_reason: z.string().nullable(),
  balance: z.int().describe("What the order is still owed; below zero, what it is owed too much."),
  created_at: timestampSchema,
  expires_at: timestampSchema.nullable().describe("When a quote ends that nobody has taken."),
  completed_at: timestampSchema.nullable(),
  canceled_at: timestampSchema.nullable(),
  version: z.int(),
});
const tailShape = {
  transactions: z.array(transactionSchema),
  payments: z.array(awaitedPaymentSchema).describe("Payments that go on at their provider."),
  payment_requests: z.array(askedPaymentSchema),
  fulfillment_orders: z.array(fulfillmentOrderSchema),
  shipments: z.array(shipmentSchema),
  returns: z.array(orderReturnSchema),
  delivery_promise: promiseSchema.nullable(),
  events: z.array(orderEventSchema),
};
const personalShape = {
  customer: personSchema.nullable(),
  shipping_address: addressSchema.partial().nullable(),
};

/** An order without personal data: what a placement and a cancel answer, because answers are kept for repeats. */
export const orderSchema = orderHeadSchema.extend(tailShape).meta({ id: "Order" });
export type OrderView = z.infer<typeof orderSchema>;

/** An order for whoever may read orders. */
export const orderDetailSchema = orderHeadSchema
  .extend({ ...tailShape, ...personalShape })
  .meta({ id: "OrderDetail" });
export type OrderDetailView = z.infer<typeof orderDetailSchema>;

/** An order in a list: without its history. */
export const orderSummarySchema = orderHeadSchema.extend(personalShape).meta({ id: "OrderSummary" });
export type OrderSummaryView = z.infer<typeof orderSummarySchema>;

export const orderListQuerySchema = pageQuerySchema.extend({
  status: z.enum(orderStatuses).optional(),
  payment_status: z.enum(paymentStatuses).optional(),
  fulfillment_status: z.enum(fulfillmentStatuses).optional(),
  channel: z.enum(channels).optional(),
  sku: skuSchema.optional(),
  tag: tagSchema.optional(),
  email: emailSchema.optional(),
  placed_after: timestampSchema.optional(),
  placed_before: timestampSchema.optional(),
  q: textSchema(254)
    .optional()
    .describe(
      "An order's id, number or outside name, a SKU, a tracking number, an e-mail address or its beginning, or words of a customer's name, of which the last may be a beginning.",
    ),
});
export type OrderListQuery = z.output<typeof orderListQuerySchema>;

export const cancelRequestSchema = z.strictObject({
  reason: z.enum(cancelReasons),
  restock: z
    .boolean()
    .default(true)
    .describe("False writes off as damaged what a location had set aside for the order already."),
  refund: z.boolean().default(true).describe("Voids what is authorized and pays back what was captured."),
  notify: notifySchema,
  lines: z
    .array(z.strictObject({ line: idSchema, quantity: quantitySchema }))
    .min(1)
    .max(100)
    .optional()
    .describe("Cancels these units only, which must not be packed yet."),
});

const orderParamsSchema = z.strictObject({ id: idSchema });

export const orderOperations = {
  placeOrder: operation({
    id: "placeOrder",
    method: "POST",
    path: "/v1/orders",
    tag: "Orders",
    summary: "Place and pay an order from a hold",
    access: { scope: "orders:write", publishable: true },
    idempotency: "stored",
    findsOwnAnswer: true,
    isForBuyer: true,
    body: orderRequestSchema,
    success: { status: 201, schema: orderSchema },
    problems: [
      "hold_unknown",
      "hold_expired",
      "hold_resolved",
      "hold_paying",
      "sold_out",
      "idempotency_in_progress",
      "payment_declined",
      "payment_provider_unknown",
      "price_missing",
      "shipping_method_unknown",
      "shipping_method_unavailable",
      "unavailable",
    ],
  }),
  listOrders: operation({
    id: "listOrders",
    method: "GET",
    path: "/v1/orders",
    tag: "Orders",
    summary: "Orders, newest first",
    access: { scope: "orders:read" },
    idempotency: "none",
    query: orderListQuerySchema,
    success: { status: 200, schema: listOf(orderSummarySchema) },
    problems: [],
  }),
  getOrder: operation({
    id: "getOrder",
    method: "GET",
    path: "/v1/orders/{id}",
    tag: "Orders",
    summary: "An order with its payments, parcels and history",
    access: { scope: "orders:read" },
    idempotency: "none",
    params: orderParamsSchema,
    success: { status: 200, schema: orderDetailSchema },
    problems: ["not_found"],
  }),
  cancelOrder: operation({
    id: "cancelOrder",
    method: "POST",
    path: "/v1/orders/{id}/cancel",
    tag: "Orders",
    summary: "Cancel an order of which nothing was shipped, or some of its units",
    access: { scope: "orders:write" },
    idempotency: "stored",
    params: orderParamsSchema,
    body: cancelRequestSchema,
    success: { status: 200, schema: orderSchema },
    problems: [
      "not_found",
      "order_not_cancelable",
      "order_line_unknown",
      "quantity_unavailable",
      "order_state_conflict",
      "precondition_failed",
      "unavailable",
    ],
  }),
  holdOrder: operation({
    id: "holdOrder",
    method: "POST",
    path: "/v1/orders/{id}/hold",
    tag: "Orders",
    summary: "Stop an order where it is",
    access: { scope: "orders:write" },
    idempotency: "stored",
    params: orderParamsSchema,
    body: z.strictObject({ reason: noteSchema(200).meta({ example: "address to be checked" }) }),
    success: { status: 200, schema: orderSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  releaseOrder: operation({
    id: "releaseOrder",
    method: "POST",
    path: "/v1/orders/{id}/release",
    tag: "Orders",
    summary: "Let an order go on that was on hold",
    access: { scope: "orders:write" },
    idempotency: "stored",
    params: orderParamsSchema,
    body: z.strictObject({}),
    success: { status: 200, schema: orderSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
};
