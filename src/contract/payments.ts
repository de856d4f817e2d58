import * as z from "zod";

import { AMOUNT_MAX } from "../domain/money.ts";
import { operation } from "./operation.ts";
import { orderSchema, paymentRequestSchema } from "./orders.ts";
import { idSchema, noteSchema, notifySchema, quantitySchema } from "./primitives.ts";

const paymentAmountSchema = z.int().min(1).max(AMOUNT_MAX).describe("Minor units.").meta({ example: 500 });
const reasonSchema = noteSchema(200).meta({ example: "damaged in transit" });

const captureRequestSchema = z.strictObject({
  amount: paymentAmountSchema.optional().describe("Minor units. By default everything that is authorized."),
  remainder: z
    .enum(["keep", "release"])
    .default("keep")
    .describe("What becomes of the rest: it can be captured later, or is given back to the buyer now."),
});

const refundRequestSchema = z
  .union([
    z
      .strictObject({ amount: paymentAmountSchema.optional(), reason: reasonSchema, notify: notifySchema })
      .describe("By amount; without one, everything that was captured and not paid back."),
    z
      .strictObject({
        lines: z
          .array(z.strictObject({ line: idSchema, quantity: quantitySchema }))
          .min(1)
          .max(100),
        shipping: z.int().min(0).max(AMOUNT_MAX).default(0).describe("Minor units of the order's shipping."),
        reason: reasonSchema,
        notify: notifySchema,
      })
      .describe("By units: what was paid for them, with their taxes and their share of the discount."),
  ])
  .describe("Paid back to the newest payment first, and to those before it with what it cannot bear.");

export type PayRequest = z.output<typeof paymentRequestSchema>;

const voidRequestSchema = z.strictObject({});

const shared = {
  method: "POST",
  tag: "Payments",
  access: { scope: "orders:write" },
  idempotency: "stored",
  params: z.strictObject({ id: idSchema }),
  success: { status: 201, schema: orderSchema },
} as const;
const problems = [
  "not_found",
  "amount_unavailable",
  "payment_refused",
  "payment_provider_unknown",
  "precondition_failed",
  "unavailable",
] as const;

export const paymentOperations = {
  payOrder: operation({
    ...shared,
    id: "payOrder",
    path: "/v1/orders/{id}/payments",
    summary: "Take what an order is still owed",
    description:
      "For an exchange that costs more, a change that added something, or an order that is not paid. An order that was on hold for its payment goes on.",
    body: paymentRequestSchema,
    problems: [
      "not_found",
      "order_state_conflict",
      "amount_unavailable",
      "payment_declined",
      "payment_provider_unknown",
      "unavailable",
    ],
  }),
  captureOrder: operation({
    ...shared,
    id: "captureOrder",
    path: "/v1/orders/{id}/captures",
    summary: "Capture what is authorized, all of it or a part",
    description: "A provider that does not answer is asked again; the request is `pending` until then.",
    body: captureRequestSchema,
    problems: [...problems, "order_state_conflict"],
  }),
  refundOrder: operation({
    ...shared,
    id: "refundOrder",
    path: "/v1/orders/{id}/refunds",
    summary: "Pay back what was captured, by amount or by units",
    description:
      "Parts of a line add up to the line exactly. A provider that does not answer is asked again; one that refuses makes an exception.",
    body: refundRequestSchema,
    problems: [...problems, "order_line_unknown", "quantity_unavailable"],
  }),
  voidOrder: operation({
    ...shared,
    id: "voidOrder",
    path: "/v1/orders/{id}/voids",
    summary: "Give back what is authorized and not captured",
    body: voidRequestSchema,
    problems,
  }),
};
