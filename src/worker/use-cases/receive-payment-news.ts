import { derivedId, outboxRow } from "../../db/events.ts";
import { readOrderStates } from "../../db/orders.ts";
import {
  findNews,
  findOrderOfPayment,
  keepNews,
  markNews,
  takeOverdueNews,
  type PaymentNewsRow,
} from "../../db/payments.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import type { PaymentState } from "../../domain/payments/provider-state.ts";
import type { PaymentPort } from "../../integrations/payments/port.ts";
import type { Services } from "../services.ts";
import { applyPayment } from "./apply-payment.ts";
import type { WebhookHandler } from "./inbound-webhook.ts";
import { raiseException } from "./raise-exception.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";

type NewsServices = Pick<Services, "nowMs" | "db" | "send" | "paymentProvider" | "fulfillmentMode">;

/** An order is written within seconds of its payment; after this long nobody will write it any more. */
const UNMATCHED_AFTER_MS = 3_600_000;
const LOOK_AGAIN_AFTER_MS = 20_000;
/** When a message that was given up is sent again. */
const OVERDUE_MS = 600_000;
const OVERDUE_MAX = 100;

/** Takes what payment providers send to `/webhooks/{provider}`: kept first, taken into the order by a message. */
export function paymentWebhook(
  services: NewsServices & Pick<Services, "background">,
  connection: string,
): WebhookHandler | null {
  const remote = services.paymentProvider(connection)?.remote ?? null;
  if (remote === null) return null;
  return async ({ bytes, headers }) => {
    const nowMs = services.nowMs();
    const read = await remote.receive(bytes, headers, nowMs);
    if (!read.ok) {
      // A provider that cannot be asked whether it sent this has to send it again.
      if (read.error.code === "unavailable") throw new RetryLater("the sender could not be verified");
      return { status: read.error.code };
    }
    if (read.value === null) return { status: "accepted" };
    const { eventId, reference, orderId, state } = read.value;
    const id = derivedId("news", 0, connection, eventId);
    const message = outboxRow("fulfillment", { type: "payment.news", news_id: id }, nowMs);
    const row: PaymentNewsRow = {
      id,
      provider: connection,
      reference,
      orderId,
      state,
      status: "received",
      receivedAtMs: nowMs,
      touchedAtMs: nowMs,
    };
    if (await keepNews(services.db, row, message)) services.background(relayCommitted(services, [message]));
    return { status: "accepted" };
  };
}

/** Takes a piece of news into its order, which may not be written yet. */
export async function handlePaymentNews(services: NewsServices, newsId: string): Promise<void> {
  const news = await findNews(services.db, newsId);
  if (news === null || news.status !== "received") return;
  const { provider, reference } = news;
  const port = services.paymentProvider(provider);
  if (port?.remote === undefined || port.remote === null) {
    throw new StepImpossible(`no provider ${provider} is configured`);
  }
  const known = news.orderId ?? (await findOrderOfPayment(services.db, provider, reference));
  const state = news.state ?? (await inquire(services, port, reference, known));
  const orderId = known ?? state.orderId;
  const outcome = orderId === null ? "unmatched" : await applyPayment(services, provider, orderId, state);
  if (outcome === "applied") return markNews(services.db, newsId, "applied");
  if (services.nowMs() - news.receivedAtMs < UNMATCHED_AFTER_MS) {
    throw new RetryLater("the order is not there yet", LOOK_AGAIN_AFTER_MS);
  }
  // Whoever shares the provider's account has payments that are no business of ours.
  if (orderId !== null) await giveBackStray(services, port, orderId, state);
  await markNews(services.db, newsId, "unmatched");
}

/** Sends again what stayed unhandled when its message was given up. */
export async function retryPaymentNews(services: Pick<Services, "db" | "send" | "nowMs">): Promise<void> {
  const nowMs = services.nowMs();
  const ids = await takeOverdueNews(services.db, nowMs - OVERDUE_MS, OVERDUE_MAX, nowMs);
  if (ids.length === 0) return;
  await services.send(
    "fulfillment",
    ids.map((id): unknown => ({ type: "payment.news", news_id: id })),
  );
}

/** Asking may take the next step for the payer, which nobody wants for an order that is over. */
async function inquire(
  services: NewsServices,
  { remote }: PaymentPort,
  reference: string,
  orderId: string | null,
): Promise<PaymentState> {
  const states = orderId === null ? null : await readOrderStates(services.db, [orderId]);
  const isOver = states?.get(orderId ?? "")?.status === "canceled";
  const said = await (isOver ? remote?.withdraw(reference) : remote?.inquire(reference));
  if (said?.ok === true) return said.value;
  throw new RetryLater("the payment provider did not answer");
}

/** Money that was asked for in our name, for an order that was never written: it must not stay with us. */
async function giveBackStray(
  services: NewsServices,
  port: PaymentPort,
  orderId: string,
  { reference }: PaymentState,
): Promise<void> {
  const withdrawn = await port.remote?.withdraw(reference);
  if (withdrawn?.ok !== true) throw new RetryLater("the payment provider did not answer");
  const { captured, currency, refunds } = withdrawn.value;
  const owed = captured - refunds.reduce((sum, { amount }) => sum + amount, 0);
  if (owed <= 0) return;
  const refunded = await port.refund({
    orderId,
    reference,
    amount: owed,
    currency: currency as CurrencyCode,
    remainder: "release",
    idempotencyKey: `stray:${reference}`,
  });
  await raiseException(services, {
    kind: "payment_unmatched",
    subject: `order:${orderId}`,
    orderId: null,
    fact: reference,
    data: { provider: port.provider, reference, amount: owed, currency, is_given_back: refunded.ok },
  });
  if (!refunded.ok && refunded.error.code === "unavailable") {
    throw new RetryLater("the payment provider did not answer");
  }
}
