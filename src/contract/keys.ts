import * as z from "zod";

import { operation, scopes } from "./operation.ts";
import { idSchema, listOf, pageQuerySchema, textSchema, timestampSchema } from "./primitives.ts";

/** An origin as browsers send it, or, on this machine, one for every port. */
const originSchema = z
  .string()
  .max(255)
  .regex(
    /^(https:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|http:\/\/(?:localhost|127\.0\.0\.1)(?::(?:\d{1,5}|\*))?)$/,
  )
  .describe("`https://shop.example`, without a path; on this machine also `http://localhost:*`.")
  .meta({ example: "https://shop.example" });
const ALLOWED_ORIGINS_MAX = 20;

const keySchema = z
  .object({
    id: idSchema,
    kind: z.enum(["secret", "publishable"]),
    name: z.string(),
    prefix: z.string(),
    last4: z.string(),
    scopes: z.array(z.string()),
    allowed_origins: z.array(z.string()),
    requires_buyer_token: z.boolean(),
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
    allowed_origins: z
      .array(originSchema)
      .max(ALLOWED_ORIGINS_MAX)
      .optional()
      .describe("Publishable keys: the pages that may use it from a browser. None, unless set."),
    requires_buyer_token: z
      .boolean()
      .optional()
      .describe("Publishable keys: it acts only for a buyer whom a signed token names."),
  })
  .refine((body) => body.kind === "secret" || (body.scopes ?? []).length === 0, {
    path: ["scopes"],
    message: "a publishable key has no scopes",
  })
  .refine(
    (body) =>
      body.kind === "publishable" ||
      ((body.allowed_origins ?? []).length === 0 && body.requires_buyer_token !== true),
    { path: ["kind"], message: "origins and buyer tokens are for publishable keys" },
  );
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
