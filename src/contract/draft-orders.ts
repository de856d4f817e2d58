import * as z from "zod";

import { AMOUNT_MAX } from "../domain/money.ts";
import { channels } from "../domain/orders/order.ts";
import { operation } from "./operation.ts";
import {
  brandSchema,
  languageSchema,
  customerRequestSchema,
  discountRequestSchema,
  orderSchema,
  paymentRequestSchema,
} from "./orders.ts";
import {
  addressSchema,
  currencySchema,
  idSchema,
  metadataSchema,
  noteSchema,
  quantitySchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";

const draftLineSchema = z.strictObject({
  sku: skuSchema,
  quantity: quantitySchema,
  unit_price: z
    .int()
    .min(0)
    .max(AMOUNT_MAX)
    .optional()
    .describe("Minor units, agreed on; by default what the catalogue says."),
});

const draftRequestSchema = z
  .strictObject({
    customer: customerRequestSchema,
    shipping_address: addressSchema,
    shipping_method: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,64}$/)
      .default("standard"),
    currency: currencySchema,
    lines: z.array(draftLineSchema).min(1).max(500).optional(),
    lines_csv: z
      .string()
      .max(40_000)
      .optional()
      .describe("In place of `lines`: a header `sku,quantity,unit_price`, the last column optional."),
    discount: discountRequestSchema.optional(),
    purchase_order_number: noteSchema(100).optional(),
    net_terms_days: z.int().min(0).max(365).optional().describe("Paid so many days after it is completed."),
    expires_at: timestampSchema
      .optional()
      .describe(
        "When the quote ends; it is canceled then. By default never, or in 7 days if it holds stock.",
      ),
    hold_stock: z
      .boolean()
      .default(false)
      .describe("Whether its units are set aside until it is completed, canceled or ends, 30 days at most."),
    channel: z.enum(channels).default("storefront"),
    brand: brandSchema.optional(),
    language: languageSchema.optional(),
    metadata: metadataSchema.optional(),
  })
  .refine(
    ({ lines, lines_csv }) => (lines === undefined) !== (lines_csv === undefined),
    "lines or lines_csv, one of them",
  );
export type DraftRequest = z.output<typeof draftRequestSchema>;

const completeRequestSchema = z.strictObject({
  payment: paymentRequestSchema
    .optional()
    .describe(
      "Absent for an order that is paid later, on its net terms: through `/v1/orders/{id}/payments`.",
    ),
});
export type CompleteRequest = z.output<typeof completeRequestSchema>;

const shared = {
  method: "POST",
  tag: "Draft orders",
  access: { scope: "orders:write" },
  idempotency: "stored",
} as const;

export const draftOrderOperations = {
  createDraftOrder: operation({
    ...shared,
    id: "createDraftOrder",
    path: "/v1/draft-orders",
    summary: "Draw up an order or a quote, at agreed prices",
    description:
      "It takes no stock until it is completed, unless `hold_stock` says so. It is read, listed (`status=draft`) and canceled as any other order.",
    body: draftRequestSchema,
    success: { status: 201, schema: orderSchema },
    problems: ["sku_unknown", "price_missing", "shipping_method_unknown", "sold_out", "unavailable"],
  }),
  putDraftOrder: operation({
    id: "putDraftOrder",
    method: "PUT",
    path: "/v1/draft-orders/{id}",
    tag: "Draft orders",
    summary: "Draw a draft up anew, under the same number",
    description:
      "All of it is said again. A draft that holds stock, or whose payment has begun, is not changed: cancel it, and draw up another.",
    access: { scope: "orders:write" },
    idempotency: "none",
    params: z.strictObject({ id: idSchema }),
    body: draftRequestSchema,
    success: { status: 200, schema: orderSchema },
    problems: [
      "not_found",
      "order_state_conflict",
      "sku_unknown",
      "price_missing",
      "shipping_method_unknown",
      "precondition_failed",
      "unavailable",
    ],
  }),
  completeDraftOrder: operation({
    ...shared,
    id: "completeDraftOrder",
    path: "/v1/draft-orders/{id}/complete",
    summary: "Make a draft an order: from here on it has its stock",
    params: z.strictObject({ id: idSchema }),
    body: completeRequestSchema,
    success: { status: 200, schema: orderSchema },
    problems: [
      "not_found",
      "order_state_conflict",
      "sold_out",
      "payment_declined",
      "payment_provider_unknown",
      "precondition_failed",
      "unavailable",
    ],
  }),
};
