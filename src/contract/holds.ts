import * as z from "zod";

import type { HoldName } from "../domain/inventory/find-hold.ts";
import {
  HOLD_TTL_SECONDS_DEFAULT,
  HOLD_TTL_SECONDS_MAX,
  HOLD_TTL_SECONDS_MIN,
  parseHoldId,
} from "../domain/inventory/hold.ts";
import { operation } from "./operation.ts";
import {
  buyerSchema,
  deviceSchema,
  idempotencyKeySchema,
  idSchema,
  locationCodeSchema,
  quantitySchema,
  showCodeSchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";
import { problemSchema } from "./problem.ts";
import { quickHoldBatch, quickHoldRequest } from "./quick-holds.ts";

const holdLineSchema = z.strictObject({ sku: skuSchema, quantity: quantitySchema });
export const linesSchema = z.array(holdLineSchema).min(1).max(50).describe("Lines for one SKU are merged.");
export const ttlSchema = z
  .int()
  .min(HOLD_TTL_SECONDS_MIN)
  .max(HOLD_TTL_SECONDS_MAX)
  .default(HOLD_TTL_SECONDS_DEFAULT);
export const holdRequestSchema = z.strictObject({
  lines: linesSchema,
  buyer: buyerSchema,
  ttl_seconds: ttlSchema,
  show: showCodeSchema.optional(),
  location: locationCodeSchema.optional().describe("Pick-up: every unit must be at this location."),
  device: deviceSchema.optional(),
});
export type HoldRequest = z.output<typeof holdRequestSchema>;

/** As a page sends it: its buyer may be named by a token instead. */
const pageHoldRequestSchema = holdRequestSchema.extend({
  buyer: buyerSchema.optional().describe("Required, unless `Holdfast-Buyer` names the buyer."),
});

export const holdSchema = z
  .object({
    id: idSchema.meta({ example: "hold_01jdcp3w8x7q2m9k4t6v1n5r0hbe3w.MUG-BLUE" }),
    status: z.enum(["active", "paying", "converted", "released", "expired"]),
    buyer: z.string(),
    lines: z.array(z.object({ sku: z.string(), quantity: z.int() })),
    location: z.string().nullable(),
    show: z.string().nullable(),
    secured: z
      .boolean()
      .describe(
        "Whether units are set aside. In some drops that happens at the checkout, or with the payment.",
      ),
    order: z.string().nullable(),
    expires_at: timestampSchema,
    created_at: timestampSchema,
  })
  .meta({ id: "Hold" });
export type HoldView = z.infer<typeof holdSchema>;

/** @returns null where `id` is not the id of a hold. */
export function holdNamed(id: string): HoldName | null {
  const named = parseHoldId(id);
  const home = skuSchema.safeParse(named?.home);
  return named === null || !home.success ? null : { ...named, home: home.data };
}

const batchItemSchema = holdRequestSchema.extend({ idempotency_key: idempotencyKeySchema });
export type HoldBatchItem = z.output<typeof batchItemSchema>;

const batchResultSchema = z.union([
  z.object({ ok: z.literal(true), hold: holdSchema }),
  z.object({ ok: z.literal(false), problem: problemSchema }),
]);
export type HoldBatchResult = z.infer<typeof batchResultSchema>;

const liveHoldSchema = z
  .object({
    sku: z.string(),
    buyer: z.string(),
    quantity: z.int(),
    status: z.enum(["active", "paying"]),
    secured: z.boolean(),
    created_at: timestampSchema,
    ends_at: timestampSchema.describe("While it is being paid for: the end of its longest life."),
  })
  .meta({ id: "LiveHold" });
export type LiveHoldView = z.infer<typeof liveHoldSchema>;

const availabilitySchema = z
  .object({
    sku: z.string(),
    available: z.int().describe("Publishable keys see at most 10, which stands for 10 or more."),
    state: z.enum(["in_stock", "low", "sold_out"]),
    version: z.int(),
  })
  .meta({ id: "Availability" });
export type AvailabilityView = z.infer<typeof availabilitySchema>;

export const holdOperations = {
  takeHold: operation({
    id: "takeHold",
    method: "POST",
    path: "/v1/holds",
    tag: "Holds",
    summary: "Hold units for a buyer: every line or none",
    access: { scope: "holds:write", publishable: true },
    idempotency: "own",
    isForBuyer: true,
    humanAction: "hold",
    body: pageHoldRequestSchema,
    quickBody: quickHoldRequest,
    success: { status: 201, schema: holdSchema },
    problems: [
      "sku_unknown",
      "sold_out",
      "limit_reached",
      "drop_not_open",
      "waitlisted",
      "queued",
      "rate_limited",
      "hold_resolved",
      "idempotency_key_reused",
      "location_unknown",
      "unavailable",
    ],
  }),
  takeHoldBatch: operation({
    id: "takeHoldBatch",
    method: "POST",
    path: "/v1/holds/batch",
    tag: "Holds",
    summary: "Hold units for up to 100 buyers, each decided by itself, in order",
    description:
      "Each item carries its own idempotency key, so the call as a whole needs none; an Idempotency-Key header is " +
      "accepted and ignored. Items of one SKU are decided in the order given.",
    access: { scope: "holds:write" },
    // The items' keys are the identity: repeating the call finds the same holds.
    idempotency: "none",
    body: z.strictObject({ items: z.array(batchItemSchema).min(1).max(100) }),
    quickBody: quickHoldBatch,
    success: {
      status: 200,
      schema: z.object({ items: z.array(batchResultSchema) }),
    },
    problems: [],
  }),
  getAvailability: operation({
    id: "getAvailability",
    method: "GET",
    path: "/v1/skus/{sku}/availability",
    tag: "Holds",
    summary: "How many units can be held now",
    access: { scope: "stock:read", publishable: true },
    idempotency: "none",
    params: z.strictObject({ sku: skuSchema }),
    success: { status: 200, schema: availabilitySchema },
    problems: ["sku_unknown", "unavailable"],
  }),
  listLiveHolds: operation({
    id: "listLiveHolds",
    method: "GET",
    path: "/v1/skus/{sku}/holds",
    tag: "Holds",
    summary: "Live holds of a SKU, in a show or outside any, that end soonest",
    description: "Without their ids: whoever knows the id of a hold may act on it.",
    access: { scope: "holds:read" },
    idempotency: "none",
    params: z.strictObject({ sku: skuSchema }),
    query: z.strictObject({
      show: showCodeSchema.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    success: { status: 200, schema: z.object({ data: z.array(liveHoldSchema) }) },
    problems: ["sku_unknown", "unavailable"],
  }),
  getHold: operation({
    id: "getHold",
    method: "GET",
    path: "/v1/holds/{id}",
    tag: "Holds",
    summary: "A hold; its status tells the truth about expiry at once",
    access: { scope: "holds:read", publishable: true },
    idempotency: "none",
    isForBuyer: true,
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown", "unavailable"],
  }),
  releaseHold: operation({
    id: "releaseHold",
    method: "DELETE",
    path: "/v1/holds/{id}",
    tag: "Holds",
    summary: "Let go of a hold; again is the same",
    access: { scope: "holds:write", publishable: true },
    idempotency: "none",
    isForBuyer: true,
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown", "hold_expired", "hold_resolved", "hold_paying", "unavailable"],
  }),
  extendHold: operation({
    id: "extendHold",
    method: "POST",
    path: "/v1/holds/{id}/extend",
    tag: "Holds",
    summary: "Extend a hold, once, within its longest life",
    access: { scope: "holds:write", publishable: true },
    idempotency: "stored",
    isForBuyer: true,
    params: z.strictObject({ id: idSchema }),
    body: z.strictObject({ ttl_seconds: z.int().min(HOLD_TTL_SECONDS_MIN).max(HOLD_TTL_SECONDS_MAX) }),
    success: { status: 200, schema: holdSchema },
    problems: [
      "hold_unknown",
      "hold_expired",
      "hold_resolved",
      "hold_paying",
      "hold_not_extendable",
      "unavailable",
    ],
  }),
  checkoutHold: operation({
    id: "checkoutHold",
    method: "POST",
    path: "/v1/holds/{id}/checkout",
    tag: "Holds",
    summary: "Begin to check out: set units aside where a claim has none yet",
    description:
      "For drops with the policy `hold_on_checkout`. Units that are set aside already stay so, and again is the same.",
    access: { scope: "holds:write", publishable: true },
    // Whoever comes again finds the units that are set aside, or tries once more.
    idempotency: "own",
    isForBuyer: true,
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: holdSchema },
    problems: ["hold_unknown", "hold_expired", "hold_resolved", "hold_paying", "sold_out", "unavailable"],
  }),
};
