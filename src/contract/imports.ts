import * as z from "zod";

import { importFields, importMappings } from "../domain/imports/mapping.ts";
import { rejectionReasons, warningCodes } from "../domain/imports/report.ts";
import { operation } from "./operation.ts";
import { currencySchema } from "./primitives.ts";

export const IMPORT_BYTES_MAX = 32 * 1024 * 1024;

const columnsSchema = z.partialRecord(z.enum(importFields), z.string().min(1).max(100));

const importQuerySchema = z.strictObject({
  mapping: z
    .enum(["auto", ...(Object.keys(importMappings) as Array<keyof typeof importMappings>)])
    .default("auto")
    .describe("Which columns mean what; `auto` tells by the header."),
  columns: z
    .string()
    .max(4000)
    .transform((text, context) => {
      try {
        const parsed = columnsSchema.safeParse(JSON.parse(text));
        if (parsed.success) return parsed.data;
      } catch {
        // Falls through to the issue: what is not JSON is no mapping.
      }
      context.addIssue({
        code: "custom",
        message: "must be a JSON object of our field names and your column names",
      });
      return z.NEVER;
    })
    .optional()
    .describe('A mapping of your own, as JSON: `{"order":"Bestellnummer","sku":"Artikel"}`.'),
  currency: currencySchema.optional().describe("For files without a column of it."),
  repeated_rows: z
    .enum(["keep", "reject"])
    .default("keep")
    .describe("Rows of one order that are the same in every column: lines of their own, or mistakes."),
  sku_case: z.enum(["auto", "keep", "upper"]).default("auto"),
});
export type ImportQuery = z.output<typeof importQuerySchema>;

const countSchema = z.int().min(0);

const importReportSchema = z.object({
  mapping: z.string(),
  channel: z.string(),
  rows: countSchema.describe(
    "lines_created + shipping_rows + discount_rows + cancellation_rows + rejected + unchanged",
  ),
  lines_created: countSchema,
  shipping_rows: countSchema,
  discount_rows: countSchema,
  cancellation_rows: countSchema,
  rejected: countSchema,
  unchanged: countSchema.describe("Rows that were seen before."),
  orders_created: countSchema,
  orders_updated: countSchema,
  orders_unchanged: countSchema,
  canceled_orders: countSchema,
  returns_created: countSchema,
  unmatched_returns: countSchema.describe("Cancellations with units that no order was found for."),
  skus_created: countSchema,
  late_lines: countSchema.describe("Rows rejected earlier that have now become lines of an order."),
  rejected_by_reason: z.partialRecord(z.enum(rejectionReasons), countSchema),
  rejections: z.array(
    z.object({ row: countSchema, reference: z.string(), reason: z.enum(rejectionReasons) }),
  ),
  rejections_truncated: z.boolean(),
  warnings_by_code: z.partialRecord(z.enum(warningCodes), countSchema),
  warnings: z.array(z.object({ row: countSchema, reference: z.string(), code: z.enum(warningCodes) })),
  warnings_truncated: z.boolean(),
});
export type ImportAnswer = z.infer<typeof importReportSchema>;

export const importOperations = {
  importOrders: operation({
    id: "importOrders",
    method: "POST",
    path: "/v1/orders/import",
    tag: "Orders",
    summary: "Import past orders from a CSV or NDJSON file",
    description:
      "Imported orders are history: they are written as what they were and never touch stock. A row is recognised by its content, so that the same file twice, overlapping files and a file in pieces are all the same; the Idempotency-Key is required as on every POST and decides nothing. The body may be compressed (`Content-Encoding: gzip`).",
    access: { scope: "imports:write" },
    idempotency: "own",
    query: importQuerySchema,
    rawBody: { contentTypes: ["text/csv", "application/x-ndjson"], bytesMax: IMPORT_BYTES_MAX },
    success: { status: 200, schema: importReportSchema },
    problems: ["malformed", "mapping_unknown", "body_too_large", "media_type_unsupported", "unavailable"],
  }),
};
