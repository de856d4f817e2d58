import * as z from "zod";

import { ratePreferences } from "../domain/fulfillment/choose-rate.ts";
import { parcelSchema } from "./fulfillment.ts";
import { operation } from "./operation.ts";
import { addressSchema, idSchema } from "./primitives.ts";

const carrierNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/)
  .meta({ example: "ups" });

const rateSchema = z.object({
  carrier: z.string().describe("Whom the parcel is given to, as `carrier` of a shipment."),
  by: z.string().describe("Who carries it, where the carrier is one that buys at others."),
  service: z.string(),
  amount: z.int().describe("Minor units."),
  currency: z.string(),
  delivery_days: z.int().nullable().describe("Null where nothing is promised."),
});

const ratesSchema = z
  .object({
    rates: z.array(rateSchema).describe("Cheapest first, by amount within a currency."),
    chosen: z
      .record(z.enum(ratePreferences), rateSchema.nullable())
      .describe("What each way of choosing would take of the shipment's own carrier."),
    failures: z
      .array(z.object({ carrier: z.string(), reason: z.string() }))
      .describe("Carriers that refused, or did not answer."),
  })
  .meta({ id: "Rates" });
export type RatesView = z.infer<typeof ratesSchema>;

const addressCheckSchema = z
  .object({
    carrier: z.string(),
    verdict: z
      .enum(["deliverable", "corrected", "undeliverable", "unchecked"])
      .describe(
        "`corrected`: deliverable as suggested. `unchecked`: the carrier knows nothing of this country.",
      ),
    suggestion: addressSchema.partial().nullable(),
    messages: z.array(z.string()),
  })
  .meta({ id: "AddressCheck" });
export type AddressCheckView = z.infer<typeof addressCheckSchema>;

const byId = z.strictObject({ id: idSchema });
const write = { access: { scope: "fulfillment:write" }, idempotency: "stored", tag: "Fulfillment" } as const;

export const carrierOperations = {
  listRates: operation({
    id: "listRates",
    method: "GET",
    path: "/v1/shipments/{id}/rates",
    tag: "Fulfillment",
    summary: "What carriers ask for shipping a parcel now",
    description: "Every configured carrier is asked. Nothing is bought.",
    access: { scope: "fulfillment:read" },
    idempotency: "none",
    params: byId,
    success: { status: 200, schema: ratesSchema },
    problems: ["not_found", "order_state_conflict", "unavailable"],
  }),
  chooseCarrier: operation({
    ...write,
    id: "chooseCarrier",
    method: "POST",
    path: "/v1/shipments/{id}/carrier",
    summary: "Say who ships a parcel, and how, before its label is bought",
    params: byId,
    body: z.strictObject({
      carrier: carrierNameSchema,
      service: z
        .string()
        .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._:/-]{0,79}$/u)
        .optional()
        .describe("As in a rate. Without one, the deployment's way of choosing decides."),
    }),
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "carrier_unknown", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  voidLabel: operation({
    ...write,
    id: "voidLabel",
    method: "POST",
    path: "/v1/shipments/{id}/void-label",
    summary: "Give a label back that was not used; the parcel can get another",
    params: byId,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  checkAddress: operation({
    id: "checkAddress",
    method: "POST",
    path: "/v1/addresses/check",
    tag: "Fulfillment",
    summary: "Ask a carrier whether an address can be delivered to",
    description: "Nothing is stored, so that a repeat asks again.",
    access: { scope: "fulfillment:read" },
    idempotency: "none",
    body: z.strictObject({
      address: addressSchema,
      carrier: carrierNameSchema.optional().describe("By default the one that new parcels are given to."),
    }),
    success: { status: 200, schema: addressCheckSchema },
    problems: ["carrier_unknown", "carrier_refused", "unavailable"],
  }),
};
