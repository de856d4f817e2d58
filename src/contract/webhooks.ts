import * as z from "zod";

import { EVENT_PATTERN } from "../domain/webhooks/subscription.ts";
import { operation } from "./operation.ts";
import { idSchema, listOf, noteSchema, pageQuerySchema, timestampSchema } from "./primitives.ts";

const OVERLAP_SECONDS_MAX = 7 * 86_400;

const urlSchema = z
  .string()
  .min(1)
  .max(2_000)
  .refine((value) => URL.canParse(value), "must be a URL")
  .meta({ example: "https://shop.example.com/hooks/holdfast" });

const eventTypeSchema = z
  .string()
  .regex(/^[a-z][a-z_.]{0,79}$/)
  .meta({ example: "order.placed" });

const endpointBodySchema = z.strictObject({
  url: urlSchema.describe("A public name over https, on its usual port."),
  events: z
    .array(z.string().regex(EVENT_PATTERN).meta({ example: "order.*" }))
    .min(1)
    .max(50)
    .describe("Types (`order.placed`), all of a kind (`order.*`), or everything (`*`)."),
  description: noteSchema(200).optional(),
  status: z.enum(["enabled", "disabled"]).default("enabled"),
});
export type EndpointBody = z.output<typeof endpointBodySchema>;

const endpointShape = {
  id: idSchema,
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  status: z.enum(["enabled", "disabled"]),
  disabled_reason: z
    .enum(["asked", "gone", "failing"])
    .nullable()
    .describe("`gone`: it answered 410. `failing`: three days passed without one success."),
  secrets: z.array(z.object({ created_at: timestampSchema, expires_at: timestampSchema.nullable() })),
  created_at: timestampSchema,
  updated_at: timestampSchema,
  version: z.int(),
};
const endpointSchema = z.object(endpointShape).meta({ id: "WebhookEndpoint" });
export type EndpointView = z.infer<typeof endpointSchema>;

const newEndpointSchema = z
  .object({ ...endpointShape, secret: z.string().nullable() })
  .meta({ id: "NewWebhookEndpoint" });
export type NewEndpointView = z.infer<typeof newEndpointSchema>;

const deliveryStatuses = ["pending", "delivered", "failed"] as const;
const deliveryShape = {
  id: idSchema,
  endpoint: idSchema,
  event: idSchema.describe("Goes along as `webhook-id`, the same for each attempt."),
  event_type: z.string(),
  status: z.enum(deliveryStatuses),
  attempts: z.int(),
  next_attempt_at: timestampSchema.nullable(),
  created_at: timestampSchema,
  ended_at: timestampSchema.nullable(),
};
const deliverySchema = z.object(deliveryShape).meta({ id: "WebhookDelivery" });
export type DeliveryView = z.infer<typeof deliverySchema>;

const deliveryLogSchema = z
  .object({
    ...deliveryShape,
    payload: z.unknown().describe("What is sent; null once the event is no longer kept."),
    log: z.array(
      z.object({
        attempted_at: timestampSchema,
        duration_ms: z.int(),
        http_status: z.int().nullable(),
        error: z.string().nullable(),
        response: z.string().nullable().describe("How the answer began."),
      }),
    ),
  })
  .meta({ id: "WebhookDeliveryLog" });
export type DeliveryLogView = z.infer<typeof deliveryLogSchema>;

const engineEventSchema = z
  .object({
    id: idSchema,
    type: z.string(),
    subject: z.string(),
    data: z.record(z.string(), z.unknown()),
    occurred_at: timestampSchema,
  })
  .meta({ id: "Event" });
export type EngineEventView = z.infer<typeof engineEventSchema>;

const byId = z.strictObject({ id: idSchema });
const read = { access: { scope: "webhooks:read" }, idempotency: "none", tag: "Webhooks" } as const;
const change = { access: { scope: "webhooks:write" }, idempotency: "none", tag: "Webhooks" } as const;
const act = { access: { scope: "webhooks:write" }, idempotency: "stored", tag: "Webhooks" } as const;

