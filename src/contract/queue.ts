import * as z from "zod";

import { trackingStatuses } from "../domain/fulfillment/fulfillment.ts";
import {
  buyerSchema,
  connectionCodeSchema,
  externalIdSchema,
  idSchema,
  locationCodeSchema,
  showCodeSchema,
  skuSchema,
} from "./primitives.ts";
import { stockSchema } from "./stock.ts";

/** Names of the queues, without the prefix that `wrangler.toml` gives them. */
export const queueNames = ["fulfillment", "channel-sync", "notifications", "webhooks"] as const;
export type QueueName = (typeof queueNames)[number];

const envelopeSchema = z.strictObject({ outbox: idSchema.startsWith("out_"), message: z.unknown() });

/** How a message travels that stands in an outbox: with the id of its row, which goes once the message was handled. */
export type Envelope = z.infer<typeof envelopeSchema>;

/** What a queue delivered. Without an outbox row the message came bare, and nobody sends it again. */
export function openEnvelope(body: unknown): { readonly outboxId: string | null; readonly message: unknown } {
  const parsed = envelopeSchema.safeParse(body);
  return parsed.success
    ? { outboxId: parsed.data.outbox, message: parsed.data.message }
    : { outboxId: null, message: body };
}

/** Steps of an order after it is placed. Each is idempotent: it may arrive twice, late, or out of order. */
export const fulfillmentMessageSchema = z.discriminatedUnion("type", [
  /** The stock of a placed order must be committed: the Worker may have died between D1 and the SKU objects. */
  z.strictObject({ type: z.literal("order.commit_stock"), order_id: idSchema }),
  z.strictObject({ type: z.literal("order.route"), order_id: idSchema }),
  /** Where an order goes is checked before anybody packs it. */
  z.strictObject({ type: z.literal("order.check_address"), order_id: idSchema }),
  z.strictObject({ type: z.literal("order.release_stock"), order_id: idSchema }),
  /** An order was changed: the stock follows. */
  z.strictObject({ type: z.literal("order.apply_change"), change_id: idSchema }),
  /** Money was asked for, or arrived: what a provider has not answered is asked again. */
  z.strictObject({ type: z.literal("payment.settle"), order_id: idSchema }),
  /** A provider told of a payment. */
  z.strictObject({ type: z.literal("payment.news"), news_id: idSchema }),
  /** Goods that came back were inspected: the stock follows. */
  z.strictObject({ type: z.literal("return.restock"), return_id: idSchema }),
  /** A job over many orders goes on after the order at a position; null begins it. */
  z.strictObject({
    type: z.literal("bulk.step"),
    job_id: idSchema,
    position: z.string().max(160).nullable(),
  }),
  /** A rule is to run for what happened. */
  z.strictObject({ type: z.literal("rule.run"), run_id: idSchema }),
  /** A return with a label was canceled: the carrier gives its price back. */
  z.strictObject({ type: z.literal("return.void_label"), return_id: idSchema }),
  z.strictObject({ type: z.literal("fulfillment.pick"), fulfillment_order_id: idSchema }),
  z.strictObject({ type: z.literal("shipment.label"), shipment_id: idSchema }),
  z.strictObject({ type: z.literal("shipment.ship"), shipment_id: idSchema }),
  /** The parcel was canceled: a label that was bought for it is given back. */
  z.strictObject({ type: z.literal("shipment.void_label"), shipment_id: idSchema }),
  /** The carrier is to be asked where the parcel is. */
  z.strictObject({ type: z.literal("shipment.ask_carrier"), shipment_id: idSchema }),
  z.strictObject({
    type: z.literal("shipment.track"),
    shipment_id: idSchema,
    status: z.enum(trackingStatuses),
    occurred_at_ms: z.int(),
  }),
]);
export type FulfillmentMessage = z.infer<typeof fulfillmentMessageSchema>;

/** What a SKU object last said of its stock. The version makes older news harmless. */
export const stockNewsSchema = z.strictObject({
  type: z.literal("stock.changed"),
  ...stockSchema.shape,
  // An object that a deployment has not reset yet does not know of fences.
  ring_fenced: z.int().default(0),
  sku: skuSchema,
});
export type StockNews = z.infer<typeof stockNewsSchema>;

/** What SKU objects tell, and what has to be told to them and to channels. */
export const channelSyncMessageSchema = z.discriminatedUnion("type", [
  stockNewsSchema,
  /** Something happened to a platform's order: what it is now has to be asked for. */
  z.strictObject({
    type: z.literal("channel.order_changed"),
    connection: connectionCodeSchema,
    external_id: externalIdSchema,
  }),
  /** A connection has listings whose platform shows something else than it should. */
  z.strictObject({ type: z.literal("channel.push"), connection: connectionCodeSchema }),
  /** Orders that no webhook brought, and quantities that drifted, are looked for from time to time. */
  z.strictObject({ type: z.literal("channel.poll"), connection: connectionCodeSchema }),
  /** What a platform puts into a queue of its own is fetched from there. */
  z.strictObject({ type: z.literal("channel.pull"), connection: connectionCodeSchema }),
  z.strictObject({ type: z.literal("channel.compare"), connection: connectionCodeSchema }),
  /** An order was handed over at a till: its units are gone from there. */
  z.strictObject({ type: z.literal("channel.hand_over"), order_id: idSchema, location: locationCodeSchema }),
  z.strictObject({ type: z.literal("channel.tell_shipped"), shipment_id: idSchema }),
  z.strictObject({ type: z.literal("channel.tell_canceled"), order_id: idSchema }),
  /** A buyer in line has units on offer: a hold to pay for. */
  z.strictObject({
    type: z.literal("waitlist.offered"),
    sku: skuSchema,
    show: showCodeSchema.nullable(),
    buyer: buyerSchema,
    waitlist: idSchema,
    hold: idSchema,
    quantity: z.int(),
    offered_at_ms: z.int(),
    expires_at_ms: z.int(),
  }),
  /** Holds that ended unpaid, each once, or again after a crash. */
  z.strictObject({
    type: z.literal("holds.expired"),
    sku: skuSchema,
    holds: z
      .array(
        z.strictObject({
          id: idSchema,
          buyer: buyerSchema,
          show: showCodeSchema.nullable(),
          expired_at_ms: z.int(),
        }),
      )
      .max(100),
  }),
  /** A change of a show was begun: its drops must be as the database says, whatever became of whoever began. */
  z.strictObject({
    type: z.literal("show.align"),
    show: showCodeSchema,
    skus: z.array(skuSchema).max(100),
  }),
]);
export type ChannelSyncMessage = z.infer<typeof channelSyncMessageSchema>;

/** A buyer is owed a message. What it is stands in the database: this only says that it is time. */
export const notificationMessageSchema = z.strictObject({
  type: z.literal("message.send"),
  message_id: idSchema,
});

/** An endpoint is owed messages. What they are stands in the database: this only says that it is time. */
export const webhookQueueMessageSchema = z.strictObject({
  type: z.literal("webhooks.deliver"),
  endpoint_id: idSchema,
});
