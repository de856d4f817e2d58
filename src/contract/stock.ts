import * as z from "zod";

import { ledgerNumbers } from "../domain/inventory/ledger.ts";
import type { MovementKind } from "../domain/inventory/sku-port.ts";
import { operation } from "./operation.ts";
import {
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  QUANTITY_MAX,
  quantitySchema,
  skuSchema,
  noteSchema,
  timestampSchema,
} from "./primitives.ts";
import { problemSchema } from "./problem.ts";

export const MOVEMENTS_MAX = 500;

const movementFields = {
  sku: skuSchema,
  location: locationCodeSchema,
  reason: noteSchema(200).optional(),
};

export const movementSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("received"), ...movementFields, quantity: quantitySchema }),
  z.strictObject({
    kind: z.literal("adjusted"),
    ...movementFields,
    quantity: z
      .int()
      .min(-QUANTITY_MAX)
      .max(QUANTITY_MAX)
      .refine((quantity) => quantity !== 0, "must not be zero")
      .describe("Signed."),
  }),
  z.strictObject({
    kind: z.literal("counted"),
    ...movementFields,
    quantity: z
      .int()
      .min(0)
      .max(QUANTITY_MAX)
      .describe("What was counted, not a difference.")
      // JSON has a negative zero, and nobody counts one.
      .transform((quantity) => quantity + 0),
  }),
  z.strictObject({ kind: z.literal("damaged"), ...movementFields, quantity: quantitySchema }),
  z
    .strictObject({
      kind: z.literal("transferred"),
      ...movementFields,
      to_location: locationCodeSchema,
      quantity: quantitySchema,
    })
    .refine((movement) => movement.to_location !== (movement.location as string), {
      path: ["to_location"],
      message: "must be another location",
    }),
]);
export type MovementRequest = z.output<typeof movementSchema>;

export const stockSchema = z
  .object({
    sku: z.string(),
    available: z.int(),
    held: z.int(),
    committed: z.int(),
    ring_fenced: z.int().describe("Units kept for drops of shows that nobody holds or has bought yet."),
    locations: z.array(
      z.object({
        location: z.string(),
        on_hand: z.int(),
        allocated: z.int(),
        safety_stock: z.int(),
        damaged: z.int(),
        incoming: z.int(),
      }),
    ),
    version: z.int(),
  })
  .meta({ id: "Stock" });
export type StockView = z.infer<typeof stockSchema>;

const ledgerKinds = {
  received: true,
  adjusted: true,
  counted: true,
  damaged: true,
  transferred_out: true,
  transferred_in: true,
  committed: true,
  allocated: true,
  deallocated: true,
  released: true,
  shipped: true,
  returned: true,
  ring_fenced: true,
  unfenced: true,
} satisfies Record<MovementKind, true>;

const ledgerEntrySchema = z
  .object({
    seq: z.int(),
    id: z.string(),
    kind: z.enum(Object.keys(ledgerKinds) as [MovementKind, ...Array<MovementKind>]),
    location: z.string().nullable(),
    quantity: z.int(),
    order: z.string().nullable(),
    reason: z.string().nullable(),
    at: timestampSchema,
  })
  .meta({ id: "Movement" });
export type LedgerEntryView = z.infer<typeof ledgerEntrySchema>;

const movementResultSchema = z.union([
  z.object({ ok: z.literal(true), stock: stockSchema }),
  z.object({ ok: z.literal(false), problem: problemSchema }),
]);
export type MovementResult = z.infer<typeof movementResultSchema>;

const skuParams = z.strictObject({ sku: skuSchema });

export const stockOperations = {
  moveStock: operation({
    id: "moveStock",
    method: "POST",
    path: "/v1/stock/movements",
    tag: "Stock",
    summary: "Record up to 500 physical movements, each decided by itself",
    description:
      "Movements of one SKU are decided in the order given. `stock` in a result is what its SKU has after that " +
      "movement. After a 503, repeat with the same Idempotency-Key: what was recorded is not recorded twice.",
    access: { scope: "stock:write" },
    idempotency: "stored",
    body: z.strictObject({ movements: z.array(movementSchema).min(1).max(MOVEMENTS_MAX) }),
    success: { status: 200, schema: z.object({ results: z.array(movementResultSchema) }) },
    problems: ["unavailable"],
  }),
  listStock: operation({
    id: "listStock",
    method: "GET",
    path: "/v1/stock",
    tag: "Stock",
    summary: "What all SKUs last said of their stock, by SKU",
    access: { scope: "stock:read" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(stockSchema) },
    problems: [],
  }),
  getStock: operation({
    id: "getStock",
    method: "GET",
    path: "/v1/skus/{sku}/stock",
    tag: "Stock",
    summary: "The stock of a SKU, from its object itself",
    access: { scope: "stock:read" },
    idempotency: "none",
    params: skuParams,
    success: { status: 200, schema: stockSchema },
    problems: ["sku_unknown", "unavailable"],
  }),
  listMovements: operation({
    id: "listMovements",
    method: "GET",
    path: "/v1/skus/{sku}/movements",
    tag: "Stock",
    summary: "The ledger of a SKU",
    description:
      "Its sum is today's stock. `of` and `location` leave what is behind one number, with `quantity` as it was moved: " +
      "units shipped lower `on_hand`.",
    access: { scope: "stock:read" },
    idempotency: "none",
    params: skuParams,
    query: pageQuerySchema.extend({
      order: z.enum(["oldest", "newest"]).default("oldest"),
      of: z.enum(ledgerNumbers).optional().describe("Only with `newest`, as `location` is."),
      location: locationCodeSchema.optional(),
    }),
    success: { status: 200, schema: listOf(ledgerEntrySchema) },
    problems: ["sku_unknown", "unavailable"],
  }),
  setSafetyStock: operation({
    id: "setSafetyStock",
    method: "PUT",
    path: "/v1/skus/{sku}/locations/{location}",
    tag: "Stock",
    summary: "Set how many units of a SKU a location keeps back from sale",
    access: { scope: "stock:write" },
    idempotency: "none",
    params: z.strictObject({ sku: skuSchema, location: locationCodeSchema }),
    body: z.strictObject({
      safety_stock: z
        .int()
        .min(0)
        .max(QUANTITY_MAX)
        .transform((quantity) => quantity + 0),
    }),
    success: { status: 200, schema: stockSchema },
    problems: ["sku_unknown", "location_unknown", "stock_insufficient", "unavailable"],
  }),
};
