import * as z from "zod";

import { operation, scopes } from "./operation.ts";
import { idSchema, listOf, pageQuerySchema, textSchema, timestampSchema } from "./primitives.ts";

const keySchema = z
  .object({
    id: idSchema,
    kind: z.enum(["secret", "publishable"]),
    name: z.string(),
    prefix: z.string(),
    last4: z.string(),
    scopes: z.array(z.string()),
    created_at: timestampSchema,
    revoked_at: timestampSchema.nullable(),
  })
  .meta({ id: "Key" });
export type KeyView = z.infer<typeof keySchema>;

export const keyBodySchema = z
  .strictObject({
    kind: z.enum(["secret", "publishable"]),
    name: textSchema(100),
    scopes: z.array(z.enum(scopes)).max(scopes.length).optional(),
  })
  .refine((body) => body.kind === "secret" || (body.scopes ?? []).length === 0, {
    path: ["scopes"],
    message: "a publishable key has no scopes",
  });
export type KeyBody = z.output<typeof keyBodySchema>;

export const keyOperations = {
  createKey: operation({
    id: "createKey",
    method: "POST",
    path: "/v1/keys",
    tag: "Keys",
    summary: "Make a key; it is shown once",
    description:
      "Only a digest of the key is stored, so a repeat with the same Idempotency-Key answers `key: null`. A key can " +
      "pass on no scope that it does not have itself.",
    access: { scope: "keys:write" },
    idempotency: "stored",
    body: keyBodySchema,
    success: {
      status: 201,
      schema: keySchema
        .omit({ revoked_at: true })
        .extend({ key: z.string().nullable() })
        .meta({ id: "NewKey" }),
    },
    problems: [],
  }),
  listKeys: operation({
    id: "listKeys",
    method: "GET",
    path: "/v1/keys",
    tag: "Keys",
    summary: "All keys, without themselves",
    access: { scope: "keys:write" },
    idempotency: "none",
    query: pageQuerySchema,
    success: { status: 200, schema: listOf(keySchema) },
    problems: [],
  }),
  revokeKey: operation({
    id: "revokeKey",
    method: "DELETE",
    path: "/v1/keys/{id}",
    tag: "Keys",
    summary: "Revoke a key; it stops working within 30 seconds",
    access: { scope: "keys:write" },
    idempotency: "none",
    params: z.strictObject({ id: idSchema }),
    success: { status: 200, schema: keySchema },
    problems: ["not_found"],
  }),
};
