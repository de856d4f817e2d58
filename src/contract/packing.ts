import * as z from "zod";

import { shipmentStatuses } from "../domain/fulfillment/fulfillment.ts";
import { parcelSchema } from "./fulfillment.ts";
import { operation } from "./operation.ts";
import {
  codeSchema,
  idSchema,
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  quantitySchema,
  textSchema,
  timestampSchema,
} from "./primitives.ts";

const PARCELS_MAX = 50;

const parcelSizeBodySchema = z.strictObject({
  name: textSchema(100),
  length_mm: z.int().min(1).max(99_999),
  width_mm: z.int().min(1).max(99_999),
  height_mm: z.int().min(1).max(99_999),
  max_grams: z.int().min(2).max(10_000_000).describe("Of the whole parcel."),
  grams: z.int().min(0).max(1_000_000).default(50).describe("Of the carton with its padding."),
});
const parcelSizeSchema = z
  .object({ code: z.string(), ...parcelSizeBodySchema.shape, grams: z.int() })
  .meta({ id: "ParcelSize" });

const packBodySchema = z.strictObject({
  parcels: z
    .array(
      z.strictObject({
        size: codeSchema.optional(),
        lines: z
          .array(z.strictObject({ line: idSchema, quantity: quantitySchema }))
          .min(1)
          .max(100),
      }),
    )
    .min(1)
    .max(PARCELS_MAX)
    .optional()
    .describe("Each unit once. By default the smallest sizes that hold them."),
});

const manifestSchema = z
  .object({
    id: idSchema,
    location: z.string(),
    carrier: z.string(),
    parcel_count: z.int(),
    weight_grams: z.int(),
    parcels: z.array(
      z.object({
        shipment: idSchema,
        order_number: z.int(),
        status: z.enum(shipmentStatuses),
        tracking_number: z.string().nullable(),
        service: z.string().nullable(),
        weight_grams: z.int().nullable(),
        postal_code: z.string().nullable(),
        country: z.string().nullable(),
      }),
    ),
    created_at: timestampSchema,
  })
  .meta({ id: "Manifest" });
export type ManifestView = z.infer<typeof manifestSchema>;

const manifestSummarySchema = z.object({
  id: idSchema,
  location: z.string(),
  carrier: z.string(),
  created_at: timestampSchema,
});

const byId = z.strictObject({ id: idSchema });
const byCode = z.strictObject({ code: codeSchema });
const read = { access: { scope: "fulfillment:read" }, idempotency: "none", tag: "Warehouse" } as const;
const put = { access: { scope: "fulfillment:write" }, idempotency: "none", tag: "Warehouse" } as const;
const act = { access: { scope: "fulfillment:write" }, idempotency: "stored", tag: "Warehouse" } as const;

export const packingOperations = {
  putParcelSize: operation({
    ...put,
    id: "putParcelSize",
    method: "PUT",
    path: "/v1/parcel-sizes/{code}",
    summary: "A carton or bag to pack into",
    params: byCode,
    body: parcelSizeBodySchema.refine(
      ({ grams, max_grams: max }) => grams < max,
      "grams must be below max_grams",
    ),
    success: { status: 200, schema: parcelSizeSchema },
    problems: [],
  }),
  listParcelSizes: operation({
    ...read,
    id: "listParcelSizes",
    method: "GET",
    path: "/v1/parcel-sizes",
    summary: "All of them, by code",
    success: { status: 200, schema: z.object({ data: z.array(parcelSizeSchema) }) },
    problems: [],
  }),
  deleteParcelSize: operation({
    ...put,
    id: "deleteParcelSize",
    method: "DELETE",
    path: "/v1/parcel-sizes/{code}",
    summary: "Pack into it no more; parcels that are packed stay so",
    params: byCode,
    success: { status: 200, schema: parcelSizeSchema },
    problems: ["not_found"],
  }),
  packFulfillmentOrder: operation({
    ...act,
    id: "packFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/pack",
    summary: "Into which parcels its goods go, before there is a label",
    description:
      "Where there are several, each becomes a fulfillment order of its own at the same location, with its units; the old one is " +
      "canceled. A SKU's `length_mm`, `width_mm` and `height_mm` attributes and its weight decide what fits.",
    params: byId,
    body: packBodySchema,
    success: { status: 200, schema: z.object({ data: z.array(parcelSchema) }) },
    problems: [
      "not_found",
      "order_state_conflict",
      "quantity_unavailable",
      "parcel_size_unknown",
      "unavailable",
    ],
  }),
  createManifest: operation({
    ...act,
    id: "createManifest",
    method: "POST",
    path: "/v1/manifests",
    summary: "Hand all labeled parcels of a location to a carrier: they are shipped, once",
    description:
      "Takes parcels with a label, and those shipped in the last 36 hours, that stand on no manifest yet; 500 at most.",
    body: z.strictObject({ location: locationCodeSchema, carrier: codeSchema }),
    success: { status: 201, schema: manifestSchema },
    problems: ["nothing_to_do", "unavailable"],
  }),
  listManifests: operation({
    ...read,
    id: "listManifests",
    method: "GET",
    path: "/v1/manifests",
    summary: "Manifests, newest first",
    query: pageQuerySchema.extend({ location: locationCodeSchema.optional() }),
    success: { status: 200, schema: listOf(manifestSummarySchema) },
    problems: [],
  }),
  getManifest: operation({
    ...read,
    id: "getManifest",
    method: "GET",
    path: "/v1/manifests/{id}",
    summary: "What a carrier was handed",
    params: byId,
    success: { status: 200, schema: manifestSchema },
    problems: ["not_found"],
  }),
  getManifestDocument: operation({
    ...read,
    id: "getManifestDocument",
    method: "GET",
    path: "/v1/manifests/{id}/document",
    summary: "The same on paper, for the driver to sign",
    params: byId,
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
};
