import { eventRow, outboxRow } from "../../db/events.ts";
import type { Raised } from "../../db/exceptions.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { OutboxRow } from "../../db/outbox.ts";
import { writePaymentChange, type PaymentChange, type PaymentRow } from "../../db/payments.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { orderBalance } from "../../domain/orders/totals.ts";
import { paymentStatusOf, summarizeLedger } from "../../domain/payments/ledger.ts";
import { furtherStatus, missingEntries, type PaymentState } from "../../domain/payments/provider-state.ts";
import type { Services } from "../services.ts";
import { AWAITING_PAYMENT, resumed } from "./hold-order.ts";
import { paymentRows } from "./new-order.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { RetryLater } from "./step-failure.ts";

export type ApplyServices = Pick<Services, "nowMs" | "db" | "send" | "fulfillmentMode">;

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

/**
 * Takes what a provider says of a payment into its order: what moved into the ledger, a draft that is paid now to its
 * stock, money that came for a canceled order back to the buyer. News may come twice, late and in any order.
 *
 * @returns `unmatched` where the order is not there, or knows of no such payment.
 */
export async function applyPayment(
  services: ApplyServices,
  provider: string,
  orderId: string,
  state: PaymentState,
): Promise<"applied" | "unmatched"> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return "unmatched";
    const expected = expectedOf(aggregate, provider, state.reference);
    if (expected === null) return "unmatched";
    const nowMs = services.nowMs();
    const change = fits(expected, state)
      ? changeOf(services, aggregate, provider, state, nowMs)
      : quarantine(aggregate, provider, state, expected);
    if (change === null) return "applied";
    if (!(await writePaymentChange(services.db, change, nowMs))) continue;
    await relayCommitted(services, change.outbox);
    return "applied";
  }
  throw new RetryLater("the order keeps changing");
}

type Expected = { readonly amount: number; readonly currency: string };

/** What a payment has to come to: as the order waits for it, or as it was authorized at once. */
function expectedOf(aggregate: OrderAggregate, provider: string, reference: string): Expected | null {
  const awaited = aggregate.payments.find(
    (payment) => payment.provider === provider && payment.reference === reference,
  );
  if (awaited !== undefined) return awaited;
  const known = aggregate.transactions.find(
    (entry) => entry.kind === "authorization" && entry.provider === provider && entry.reference === reference,
  );
  return known ?? null;
}

function fits(expected: Expected, { amount, captured, currency }: PaymentState): boolean {
  if (currency !== expected.currency) return false;
  return (amount === null || amount === expected.amount) && captured <= expected.amount;
}

function changeOf(
  services: ApplyServices,
  aggregate: OrderAggregate,
  provider: string,
  state: PaymentState,
  nowMs: number,
): PaymentChange | null {
  const { order, transactions, payments } = aggregate;
  const awaited = awaitedOf(aggregate, provider, state.reference);
  if (awaited?.status === "quarantined") return null;
  const entries = missingEntries(transactions, provider, state).map((entry) => ({
    ...entry,
    currency: order.currency as CurrencyCode,
  }));
  const paid = awaited === null ? null : progressed(awaited, state);
  const isSame = paid?.status === awaited?.status && paid?.checkAtMs === awaited?.checkAtMs;
  if (entries.length === 0 && isSame) return null;

  const rows = paymentRows(order, provider, entries, provider, nowMs);
  const ledger = [...transactions, ...rows.transactions];
  const { captured, capturable } = summarizeLedger(ledger);
  const isPaidNow = order.status === "draft" && captured + Math.max(0, capturable) >= order.total;
  const isReleased =
    order.holdReason === AWAITING_PAYMENT && orderBalance(order, aggregate.lines, ledger) <= 0;
  const hasFailed = paid?.status === "failed" && awaited?.status !== "failed";
  const events = [
    ...rows.events,
    ...(isPaidNow
      ? [eventRow(order.id, "order.placed", "paid", { total: order.total }, provider, nowMs)]
      : []),
    ...(hasFailed
      ? [
          eventRow(
            order.id,
            "payment.failed",
            state.reference,
            { reference: state.reference },
            provider,
            nowMs,
          ),
        ]
      : []),
  ];
  return {
    orderId: order.id,
    version: order.version,
    status: isPaidNow || isReleased ? "placed" : order.status,
    holdReason: isReleased ? null : order.holdReason,
    paymentStatus: paymentStatusOf(
      ledger,
      order.total,
      payments.map((payment) => (payment === awaited && paid !== null ? paid : payment)),
    ),
    payment: paid,
    rows: { transactions: rows.transactions, events },
    outbox: isReleased
      ? resumed(services, aggregate, nowMs)
      : followUps(order, isPaidNow, entries.length > 0, nowMs),
    exceptions: entries.flatMap((entry) => exceptionOf(order, provider, state, entry)),
  };
}

