import { readOrder } from "../../db/orders.ts";
import { takePaymentsToCheck, type PaymentRow } from "../../db/payments.ts";
import type { Services } from "../services.ts";
import { applyPayment } from "./apply-payment.ts";
import { cancelOrder } from "./cancel-order.ts";

type WatchServices = Pick<
  Services,
  "nowMs" | "db" | "send" | "paymentProvider" | "background" | "fulfillmentMode"
>;

/** How often a provider that says nothing by itself is asked. */
const CHECK_EVERY_MS = 300_000;
/** Bounds of one run; the next one goes on. */
const PAYMENTS_MAX = 50;

type Awaited = Pick<PaymentRow, "provider" | "reference" | "orderId" | "dueAtMs">;

/**
 * Asks what has become of payments that nobody told us of. One that is not made when its order stops waiting is
 * withdrawn, so that it cannot be made any more; only then a draft that waited for it is canceled and its hold let go.
 */
export async function watchPayments(services: WatchServices): Promise<void> {
  const nowMs = services.nowMs();
  const due = await takePaymentsToCheck(services.db, nowMs, nowMs + CHECK_EVERY_MS, PAYMENTS_MAX);
  for (const payment of due) {
    try {
      await check(services, payment, nowMs);
    } catch (error) {
      // The next run comes back to it; one provider's trouble must not keep the others waiting.
      const name = error instanceof Error ? error.name : "unknown";
      console.error(
        JSON.stringify({ message: "payment not checked", order_id: payment.orderId, error: name }),
      );
    }
  }
}

async function check(services: WatchServices, payment: Awaited, nowMs: number): Promise<void> {
  const { provider, reference, orderId, dueAtMs } = payment;
  const remote = services.paymentProvider(provider)?.remote;
  if (remote === undefined || remote === null) return;
  const before = await readOrder(services.db, orderId);
  const status = before?.order.status;
  const isOpen = status === "draft" || status === "placed" || status === "on_hold";
  const isWanted = isOpen && nowMs < dueAtMs;
  const said = await (isWanted ? remote.inquire(reference) : remote.withdraw(reference));
  if (!said.ok) return;
  await applyPayment(services, provider, orderId, said.value);
  if (isWanted) return;
  const after = await readOrder(services.db, orderId);
  if (after?.order.status !== "draft") return;
  await cancelOrder(services, {
    orderId,
    reason: "declined",
    because: "payment_overdue",
    restock: true,
    refund: true,
    notify: false,
    actor: "system",
    requestId: null,
    mark: "payment_overdue",
    isVersionAcceptable: () => true,
  });
}
