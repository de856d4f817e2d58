import type { CompleteRequest } from "../../contract/draft-orders.ts";
import { skuSchema } from "../../contract/primitives.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { insertMany } from "../../db/client.ts";
import { eventRow, outboxRow } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import { writePaymentChange } from "../../db/payments.ts";
import { auditLog, payment as paymentTable } from "../../db/schema/index.ts";
import type { CurrencyCode, Sku } from "../../domain/brand.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Authorized, PaymentPort } from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { paymentRows } from "./new-order.ts";
import { awaitedRow } from "./pay-order.ts";
import { relayCommitted } from "./relay-outbox.ts";

type CompleteServices = Pick<Services, "nowMs" | "db" | "sku" | "paymentProvider" | "send" | "background">;

export type CompleteDraft = {
  readonly orderId: string;
  readonly request: CompleteRequest;
  readonly actor: Actor;
  /** Tells this call from any other: a repeat of it finds the order placed, and pays nothing twice. */
  readonly mark: string;
  readonly isVersionAcceptable: (version: number) => boolean;
};

const NOTHING: Authorized = { entries: [], awaited: null };

/**
 * Makes a draft an order: paid now, or later on its terms. Its stock is committed by the message that is written with
 * it; should the units be gone by then, the order is canceled and its money given back.
 */
export async function completeDraft(
  services: CompleteServices,
  { orderId, request, actor, mark, isVersionAcceptable }: CompleteDraft,
): Promise<Result<OrderAggregate, Problem>> {
  const aggregate = await readOrder(services.db, orderId);
  if (aggregate === null) return err(problem("not_found"));
  const { order, events, payments } = aggregate;
  const placed = eventRow(orderId, "order.placed", mark, { total: order.total }, actor.principalId, 0);
  const begun = eventRow(orderId, "payment.requires_action", mark, {}, actor.principalId, 0);
  if (events.some(({ id }) => id === placed.id || id === begun.id)) return ok(aggregate);
  if (!isVersionAcceptable(order.version)) return err(problem("precondition_failed"));
  // A draft with a hold or a payment is a checkout whose payer is away: it completes itself.
  if (order.status !== "draft" || order.holdId !== null || payments.length > 0) {
    return err(problem("order_state_conflict", { order_status: order.status }));
  }
  if (order.expiresAtMs !== null && services.nowMs() >= order.expiresAtMs) {
    return err(problem("order_state_conflict", { order_status: order.status, because: "expired" }));
  }
  const missing = order.holdsStock === true ? null : await shortOf(services, aggregate);
  if (missing !== null) return err(missing);
  const port = request.payment === undefined ? null : services.paymentProvider(request.payment.provider);
  if (request.payment !== undefined && port === null) {
    return err(problem("payment_provider_unknown", { provider: request.payment.provider }));
  }
  const idempotencyKey = `${orderId}:complete:${placed.id}`;
  const paid = port === null ? ok(NOTHING) : await authorize(port, aggregate, request, idempotencyKey);
  if (!paid.ok) return paid;
  if (await write(services, aggregate, paid.value, port?.provider ?? "", { placed, begun, actor })) {
    const written = await readOrder(services.db, orderId);
    return written === null ? err(problem("not_found")) : ok(written);
  }
  // Somebody else completed, changed or canceled it meanwhile: this payment must not outlive that.
  await port?.abandon({ orderId, idempotencyKey }).catch(() => null);
  return err(problem("unavailable"));
}

async function shortOf(services: CompleteServices, { lines }: OrderAggregate): Promise<Problem | null> {
  const wanted = new Map<Sku, number>();
  for (const line of lines) {
    const sku = skuSchema.parse(line.sku);
    wanted.set(sku, (wanted.get(sku) ?? 0) + line.quantity);
  }
  for (const [sku, requested] of wanted) {
    const report = await services.sku(sku).stock();
    const available = Math.max(0, (report?.available ?? 0) + (report?.backorderLimit ?? 0));
    if (requested > available) return problem("sold_out", { sku, requested, available });
  }
  return null;
}

async function authorize(
  port: PaymentPort,
  { order }: OrderAggregate,
  { payment }: CompleteRequest,
  idempotencyKey: string,
): Promise<Result<Authorized, Problem>> {
  if (payment === undefined || order.total === 0) return ok(NOTHING);
  const { provider: _, capture, ...details } = payment;
  const said = await port
    .authorize({
      orderId: order.id,
      amount: order.total,
      currency: order.currency as CurrencyCode,
      capture,
      details,
      idempotencyKey,
    })
    .catch(() => err({ code: "unavailable" as const, reason: "did not answer" }));
  if (said.ok) return said;
  return err(
    said.error.code === "declined"
      ? problem("payment_declined", { reason: said.error.reason })
      : problem("unavailable"),
  );
}

async function write(
  services: CompleteServices,
  aggregate: OrderAggregate,
  { entries, awaited }: Authorized,
  provider: string,
  said: {
    readonly placed: ReturnType<typeof eventRow>;
    readonly begun: ReturnType<typeof eventRow>;
    readonly actor: Actor;
  },
): Promise<boolean> {
  const { order } = aggregate;
  const nowMs = services.nowMs();
  const rows = paymentRows(order, provider, entries, said.actor.principalId, nowMs);
  const waiting = awaited === null ? [] : [awaitedRow(order, provider, awaited, order.total, nowMs)];
  const isPlaced = awaited === null;
  const outbox = isPlaced
    ? [outboxRow("fulfillment", { type: "order.commit_stock", order_id: order.id }, nowMs)]
    : [];
  const event = { ...(isPlaced ? said.placed : said.begun), occurredAtMs: nowMs };
  const isWritten = await writePaymentChange(
    services.db,
    {
      orderId: order.id,
      version: order.version,
      status: isPlaced ? "placed" : "draft",
      holdReason: null,
      paymentStatus: paymentStatusOf(entries, order.total, waiting),
      payment: null,
      rows: { transactions: rows.transactions, events: [...rows.events, event] },
      outbox,
      exceptions: [],
    },
    nowMs,
    [
      insertMany(services.db, paymentTable, waiting),
      insertMany(services.db, auditLog, [
        auditRow(
          said.actor,
          "order.completed_from_draft",
          `order:${order.id}`,
          { total: order.total },
          nowMs,
        ),
      ]),
    ],
  );
  if (isWritten) services.background(relayCommitted(services, outbox));
  return isWritten;
}
