import * as z from "zod";

import type { BuyerKey } from "../domain/brand.ts";
import {
  HOLD_TTL_SECONDS_DEFAULT,
  HOLD_TTL_SECONDS_MAX,
  HOLD_TTL_SECONDS_MIN,
} from "../domain/inventory/hold.ts";
import { linesSchema, ttlSchema } from "./holds.ts";
import {
  buyerPattern,
  buyerSchema,
  idempotencyKeyPattern,
  idempotencyKeySchema,
  idSchema,
  quantitySchema,
  skuSchema,
} from "./primitives.ts";
import { isIntegerWithin, isRecord, quickLines } from "./quick-holds.ts";

export const LIVE_ITEMS_MAX = 100;

/** What a client calls a message, so that it knows the answer to it. */
const refSchema = z.string().min(1).max(64);
const REF_LENGTH_MAX = 64;

const claim = {
  idempotency_key: idempotencyKeySchema,
  lines: linesSchema,
  ttl_seconds: ttlSchema,
  buyer: buyerSchema.optional().describe("Secret keys only: whom this is for. A page's buyer is bound."),
};
const liveClaimSchema = z.strictObject(claim);

/** Every message that a client may send. */
export const clientMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("hold"), ref: refSchema, ...claim }),
  z.strictObject({
    type: z.literal("holds"),
    ref: refSchema,
    items: z.array(liveClaimSchema).min(1).max(LIVE_ITEMS_MAX),
  }),
  z.strictObject({ type: z.literal("release"), ref: refSchema, hold: idSchema }),
  z.strictObject({
    type: z.literal("waitlist"),
    ref: refSchema,
    sku: skuSchema,
    quantity: quantitySchema,
    idempotency_key: idempotencyKeySchema.optional(),
    ttl_seconds: z
      .int()
      .min(HOLD_TTL_SECONDS_MIN)
      .max(HOLD_TTL_SECONDS_MAX)
      .optional()
      .describe("How long the buyer has once it is their turn."),
    buyer: buyerSchema.optional(),
  }),
  z.strictObject({ type: z.literal("leave"), ref: refSchema, sku: skuSchema, waitlist: idSchema }),
  z.strictObject({ type: z.literal("ping") }),
  z.strictObject({ type: z.literal("checked"), id: z.int().min(0) }).describe("Answers `check`."),
]);
export type ClientMessage = z.output<typeof clientMessageSchema>;
export type LiveClaim = z.output<typeof liveClaimSchema>;

/**
 * Reads what nearly every message is, a hold or several, by hand: the schema takes ten times as long.
 *
 * @param value - What JSON said.
 * @returns null where the schema has to be asked: another kind of message, or one that does not fit.
 */
export function readClaimMessage(value: unknown): Extract<ClientMessage, { type: "hold" | "holds" }> | null {
  if (!isRecord(value)) return null;
  const { type, ref } = value;
  if (typeof ref !== "string" || ref.length === 0 || ref.length > REF_LENGTH_MAX) return null;
  if (type === "hold") {
    const read = readClaim(value, 2);
    return read === null ? null : { type, ref, ...read };
  }
  if (type !== "holds" || keyCount(value) !== 3) return null;
  const { items } = value;
  if (!Array.isArray(items) || items.length === 0 || items.length > LIVE_ITEMS_MAX) return null;
  const claims: Array<LiveClaim> = [];
  for (const item of items as ReadonlyArray<unknown>) {
    const read = isRecord(item) ? readClaim(item, 0) : null;
    if (read === null) return null;
    claims.push(read);
  }
  return { type, ref, items: claims };
}

/** @param otherKeys - How many members `value` has beside those of a claim. */
function readClaim(value: Record<string, unknown>, otherKeys: number): LiveClaim | null {
  const { idempotency_key: key, lines, ttl_seconds: ttl, buyer } = value;
  if (typeof key !== "string" || !idempotencyKeyPattern.test(key)) return null;
  let keys = otherKeys + 2;
  if (ttl !== undefined) {
    if (!isIntegerWithin(ttl, HOLD_TTL_SECONDS_MIN, HOLD_TTL_SECONDS_MAX)) return null;
    keys += 1;
  }
  if (buyer !== undefined) {
    if (typeof buyer !== "string" || !buyerPattern.test(buyer)) return null;
    keys += 1;
  }
  if (keyCount(value) !== keys) return null;
  const read = quickLines(lines);
  if (read === null) return null;
  const claimed = {
    idempotency_key: key,
    lines: read,
    ttl_seconds: (ttl as number | undefined) ?? HOLD_TTL_SECONDS_DEFAULT,
  };
  return buyer === undefined ? claimed : { ...claimed, buyer: buyer as BuyerKey };
}

function keyCount(value: Record<string, unknown>): number {
  let count = 0;
  for (const _ in value) count += 1;
  return count;
}
