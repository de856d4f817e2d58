import type { BuyerKey, Sku } from "../domain/brand.ts";
import {
  HOLD_TTL_SECONDS_DEFAULT,
  HOLD_TTL_SECONDS_MAX,
  HOLD_TTL_SECONDS_MIN,
} from "../domain/inventory/hold.ts";
import type { HoldBatchItem, HoldRequest } from "./holds.ts";
import { buyerPattern, idempotencyKeyPattern, QUANTITY_MAX, skuPattern } from "./primitives.ts";

/*
 * The requests that come by the ten thousand, read by hand. The schemas in `holds.ts` stay the only word on what is
 * valid: what is read here is what they would have made of it, and whatever looks unusual is left to them.
 */

type Fields = { readonly [field: string]: unknown };
type QuickHold = Pick<HoldRequest, "lines" | "buyer" | "ttl_seconds">;

const LINES_MAX = 50;
const ITEMS_MAX = 100;

/** @returns Null where the schema has to look. */
export function quickHoldRequest(value: unknown): HoldRequest | null {
  if (!isRecord(value)) return null;
  for (const field in value)
    if (field !== "lines" && field !== "buyer" && field !== "ttl_seconds") return null;
  return quickHold(value);
}

/** @returns Null where the schema has to look. */
export function quickHoldBatch(value: unknown): { items: Array<HoldBatchItem> } | null {
  if (!isRecord(value)) return null;
  for (const field in value) if (field !== "items") return null;
  const { items } = value;
  if (!Array.isArray(items) || items.length === 0 || items.length > ITEMS_MAX) return null;
  const read: Array<HoldBatchItem> = [];
  for (const item of items as Array<unknown>) {
    const quick = quickHoldItem(item);
    if (quick === null) return null;
    read.push(quick);
  }
  return { items: read };
}

function quickHoldItem(value: unknown): HoldBatchItem | null {
  if (!isRecord(value)) return null;
  for (const field in value) {
    if (field !== "lines" && field !== "buyer" && field !== "ttl_seconds" && field !== "idempotency_key") {
      return null;
    }
  }
  const { idempotency_key: key } = value;
  if (typeof key !== "string" || !idempotencyKeyPattern.test(key)) return null;
  const hold = quickHold(value);
  return hold === null ? null : { ...hold, idempotency_key: key };
}

function quickHold(value: Fields): QuickHold | null {
  const { lines, buyer, ttl_seconds: ttlSeconds = HOLD_TTL_SECONDS_DEFAULT } = value;
  if (typeof buyer !== "string" || !buyerPattern.test(buyer)) return null;
  if (!isIntegerWithin(ttlSeconds, HOLD_TTL_SECONDS_MIN, HOLD_TTL_SECONDS_MAX)) return null;
  const read = quickLines(lines);
  return read === null ? null : { lines: read, buyer: buyer as BuyerKey, ttl_seconds: ttlSeconds };
}

/** @returns Null where the schema has to look. */
export function quickLines(lines: unknown): HoldRequest["lines"] | null {
  if (!Array.isArray(lines) || lines.length === 0 || lines.length > LINES_MAX) return null;
  const read: Array<{ sku: Sku; quantity: number }> = [];
  for (const line of lines as Array<unknown>) {
    if (!isRecord(line)) return null;
    for (const field in line) if (field !== "sku" && field !== "quantity") return null;
    const { sku, quantity } = line;
    if (typeof sku !== "string" || !skuPattern.test(sku)) return null;
    if (!isIntegerWithin(quantity, 1, QUANTITY_MAX)) return null;
    read.push({ sku: sku as Sku, quantity });
  }
  return read;
}

export function isIntegerWithin(value: unknown, min: number, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

/** Of what `JSON.parse` makes. */
export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
