import { insertExceptions, type Raised } from "../../db/exceptions.ts";
import { listOverdueBackorders, listStuckFulfillment } from "../../db/overdue-fulfillment.ts";
import type { Services } from "../services.ts";
import { cancelOrder } from "./cancel-order.ts";
import { SYSTEM_ACTOR } from "./fulfillment-step.ts";
import { raiseException } from "./raise-exception.ts";

const ORDERS_MAX = 50;
const STUCK_MAX = 200;
/** Work that nobody finished in two days is not on its way. */
const STUCK_AFTER_MS = 2 * 86_400_000;

type Ports = Pick<Services, "db" | "nowMs" | "paymentProvider" | "send" | "background">;

/** Cancels orders whose units waited for longer than the merchant's plan lets them; what has left in part goes to people. */
export async function cancelOverdueBackorders(services: Ports): Promise<void> {
  const nowMs = services.nowMs();
  for (const { id, orderId } of await listOverdueBackorders(services.db, nowMs, ORDERS_MAX)) {
    const canceled = await cancelOrder(services, {
      orderId,
      reason: "inventory",
      restock: true,
      refund: true,
      notify: true,
      actor: SYSTEM_ACTOR,
      requestId: null,
      mark: `backorder ${id}`,
      isVersionAcceptable: () => true,
    });
    if (canceled.ok) continue;
    const data = { fulfillment_order: id, because: canceled.error.code };
    await raiseException(services, {
      kind: "backorder_overdue",
      subject: `fulfillment_order:${id}`,
      fact: "",
      orderId,
      data,
    });
  }
}

/** Puts what nobody finished on the list of what needs a person. */
export async function raiseStuckFulfillment(services: Pick<Services, "db" | "nowMs">): Promise<void> {
  const nowMs = services.nowMs();
  const stuck = await listStuckFulfillment(services.db, nowMs - STUCK_AFTER_MS, STUCK_MAX);
  if (stuck.length === 0) return;
  const raised = stuck.map(({ id, orderId, status, location }): Raised => ({
    kind: "fulfillment_stuck",
    subject: `fulfillment_order:${id}`,
    fact: status,
    orderId,
    data: { status, location },
  }));
  await insertExceptions(services.db, raised, nowMs).run();
}
