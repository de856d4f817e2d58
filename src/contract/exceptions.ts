import * as z from "zod";

import { exceptionKinds, exceptionStatuses } from "../domain/exceptions/exception.ts";
import { operation } from "./operation.ts";
import { idSchema, listOf, noteSchema, pageQuerySchema, timestampSchema } from "./primitives.ts";

const operatorSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/)
  .describe("Who works on it: an opaque key, never personal data.")
  .meta({ example: "operator-7" });

export const exceptionSchema = z
  .object({
    id: idSchema,
    kind: z.enum(exceptionKinds),
    title: z.string(),
    what_to_do: z.string(),
    status: z.enum(exceptionStatuses),
    order: z.string().nullable(),
    subject: z.string().describe("What it is about, as `kind:id`."),
    data: z.record(z.string(), z.unknown()),
    assignee: z.string().nullable(),
    raised_at: timestampSchema,
    resolved_at: timestampSchema.nullable(),
    resolved_by: z.string().nullable(),
    resolution: z.string().nullable(),
    version: z.int(),
  })
  .meta({ id: "Exception" });
export type ExceptionView = z.infer<typeof exceptionSchema>;

const listQuerySchema = pageQuerySchema.extend({
  status: z.enum(exceptionStatuses).optional(),
  kind: z.enum(exceptionKinds).optional(),
  order: idSchema.optional(),
  assignee: operatorSchema.optional(),
});

const paramsSchema = z.strictObject({ id: idSchema });

export const exceptionOperations = {
  listExceptions: operation({
    id: "listExceptions",
    method: "GET",
    path: "/v1/exceptions",
    tag: "Exceptions",
    summary: "Everything that needs a person, newest first",
    access: { scope: "ops:read" },
    idempotency: "none",
    query: listQuerySchema,
    success: { status: 200, schema: listOf(exceptionSchema) },
    problems: [],
  }),
  getException: operation({
    id: "getException",
    method: "GET",
    path: "/v1/exceptions/{id}",
    tag: "Exceptions",
    summary: "An exception, and what to do about it",
    access: { scope: "ops:read" },
    idempotency: "none",
    params: paramsSchema,
    success: { status: 200, schema: exceptionSchema },
    problems: ["not_found"],
  }),
  assignException: operation({
    id: "assignException",
    method: "POST",
    path: "/v1/exceptions/{id}/assign",
    tag: "Exceptions",
    summary: "Give an exception to somebody, or to nobody",
    access: { scope: "ops:write" },
    idempotency: "stored",
    params: paramsSchema,
    body: z.strictObject({ assignee: operatorSchema.nullable() }),
    success: { status: 200, schema: exceptionSchema },
    problems: ["not_found", "exception_resolved", "precondition_failed", "unavailable"],
  }),
  resolveException: operation({
    id: "resolveException",
    method: "POST",
    path: "/v1/exceptions/{id}/resolve",
    tag: "Exceptions",
    summary: "Note how an exception was dealt with",
    access: { scope: "ops:write" },
    idempotency: "stored",
    params: paramsSchema,
    body: z.strictObject({ resolution: noteSchema(500).describe("What was done, without personal data.") }),
    success: { status: 200, schema: exceptionSchema },
    problems: ["not_found", "exception_resolved", "precondition_failed", "unavailable"],
  }),
};
