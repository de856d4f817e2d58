import * as z from "zod";

import { AMOUNT_MAX } from "../domain/money.ts";
import { operation } from "./operation.ts";
import {
  amountSchema,
  codeSchema,
  currencySchema,
  listOf,
  locationAddressSchema,
  locationCodeSchema,
  metadataSchema,
  pageQuerySchema,
  skuSchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";
import { problemSchema } from "./problem.ts";

export const IMPORT_BYTES_MAX = 32 * 1024 * 1024;

const moneySchema = z.strictObject({ currency: currencySchema, amount: amountSchema });

export const locationBodySchema = z.strictObject({
  name: textSchema(200),
  type: z.enum(["warehouse", "store", "3pl"]),
  address: locationAddressSchema,
  ships: z.boolean().describe("Whether parcels leave from here."),
  pickup: z.boolean().describe("Whether buyers may collect here."),
  capacity_per_day: z.int().min(0).max(10_000_000).optional().describe("Parcels a day; absent is unlimited."),
  groups: z.array(codeSchema).max(20).default([]).describe("Names that routing plans choose by."),
  capabilities: z
    .array(codeSchema)
    .max(20)
    .default([])
    .describe(
      "What it can ship that not every location can. A SKU asks for it with its `requires` attribute.",
    ),
});
export type LocationBody = z.output<typeof locationBodySchema>;

const locationSchema = z
  .object({
    code: z.string(),
    name: z.string(),
    type: z.enum(["warehouse", "store", "3pl"]),
    address: z.looseObject({ country: z.string() }),
    ships: z.boolean(),
    pickup: z.boolean(),
    capacity_per_day: z.int().nullable(),
    groups: z.array(z.string()),
    capabilities: z.array(z.string()),
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "Location" });
export type LocationView = z.infer<typeof locationSchema>;

export const skuBodySchema = z.strictObject({
  title: textSchema(500),
  prices: z
    .array(moneySchema)
    .max(50)
    .refine(
      (prices) => new Set(prices.map(({ currency }) => currency)).size === prices.length,
      "one price for each currency",
    ),
  cost: moneySchema.optional(),
  weight_grams: z.int().min(0).max(10_000_000).optional(),
  barcode: textSchema(64).optional(),
  buyer_limit: z.int().min(1).max(1_000_000).optional().describe("Units one buyer may hold and buy."),
  backorder_limit: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("Units that may be sold before they are there; 0 unless set."),
  tax_rate_bps: z
    .int()
    .min(0)
    .max(100_000)
    .optional()
    .describe("Basis points added to the price; 0 unless set."),
  attributes: metadataSchema.optional(),
});

const moneyViewSchema = z.object({ currency: z.string(), amount: z.int().min(0).max(AMOUNT_MAX) });

const skuViewSchema = z
  .object({
    sku: z.string(),
    title: z.string(),
    prices: z.array(moneyViewSchema),
    cost: moneyViewSchema.nullable(),
    weight_grams: z.int().nullable(),
    barcode: z.string().nullable(),
    buyer_limit: z.int().nullable(),
    backorder_limit: z.int(),
    tax_rate_bps: z.int(),
    attributes: z.record(z.string(), z.string()),
    version: z.int(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: "Sku" });
export type SkuView = z.infer<typeof skuViewSchema>;

/** One line of a catalogue file: the body of a PUT with the SKU it is for. */
export const skuImportRowSchema = skuBodySchema.extend({ sku: skuSchema });
export type SkuImportRow = z.output<typeof skuImportRowSchema>;

const importReportSchema = z
  .object({
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    failed: z.int(),
    results: z.array(
      z.object({
        row: z.int().describe("Counted from 1; the header of a CSV file is not a row."),
        sku: z.string().nullable(),
        status: z.enum(["created", "updated", "unchanged", "failed"]),
        problem: problemSchema.optional(),
      }),
    ),
  })
  .meta({ id: "SkuImportReport" });
export type SkuImportReport = z.infer<typeof importReportSchema>;

const locationParams = z.strictObject({ code: locationCodeSchema });
const skuParams = z.strictObject({ sku: skuSchema });

export const catalogueOperations = {
  putLocation: operation({
    id: "putLocation",
    method: "PUT",
    path: "/v1/locations/{code}",
    tag: "Catalogue",
    summary: "Create or replace a location",
    access: { scope: "catalogue:write" },
    idempotency: "none",
    params: locationParams,
    body: locationBodySchema,
    success: { status: 200, schema: locationSchema },
    problems: ["precondition_failed"],
  }),
  getLocation: operation({
    id: "getLocation",
    method: "GET",
    path: "/v1/locations/{code}",
    tag: "Catalogue",
    summary: "A location",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    params: locationParams,
    success: { status: 200, schema: locationSchema },
    problems: ["not_found"],
  }),
  listLocations: operation({
    id: "listLocations",
    method: "GET",
    path: "/v1/locations",
    tag: "Catalogue",
    summary: "All locations, by code",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(locationSchema) },
    problems: [],
  }),
  // Before `/v1/skus/{sku}`, which would take "import" for a SKU.
  importSkus: operation({
    id: "importSkus",
    method: "POST",
    path: "/v1/skus/import",
    tag: "Catalogue",
    summary: "Create or replace many SKUs from CSV or NDJSON, with a report for each row",
    description:
      "NDJSON: one object a line, the body of `PUT /v1/skus/{sku}` with `sku` added. CSV: a header line with `sku`, " +
      "`title`, `weight_grams`, `barcode`, `buyer_limit`, `backorder_limit`, `tax_rate_bps`, a column `price.EUR` for " +
      "each currency, `cost.EUR`, and `attribute.NAME` for attributes, between commas, semicolons, tabs or bars; amounts " +
      "are in minor units and empty cells are left out. A row that fails changes nothing and stops no other row. Sending the file again changes nothing.",
    access: { scope: "catalogue:write" },
    idempotency: "own",
    rawBody: { contentTypes: ["text/csv", "application/x-ndjson"], bytesMax: IMPORT_BYTES_MAX },
    success: { status: 200, schema: importReportSchema },
    problems: ["unavailable"],
  }),
  putSku: operation({
    id: "putSku",
    method: "PUT",
    path: "/v1/skus/{sku}",
    tag: "Catalogue",
    summary: "Create or replace a SKU",
    access: { scope: "catalogue:write" },
    idempotency: "none",
    params: skuParams,
    body: skuBodySchema,
    success: { status: 200, schema: skuViewSchema },
    problems: ["precondition_failed", "unavailable"],
  }),
  getSku: operation({
    id: "getSku",
    method: "GET",
    path: "/v1/skus/{sku}",
    tag: "Catalogue",
    summary: "A SKU",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    params: skuParams,
    success: { status: 200, schema: skuViewSchema },
    problems: ["sku_unknown"],
  }),
  listSkus: operation({
    id: "listSkus",
    method: "GET",
    path: "/v1/skus",
    tag: "Catalogue",
    summary: "All SKUs, by code",
    access: { scope: "catalogue:read" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(skuViewSchema) },
    problems: [],
  }),
};
