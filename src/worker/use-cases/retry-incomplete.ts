import { takeIncomplete } from "../../db/fulfillment.ts";
import type { Services } from "../services.ts";

/** An order that waits for stock is looked at again this often. */
const RETRY_AFTER_MS = 60_000;
const ORDERS_MAX = 100;

/**
 * Routes orders again whose units no location could give, those that waited longest first. Called by the cron: stock
 * arrives in many ways, and none of them knows who waits.
 *
 * @returns How many were sent to the router.
 */
export async function retryIncomplete(services: Pick<Services, "db" | "send" | "nowMs">): Promise<number> {
  const nowMs = services.nowMs();
  const orderIds = await takeIncomplete(services.db, nowMs - RETRY_AFTER_MS, ORDERS_MAX, nowMs);
  if (orderIds.length === 0) return 0;
  await services.send(
    "fulfillment",
    orderIds.map((orderId) => ({ type: "order.route", order_id: orderId })),
  );
  return orderIds.length;
}
