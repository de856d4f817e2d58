import { operations } from "../../contract/operations.ts";
import { problem } from "../../contract/problem.ts";
import { problemResponse } from "./answer.ts";

/** On every answer. A page that needs more sets its own policy, which is kept. */
const defaults: ReadonlyArray<readonly [string, string]> = [
  ["x-content-type-options", "nosniff"],
  ["referrer-policy", "no-referrer"],
  ["strict-transport-security", "max-age=63072000; includeSubDomains"],
  ["x-frame-options", "DENY"],
  [
    "content-security-policy",
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  ],
  ["permissions-policy", "camera=(), geolocation=(), microphone=()"],
  ["cross-origin-opener-policy", "same-origin"],
  // Answers depend on the key, and stock is old at once.
  ["cache-control", "no-store"],
];

export function secure(headers: Headers): void {
  for (const [name, value] of defaults) if (!headers.has(name)) headers.set(name, value);
}

const knownPaths = operations.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`),
}));

/** What nobody serves: 405 with `Allow` where the path is known for other methods, else 404. */
export function unserved(path: string, requestId: string): Response {
  const methods = new Set(
    knownPaths.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method as string),
  );
  if (methods.size === 0) return problemResponse(problem("not_found"), requestId);
  if (methods.has("GET")) methods.add("HEAD");
  const response = problemResponse(problem("method_not_allowed"), requestId);
  response.headers.set("allow", [...methods].join(", "));
  return response;
}
