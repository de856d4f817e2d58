import { recordPayment } from "../../db/ledger.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { invariant } from "../../domain/invariant.ts";
import { paymentStatusOf } from "../../domain/payments/ledger.ts";
import type { PaymentStep } from "../../domain/payments/rooms.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentFailure } from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { paymentRows } from "./new-order.ts";

export type SettleServices = Pick<Services, "nowMs" | "db" | "paymentProvider">;

/** Bounds the steps of one order, and how often one that changes under our hands is read again. */
const TRIES_MAX = 20;

/** What was asked of providers and not answered: as good as done for whoever decides what else to ask. */
export function pendingParts({ paymentParts }: OrderAggregate): OrderAggregate["paymentParts"] {
  return paymentParts.filter(({ status }) => status === "pending");
}

/**
 * Asks the provider for one step after another, as a ledger wants them, and writes down each before the next. Repeats
 * ask with the same keys and write the same rows, so it may be started again at any point.
 *
 * @param stepsFor - What the order wants now; the first is carried out, and then the order is read again.
 */
export async function settlePayment(
  services: SettleServices,
  orderId: string,
  actor: string,
  stepsFor: (aggregate: OrderAggregate) => ReadonlyArray<PaymentStep>,
): Promise<Result<null, PaymentFailure>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return ok(null);
    const [step] = stepsFor(aggregate);
    const { order, transactions, payments } = aggregate;
    const isDerived = order.paymentStatus === paymentStatusOf(transactions, order.total, payments);
    if (step === undefined && isDerived) return ok(null);
    const rows = step === undefined ? ok([]) : await carryOut(services, order, step);
    if (!rows.ok) return rows;
    const nowMs = services.nowMs();
    const money = paymentRows(order, step?.provider ?? "", rows.value, actor, nowMs);
    const paymentStatus = paymentStatusOf([...transactions, ...rows.value], order.total, payments);
    await recordPayment(services.db, orderId, money, { version: order.version, paymentStatus }, nowMs);
    // Read again in any case: there may be another step, or somebody else changed the order.
  }
  return err({ code: "unavailable", reason: "the order keeps changing" });
}

async function carryOut(
  { paymentProvider }: SettleServices,
  order: OrderAggregate["order"],
  { kind, provider, reference, amount, after, remainder }: PaymentStep,
) {
  const port = paymentProvider(provider);
  // Asking again would not help; somebody has to set it up, or settle it by hand.
  if (port === null) return err({ code: "declined" as const, reason: `no provider ${provider}` });
  // A later step on the same reference, be it for the same amount, starts where this one ended, and is another one.
  const idempotencyKey = `${order.id}:${kind}:${reference}:${after}:${amount}`;
  const request = {
    orderId: order.id,
    reference,
    amount,
    currency: order.currency as CurrencyCode,
    remainder,
    idempotencyKey,
  };
  const said = await port[kind](request);
  if (!said.ok) return said;
  const moved = said.value.reduce((sum, entry) => (entry.kind === kind ? sum + entry.amount : sum), 0);
  invariant(moved === amount, "the provider did something else");
  return ok(said.value.map((entry) => ({ parentReference: reference, ...entry })));
}
