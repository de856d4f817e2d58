import type { FullEvent, OrderFacts } from "../../db/automation-facts.ts";
import type { Facts } from "../../domain/automation/condition.ts";

/** What is known of an event, for the conditions of rules. */
export function factsOf(event: FullEvent, order: OrderFacts | undefined): Facts {
  const word = (name: string) => {
    const found = event.data[name];
    return typeof found === "string" ? found : null;
  };
  const number = (name: string) => {
    const found = event.data[name];
    return typeof found === "number" ? found : null;
  };
  return {
    "order.total": order?.total ?? null,
    "order.units": order?.lines.reduce((sum, [, quantity]) => sum + quantity, 0) ?? null,
    "order.lines": order?.lines.length ?? null,
    "order.channel": order?.channel ?? null,
    "order.connection": order?.connection ?? null,
    "order.currency": order?.currency ?? null,
    "order.status": order?.status ?? null,
    "order.payment_status": order?.paymentStatus ?? null,
    "order.fulfillment_status": order?.fulfillmentStatus ?? null,
    "order.shipping_method": order?.shippingMethod ?? null,
    "order.hold_reason": order?.holdReason ?? null,
    "order.cancel_reason": order?.cancelReason ?? null,
    "order.country": order?.address?.country ?? null,
    "order.region": order?.address?.region ?? null,
    "order.postal_code": order?.address?.postal_code ?? null,
    "order.skus": order?.lines.map(([sku]) => sku) ?? [],
    "order.tags": order?.tags ?? [],
    "event.subject": event.subject,
    "event.actor": event.actor,
    "event.available": number("available"),
    "event.amount": number("amount"),
    "event.because": word("because"),
    "event.reason": word("reason"),
    "event.state": word("state"),
    "event.location": word("location"),
    "event.carrier": word("carrier"),
  };
}
