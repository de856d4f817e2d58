import type { Sku } from "../brand.ts";

export const orderStatuses = ["draft", "placed", "on_hold", "completed", "canceled"] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export const paymentStatuses = [
  "unpaid",
  "pending",
  "requires_action",
  "authorized",
  "partially_paid",
  "paid",
  "partially_refunded",
  "refunded",
  "voided",
  "failed",
] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];

export const fulfillmentStatuses = [
  "unfulfilled",
  "scheduled",
  "in_progress",
  "on_hold",
  "partially_fulfilled",
  "fulfilled",
  "delivered",
] as const;
export type FulfillmentStatus = (typeof fulfillmentStatuses)[number];

/** The state machine of an order's `status` as data. Payment and fulfillment are axes of their own. */
export const orderTransitions: Readonly<Record<OrderStatus, ReadonlyArray<OrderStatus>>> = {
  draft: ["placed", "canceled"],
  placed: ["on_hold", "completed", "canceled"],
  on_hold: ["placed", "canceled"],
  completed: [],
  canceled: [],
};

export const channels = [
  "storefront",
  "show",
  "shopify",
  "woocommerce",
  "amazon",
  "ebay",
  "tiktok",
  "whatnot",
  "pos",
  "csv",
] as const;
export type Channel = (typeof channels)[number];

/** Where a parcel goes. `country` is ISO 3166-1 alpha-2. */
export type Address = {
  readonly name?: string | undefined;
  readonly line1?: string | undefined;
  readonly line2?: string | undefined;
  readonly city?: string | undefined;
  readonly region?: string | undefined;
  readonly postal_code?: string | undefined;
  readonly country: string;
  readonly phone?: string | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
};

export type OrderLine = {
  readonly id: string;
  readonly position: number;
  readonly sku: Sku;
  readonly title: string;
  readonly quantity: number;
  /** Minor units, before discount and tax. */
  readonly unitPrice: number;
  /** The line's share of the order's discount, frozen at placement. */
  readonly discount: number;
  readonly tax: number;
  /** `quantity × unitPrice − discount + tax`. */
  readonly total: number;
  readonly fulfilledQuantity: number;
  readonly deliveredQuantity: number;
  readonly returnedQuantity: number;
  readonly canceledQuantity: number;
};

export type OrderTotals = {
  readonly subtotal: number;
  readonly discountTotal: number;
  readonly shippingTotal: number;
  readonly taxTotal: number;
  /** `subtotal − discountTotal + shippingTotal + taxTotal` (I9). */
  readonly total: number;
};

/** What happened to an order, past tense. Also the types of outgoing webhooks. */
export const orderEventTypes = [
  "order.placed",
  "order.routed",
  "order.changed",
  "order.canceled",
  "order.completed",
  "order.imported",
  "payment.authorized",
  "payment.captured",
  "payment.voided",
  "payment.refunded",
  "payment.disputed",
  "payment.reversed",
  "payment.requires_action",
  "payment.taken",
  "payment.failed",
  "fulfillment.created",
  "fulfillment.picked",
  "fulfillment.incomplete",
  "fulfillment.rejected",
  "fulfillment.accepted",
  "fulfillment.moved",
  "fulfillment.split",
  "fulfillment.held",
  "fulfillment.released",
  "shipment.labeled",
  "shipment.label_voided",
  "shipment.shipped",
  "shipment.in_transit",
  "shipment.out_for_delivery",
  "shipment.delivered",
  "order.drafted",
  "order.held",
  "order.released",
  "order.tagged",
  "return.requested",
  "return.approved",
  "return.declined",
  "return.canceled",
  "return.labeled",
  "return.in_transit",
  "return.received",
  "return.inspected",
  "return.resolved",
  "return.closed",
] as const;
export type OrderEventType = (typeof orderEventTypes)[number];
