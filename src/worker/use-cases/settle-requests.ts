import { insertExceptions, type Raised } from "../../db/exceptions.ts";
import { recordPayment } from "../../db/ledger.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { answerPart, takePendingRequests, type PaymentPartRow } from "../../db/payment-requests.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import { err, type Result } from "../../domain/result.ts";
import type { FollowedUp, PaymentFailure } from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { paymentRows } from "./new-order.ts";
import { raiseException } from "./raise-exception.ts";
import { pendingParts, settlePayment, type SettleServices } from "./settle-payment.ts";
import { RetryLater } from "./step-failure.ts";
import { undoPayment } from "./undo-payment.ts";

/** A provider that has not answered for so long needs somebody to look at it. */
const SILENT_MS = 600_000;
/** Bounds of one run of the cron. */
const ORDERS_MAX = 50;

/**
 * Carries out what was asked for and not answered yet, part by part; each part is its own idempotency key, so that a
 * reply that was lost is found again and nothing moves twice.
 *
 * @returns The first thing a provider did not answer; the rest was tried all the same.
 */
export async function settleRequests(
  services: SettleServices,
  orderId: string,
  actor: string,
): Promise<Result<null, PaymentFailure>> {
  const aggregate = await readOrder(services.db, orderId);
  let silent: PaymentFailure | null = null;
  for (const part of aggregate === null ? [] : pendingParts(aggregate)) {
    const said = await askFor(services, part, aggregate?.order.currency ?? "");
    if (!said.ok && said.error.code === "unavailable") silent ??= said.error;
    else await note(services, orderId, part, said, actor);
  }
  const derived = await settlePayment(services, orderId, actor, () => []);
  return silent === null ? derived : err(silent);
}

/** The consumer of `payment.settle`. */
export async function settleMoney(services: SettleServices, orderId: string): Promise<void> {
  const settled = await settleRequests(services, orderId, "system");
  if (!settled.ok) {
    await raiseSilent(services, orderId);
    throw new RetryLater("the payment provider did not answer");
  }
  // What reached an order after it was canceled is owed as well.
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

/** Asks again for what stayed unanswered when its message was given up. */
export async function retryPaymentRequests(
  services: Pick<Services, "db" | "send" | "nowMs">,
): Promise<number> {
  const nowMs = services.nowMs();
  const orderIds = await takePendingRequests(services.db, nowMs - SILENT_MS, ORDERS_MAX, nowMs);
  if (orderIds.length === 0) return 0;
  await services.send(
    "fulfillment",
    orderIds.map((orderId): unknown => ({ type: "payment.settle", order_id: orderId })),
  );
  return orderIds.length;
}

function askFor(
  { paymentProvider }: SettleServices,
  part: PaymentPartRow,
  currency: string,
): Promise<FollowedUp> {
  const { id, kind, orderId, provider, reference, amount, remainder } = part;
  const port = paymentProvider(provider);
  if (port === null) {
    return Promise.resolve(err({ code: "declined", reason: `no provider ${provider} is configured` }));
  }
  return port[kind]({
    orderId,
    reference,
    amount,
    currency: currency as CurrencyCode,
    remainder,
    idempotencyKey: id,
  }).catch(() => err({ code: "unavailable", reason: "did not answer" }));
}

async function note(
  services: SettleServices,
  orderId: string,
  part: PaymentPartRow,
  said: FollowedUp,
  actor: string,
): Promise<void> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return;
  const { order, transactions, payments } = aggregate;
  const nowMs = services.nowMs();
  const entries = said.ok ? said.value.map((entry) => ({ parentReference: part.reference, ...entry })) : [];
  const request = aggregate.paymentRequests.find(({ id }) => id === part.requestId);
  const followsChange = part.kind === "refund" && request?.because === "changed";
  const made = paymentRows(order, part.provider, entries, actor, nowMs, { request: part.requestId });
  const rows = { ...made, transactions: made.transactions.map((row) => ({ ...row, followsChange })) };
  const known = new Set(transactions.map(({ id }) => id));
  const ledger = [...transactions, ...rows.transactions.filter(({ id }) => !known.has(id))];
  const answer = said.ok
    ? { status: "succeeded" as const, failure: null }
    : { status: "failed" as const, failure: said.error.reason };
  const raised = said.ok ? null : exceptionOf(aggregate, part, said.error.reason);
  await recordPayment(
    services.db,
    orderId,
    rows,
    { version: order.version, paymentStatus: paymentStatusOf(ledger, order.total, payments) },
    nowMs,
    [
      ...answerPart(services.db, part, answer, nowMs),
      ...(raised === null ? [] : [insertExceptions(services.db, [raised], nowMs)]),
    ],
  );
}

/** A void that fails harms nobody: the authorization lapses by itself. */
function exceptionOf({ order }: OrderAggregate, part: PaymentPartRow, reason: string): Raised | null {
  if (part.kind === "void") return null;
  return {
    kind: part.kind === "refund" ? "refund_failed" : "capture_declined",
    subject: `order:${order.id}`,
    orderId: order.id,
    fact: part.id,
    data: {
      request: part.requestId,
      provider: part.provider,
      reference: part.reference,
      amount: part.amount,
      currency: order.currency,
      reason,
    },
  };
}

async function raiseSilent(services: SettleServices, orderId: string): Promise<void> {
  const aggregate = await readOrder(services.db, orderId);
  const overdue = aggregate?.paymentRequests.find(
    ({ status, createdAtMs }) => status === "pending" && services.nowMs() - createdAtMs > SILENT_MS,
  );
  if (overdue === undefined) return;
  await raiseException(services, {
    kind: overdue.kind === "refund" ? "refund_failed" : "capture_declined",
    subject: `order:${orderId}`,
    orderId,
    fact: overdue.id,
    data: {
      request: overdue.id,
      amount: overdue.amount,
      reason: "the provider does not answer; it is asked again",
    },
  });
}
