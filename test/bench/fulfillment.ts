import { apiOf, portOf, withEngine } from "./engines.ts";
import { holdfast, httpDoor } from "./holdfast.ts";
import { orders, type Size } from "./workloads.ts";

export type FulfillmentResult = {
  readonly orders: number;
  /**
   * Over all the time since the first was placed, or over what was left when the last one was placed, whichever is more: the
   * queues did at least as much.
   */
  readonly ordersPerSecond: number;
  readonly lost: number;
  /** Labels beyond one for each fulfillment order. */
  readonly duplicated: number;
};

const PATIENCE_MS = 300_000;

/** W6: placed orders to labelled shipments, through the queues. */
export function measureFulfillment(size: Size): Promise<FulfillmentResult> {
  return withEngine({ vars: { FULFILLMENT_MODE: "automatic", MAIL_PROVIDER: "none" } }, async (engine) => {
    const beginMs = performance.now();
    const placed = await orders(holdfast(apiOf(engine), httpDoor(portOf(engine))), size);
    const wanted = placed.load.accepted;
    const count = async (query: string) =>
      (await engine.database.prepare(query).first<{ count: number }>())?.count ?? 0;
    const labelled = () =>
      count(
        "SELECT count(DISTINCT order_id) AS count FROM shipment WHERE status IN ('labeled', 'shipped', 'delivered')",
      );
    const startMs = performance.now();
    const atStart = await labelled();
    let now = atStart;
    while (now < wanted && performance.now() - startMs < PATIENCE_MS) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      now = await labelled();
    }
    const endMs = performance.now();
    const inAll = (now / (endMs - beginMs)) * 1000;
    const ofTheRest = now > atStart ? ((now - atStart) / (endMs - startMs)) * 1000 : 0;
    return {
      orders: wanted,
      ordersPerSecond: Math.max(inAll, ofTheRest),
      lost: wanted - now,
      duplicated: await count(
        "SELECT count(*) - count(DISTINCT fulfillment_order_id) AS count FROM shipment WHERE status <> 'canceled'",
      ),
    };
  });
}
