import type * as z from "zod";

import type { Operation } from "../../src/contract/operation.ts";
import { exampleOf } from "../../src/worker/docs/example.ts";
import { asSchema } from "../../src/worker/docs/schema-view.tsx";
import { openApiDocument, type JsonSchema } from "../../src/worker/http/openapi.ts";

/** A path that fits the operation's parameters and names nothing that exists, where it is not a name of our own. */
export function pathOf(operation: Operation): string {
  return operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const schema = operation.params?.shape[name] as z.ZodType | undefined;
    const isFree = schema === undefined || schema.safeParse("none-such").success;
    return isFree ? "none-such" : (schema.meta()?.["example"] as string);
  });
}

/** A body that fits the operation's schema, as the reference shows it. */
export function bodyOf(operation: Operation): unknown {
  const document = openApiDocument();
  const described = document.paths[operation.path]?.[operation.method.toLowerCase()];
  const content = asSchema(asSchema(described?.["requestBody"])?.["content"]);
  const schema: JsonSchema = asSchema(asSchema(content?.["application/json"])?.["schema"]) ?? {};
  return exampleOf(schema, document.components.schemas);
}

/** What to send so that only the key decides. */
export function requestOf(operation: Operation): RequestInit {
  const headers: Record<string, string> = { "idempotency-key": crypto.randomUUID() };
  if (operation.body !== undefined) {
    headers["content-type"] = "application/json";
    return { headers, body: JSON.stringify(bodyOf(operation)) };
  }
  if (operation.rawBody !== undefined) {
    headers["content-type"] = operation.rawBody.contentTypes[0] ?? "";
    return { headers, body: "" };
  }
  return { headers };
}
