import * as z from "zod";

import { operation } from "./operation.ts";
import { idSchema, listOf, pageQuerySchema, timestampSchema } from "./primitives.ts";

const deadLetterSchema = z
  .object({
    id: idSchema,
    queue: z.string(),
    body: z.unknown().describe("The message as it was: ids, never personal data."),
    attempts: z.int(),
    error: z.string(),
    received_at: timestampSchema,
    replayed_at: timestampSchema.nullable(),
  })
  .meta({ id: "DeadLetter" });
export type DeadLetterView = z.infer<typeof deadLetterSchema>;

const auditEntrySchema = z
  .object({
    id: idSchema,
    at: timestampSchema,
    actor: z.string().describe("A key's id, or what else acted."),
    action: z.string(),
    subject: z.string().describe("What it was done to, as `kind:id`."),
    request_id: z.string().nullable(),
    data: z.record(z.string(), z.unknown()).describe("Ids and amounts, never personal data."),
  })
  .meta({ id: "AuditEntry" });

export const platformOperations = {
  listAuditEntries: operation({
    id: "listAuditEntries",
    method: "GET",
    path: "/v1/audit-log",
    tag: "Operations",
    summary: "Who changed what, newest first",
    access: { scope: "ops:read" },
    idempotency: "none",
    query: pageQuerySchema.extend({
      subject: z
        .string()
        .max(200)
        .optional()
        .meta({ example: "show:friday-live" })
        .describe("Only what was done to this."),
    }),
    success: { status: 200, schema: listOf(auditEntrySchema) },
    problems: [],
  }),
  listDeadLetters: operation({
    id: "listDeadLetters",
    method: "GET",
    path: "/v1/dead-letters",
    tag: "Operations",
    summary: "Messages that could not be handled, newest first",
    access: { scope: "ops:read" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(deadLetterSchema) },
    problems: [],
  }),
  replayDeadLetter: operation({
    id: "replayDeadLetter",
    method: "POST",
    path: "/v1/dead-letters/{id}/replay",
    tag: "Operations",
    summary: "Send a message back to its queue",
    access: { scope: "ops:write" },
    idempotency: "stored",
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: deadLetterSchema },
    problems: ["not_found", "unavailable"],
  }),
  getHealth: operation({
    id: "getHealth",
    method: "GET",
    path: "/healthz",
    tag: "Operations",
    summary: "Whether the engine can serve: the database answers",
    access: "public",
    idempotency: "none",
    success: { status: 200, schema: z.object({ status: z.literal("ok") }) },
    problems: ["unavailable"],
  }),
  getMetrics: operation({
    id: "getMetrics",
    method: "GET",
    path: "/metrics",
    tag: "Operations",
    summary: "Counters and gauges in Prometheus' text format",
    access: { scope: "ops:read" },
    idempotency: "none",
    success: { status: 200, contentType: "text/plain; version=0.0.4" },
    problems: [],
  }),
  getOpenApi: operation({
    id: "getOpenApi",
    method: "GET",
    path: "/openapi.json",
    tag: "Operations",
    summary: "This document",
    access: "public",
    idempotency: "none",
    success: { status: 200, schema: z.looseObject({ openapi: z.string() }) },
    problems: [],
  }),
};
