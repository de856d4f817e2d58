import * as z from "zod";

import {
  HOLD_TTL_SECONDS_DEFAULT,
  HOLD_TTL_SECONDS_MAX,
  HOLD_TTL_SECONDS_MIN,
} from "../domain/inventory/hold.ts";
import { operation } from "./operation.ts";
import {
  buyerSchema,
  idempotencyKeySchema,
  idSchema,
  locationCodeSchema,
  quantitySchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";
import { problemSchema } from "./problem.ts";

const holdLineSchema = z.strictObject({ sku: skuSchema, quantity: quantitySchema });
const linesSchema = z.array(holdLineSchema).min(1).max(50).describe("Lines for one SKU are merged.");
const ttlSchema = z
  .int()
  .min(HOLD_TTL_SECONDS_MIN)
  .max(HOLD_TTL_SECONDS_MAX)
  .default(HOLD_TTL_SECONDS_DEFAULT);
const showSchema = z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/);

export const holdRequestSchema = z.strictObject({
  lines: linesSchema,
  buyer: buyerSchema,
  ttl_seconds: ttlSchema,
  show: showSchema.optional(),
  location: locationCodeSchema.optional().describe("Pick-up: every unit must be at this location."),
});
export type HoldRequest = z.output<typeof holdRequestSchema>;

export const holdSchema = z.object({
  id: idSchema.meta({ example: "hold_01jdcp3w8x7q2m9k4t6v1n5r0hbe3w.MUG-BLUE" }),
  status: z.enum(["active", "paying", "converted", "released", "expired"]),
  buyer: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
  location: z.string().nullable(),
  show: z.string().nullable(),
  order: z.string().nullable(),
  expires_at: timestampSchema,
  created_at: timestampSchema,
});
export type HoldView = z.infer<typeof holdSchema>;

const batchItemSchema = holdRequestSchema.extend({ idempotency_key: idempotencyKeySchema });

export const holdOperations = {
  takeHold: operation({
    id: "takeHold",
    method: "POST",
    path: "/v1/holds",
    tag: "Holds",
    summary: "Hold units for a buyer: every line or none",
    access: { scope: "holds:write", publishable: true },
    idempotency: "own",
    body: holdRequestSchema,
    success: { status: 201, schema: holdSchema },
    problems: [
      "sku_unknown",
      "sold_out",
      "limit_reached",
      "drop_not_open",
      "idempotency_key_reused",
      "unavailable",
    ],
  }),
  takeHoldBatch: operation({
    id: "takeHoldBatch",
    method: "POST",
    path: "/v1/holds/batch",
    tag: "Holds",
    summary: "Hold units for up to 100 buyers, each decided by itself, in order",
    access: { scope: "holds:write" },
    idempotency: "own",
    body: z.strictObject({ items: z.array(batchItemSchema).min(1).max(100) }),
    success: {
      status: 200,
      schema: z.object({
        items: z.array(
          z.union([
            z.object({ ok: z.literal(true), hold: holdSchema }),
            z.object({ ok: z.literal(false), problem: problemSchema }),
          ]),
        ),
      }),
    },
    problems: ["unavailable"],
  }),
  getHold: operation({
    id: "getHold",
    method: "GET",
    path: "/v1/holds/{id}",
    tag: "Holds",
    summary: "A hold; its status tells the truth about expiry at once",
    access: { scope: "holds:read", publishable: true },
    idempotency: "none",
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown"],
  }),
  releaseHold: operation({
    id: "releaseHold",
    method: "DELETE",
    path: "/v1/holds/{id}",
    tag: "Holds",
    summary: "Let go of a hold; again is the same",
    access: { scope: "holds:write", publishable: true },
    idempotency: "none",
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown", "hold_resolved", "hold_paying"],
  }),
  extendHold: operation({
    id: "extendHold",
    method: "POST",
    path: "/v1/holds/{id}/extend",
    tag: "Holds",
    summary: "Extend a hold, once, within its longest life",
    access: { scope: "holds:write", publishable: true },
    idempotency: "stored",
    params: z.strictObject({ id: idSchema }),
    body: z.strictObject({ ttl_seconds: z.int().min(HOLD_TTL_SECONDS_MIN).max(HOLD_TTL_SECONDS_MAX) }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown", "hold_expired", "hold_resolved", "hold_paying", "hold_not_extendable"],
  }),
};
