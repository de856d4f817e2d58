import * as z from "zod";

import {
  fulfillmentOrderStatuses,
  pickListStatuses,
  rejectionReasons,
  shipmentStatuses,
  trackingStatuses,
} from "../domain/fulfillment/fulfillment.ts";
import { operation } from "./operation.ts";
import {
  idSchema,
  listOf,
  locationCodeSchema,
  pageQuerySchema,
  noteSchema,
  quantitySchema,
  timestampSchema,
} from "./primitives.ts";
import { routeTraceSchema } from "./routing.ts";

const shipmentShape = {
  id: idSchema,
  order: idSchema,
  fulfillment_order: idSchema,
  status: z.enum(shipmentStatuses),
  tracking_status: z.enum(trackingStatuses),
  carrier: z.string(),
  service: z.string().nullable(),
  tracking_number: z.string().nullable(),
  weight_grams: z.int().nullable(),
  parcel_size: z.string().nullable().describe("The carton's code, where one was chosen."),
  labeled_at: timestampSchema.nullable(),
  shipped_at: timestampSchema.nullable(),
  delivered_at: timestampSchema.nullable(),
  created_at: timestampSchema,
  version: z.int(),
};

const trackingEventSchema = z.object({
  status: z.enum(trackingStatuses),
  message: z.string().nullable(),
  occurred_at: timestampSchema,
});

export const parcelSchema = z
  .object({ ...shipmentShape, tracking: z.array(trackingEventSchema).describe("Oldest first.") })
  .meta({ id: "Shipment" });
export type ParcelView = z.infer<typeof parcelSchema>;

const fulfillmentOrderSchema = z
  .object({
    id: idSchema,
    order: idSchema,
    location: z.string().nullable().describe("Null while no location can give the units."),
    status: z.enum(fulfillmentOrderStatuses),
    rejected_reason: z.enum(rejectionReasons).nullable(),
    replaces: idSchema.nullable().describe("The fulfillment order whose units it took over."),
    queue: z.string().nullable().describe("Where units without a location wait for a person."),
    cancel_at: timestampSchema.nullable().describe("When the order is canceled if they still wait then."),
    lines: z.array(z.object({ line: idSchema, sku: z.string(), quantity: z.int() })),
    pick_list: idSchema.nullable(),
    shipments: z.array(z.object(shipmentShape)),
    trace: routeTraceSchema.nullable(),
    created_at: timestampSchema,
    updated_at: timestampSchema,
    version: z.int(),
  })
  .meta({ id: "FulfillmentOrder" });
export type FulfillmentOrderView = z.infer<typeof fulfillmentOrderSchema>;

const pickListSchema = z
  .object({
    id: idSchema,
    fulfillment_order: idSchema,
    location: z.string(),
    status: z.enum(pickListStatuses),
    lines: z
      .array(z.object({ sku: z.string(), title: z.string(), quantity: z.int() }))
      .describe("Each SKU once, in the order of the shelves."),
    created_at: timestampSchema,
    picked_at: timestampSchema.nullable(),
  })
  .meta({ id: "PickList" });
export type PickListView = z.infer<typeof pickListSchema>;

const connectionSchema = z
  .object({
    name: z.string(),
    circuit: z.enum(["closed", "open", "half_open"]),
    successes: z.int(),
    failures: z.int(),
    consecutive_failures: z.int(),
    open_until: timestampSchema.nullable(),
    last_success_at: timestampSchema.nullable(),
    last_failure_at: timestampSchema.nullable(),
    last_error: z.string().nullable(),
  })
  .meta({ id: "Connection" });
export type ConnectionView = z.infer<typeof connectionSchema>;

const trackRequestSchema = z.strictObject({
  status: z.enum(trackingStatuses),
  occurred_at: timestampSchema,
  message: noteSchema(500).optional(),
});

const byId = z.strictObject({ id: idSchema });
const read = { access: { scope: "fulfillment:read" }, idempotency: "none", tag: "Fulfillment" } as const;
const write = { access: { scope: "fulfillment:write" }, idempotency: "stored", tag: "Fulfillment" } as const;

/** Units of lines of a fulfillment order. */
const someUnitsSchema = z
  .array(z.strictObject({ line: idSchema, quantity: quantitySchema }))
  .min(1)
  .max(100);

