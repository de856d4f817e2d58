import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { derivedId, outboxRow } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { deleteOutbox, type OutboxRow } from "../../db/outbox.ts";
import { writePaymentRequest, type NewPaymentRequest } from "../../db/payment-requests.ts";
import {
  planRefund,
  type EarlierRefund,
  type RefundLine,
  type RefundPlan,
  type RefundRefusal,
  type RefundWish,
} from "../../domain/payments/refund.ts";
import type { PaymentRequestKind } from "../../domain/payments/request.ts";
import {
  capturableRooms,
  leftIn,
  refundableRooms,
  spread,
  type PaymentStep,
} from "../../domain/payments/rooms.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { pendingParts } from "./settle-payment.ts";
import { settleRequests } from "./settle-requests.ts";

export type AskServices = Pick<Services, "nowMs" | "db" | "paymentProvider" | "send" | "background">;

/** What somebody wants done with the money of an order. */
export type PaymentWish =
  | {
      readonly kind: "capture";
      /** Absent captures everything. */
      readonly amount: number | undefined;
      /** What becomes of the rest of the authorization. */
      readonly remainder: "keep" | "release";
    }
  | { readonly kind: "void" }
  | { readonly kind: "refund"; readonly wish: RefundWish; readonly reason: string; readonly notify: boolean };

export type AskPayment = {
  readonly orderId: string;
  readonly wish: PaymentWish;
  readonly actor: Actor;
  /** Tells this call from any other on the same order: a repeat of it finds what it asked for. */
  readonly mark: string;
  readonly isVersionAcceptable: (version: number) => boolean;
};

/** What is asked of which authorization or capture, and what for. */
export type PlannedRequest = Omit<RefundPlan, "amount"> & {
  readonly kind: PaymentRequestKind;
  readonly amount: number;
  readonly reason: string | null;
  readonly because: "asked" | "returned" | "changed";
  /** Whether the buyer is told. */
  readonly notify: boolean;
  readonly steps: ReadonlyArray<PaymentStep>;
};

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

/**
 * Captures, voids or pays back money of an order. What is asked for is written first, worked out from the order as it
 * is at that moment and from everything else that is still asked for; then the provider is asked. A provider that does
 * not answer is asked again until it does.
 *
 * @returns The order, in which the request may still be `pending`.
 */
export async function askPayment(
  services: AskServices,
  command: AskPayment,
): Promise<Result<OrderAggregate, Problem>> {
  const { orderId, actor, mark } = command;
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const id = derivedId("preq", aggregate.order.placedAtMs, orderId, mark);
    if (!aggregate.paymentRequests.some((request) => request.id === id)) {
      if (!command.isVersionAcceptable(aggregate.order.version)) return err(problem("precondition_failed"));
      const planned = plan(services, aggregate, command.wish);
      if (!planned.ok) return planned;
      const rows = requestRows(aggregate.order, id, planned.value, actor, services.nowMs());
      if (!(await writePaymentRequest(services.db, aggregate.order.version, rows))) continue;
      await carryOut(services, orderId, rows.outbox, actor);
    } else await settleRequests(services, orderId, actor.principalId);
    return outcomeOf(services, orderId, id);
  }
  return err(problem("unavailable"));
}

/** The rows of a request, for the batch that it stands or falls with. Repeats make the same rows. */
export function requestRows(
  order: OrderAggregate["order"],
  id: string,
  planned: PlannedRequest,
  actor: Actor,
  nowMs: number,
): NewPaymentRequest {
  const { kind, amount, reason, because, notify, lines, shipping, steps } = planned;
  const { id: orderId, currency, placedAtMs } = order;
  return {
    request: {
      id,
      orderId,
      kind,
      status: "pending",
      amount,
      currency,
      reason,
      because,
      notify,
      lines,
      shipping,
      failure: null,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    },
    parts: steps.map((step, index) => ({
      id: derivedId("ppart", placedAtMs, id, String(index)),
      requestId: id,
      orderId,
      kind: step.kind,
      status: "pending",
      provider: step.provider,
      reference: step.reference,
      amount: step.amount,
      remainder: step.remainder,
    })),
    outbox: outboxRow("fulfillment", { type: "payment.settle", order_id: orderId }, nowMs),
    audit: auditRow(actor, `payment.${kind}_requested`, `order:${orderId}`, { request: id, amount }, nowMs),
  };
}

/** Works out a refund of an order: what it pays back, and from which payments, the newest first. */
export function planOrderRefund(
  aggregate: OrderAggregate,
  wish: RefundWish,
  reason: string,
  because: PlannedRequest["because"] = "asked",
  notify = true,
): Result<PlannedRequest, RefundRefusal> {
  const { order, lines, transactions } = aggregate;
  const rooms = refundableRooms(transactions, pendingParts(aggregate)).toReversed();
  const facts = { lines, shippingTotal: order.shippingTotal };
  const refund = planRefund(facts, earlierRefunds(aggregate), leftIn(rooms), wish);
  if (!refund.ok) return refund;
  const steps = spread("refund", refund.value.amount, rooms);
  return ok({ ...refund.value, kind: "refund", reason, because, notify, steps });
}

