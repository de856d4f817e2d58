import * as z from "zod";

import { pickListStatuses } from "../domain/fulfillment/fulfillment.ts";
import { waveStatuses } from "../domain/fulfillment/wave.ts";
import { parcelSchema } from "./fulfillment.ts";
import { operation } from "./operation.ts";
import {
  codeSchema,
  idSchema,
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  skuSchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";
import { problemSchema } from "./problem.ts";

export const WAVE_LISTS_MAX = 50;

const cartonSchema = z.object({
  carton: z.int().describe("Its place on the trolley, from 1."),
  pick_list: idSchema,
  quantity: z.int(),
});

const walkLineSchema = z.object({
  sku: z.string(),
  title: z.string(),
  barcode: z.string().nullable(),
  zone: z.string().nullable(),
  bin: z.string().nullable(),
  quantity: z.int(),
  scanned: z.int(),
  cartons: z.array(cartonSchema),
});

const waveSchema = z
  .object({
    id: idSchema,
    location: z.string(),
    status: z.enum(waveStatuses),
    pick_lists: z.array(
      z.object({
        id: idSchema,
        carton: z.int(),
        order: idSchema,
        order_number: z.int(),
        fulfillment_order: idSchema,
        status: z.enum(pickListStatuses),
      }),
    ),
    lines: z.array(walkLineSchema).describe("Each SKU once, by zone and bin."),
    created_at: timestampSchema,
    ended_at: timestampSchema.nullable(),
  })
  .meta({ id: "Wave" });
export type WaveView = z.infer<typeof waveSchema>;

const waveSummarySchema = z.object({
  id: idSchema,
  location: z.string(),
  status: z.enum(waveStatuses),
  created_at: timestampSchema,
  ended_at: timestampSchema.nullable(),
});

const scanBodySchema = z.strictObject({
  barcode: textSchema(64).describe("Of the goods: the SKU's barcode, or the SKU itself."),
  quantity: z
    .int()
    .min(-1_000)
    .max(1_000)
    .refine((value) => value !== 0, "must not be 0")
    .default(1)
    .describe("Negative puts back."),
});

const scannedSchema = z
  .object({
    sku: z.string(),
    cartons: z.array(cartonSchema).describe("Where these units go."),
    wanted: z.int().describe("Of this SKU, by all lists that are picked together."),
    scanned: z.int(),
  })
  .meta({ id: "Scanned" });
export type ScannedView = z.infer<typeof scannedSchema>;

const finishBodySchema = z.strictObject({
  missing: z
    .enum(["refuse", "reroute"])
    .default("refuse")
    .describe("What becomes of units that were not scanned: `reroute` has other locations ship them."),
});

const finishedSchema = z
  .object({
    results: z.array(
      z.object({ pick_list: idSchema, shipment: parcelSchema.nullable(), problem: problemSchema.nullable() }),
    ),
  })
  .meta({ id: "PickingFinished" });
export type FinishedView = z.infer<typeof finishedSchema>;

const binSchema = z.object({ sku: z.string(), zone: z.string(), bin: z.string() });

const byId = z.strictObject({ id: idSchema });
const ofLocation = z.strictObject({ code: locationCodeSchema });
const read = { access: { scope: "fulfillment:read" }, idempotency: "none", tag: "Warehouse" } as const;
const put = { access: { scope: "fulfillment:write" }, idempotency: "none", tag: "Warehouse" } as const;
const act = { access: { scope: "fulfillment:write" }, idempotency: "stored", tag: "Warehouse" } as const;
const scanProblems = [
  "not_found",
  "barcode_unknown",
  "item_not_wanted",
  "item_too_many",
  "order_state_conflict",
  "unavailable",
] as const;

export const warehouseOperations = {
  putBins: operation({
    ...put,
    id: "putBins",
    method: "PUT",
    path: "/v1/locations/{code}/bins",
    summary: "Say where SKUs lie; null takes one away",
    params: ofLocation,
    body: z.strictObject({
      bins: z
        .array(z.strictObject({ sku: skuSchema, zone: codeSchema.nullable(), bin: codeSchema.nullable() }))
        .min(1)
        .max(500)
        .refine((bins) => new Set(bins.map(({ sku }) => sku)).size === bins.length, "each SKU once"),
    }),
    success: { status: 200, schema: z.object({ placed: z.int(), removed: z.int() }) },
    problems: ["location_unknown"],
  }),
  listBins: operation({
    ...read,
    id: "listBins",
    method: "GET",
    path: "/v1/locations/{code}/bins",
    summary: "Where SKUs lie, by SKU",
    params: ofLocation,
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(binSchema) },
    problems: [],
  }),
  createWave: operation({
    ...act,
    id: "createWave",
    method: "POST",
    path: "/v1/waves",
    summary: "Put open pick lists together for one walk",
    description:
      "One list, a batch of the oldest ones, or those all of whose goods lie in some zones. A list is in one wave at a time.",
    body: z.strictObject({
      location: locationCodeSchema,
      pick_lists: z.array(idSchema).min(1).max(WAVE_LISTS_MAX).optional(),
      zones: z.array(codeSchema).min(1).max(20).optional(),
      size: z
        .int()
        .min(1)
        .max(WAVE_LISTS_MAX)
        .default(20)
        .describe("Lists, which is cartons on the trolley."),
    }),
    success: { status: 201, schema: waveSchema },
    problems: ["nothing_to_do"],
  }),
  listWaves: operation({
    ...read,
    id: "listWaves",
    method: "GET",
    path: "/v1/waves",
    summary: "Waves, oldest first",
    query: pageQuerySchema.extend({
      location: locationCodeSchema.optional(),
      status: z.enum(waveStatuses).optional(),
    }),
    success: { status: 200, schema: listOf(waveSummarySchema) },
    problems: [],
  }),
  getWave: operation({
    ...read,
    id: "getWave",
    method: "GET",
    path: "/v1/waves/{id}",
    summary: "What is picked in one walk, by zone and bin, and what was scanned",
    params: byId,
    query: z.strictObject({ zone: codeSchema.optional() }),
    success: { status: 200, schema: waveSchema },
    problems: ["not_found"],
  }),
  getWaveDocument: operation({
    ...read,
    id: "getWaveDocument",
    method: "GET",
    path: "/v1/waves/{id}/document",
    summary: "The walk on paper, with barcodes; with `zone` the part of one picker",
    params: byId,
    query: z.strictObject({ zone: codeSchema.optional() }),
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
  scanIntoWave: operation({
    ...act,
    id: "scanIntoWave",
    method: "POST",
    path: "/v1/waves/{id}/scans",
    summary: "Goods are taken off the shelf: which carton do they go into?",
    params: byId,
    body: scanBodySchema,
    success: { status: 200, schema: scannedSchema },
    problems: scanProblems,
  }),
  finishWave: operation({
    ...act,
    id: "finishWave",
    method: "POST",
    path: "/v1/waves/{id}/finish",
    summary: "The walk is done: parcels begin, and what is missing goes to other locations if it may",
    params: byId,
    body: finishBodySchema,
    success: { status: 200, schema: finishedSchema },
    problems: ["not_found", "unavailable"],
  }),
  cancelWave: operation({
    ...act,
    id: "cancelWave",
    method: "POST",
    path: "/v1/waves/{id}/cancel",
    summary: "Give it up: its lists are free for another one",
    params: byId,
    success: { status: 200, schema: waveSchema },
    problems: ["not_found", "order_state_conflict"],
  }),
  scanPickList: operation({
    ...act,
    id: "scanPickList",
    method: "POST",
    path: "/v1/pick-lists/{id}/scans",
    summary: "As for a wave, for one list by itself",
    params: byId,
    body: scanBodySchema,
    success: { status: 200, schema: scannedSchema },
    problems: scanProblems,
  }),
  finishPickList: operation({
    ...act,
    id: "finishPickList",
    method: "POST",
    path: "/v1/pick-lists/{id}/finish",
    summary: "As for a wave, for one list by itself",
    params: byId,
    body: finishBodySchema,
    success: { status: 200, schema: finishedSchema },
    problems: ["not_found", "unavailable"],
  }),
};
