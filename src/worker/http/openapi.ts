import * as z from "zod";

import type { Operation } from "../../contract/operation.ts";
import { operations } from "../../contract/operations.ts";
import { idempotencyKeySchema } from "../../contract/primitives.ts";
import { problemSchema, problemTypes, type ProblemCode } from "../../contract/problem.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };
type OpenApi = {
  readonly openapi: "3.1.0";
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: JsonSchema;
  };
  readonly [field: string]: unknown;
};

let built: OpenApi | null = null;

/** The OpenAPI 3.1 document of everything the engine serves. Made once in an isolate, when first asked for. */
export function openApiDocument(): OpenApi {
  built ??= buildDocument(operations);
  return built;
}

/** @param declared - Schemas with an `id` in their metadata become components. */
export function buildDocument(declared: ReadonlyArray<Operation>): OpenApi {
  const components: Record<string, JsonSchema> = {};
  const schemaOf = (schema: z.ZodType) => toJsonSchema(schema, components);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of declared) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: operationObject(operation, schemaOf),
    };
  }
  schemaOf(problemSchema);
  return {
    openapi: "3.1.0",
    info: {
      title: "Holdfast",
      version: "1",
      description:
        "Inventory and orders at the edge: exact holds, orders that never oversell, fulfilment. Amounts are integers " +
        "in minor units, times are RFC 3339 in UTC, errors are RFC 9457 problems.",
    },
    tags: [...new Set(declared.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        secretKey: { type: "http", scheme: "bearer", description: "`sk_…`, with scopes. Never in a page." },
        publishableKey: { type: "http", scheme: "bearer", description: "`pk_…`, for pages." },
      },
    },
  };
}

function operationObject(operation: Operation, schemaOf: (schema: z.ZodType) => JsonSchema): JsonSchema {
  const { access } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    security:
      access === "public"
        ? []
        : [{ secretKey: [access.scope] }, ...(access.publishable === true ? [{ publishableKey: [] }] : [])],
    parameters: [
      ...parametersOf(operation.params, "path", schemaOf),
      ...parametersOf(operation.query, "query", schemaOf),
      ...headersOf(operation, schemaOf),
    ],
    ...requestBodyOf(operation, schemaOf),
    responses: responsesOf(operation, schemaOf),
  };
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: "path" | "query",
  schemaOf: (schema: z.ZodType) => JsonSchema,
): Array<JsonSchema> {
  return Object.entries((schema?.shape ?? {}) as Record<string, z.ZodType>).map(([name, field]) => ({
    name,
    in: place,
    required: place === "path" || !field.safeParse(undefined).success,
    schema: schemaOf(field),
  }));
}

function headersOf(
  { idempotency, problems, isForBuyer, humanAction }: Operation,
  schemaOf: (schema: z.ZodType) => JsonSchema,
): Array<JsonSchema> {
  const key = {
    name: "Idempotency-Key",
    in: "header",
    required: true,
    description: "Names this call: a repeat with the same key and body is answered as the first was.",
    schema: schemaOf(idempotencyKeySchema),
  };
  const ifMatch = {
    name: "If-Match",
    in: "header",
    required: false,
    description: "The `ETag` of what is to be changed.",
    schema: { type: "string" },
  };
  const optional = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    description,
    schema: { type: "string" },
  });
  return [
    ...(idempotency === "none" ? [] : [key]),
    ...(isForBuyer === true
      ? [optional("Holdfast-Buyer", "A buyer token: this call is for the buyer it names, and no other.")]
      : []),
    ...(humanAction === undefined
      ? []
      : [
          optional(
            "Holdfast-Turnstile",
            "Publishable keys, where a check is set up: its token from the page.",
          ),
        ]),
    ...(problems.includes("precondition_failed") ? [ifMatch] : []),
  ];
}

function requestBodyOf(
  { body, rawBody }: Operation,
  schemaOf: (schema: z.ZodType) => JsonSchema,
): JsonSchema {
  if (rawBody !== undefined) {
    const content = rawBody.contentTypes.map((type) => [type, { schema: { type: "string" } }]);
    return { requestBody: { required: true, content: Object.fromEntries(content) } };
  }
  if (body === undefined) return {};
  return { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } };
}

function responsesOf(
  operation: Operation,
  schemaOf: (schema: z.ZodType) => JsonSchema,
): Record<string, JsonSchema> {
  const { success } = operation;
  const type = success.contentType ?? "application/json";
  const schema = success.schema === undefined ? { type: "string" } : schemaOf(success.schema);
  const responses: Record<string, JsonSchema> = {
    [success.status]:
      success.status === 101
        ? { description: success.description ?? "Switching protocols" }
        : { description: success.description ?? "Success", content: { [type]: { schema } } },
  };
  for (const [status, codes] of problemsByStatus(problemCodesOf(operation))) {
    responses[status] = {
      description: codes.map((code) => `\`${code}\`: ${problemTypes[code].title}.`).join(" "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      ...(status === 503 || status === 429
        ? { headers: { "Retry-After": { schema: { type: "integer" }, description: "Seconds." } } }
        : {}),
    };
  }
  return responses;
}

function problemsByStatus(codes: ReadonlyArray<ProblemCode>): Map<number, Array<ProblemCode>> {
  const byStatus = new Map<number, Array<ProblemCode>>();
  for (const code of codes) {
    const { status } = problemTypes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}

/** What an operation may refuse with: its own problems, and those that its declaration implies. */
export function problemCodesOf(operation: Operation): ReadonlyArray<ProblemCode> {
  const takesBody = operation.body !== undefined || operation.rawBody !== undefined;
  const takesInput = takesBody || operation.params !== undefined || operation.query !== undefined;
  const implied: ReadonlyArray<readonly [boolean, ReadonlyArray<ProblemCode>]> = [
    [operation.access !== "public", ["unauthorized", "forbidden"]],
    [takesInput || operation.idempotency !== "none", ["request_invalid"]],
    [takesBody, ["malformed", "request_timeout", "body_too_large", "media_type_unsupported"]],
    [operation.idempotency !== "none", ["idempotency_key_missing"]],
    [operation.idempotency === "stored", ["idempotency_key_reused"]],
    [operation.access !== "public" && operation.access.publishable === true, ["rate_limited"]],
    [operation.isForBuyer === true, ["buyer_token_required", "buyer_token_invalid"]],
    [operation.humanAction !== undefined, ["human_check_required", "human_check_failed", "unavailable"]],
  ];
  return [
    ...new Set([...operation.problems, ...implied.flatMap(([applies, codes]) => (applies ? codes : []))]),
  ].sort((a, b) => problemTypes[a].status - problemTypes[b].status);
}

/** What may be sent is documented, before transforms. Named schemas move to the document's components. */
function toJsonSchema(schema: z.ZodType, components: Record<string, JsonSchema>): JsonSchema {
  const {
    $schema: _,
    $defs: definitions,
    ...root
  } = z.toJSONSchema(schema, { io: "input" }) as JsonSchema & {
    readonly $defs?: Readonly<Record<string, JsonSchema>>;
  };
  for (const [name, definition] of Object.entries(definitions ?? {})) {
    components[name] = withoutId(pointToComponents(definition));
  }
  const { id } = root;
  const pointed = pointToComponents(root);
  if (typeof id !== "string") return pointed;
  components[id] = withoutId(pointed);
  return { $ref: `#/components/schemas/${id}` };
}

function withoutId(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(
    Object.entries(schema).filter(([keyword]) => keyword !== "id" && keyword !== "$schema"),
  );
}

function pointToComponents(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema;
}
