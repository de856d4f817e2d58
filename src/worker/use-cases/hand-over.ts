import { skuSchema } from "../../contract/primitives.ts";
import { derivedId } from "../../db/events.ts";
import { readOrder } from "../../db/orders.ts";
import type { LocationCode } from "../../domain/brand.ts";
import type { Services } from "../services.ts";
import { raiseException } from "./raise-exception.ts";

/**
 * Takes the units of an order that was handed over at a till from the shelf there. What the engine thinks is promised or
 * not there was handed over all the same: the stock is left as it is, and a person counts.
 */
export async function handOver(
  services: Pick<Services, "db" | "nowMs" | "sku">,
  orderId: string,
  location: LocationCode,
): Promise<void> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return;
  const { order, lines } = aggregate;
  for (const line of lines) {
    const sku = skuSchema.parse(line.sku);
    const [moved] = await services.sku(sku).move([
      {
        id: derivedId("mov", order.placedAtMs, orderId, line.id, "handed over"),
        kind: "adjusted",
        location,
        quantity: -line.quantity,
        reason: `sold over the counter ${orderId}`,
      },
    ]);
    if (moved?.ok !== false) continue;
    await raiseException(services, {
      kind: "counter_sale_unbacked",
      subject: `order:${orderId}`,
      fact: line.id,
      orderId,
      data: { sku, location, quantity: line.quantity, because: moved.error.code },
    });
  }
}
