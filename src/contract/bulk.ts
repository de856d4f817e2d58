import * as z from "zod";

import { channels, fulfillmentStatuses, orderStatuses, paymentStatuses } from "../domain/orders/order.ts";
import { operation } from "./operation.ts";
import { orderActionSchema, tagSchema } from "./order-actions.ts";
import { idSchema, listOf, pageQuerySchema, skuSchema, timestampSchema } from "./primitives.ts";

/** Of one call that is answered when all are done. */
const ORDERS_AT_ONCE_MAX = 50;

const filterSchema = z
  .strictObject({
    status: z.enum(orderStatuses).optional(),
    payment_status: z.enum(paymentStatuses).optional(),
    fulfillment_status: z.enum(fulfillmentStatuses).optional(),
    channel: z.enum(channels).optional(),
    sku: skuSchema.optional(),
    tag: tagSchema.optional(),
    placed_after: timestampSchema.optional(),
    placed_before: timestampSchema.optional(),
  })
  .refine((filter) => Object.keys(filter).length > 0, "must name something: it would find every order")
  .meta({ id: "BulkFilter", example: { status: "placed", sku: "MUG-BLUE" } });
export type BulkFilter = z.output<typeof filterSchema>;

const jobSchema = z
  .object({
    id: idSchema,
    status: z.enum(["running", "done", "stopped"]),
    action: z.record(z.string(), z.unknown()),
    filter: z.record(z.string(), z.unknown()),
    undoes: z.string().nullable().describe("The job that this one takes back."),
    matched: z.int().describe("Orders that were found when the job was made, counted up to 100,000."),
    done: z.int(),
    refused: z.int(),
    created_by: z.string(),
    created_at: timestampSchema,
    ended_at: timestampSchema.nullable(),
  })
  .meta({ id: "BulkJob" });
export type BulkJobView = z.output<typeof jobSchema>;

const itemSchema = z
  .object({
    order: idSchema,
    outcome: z.enum(["done", "refused"]),
    reason: z.string().nullable().describe("Why it was refused."),
    can_be_undone: z.boolean(),
    at: timestampSchema,
  })
  .meta({ id: "BulkItem" });
export type BulkItemView = z.output<typeof itemSchema>;

const params = z.strictObject({ id: idSchema });
const read = { access: { scope: "orders:read" }, idempotency: "none", tag: "Bulk" } as const;
const write = { access: { scope: "orders:write" }, idempotency: "stored", tag: "Bulk" } as const;

const actedOnSchema = z.object({
  results: z.array(
    z.object({
      order: idSchema,
      ok: z.boolean(),
      reason: z.string().nullable().describe("Why it was refused, as a problem's code."),
    }),
  ),
});

export const bulkOperations = {
  bulkOrders: operation({
    ...write,
    id: "bulkOrders",
    method: "POST",
    path: "/v1/orders/bulk",
    summary: "Do one thing to each of these orders, at once",
    description:
      "Each is decided by itself, and one that is refused stops none of the others. For all that a filter finds, make a job.",
    body: z.strictObject({
      action: orderActionSchema,
      ids: z.array(idSchema).min(1).max(ORDERS_AT_ONCE_MAX),
    }),
    success: { status: 200, schema: actedOnSchema },
    problems: ["unavailable"],
  }),
  createBulkJob: operation({
    ...write,
    id: "createBulkJob",
    method: "POST",
    path: "/v1/bulk-jobs",
    summary: "Do one thing to every order that a filter finds",
    description:
      "Orders are dealt with one after another, in the background: the job says how far it has come. Orders placed later are " +
      "not touched. One that is refused stops none of the others.",
    body: z.strictObject({ filter: filterSchema, action: orderActionSchema }),
    success: { status: 201, schema: jobSchema },
    problems: ["unavailable"],
  }),
  getBulkJob: operation({
    ...read,
    id: "getBulkJob",
    method: "GET",
    path: "/v1/bulk-jobs/{id}",
    summary: "A job over many orders, and how far it has come",
    params,
    success: { status: 200, schema: jobSchema },
    problems: ["not_found"],
  }),
  listBulkJobs: operation({
    ...read,
    id: "listBulkJobs",
    method: "GET",
    path: "/v1/bulk-jobs",
    summary: "Jobs over many orders, newest first",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(jobSchema) },
    problems: [],
  }),
  listBulkItems: operation({
    ...read,
    id: "listBulkItems",
    method: "GET",
    path: "/v1/bulk-jobs/{id}/items",
    summary: "What became of each order of a job",
    params,
    query: pageQuerySchema.extend({ outcome: z.enum(["done", "refused"]).optional() }),
    success: { status: 200, schema: listOf(itemSchema) },
    problems: [],
  }),
  stopBulkJob: operation({
    ...write,
    id: "stopBulkJob",
    method: "POST",
    path: "/v1/bulk-jobs/{id}/stop",
    summary: "Leave the rest of its orders alone",
    params,
    body: z.strictObject({}),
    success: { status: 200, schema: jobSchema },
    problems: ["not_found"],
  }),
  undoBulkJob: operation({
    ...write,
    id: "undoBulkJob",
    method: "POST",
    path: "/v1/bulk-jobs/{id}/undo",
    summary: "Take back what a job did, where that is possible",
    description:
      "By a job of its own. Only what the job changed is taken back: a tag that an order had before stays.",
    params,
    body: z.strictObject({}),
    success: { status: 201, schema: jobSchema },
    problems: ["not_found", "bulk_job_running", "bulk_not_undoable"],
  }),
};