export const webhookOperations = {
  createWebhookEndpoint: operation({
    ...act,
    id: "createWebhookEndpoint",
    method: "POST",
    path: "/v1/webhook-endpoints",
    summary: "Hear of events; the signing secret is shown once",
    description:
      "Messages are signed as Standard Webhooks say. One that is not answered with 2xx within 15 seconds is tried " +
      "again for three days; 410 disables the endpoint. A repeat with the same Idempotency-Key answers `secret: null`.",
    body: endpointBodySchema,
    success: { status: 201, schema: newEndpointSchema },
    problems: ["webhook_url_refused", "webhook_endpoints_too_many", "secrets_key_missing", "unavailable"],
  }),
  listWebhookEndpoints: operation({
    ...read,
    id: "listWebhookEndpoints",
    method: "GET",
    path: "/v1/webhook-endpoints",
    summary: "All endpoints, without their secrets",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(endpointSchema) },
    problems: [],
  }),
  getWebhookEndpoint: operation({
    ...read,
    id: "getWebhookEndpoint",
    method: "GET",
    path: "/v1/webhook-endpoints/{id}",
    summary: "One endpoint",
    params: byId,
    success: { status: 200, schema: endpointSchema },
    problems: ["not_found"],
  }),
  putWebhookEndpoint: operation({
    ...change,
    id: "putWebhookEndpoint",
    method: "PUT",
    path: "/v1/webhook-endpoints/{id}",
    summary: "Replace where messages go, which, and whether at all",
    params: byId,
    body: endpointBodySchema,
    success: { status: 200, schema: endpointSchema },
    problems: ["not_found", "precondition_failed", "webhook_url_refused", "unavailable"],
  }),
  deleteWebhookEndpoint: operation({
    ...change,
    id: "deleteWebhookEndpoint",
    method: "DELETE",
    path: "/v1/webhook-endpoints/{id}",
    summary: "Send it nothing more, and forget it",
    params: byId,
    success: { status: 200, schema: endpointSchema },
    problems: ["not_found"],
  }),
  rotateWebhookSecret: operation({
    ...act,
    id: "rotateWebhookSecret",
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/rotate-secret",
    summary: "A new secret, shown once; the one before signs too for a while",
    params: byId,
    body: z.strictObject({
      overlap_seconds: z.int().min(0).max(OVERLAP_SECONDS_MAX).default(86_400),
    }),
    success: { status: 200, schema: newEndpointSchema },
    problems: ["not_found", "secrets_key_missing", "unavailable"],
  }),
  testWebhookEndpoint: operation({
    ...act,
    id: "testWebhookEndpoint",
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/test",
    summary: "Send it `webhook.test`",
    params: byId,
    success: { status: 200, schema: z.object({ delivery: idSchema }) },
    problems: ["not_found"],
  }),
  replayFailedWebhooks: operation({
    ...act,
    id: "replayFailedWebhooks",
    method: "POST",
    path: "/v1/webhook-endpoints/{id}/replay-failed",
    summary: "Send again what it missed since a moment",
    params: byId,
    body: z.strictObject({ since: timestampSchema }),
    success: { status: 200, schema: z.object({ replayed: z.int() }) },
    problems: ["not_found"],
  }),
  listWebhookDeliveries: operation({
    ...read,
    id: "listWebhookDeliveries",
    method: "GET",
    path: "/v1/webhook-deliveries",
    summary: "What was sent or is still owed, newest first",
    query: pageQuerySchema.extend({
      endpoint: idSchema.optional(),
      status: z.enum(deliveryStatuses).optional(),
      event_type: eventTypeSchema.optional(),
    }),
    success: { status: 200, schema: listOf(deliverySchema) },
    problems: [],
  }),
  getWebhookDelivery: operation({
    ...read,
    id: "getWebhookDelivery",
    method: "GET",
    path: "/v1/webhook-deliveries/{id}",
    summary: "One message, and how each attempt went",
    params: byId,
    success: { status: 200, schema: deliveryLogSchema },
    problems: ["not_found"],
  }),
  replayWebhookDelivery: operation({
    ...act,
    id: "replayWebhookDelivery",
    method: "POST",
    path: "/v1/webhook-deliveries/{id}/replay",
    summary: "Send it again, whatever became of it",
    params: byId,
    success: { status: 200, schema: deliveryLogSchema },
    problems: ["not_found"],
  }),
  listEvents: operation({
    ...read,
    id: "listEvents",
    method: "GET",
    path: "/v1/events",
    summary: "What happened without an order of its own, newest first; kept for 30 days",
    query: pageQuerySchema.extend({ type: eventTypeSchema.optional() }),
    success: { status: 200, schema: listOf(engineEventSchema) },
    problems: [],
  }),
};