export const fulfillmentOperations = {
  getFulfillmentOrder: operation({
    ...read,
    id: "getFulfillmentOrder",
    method: "GET",
    path: "/v1/fulfillment-orders/{id}",
    summary: "What one location ships of an order, and why this location",
    params: byId,
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: ["not_found"],
  }),
  shipFulfillmentOrder: operation({
    ...write,
    id: "shipFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/ship",
    summary: "Pick, label and ship what is left to do of it",
    params: byId,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  rejectFulfillmentOrder: operation({
    ...write,
    id: "rejectFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/reject",
    summary: "The location does not ship it, or not all of it: what is missing goes to others",
    description:
      "`lines` names units that were not found (a short pick); what was found is then a fulfillment order of its own at the " +
      "same location. Without `lines` nothing is shipped from there. The location is not asked again for this order.",
    params: byId,
    body: z.strictObject({
      reason: z.enum(rejectionReasons),
      note: noteSchema(500).optional(),
      lines: someUnitsSchema.optional(),
    }),
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: [
      "not_found",
      "order_state_conflict",
      "quantity_unavailable",
      "precondition_failed",
      "unavailable",
    ],
  }),
  acceptFulfillmentOrder: operation({
    ...write,
    id: "acceptFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/accept",
    summary: "The location says that it ships it: it is in progress",
    params: byId,
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  moveFulfillmentOrder: operation({
    ...write,
    id: "moveFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/move",
    summary: "Another location ships it, or some of it",
    description:
      "What moves is a fulfillment order of its own at the other location, and the answer; with `lines`, what stays is another " +
      "one at the old location. Their units change hands in one decision of the SKU, so that no other order can have them in " +
      "between. Units without a location (`incomplete`) can be given one. The location's capacity is not asked.",
    params: byId,
    body: z.strictObject({
      location: locationCodeSchema,
      lines: someUnitsSchema.optional(),
    }),
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: [
      "not_found",
      "order_state_conflict",
      "quantity_unavailable",
      "stock_insufficient",
      "location_unknown",
      "precondition_failed",
      "unavailable",
    ],
  }),
  holdFulfillmentOrder: operation({
    ...write,
    id: "holdFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/hold",
    summary: "Nobody is to pick it for now",
    params: byId,
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  releaseFulfillmentOrder: operation({
    ...write,
    id: "releaseFulfillmentOrder",
    method: "POST",
    path: "/v1/fulfillment-orders/{id}/release",
    summary: "It goes on: to the pickers, or from its queue back to the router",
    params: byId,
    success: { status: 200, schema: fulfillmentOrderSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  listPickLists: operation({
    ...read,
    id: "listPickLists",
    method: "GET",
    path: "/v1/pick-lists",
    summary: "What is to be picked, oldest first",
    query: pageQuerySchema.extend({
      location: locationCodeSchema.optional(),
      status: z.enum(pickListStatuses).optional(),
    }),
    success: { status: 200, schema: listOf(pickListSchema) },
    problems: [],
  }),
  markPicked: operation({
    ...write,
    id: "markPicked",
    method: "POST",
    path: "/v1/pick-lists/{id}/picked",
    summary: "The goods are in a carton: the parcel begins",
    params: byId,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "order_state_conflict", "unavailable"],
  }),
  getPickListDocument: operation({
    ...read,
    id: "getPickListDocument",
    method: "GET",
    path: "/v1/pick-lists/{id}/document",
    summary: "The pick list on paper, with barcodes",
    params: byId,
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
  getPackingSlip: operation({
    ...read,
    id: "getPackingSlip",
    method: "GET",
    path: "/v1/shipments/{id}/packing-slip",
    summary: "What lies in the carton, without prices",
    params: byId,
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
  getZplLabel: operation({
    ...read,
    id: "getZplLabel",
    method: "GET",
    path: "/v1/shipments/{id}/label.zpl",
    summary: "The label of the `manual` carrier for a label printer, 4 by 6 inches at 203 dpi",
    params: byId,
    success: { status: 200, contentType: "text/plain; charset=utf-8" },
    problems: ["not_found"],
  }),
  getShipment: operation({
    ...read,
    id: "getShipment",
    method: "GET",
    path: "/v1/shipments/{id}",
    summary: "A parcel and its way",
    params: byId,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found"],
  }),
  getLabel: operation({
    ...read,
    id: "getLabel",
    method: "GET",
    path: "/v1/shipments/{id}/label",
    summary: "The label, 4 by 6 inches",
    params: byId,
    success: { status: 200, contentType: "application/pdf" },
    problems: ["not_found"],
  }),
  buyLabel: operation({
    ...write,
    id: "buyLabel",
    method: "POST",
    path: "/v1/shipments/{id}/label",
    summary: "Buy the label, if it is missing",
    params: byId,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  trackShipment: operation({
    ...write,
    id: "trackShipment",
    method: "POST",
    path: "/v1/shipments/{id}/track",
    summary: "Tell what happened to a parcel; late and repeated news is harmless",
    params: byId,
    body: trackRequestSchema,
    success: { status: 200, schema: parcelSchema },
    problems: ["not_found", "order_state_conflict", "precondition_failed", "unavailable"],
  }),
  getConnection: operation({
    id: "getConnection",
    method: "GET",
    path: "/v1/connections/{name}",
    tag: "Operations",
    summary: "How well a connection to an outside system is doing",
    access: { scope: "ops:read" },
    idempotency: "none",
    params: z.strictObject({ name: idSchema.meta({ example: "carrier:manual" }) }),
    success: { status: 200, schema: connectionSchema },
    problems: ["not_found"],
  }),
};