function awaitedOf({ payments }: OrderAggregate, provider: string, reference: string): PaymentRow | null {
  return payments.find((each) => each.provider === provider && each.reference === reference) ?? null;
}

/** Once money is there or never will be, nobody has to ask any more. */
function progressed(awaited: PaymentRow, state: PaymentState): PaymentRow {
  if (awaited.status === "quarantined") return awaited;
  const status = furtherStatus(awaited.status, state.status);
  const isOver = status === "authorized" || status === "captured" || status === "canceled";
  return { ...awaited, status, checkAtMs: isOver ? null : awaited.checkAtMs };
}

function followUps(
  { id, status }: OrderAggregate["order"],
  isPaidNow: boolean,
  hasMoved: boolean,
  nowMs: number,
): Array<OutboxRow> {
  // The stock of a hold that ended meanwhile is taken again there, or the order is canceled and its money given back.
  if (isPaidNow) return [outboxRow("fulfillment", { type: "order.commit_stock", order_id: id }, nowMs)];
  // What reaches a canceled order goes back.
  if (hasMoved && status === "canceled") {
    return [outboxRow("fulfillment", { type: "payment.settle", order_id: id }, nowMs)];
  }
  return [];
}

function exceptionOf(
  order: OrderAggregate["order"],
  provider: string,
  { reference }: PaymentState,
  entry: { readonly kind: string; readonly amount: number; readonly reference: string },
): Array<Raised> {
  const isFailedRefund = entry.kind === "reversal" && entry.reference.endsWith(":failed");
  if (entry.kind !== "chargeback" && !isFailedRefund) return [];
  return [
    {
      kind: entry.kind === "chargeback" ? "chargeback" : "refund_failed",
      subject: `order:${order.id}`,
      orderId: order.id,
      fact: entry.reference,
      data: {
        provider,
        payment: reference,
        reference: entry.reference,
        amount: entry.amount,
        currency: order.currency,
      },
    },
  ];
}

/** Nothing of a payment that does not fit is counted: a person looks at it. */
function quarantine(
  aggregate: OrderAggregate,
  provider: string,
  state: PaymentState,
  expected: Expected,
): PaymentChange | null {
  const { order } = aggregate;
  const hasMoved = state.authorized > 0 || state.captured > 0;
  const awaited = awaitedOf(aggregate, provider, state.reference);
  // An amount that a payer has not agreed to yet may still be put right.
  if (!hasMoved || awaited?.status === "quarantined") return null;
  return {
    orderId: order.id,
    version: order.version,
    status: order.status,
    holdReason: order.holdReason,
    paymentStatus: order.paymentStatus,
    payment: awaited === null ? null : { ...awaited, status: "quarantined", checkAtMs: null },
    rows: { transactions: [], events: [] },
    outbox: [],
    exceptions: [
      {
        kind: "payment_quarantined",
        subject: `order:${order.id}`,
        orderId: order.id,
        fact: state.reference,
        data: {
          provider,
          reference: state.reference,
          expected_amount: expected.amount,
          expected_currency: expected.currency,
          amount: state.captured > 0 ? state.captured : state.authorized,
          currency: state.currency,
        },
      },
    ],
  };
}