/** What was paid back of which units before, by refunds and by returns, those still under way included. */
export function earlierRefunds({ paymentRequests, returns, events }: OrderAggregate): Array<EarlierRefund> {
  const asked = paymentRequests.filter(({ kind, status }) => kind === "refund" && status !== "failed");
  const paidBack = (lines: ReadonlyArray<RefundLine>, shipping: number): EarlierRefund => ({
    kind: "paid_back",
    lines,
    shipping,
  });
  const settled = returns.flatMap(({ settlement }) =>
    settlement === null ? [] : [paidBack(settlement.lines, settlement.shippingRefund)],
  );
  // Units that a change took out of the order are not worth anything any more.
  const removed = events.flatMap(({ type, data }): Array<EarlierRefund> =>
    type === "order.changed" && Array.isArray(data["removed"])
      ? [{ kind: "removed", lines: data["removed"] as ReadonlyArray<RefundLine>, shipping: 0 }]
      : [],
  );
  return [...asked.map(({ lines, shipping }) => paidBack(lines, shipping)), ...settled, ...removed];
}

function plan(
  services: AskServices,
  aggregate: OrderAggregate,
  wish: PaymentWish,
): Result<PlannedRequest, Problem> {
  const planned = planWish(aggregate, wish);
  if (!planned.ok) return planned;
  const unknown = planned.value.steps.find(({ provider }) => services.paymentProvider(provider) === null);
  if (unknown === undefined) return planned;
  return err(problem("payment_provider_unknown", { provider: unknown.provider }));
}

function planWish(aggregate: OrderAggregate, wish: PaymentWish): Result<PlannedRequest, Problem> {
  if (wish.kind === "refund") {
    const refund = planOrderRefund(aggregate, wish.wish, wish.reason, "asked", wish.notify);
    return refund.ok ? refund : err(refusalProblem(refund.error));
  }
  const { status } = aggregate.order;
  const rooms = capturableRooms(aggregate.transactions, pendingParts(aggregate));
  const available = leftIn(rooms);
  const rest = { lines: [], shipping: 0, reason: null, because: "asked" as const, notify: true };
  if (wish.kind === "void") {
    if (available === 0) return err(problem("amount_unavailable", { available }));
    return ok({ ...rest, kind: "void", amount: available, steps: spread("void", available, rooms) });
  }
  if (status === "canceled" || status === "draft") {
    return err(problem("order_state_conflict", { order_status: status }));
  }
  const amount = wish.amount ?? available;
  if (amount > available || amount === 0) return err(problem("amount_unavailable", { available }));
  const captures = spread("capture", amount, rooms, wish.remainder);
  const taken = new Map(captures.map((step) => [step.reference, step.amount]));
  const after = rooms.map((room) => {
    const part = taken.get(room.reference) ?? 0;
    return { ...room, used: room.used + part, left: room.left - part };
  });
  const released = wish.remainder === "release" ? spread("void", leftIn(after), after) : [];
  return ok({ ...rest, kind: "capture", amount, steps: [...captures, ...released] });
}

export function refusalProblem(refusal: RefundRefusal): Problem {
  switch (refusal.code) {
    case "line_unknown":
      return problem("order_line_unknown", { line: refusal.line });
    case "quantity_unavailable":
      return problem("quantity_unavailable", { line: refusal.line, available: refusal.available });
    case "shipping_unavailable":
      return problem("amount_unavailable", { of: "shipping", available: refusal.available });
    case "amount_unavailable":
      return problem("amount_unavailable", { available: refusal.available });
  }
}

/** Asks at once; the message is only for what is left over then. */
async function carryOut(
  services: AskServices,
  orderId: string,
  message: OutboxRow,
  actor: Actor,
): Promise<void> {
  const settled = await settleRequests(services, orderId, actor.principalId).catch(() => null);
  if (settled?.ok === true) {
    // A row that stays by mistake is sent, finds nothing to do, and goes then.
    await deleteOutbox(services.db, [message.id]).catch(() => null);
    return;
  }
  services.background(relayCommitted(services, [message]));
}

async function outcomeOf(
  services: AskServices,
  orderId: string,
  requestId: string,
): Promise<Result<OrderAggregate, Problem>> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return err(problem("not_found"));
  const request = aggregate.paymentRequests.find(({ id }) => id === requestId);
  if (request?.status !== "failed") return ok(aggregate);
  return err(problem("payment_refused", { request: requestId, reason: request.failure }));
}
