import { err } from "../../domain/result.ts";
import type { DeliveryContent } from "./port.ts";

/** A delivery that was to carry an order and is no JSON: somebody has to look at who sends such things. */
export function unreadableDelivery(): DeliveryContent {
  return {
    kind: "orders",
    orders: [{ externalId: null, order: err({ code: "unreadable", detail: "the body is no JSON" }) }],
  };
}
