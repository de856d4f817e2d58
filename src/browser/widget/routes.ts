import type { OperationId, RouteOf } from "../../client/contract.ts";

/** The calls the widget makes. Each is held to the contract by its type; the list of all of them would cost 35 kB. */
export const routes = {
  getShow: "GET /v1/shows/{code}",
  getHold: "GET /v1/holds/{id}",
  checkoutHold: "POST /v1/holds/{id}/checkout",
  getWaitlistEntry: "GET /v1/skus/{sku}/waitlist/{id}",
} as const satisfies { [Id in OperationId]?: RouteOf<Id> };
