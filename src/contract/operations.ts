import { holdOperations } from "./holds.ts";
import type { Operation } from "./operation.ts";

/** Everything the engine serves over HTTP. OpenAPI and the authorization matrix come from this list. */
export const operations: ReadonlyArray<Operation> = [...Object.values(holdOperations)];
