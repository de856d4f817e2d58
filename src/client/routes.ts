import { operationsById } from "../contract/operations.ts";
import type { OperationId, RouteOf } from "./contract.ts";

/** Where each operation is called. The package has them as a plain list, without the contract's schemas. */
export const allRoutes = Object.fromEntries(
  Object.entries(operationsById).map(([id, { method, path }]) => [id, `${method} ${path}`]),
) as { readonly [Id in OperationId]: RouteOf<Id> };
