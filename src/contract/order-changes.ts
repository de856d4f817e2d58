import * as z from "zod";

import { AMOUNT_MAX } from "../domain/money.ts";
import { orderChangeStatuses } from "../domain/orders/change.ts";
import { operation } from "./operation.ts";
import { orderSchema } from "./orders.ts";
import {
  addressSchema,
  idSchema,
  noteSchema,
  notifySchema,
  quantitySchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";

const priceSchema = z.int().min(0).max(AMOUNT_MAX).describe("Minor units.");

const actionSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("add_line"),
    sku: skuSchema,
    quantity: quantitySchema,
    unit_price: priceSchema.optional().describe("Minor units; by default what the catalogue says."),
  }),
  z.strictObject({ type: z.literal("remove_units"), line: idSchema, quantity: quantitySchema }),
  z.strictObject({ type: z.literal("set_price"), line: idSchema, unit_price: priceSchema }),
  z.strictObject({ type: z.literal("add_discount"), amount: priceSchema }),
  z.strictObject({ type: z.literal("set_shipping"), amount: priceSchema }),
  z.strictObject({ type: z.literal("set_address"), address: addressSchema }),
]);

const actionsRequestSchema = z.strictObject({
  actions: z
    .array(actionSchema)
    .max(100)
    .describe(
      "All of them, in place of those that were staged before. More units of a line are a line of their own.",
    ),
});

const confirmRequestSchema = z.strictObject({
  refund: z.boolean().default(true).describe("Whether what was paid too much goes back."),
  on_balance: z
    .enum(["hold", "ship"])
    .default("hold")
    .describe("What becomes of an order that is owed more: it waits for the payment, or goes on."),
  notify: notifySchema,
});

const changeSchema = z
  .object({
    id: idSchema,
    order: idSchema,
    status: z.enum(orderChangeStatuses),
    reason: z.string().nullable(),
    actions: z.array(z.looseObject({ type: z.string() })),
    holds: z.array(z.object({ sku: z.string(), quantity: z.int() })).describe("Units that are held for it."),
    preview: z
      .object({
        subtotal: z.int(),
        discount_total: z.int(),
        shipping_total: z.int(),
        tax_total: z.int(),
        total: z.int(),
        value_before: z.int().describe("Without canceled units."),
        value_after: z.int(),
        refund: z.int().describe("What was paid too much then."),
        owed: z.int().describe("What is still to be paid then."),
      })
      .nullable()
      .describe("Worked out now, for a change that is not over."),
    created_at: timestampSchema,
    version: z.int(),
  })
  .meta({ id: "OrderChange" });
export type OrderChangeView = z.infer<typeof changeSchema>;

const orderParamsSchema = z.strictObject({ id: idSchema });
const changeParamsSchema = z.strictObject({ id: idSchema, change: idSchema });
const problems = [
  "not_found",
  "order_line_unknown",
  "quantity_unavailable",
  "amount_unavailable",
  "price_missing",
  "order_state_conflict",
  "unavailable",
] as const;

const shared = { tag: "Order changes", access: { scope: "orders:write" } } as const;

export const orderChangeOperations = {
  beginChange: operation({
    ...shared,
    id: "beginChange",
    method: "POST",
    path: "/v1/orders/{id}/changes",
    summary: "Begin to change a placed order; one change at a time",
    idempotency: "stored",
    params: orderParamsSchema,
    body: z.strictObject({ reason: noteSchema(200).optional() }),
    success: { status: 201, schema: changeSchema },
    problems: ["not_found", "order_state_conflict", "change_open", "unavailable"],
  }),
  stageChange: operation({
    ...shared,
    id: "stageChange",
    method: "PUT",
    path: "/v1/orders/{id}/changes/{change}/actions",
    summary: "Say what is to be changed, and see what it comes to",
    description: "Units that are added are held for an hour from then on. Nothing of the order changes.",
    idempotency: "none",
    params: changeParamsSchema,
    body: actionsRequestSchema,
    success: { status: 200, schema: changeSchema },
    problems: [...problems, "sold_out", "limit_reached", "sku_unknown"],
  }),
  getChange: operation({
    ...shared,
    id: "getChange",
    method: "GET",
    path: "/v1/orders/{id}/changes/{change}",
    summary: "A change, and what it comes to now",
    access: { scope: "orders:read" },
    idempotency: "none",
    params: changeParamsSchema,
    success: { status: 200, schema: changeSchema },
    problems,
  }),
  confirmChange: operation({
    ...shared,
    id: "confirmChange",
    method: "POST",
    path: "/v1/orders/{id}/changes/{change}/confirm",
    summary: "Change the order as staged",
    idempotency: "stored",
    params: changeParamsSchema,
    body: confirmRequestSchema,
    success: { status: 200, schema: orderSchema },
    problems,
  }),
  dropChange: operation({
    ...shared,
    id: "dropChange",
    method: "DELETE",
    path: "/v1/orders/{id}/changes/{change}",
    summary: "Give a change up; what was held for it is for sale again",
    idempotency: "none",
    params: changeParamsSchema,
    success: { status: 200, schema: changeSchema },
    problems: ["not_found", "order_state_conflict", "unavailable"],
  }),
};
