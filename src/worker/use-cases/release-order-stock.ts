import { locationCodeSchema, skuSchema } from "../../contract/primitives.ts";
import { derivedId } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { parseHoldId } from "../../domain/inventory/hold.ts";
import type { Services } from "../services.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater } from "./step-failure.ts";
import { undoPayment } from "./undo-payment.ts";

type ReleaseServices = Pick<Services, "nowMs" | "db" | "sku" | "paymentProvider">;

/**
 * Finishes a cancel: gives the order's units back, then the money; labels go by messages of their own. Every step is idempotent, and a
 * throw has the message delivered again, and at last kept where people see it.
 */
export async function releaseOrderStock(services: ReleaseServices, orderId: string): Promise<void> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null || aggregate.order.status !== "canceled") return;
  const holdKey = parseHoldId(aggregate.order.holdId ?? "")?.key ?? null;
  const skus = new Set(aggregate.lines.map(({ sku }) => skuSchema.parse(sku)));
  await Promise.all([...skus].map((sku) => services.sku(sku).releaseOrder({ orderId, holdKey })));
  await writeOff(services, aggregate);
  const undone = await undoPayment(services, orderId);
  if (undone.ok) return;
  if (undone.error.code === "unavailable") throw new RetryLater("the payment provider did not answer");
  await raiseException(services, {
    kind: "refund_failed",
    subject: `order:${orderId}`,
    orderId,
    fact: "canceled",
    data: { because: "the order was canceled", reason: undone.error.reason },
  });
}

/** Where the cancel says that goods do not go back on sale: those a location had set aside are damaged there. */
async function writeOff(services: ReleaseServices, aggregate: OrderAggregate): Promise<void> {
  const { order, events, fulfillmentOrders, fulfillmentLines } = aggregate;
  const canceled = events.find(({ type }) => type === "order.canceled");
  if (canceled?.data["restock"] !== false) return;
  for (const { id, location, status, updatedAtMs } of fulfillmentOrders) {
    // Without a location nothing was set aside.
    if (status !== "canceled" || updatedAtMs !== order.canceledAtMs || location === null) continue;
    for (const line of fulfillmentLines) {
      if (line.fulfillmentOrderId !== id) continue;
      await services.sku(skuSchema.parse(line.sku)).move([
        {
          id: derivedId("mov", order.placedAtMs, order.id, line.id),
          kind: "damaged",
          location: locationCodeSchema.parse(location),
          quantity: line.quantity,
          reason: `canceled ${order.id}`,
        },
      ]);
    }
  }
}
