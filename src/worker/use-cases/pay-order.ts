import type { PayRequest } from "../../contract/payments.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { insertMany } from "../../db/client.ts";
import { eventRow } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { writePaymentChange } from "../../db/payments.ts";
import { auditLog, payment as paymentTable } from "../../db/schema/index.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { orderBalance } from "../../domain/orders/totals.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { AwaitedPayment, PaymentEntry, PaymentPort } from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { AWAITING_PAYMENT, resumed } from "./hold-order.ts";
import { paymentRows } from "./new-order.ts";
import { relayCommitted } from "./relay-outbox.ts";

type PayServices = Pick<
  Services,
  "nowMs" | "db" | "paymentProvider" | "send" | "background" | "fulfillmentMode"
>;

export type PayOrder = {
  readonly orderId: string;
  readonly request: PayRequest;
  readonly actor: Actor;
  /** Tells this call from any other: the provider's idempotency key follows from it. */
  readonly mark: string;
};

/** How long a payer may take who was sent away, and when the provider is asked for the first time. */
const PAYMENT_WAIT_MS = 86_400_000;
const CHECK_AFTER_MS = 120_000;

/**
 * Takes what an order is still owed: for an exchange that costs more, a change that added something, an order that was
 * never paid. Where it waited for nothing else, it goes on.
 */
export async function payOrder(
  services: PayServices,
  { orderId, request, actor, mark }: PayOrder,
): Promise<Result<OrderAggregate, Problem>> {
  const port = services.paymentProvider(request.provider);
  if (port === null) return err(problem("payment_provider_unknown", { provider: request.provider }));
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return err(problem("not_found"));
  const { order, lines, transactions, payments, events } = aggregate;
  const taken = eventRow(orderId, "payment.taken", mark, {}, actor.principalId, services.nowMs());
  if (events.some(({ id }) => id === taken.id)) return ok(aggregate);
  const idempotencyKey = `${orderId}:pay:${taken.id}`;
  const available = Math.max(0, orderBalance(order, lines, transactions));
  const isWaiting = payments.some(({ status }) => status === "requires_action" || status === "pending");
  if (order.status !== "placed" && order.status !== "on_hold") {
    return err(problem("order_state_conflict", { order_status: order.status }));
  }
  if (available === 0 || isWaiting) return err(problem("amount_unavailable", { available }));
  const { provider: _, capture, ...details } = request;
  const said = await port
    .authorize({
      orderId,
      amount: available,
      currency: order.currency as CurrencyCode,
      capture,
      details,
      idempotencyKey,
    })
    .catch(() => err({ code: "unavailable" as const, reason: "did not answer" }));
  if (!said.ok && said.error.code === "declined") {
    return err(problem("payment_declined", { reason: said.error.reason }));
  }
  if (!said.ok) return err(problem("unavailable"));
  const { entries, awaited } = said.value;
  const isWritten = await record(
    services,
    aggregate,
    port,
    { entries, awaited, amount: available, taken },
    actor,
  );
  if (!isWritten) {
    // The order changed meanwhile, and may be owed something else: this payment must not outlive that.
    await port.abandon({ orderId, idempotencyKey }).catch(() => null);
    return err(problem("unavailable"));
  }
  const paid = await readOrder(services.db, orderId);
  if (paid === null) return err(problem("not_found"));
  const token = awaited?.clientToken ?? null;
  return ok({
    ...paid,
    payments: paid.payments.map((row) =>
      row.reference === awaited?.reference ? { ...row, clientToken: token } : row,
    ),
  });
}

type Paid = {
  readonly entries: ReadonlyArray<PaymentEntry>;
  readonly awaited: AwaitedPayment | null;
  readonly amount: number;
  /** Tells a repeat of the call that it was made. */
  readonly taken: ReturnType<typeof eventRow>;
};

async function record(
  services: PayServices,
  aggregate: OrderAggregate,
  { provider }: PaymentPort,
  { entries, awaited, amount, taken }: Paid,
  actor: Actor,
): Promise<boolean> {
  const { order, transactions, payments } = aggregate;
  const nowMs = services.nowMs();
  const rows = paymentRows(order, provider, entries, actor.principalId, nowMs);
  const ledger = [...transactions, ...rows.transactions];
  const isReleased = order.holdReason === AWAITING_PAYMENT && entries.length > 0;
  const released = eventRow(order.id, "order.released", provider, { reason: null }, actor.principalId, nowMs);
  const waiting = awaited === null ? [] : [awaitedRow(order, provider, awaited, amount, nowMs)];
  const outbox = isReleased ? resumed(services, aggregate, nowMs) : [];
  const isWritten = await writePaymentChange(
    services.db,
    {
      orderId: order.id,
      version: order.version,
      status: isReleased ? "placed" : order.status,
      holdReason: isReleased ? null : order.holdReason,
      paymentStatus: paymentStatusOf(ledger, order.total, [...payments, ...waiting]),
      payment: null,
      rows: {
        transactions: rows.transactions,
        events: [...rows.events, { ...taken, data: { provider, amount } }, ...(isReleased ? [released] : [])],
      },
      outbox,
      exceptions: [],
    },
    nowMs,
    [
      insertMany(services.db, paymentTable, waiting),
      insertMany(services.db, auditLog, [
        auditRow(actor, "payment.taken", `order:${order.id}`, { provider, amount }, nowMs),
      ]),
    ],
  );
  if (isWritten) services.background(relayCommitted(services, outbox));
  return isWritten;
}

/** The payment that an order waits for from now on. */
export function awaitedRow(
  order: OrderAggregate["order"],
  provider: string,
  awaited: AwaitedPayment,
  amount: number,
  nowMs: number,
): Omit<OrderAggregate["payments"][number], "clientToken"> {
  return {
    provider,
    reference: awaited.reference,
    orderId: order.id,
    status: awaited.status,
    amount,
    currency: order.currency,
    redirectUrl: awaited.redirectUrl,
    checkAtMs: nowMs + CHECK_AFTER_MS,
    dueAtMs: nowMs + PAYMENT_WAIT_MS,
    createdAtMs: nowMs,
  };
}
