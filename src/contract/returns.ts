import * as z from "zod";

import { AMOUNT_MAX } from "../domain/money.ts";
import { returnOutcomes, returnReasons, returnStatuses } from "../domain/returns/return.ts";
import { operation } from "./operation.ts";
import {
  currencySchema,
  idSchema,
  linkSchema,
  listOf,
  locationCodeSchema,
  noteSchema,
  notifySchema,
  pageQuerySchema,
  quantitySchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";

const feeSchema = z.int().min(0).max(AMOUNT_MAX).describe("Minor units.");
const unitsSchema = z.int().min(0).max(1_000_000).default(0);
const bpsSchema = z.int().min(0).max(10_000).describe("Basis points; 1000 is 10 %.");

export const returnPolicySchema = z.strictObject({
  window_days: z.int().min(0).max(3_650).nullable().default(30).describe("From delivery; null is for ever."),
  restocking_fee_bps: bpsSchema.default(0),
  restocking_fees_by_reason: z
    .array(z.strictObject({ reason: z.enum(returnReasons), fee_bps: bpsSchema }))
    .max(returnReasons.length)
    .default([])
    .describe("In place of `restocking_fee_bps`, for some reasons."),
  return_shipping_fees: z
    .array(z.strictObject({ currency: currencySchema, amount: feeSchema }))
    .max(50)
    .default([]),
  fee_exempt_reasons: z
    .array(z.enum(returnReasons))
    .max(returnReasons.length)
    .default(["not_as_described", "wrong_item", "damaged", "defective", "missing", "late"]),
  approval: z
    .enum(["automatic", "manual"])
    .default("manual")
    .describe("`automatic` approves what the policy allows at once."),
  in_store: z
    .enum(["accepted", "refused"])
    .default("accepted")
    .describe(
      "Whether stores take back what was bought online. What is brought there costs no return shipping.",
    ),
});
export type ReturnPolicyBody = z.output<typeof returnPolicySchema>;

const returnRequestSchema = z.strictObject({
  lines: z
    .array(z.strictObject({ line: idSchema, quantity: quantitySchema, reason: z.enum(returnReasons) }))
    .min(1)
    .max(100)
    .describe("Each line at most once."),
  kind: z
    .enum(["return", "claim"])
    .default("return")
    .describe("A claim is settled without the goods coming back."),
  exception: noteSchema(200)
    .optional()
    .describe(
      "Why it is taken although the policy does not allow it: its window is over, the sale was final, or stores take nothing back.",
    ),
  notify: notifySchema,
  brought_to: locationCodeSchema
    .optional()
    .describe("The store at whose counter the units are: they are approved and received at once."),
});
export type ReturnRequest = z.output<typeof returnRequestSchema>;

const exchangeLineSchema = z.strictObject({ sku: skuSchema, quantity: quantitySchema });

const settleRequestSchema = z.strictObject({
  outcome: z.enum(returnOutcomes),
  exchange_lines: z
    .array(exchangeLineSchema)
    .min(1)
    .max(50)
    .optional()
    .describe("For `exchange`: what is sent, at today's prices. A `replacement` sends the same again."),
  shipping_refund: feeSchema.default(0).describe("Minor units of the order's shipping."),
  restocking_fee_bps: bpsSchema.optional().describe("In place of the policy's."),
  return_shipping_fee: feeSchema.optional().describe("In place of the policy's."),
  notify: notifySchema,
});
export type SettleRequest = z.output<typeof settleRequestSchema>;

const settlementSchema = z
  .object({
    lines: z.array(z.object({ line: idSchema, quantity: z.int(), amount: z.int(), restocking_fee: z.int() })),
    return_total: z.int(),
    shipping_refund: z.int(),
    restocking_fee_total: z.int(),
    return_shipping_fee: z.int(),
    exchange_total: z.int(),
    net: z.int().describe("What the buyer gets; below zero, what the buyer owes."),
    currency: z.string(),
  })
  .meta({ id: "ReturnSettlement" });
export type SettlementView = z.infer<typeof settlementSchema>;

const returnSchema = z
  .object({
    id: idSchema,
    order: z.string().nullable(),
    kind: z.enum(["return", "claim"]),
    status: z.enum(returnStatuses),
    lines: z.array(
      z.object({
        id: idSchema,
        line: z.string().nullable(),
        sku: z.string(),
        quantity: z.int(),
        reason: z.string().nullable(),
        received: z.int(),
        restocked: z.int(),
        damaged: z.int(),
        quality_control: z.int(),
        missing: z.int(),
      }),
    ),
    location: z.string().nullable(),
    carrier: z.string().nullable().describe("Who has its label, if we bought one."),
    tracking_number: z.string().nullable(),
    label_url: z.string().nullable(),
    instructions: z.string().nullable(),
    reason: z.string().nullable(),
    outcome: z.enum(returnOutcomes).nullable(),
    settlement: settlementSchema.nullable(),
    refund_amount: z.int(),
    exchange_order: z.string().nullable(),
    created_at: timestampSchema,
  })
  .meta({ id: "Return" });
export type ReturnView = z.infer<typeof returnSchema>;

const receiveRequestSchema = z.strictObject({
  location: locationCodeSchema,
  lines: z
    .array(z.strictObject({ line: idSchema, quantity: quantitySchema }))
    .min(1)
    .max(100)
    .optional()
    .describe("By the order's lines; absent when everything that was awaited is there."),
  notify: notifySchema,
});

const inspectRequestSchema = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        line: idSchema,
        restock: unitsSchema,
        damaged: unitsSchema,
        quality_control: unitsSchema,
        missing: unitsSchema,
      }),
    )
    .min(1)
    .max(100)
    .describe(
      "Every line of the return: what was received is restocked, damaged or for quality control; the rest is missing.",
    ),
});

