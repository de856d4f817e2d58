import { expect, test } from "vitest";

import { operations } from "../../src/contract/operations.ts";
import { createApp } from "../../src/worker/app.ts";
import { apiClient } from "../support/api-client.ts";

/** Pages for people and mailboxes, and the door for outside systems, whose messages are not ours to describe. */
const pages = [
  "GET /docs",
  "GET /assets/{file}",
  "GET /widget.js",
  "GET /demo",
  "GET /demo/checkout",
  "GET /demo/orders/{id}",
  "GET /problems/{code}",
  "POST /webhooks/{connection}",
  "GET /webhooks/{connection}",
  "GET /unsubscribe/{token}",
  "POST /unsubscribe/{token}",
];

const documented = async () => (await apiClient(null).get("/openapi.json")).body;

test("the document lists what is served, and nothing else", async () => {
  const { paths } = await documented();
  const inDocument = Object.entries(paths as Record<string, object>).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const served = createApp()
    .routes.filter(({ method, path }) => !(method === "ALL" && path === "/*"))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
    .filter((route) => !pages.includes(route) && !route.includes(" /admin"));
  expect(inDocument.toSorted()).toEqual(served.toSorted());
  expect(inDocument.toSorted()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).toSorted());
  expect(new Set(served).size).toBe(served.length);
});

test("operation ids are unique, and every operation says who may call it and how it may refuse", async () => {
  const { paths, components } = await documented();
  expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  for (const operation of operations) {
    const described = paths[operation.path][operation.method.toLowerCase()];
    expect(described.operationId).toBe(operation.id);
    const { access } = operation;
    expect(described.security, operation.id).toEqual(
      access === "public"
        ? []
        : [{ secretKey: [access.scope] }, ...(access.publishable === true ? [{ publishableKey: [] }] : [])],
    );
    expect("401" in described.responses && "403" in described.responses, operation.id).toBe(
      access !== "public",
    );
    const names = described.parameters.map(({ name }: { name: string }) => name) as Array<string>;
    expect(names.includes("Idempotency-Key"), operation.id).toBe(operation.idempotency !== "none");
    for (const [, name] of operation.path.matchAll(/\{(\w+)\}/g)) expect(names, operation.id).toContain(name);
    const takesBody = operation.body !== undefined || operation.rawBody !== undefined;
    expect(described.requestBody !== undefined, operation.id).toBe(takesBody);
  }
  expect(Object.keys(components.securitySchemes)).toEqual(["secretKey", "publishableKey"]);
});

test("every reference in the document leads somewhere", async () => {
  const document = await documented();
  expect(document.openapi).toBe("3.1.0");
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, target]) => target ?? "",
  );
  expect(references.length).toBeGreaterThan(20);
  for (const reference of new Set(references)) {
    expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
    expect(document.components.schemas).toHaveProperty(reference.split("/").at(-1) ?? "");
  }
  expect(document.components.schemas.Hold.properties.status.enum).toContain("paying");
  expect(JSON.stringify(document)).not.toContain("$defs");
});
