import * as z from "zod";

import { HOLD_TTL_SECONDS_MAX, HOLD_TTL_SECONDS_MIN } from "../domain/inventory/hold.ts";
import { OFFER_TTL_SECONDS_DEFAULT } from "../domain/inventory/waitlist-entry.ts";
import { operation } from "./operation.ts";
import {
  buyerSchema,
  idSchema,
  quantitySchema,
  showCodeSchema,
  skuSchema,
  timestampSchema,
} from "./primitives.ts";

const waitlistBodySchema = z.strictObject({
  buyer: buyerSchema.optional().describe("Required, unless `Holdfast-Buyer` names the buyer."),
  quantity: quantitySchema,
  show: showCodeSchema.optional().describe("In line for the units of this show's drop."),
  ttl_seconds: z
    .int()
    .min(HOLD_TTL_SECONDS_MIN)
    .max(HOLD_TTL_SECONDS_MAX)
    .default(OFFER_TTL_SECONDS_DEFAULT)
    .describe("How long an offer lasts; in a drop, never longer than the drop allows."),
});

const waitlistEntrySchema = z
  .object({
    id: idSchema.meta({ example: "wtl_01jdcp3w8x7q2m9k4t6v1n5r0hbe3w" }),
    sku: z.string(),
    status: z.enum(["waiting", "offered", "converted", "lapsed", "left"]),
    position: z.int().nullable().describe("1 is next. Null where it is drawn, or no longer waits."),
    buyer: z.string(),
    quantity: z.int(),
    show: z.string().nullable(),
    hold: z.string().nullable().describe("The offer: a hold that can be paid for until it expires."),
    created_at: timestampSchema,
  })
  .meta({ id: "WaitlistEntry" });
export type WaitlistEntryView = z.infer<typeof waitlistEntrySchema>;

const entryParams = z.strictObject({ sku: skuSchema, id: idSchema });
const path = "/v1/skus/{sku}/waitlist/{id}";

export const waitlistOperations = {
  joinWaitlist: operation({
    id: "joinWaitlist",
    method: "POST",
    path: "/v1/skus/{sku}/waitlist",
    tag: "Waitlist",
    summary: "Stand in line for units of a SKU, or of a show's drop",
    description:
      "Units that come free are offered to the first in line before anybody else can have them. A buyer stands in a " +
      "line once: whoever joins again is told of the place they have.",
    access: { scope: "holds:write", publishable: true },
    idempotency: "own",
    isForBuyer: true,
    humanAction: "waitlist",
    params: z.strictObject({ sku: skuSchema }),
    body: waitlistBodySchema,
    success: { status: 201, schema: waitlistEntrySchema },
    problems: ["sku_unknown", "drop_not_open", "limit_reached", "idempotency_key_reused", "unavailable"],
  }),
  getWaitlistEntry: operation({
    id: "getWaitlistEntry",
    method: "GET",
    path,
    tag: "Waitlist",
    summary: "A place in line, and the offer where it is the buyer's turn",
    access: { scope: "holds:read", publishable: true },
    idempotency: "none",
    isForBuyer: true,
    params: entryParams,
    success: { status: 200, schema: waitlistEntrySchema },
    problems: ["waitlist_unknown", "unavailable"],
  }),
  leaveWaitlist: operation({
    id: "leaveWaitlist",
    method: "DELETE",
    path,
    tag: "Waitlist",
    summary: "Leave the line, or decline the offer; again is the same",
    access: { scope: "holds:write", publishable: true },
    idempotency: "none",
    isForBuyer: true,
    params: entryParams,
    success: { status: 200, schema: waitlistEntrySchema },
    problems: ["waitlist_unknown", "unavailable"],
  }),
};