const storeCreditSchema = z
  .object({
    customer: idSchema,
    balances: z.array(z.object({ currency: z.string(), amount: z.int() })),
    entries: z.array(
      z.object({
        id: idSchema,
        order: idSchema,
        return: z.string().nullable(),
        amount: z.int(),
        currency: z.string(),
        created_at: timestampSchema,
      }),
    ),
  })
  .meta({ id: "StoreCredit" });

const paramsSchema = z.strictObject({ id: idSchema });
const step = {
  method: "POST",
  tag: "Returns",
  access: { scope: "orders:write" },
  idempotency: "stored",
  params: paramsSchema,
  success: { status: 200, schema: returnSchema },
} as const;
const stepProblems = ["not_found", "return_state_conflict", "unavailable"] as const;

export const returnOperations = {
  getReturnPolicy: operation({
    id: "getReturnPolicy",
    method: "GET",
    path: "/v1/return-policy",
    tag: "Returns",
    summary: "What the shop takes back, for how long, and for which fees",
    access: { scope: "orders:read" },
    idempotency: "none",
    success: { status: 200, schema: returnPolicySchema },
    problems: [],
  }),
  putReturnPolicy: operation({
    id: "putReturnPolicy",
    method: "PUT",
    path: "/v1/return-policy",
    tag: "Returns",
    summary: "Set what the shop takes back",
    access: { scope: "orders:write" },
    idempotency: "none",
    body: returnPolicySchema,
    success: { status: 200, schema: returnPolicySchema },
    problems: [],
  }),
  requestReturn: operation({
    ...step,
    id: "requestReturn",
    path: "/v1/orders/{id}/returns",
    summary: "Ask to send units of an order back, or claim them",
    description:
      "Only what has left can be returned, and each unit once. A SKU whose attribute `final_sale` is `true` is not taken back.",
    body: returnRequestSchema,
    success: { status: 201, schema: returnSchema },
    problems: [
      "not_found",
      "order_line_unknown",
      "quantity_unavailable",
      "return_not_allowed",
      "location_unknown",
      "unavailable",
    ],
  }),
  listReturns: operation({
    id: "listReturns",
    method: "GET",
    path: "/v1/returns",
    tag: "Returns",
    summary: "Returns, newest first",
    access: { scope: "orders:read" },
    idempotency: "none",
    query: pageQuerySchema.extend({ status: z.enum(returnStatuses).optional() }),
    success: { status: 200, schema: listOf(returnSchema) },
    problems: [],
  }),
  getReturn: operation({
    id: "getReturn",
    method: "GET",
    path: "/v1/returns/{id}",
    tag: "Returns",
    summary: "A return",
    access: { scope: "orders:read" },
    idempotency: "none",
    params: paramsSchema,
    success: { status: 200, schema: returnSchema },
    problems: ["not_found"],
  }),
  approveReturn: operation({
    ...step,
    id: "approveReturn",
    path: "/v1/returns/{id}/approve",
    summary: "Approve a return",
    body: z.strictObject({
      tracking_number: noteSchema(100)
        .optional()
        .describe("Of the label that the buyer was given: it is on its way."),
      label_url: linkSchema.optional().describe("Where the buyer gets the label."),
      instructions: noteSchema(2_000).optional().describe("What the buyer is told on how to send it."),
      notify: notifySchema,
    }),
    problems: stepProblems,
  }),
  declineReturn: operation({
    ...step,
    id: "declineReturn",
    path: "/v1/returns/{id}/decline",
    summary: "Decline a return",
    body: z.strictObject({ reason: noteSchema(200), notify: notifySchema }),
    problems: stepProblems,
  }),
  cancelReturn: operation({
    ...step,
    id: "cancelReturn",
    path: "/v1/returns/{id}/cancel",
    summary: "Cancel a return of which nothing has arrived",
    body: z.strictObject({}),
    problems: stepProblems,
  }),
  receiveReturn: operation({
    ...step,
    id: "receiveReturn",
    path: "/v1/returns/{id}/receive",
    summary: "Note what has arrived, in as many parts as it comes",
    description:
      "A store takes back what was bought online in the same way. Nothing is for sale again before it is inspected.",
    body: receiveRequestSchema,
    problems: [
      ...stepProblems,
      "order_line_unknown",
      "quantity_unavailable",
      "location_unknown",
      "return_not_allowed",
    ],
  }),
  buyReturnLabel: operation({
    ...step,
    id: "buyReturnLabel",
    path: "/v1/returns/{id}/label",
    summary: "Buy the label that the buyer sends an approved return with",
    description:
      "Bought once, however often it is asked for, and given back when the return is canceled. The carrier tells when the parcel is on its way.",
    body: z.strictObject({
      location: locationCodeSchema.describe("Where the parcel is to go."),
      weight_grams: z.int().min(1).max(1_000_000).optional().describe("By default what the units weigh."),
      service: z
        .string()
        .regex(/^[A-Za-z0-9._ :-]{1,64}$/)
        .optional(),
    }),
    problems: [...stepProblems, "location_unknown"],
  }),
  getReturnLabel: operation({
    id: "getReturnLabel",
    method: "GET",
    path: "/v1/returns/{id}/label",
    tag: "Returns",
    summary: "The label of a return, 4 by 6 inches",
    access: { scope: "orders:read" },
    idempotency: "none",
    params: paramsSchema,
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
  inspectReturn: operation({
    ...step,
    id: "inspectReturn",
    path: "/v1/returns/{id}/inspect",
    summary: "Say what becomes of the units",
    body: inspectRequestSchema,
    problems: [...stepProblems, "order_line_unknown", "quantity_unavailable"],
  }),
  previewReturn: operation({
    ...step,
    id: "previewReturn",
    path: "/v1/returns/{id}/preview",
    summary: "What resolving a return would come to; nothing is changed",
    idempotency: "none",
    body: settleRequestSchema,
    success: { status: 200, schema: settlementSchema },
    problems: ["not_found", "return_state_conflict", "price_missing", "amount_unavailable"],
  }),
  resolveReturn: operation({
    ...step,
    id: "resolveReturn",
    path: "/v1/returns/{id}/resolve",
    summary: "Settle a return: pay back, give credit, or send something else",
    description:
      "What is sent in exchange is an order of its own, on hold until the buyer has paid what is owed. Nobody gets more than was paid; beyond that, the order is owed less.",
    body: settleRequestSchema,
    problems: [
      ...stepProblems,
      "price_missing",
      "sold_out",
      "amount_unavailable",
      "payment_provider_unknown",
    ],
  }),
  closeReturn: operation({
    ...step,
    id: "closeReturn",
    path: "/v1/returns/{id}/close",
    summary: "Put a resolved return away",
    body: z.strictObject({}),
    problems: stepProblems,
  }),
  getStoreCredit: operation({
    id: "getStoreCredit",
    method: "GET",
    path: "/v1/customers/{id}/store-credit",
    tag: "Returns",
    summary: "What a customer has with the shop",
    access: { scope: "orders:read" },
    idempotency: "none",
    params: paramsSchema,
    success: { status: 200, schema: storeCreditSchema },
    problems: [],
  }),
};
