import { problem, type Problem } from "../../contract/problem.ts";
import { writeCancel } from "../../db/cancel.ts";
import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import { isAbort } from "../../db/guard.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { checkCancel, type CancelReason } from "../../domain/orders/cancel.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { isOfConnection } from "./connection-actor.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { undoPayment } from "./undo-payment.ts";

type CancelServices = Pick<Services, "nowMs" | "db" | "paymentProvider" | "send" | "background">;

export type CancelOrder = {
  readonly orderId: string;
  readonly reason: CancelReason;
  /** What the timeline says, where it is more exact than the reason. */
  readonly because?: "stock_gone" | "payment_overdue" | "edited" | "quote_expired";
  readonly restock: boolean;
  readonly refund: boolean;
  readonly notify: boolean;
  readonly actor: string;
  readonly requestId: string | null;
  /** Tells this cancel from any other of the same order: a repeat of it succeeds, another is refused. */
  readonly mark: string;
  readonly isVersionAcceptable: (version: number) => boolean;
};

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 5;

/**
 * Cancels an order of which nothing was shipped. The cancel is written first, with the intent to give back money and
 * stock; then the money is given back, and the stock by the consumer of `order.release_stock`, which also finishes
 * the money if this call dies.
 *
 * @throws What the database throws, where nobody can say whether the order is canceled. A repeat will tell.
 */
export async function cancelOrder(
  services: CancelServices,
  command: CancelOrder,
): Promise<Result<OrderAggregate, Problem>> {
  const { orderId, actor } = command;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const refusal = refusalOf(aggregate, command);
    if (refusal !== null) return err(refusal);
    if (!isCanceledBy(aggregate, command) && !(await write(services, aggregate, command))) continue;
    // Whatever happens to the money now: that it is owed is written, and the consumer comes back to it.
    await undoPayment(services, orderId, actor).catch(() => null);
    const canceled = await readOrder(services.db, orderId);
    return canceled === null ? err(problem("not_found")) : ok(canceled);
  }
  return err(problem("unavailable"));
}

function refusalOf(aggregate: OrderAggregate, command: CancelOrder): Problem | null {
  const { order, lines } = aggregate;
  if (isCanceledBy(aggregate, command)) return null;
  if (!command.isVersionAcceptable(order.version)) return problem("precondition_failed");
  const check = checkCancel(order.status, lines);
  if (!check.ok)
    return problem(check.error.code, { because: check.error.because, order_status: order.status });
  const isShipped = aggregate.shipments.some(({ status }) => status === "shipped" || status === "delivered");
  if (!isShipped) return null;
  return problem("order_not_cancelable", { because: "shipped", order_status: order.status });
}

function isCanceledBy({ order, events }: OrderAggregate, command: CancelOrder): boolean {
  return order.status === "canceled" && events.some(({ id }) => id === markOf(command));
}

function markOf({ orderId, mark }: CancelOrder): string {
  return eventRow(orderId, "order.canceled", mark, {}, "", 0).id;
}

/** @returns Whether the order is canceled now; if not, it changed meanwhile. */
async function write(
  services: CancelServices,
  { order, shipments }: OrderAggregate,
  command: CancelOrder,
): Promise<boolean> {
  const { orderId, reason, because, restock, refund, notify, actor, requestId, mark } = command;
  const atMs = services.nowMs();
  const data = { reason: because ?? reason, restock, refund, notify };
  const outbox = [outboxRow("fulfillment", { type: "order.release_stock", order_id: orderId }, atMs)];
  // Its platform waits for word, unless the cancel is the platform's own.
  outbox.push(...labelsToVoid(shipments, atMs));
  if (order.externalId !== null && (notify || !isOfConnection(actor))) {
    outbox.push(outboxRow("channel-sync", { type: "channel.tell_canceled", order_id: orderId }, atMs));
  }
  try {
    await writeCancel(services.db, {
      orderId,
      version: order.version,
      reason,
      atMs,
      event: eventRow(orderId, "order.canceled", mark, data, actor, atMs),
      outbox,
      audit: {
        id: derivedId("aud", atMs, orderId, "order.canceled", mark),
        atMs,
        actor,
        action: "order.canceled",
        subject: orderId,
        requestId,
        data,
      },
    });
  } catch (error) {
    if (isAbort(error)) return false;
    const now = await readOrder(services.db, orderId);
    if (now === null || !isCanceledBy(now, command)) throw error;
  }
  services.background(relayCommitted(services, outbox));
  return true;
}

/** Labels of carriers that charge for them go back; `manual` has none. */
function labelsToVoid(shipments: OrderAggregate["shipments"], atMs: number) {
  return shipments
    .filter(({ status, carrier }) => (status === "packed" || status === "labeled") && carrier !== "manual")
    .map(({ id }) => outboxRow("fulfillment", { type: "shipment.void_label", shipment_id: id }, atMs));
}
