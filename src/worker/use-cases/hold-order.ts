import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { eventRow, outboxRow } from "../../db/events.ts";
import { writeOrderStatus } from "../../db/order-status.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { OutboxRow } from "../../db/outbox.ts";
import { checkOrderTransition } from "../../domain/orders/transitions.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";

type HoldServices = Pick<Services, "nowMs" | "db" | "send" | "background" | "fulfillmentMode">;

export type HoldOrder = {
  readonly orderId: string;
  /** Null releases it. */
  readonly reason: string | null;
  readonly actor: Actor;
  /** Tells this call from any other on the same order: a repeat of it finds it done. */
  readonly mark: string;
  readonly isVersionAcceptable: (version: number) => boolean;
};

/** Goes with the payment, and with nothing else. */
export const AWAITING_PAYMENT = "awaiting_payment";

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

/** Stops an order where it is, or lets it go on: from its route, and from every step that was stopped. */
export async function holdOrder(
  services: HoldServices,
  { orderId, reason, actor, mark, isVersionAcceptable }: HoldOrder,
): Promise<Result<OrderAggregate, Problem>> {
  const to = reason === null ? ("placed" as const) : ("on_hold" as const);
  const event = reason === null ? ("order.released" as const) : ("order.held" as const);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const { order, events } = aggregate;
    const nowMs = services.nowMs();
    const row = eventRow(orderId, event, mark, { reason }, actor.principalId, nowMs);
    if (events.some(({ id }) => id === row.id)) return ok(aggregate);
    if (!isVersionAcceptable(order.version)) return err(problem("precondition_failed"));
    const from = reason === null ? "on_hold" : "placed";
    if (order.status !== from || !checkOrderTransition(order.status, to).ok) {
      return err(problem("order_state_conflict", { order_status: order.status }));
    }
    const outbox = reason === null ? resumed(services, aggregate, nowMs) : [];
    const isWritten = await writeOrderStatus(
      services.db,
      {
        orderId,
        version: order.version,
        status: to,
        holdReason: reason,
        events: [row],
        outbox,
        audit: auditRow(actor, event, `order:${orderId}`, { reason }, nowMs),
      },
      nowMs,
    );
    if (!isWritten) continue;
    services.background(relayCommitted(services, outbox));
    const written = await readOrder(services.db, orderId);
    return written === null ? err(problem("not_found")) : ok(written);
  }
  return err(problem("unavailable"));
}

/** Every message that an order on hold may have sent away: its stock, its route, and what is half done of its parcels. */
export function resumed(
  services: Pick<Services, "fulfillmentMode">,
  { order, fulfillmentOrders, shipments }: OrderAggregate,
  nowMs: number,
): Array<OutboxRow> {
  const next =
    order.stockCommittedAtMs === null
      ? outboxRow("fulfillment", { type: "order.commit_stock", order_id: order.id }, nowMs)
      : outboxRow("fulfillment", { type: "order.route", order_id: order.id }, nowMs);
  if (services.fulfillmentMode !== "automatic") return [next];
  const picks = fulfillmentOrders
    .filter(({ status, location }) => (status === "open" || status === "in_progress") && location !== null)
    .map(({ id }) => outboxRow("fulfillment", { type: "fulfillment.pick", fulfillment_order_id: id }, nowMs));
  const parcels = shipments.flatMap(({ id, status }) => {
    if (status === "picked" || status === "packed") {
      return [outboxRow("fulfillment", { type: "shipment.label", shipment_id: id }, nowMs)];
    }
    return status === "labeled"
      ? [outboxRow("fulfillment", { type: "shipment.ship", shipment_id: id }, nowMs)]
      : [];
  });
  return [next, ...picks, ...parcels];
}
