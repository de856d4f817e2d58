import { operations } from "../../contract/operations.ts";
import { problem } from "../../contract/problem.ts";
import { problemResponse } from "./answer.ts";

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
