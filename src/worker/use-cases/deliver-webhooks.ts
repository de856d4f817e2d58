import { derivedId } from "../../db/events.ts";
import {
  claimDeliveries,
  putOffDeliveries,
  settleDelivery,
  type AttemptRow,
  type DeliveryRow,
  type EventContent,
  type Settlement,
} from "../../db/webhook-deliveries.ts";
import { findEndpoint, type EndpointRow } from "../../db/webhook-endpoints.ts";
import { circuitStateOf } from "../../domain/connections/breaker.ts";
import { GIVE_UP_AFTER_MS, nextAttemptAtMs } from "../../domain/webhooks/schedule.ts";
import { targetRefusal } from "../../domain/webhooks/target.ts";
import type { DeliveryOutcome } from "../../integrations/webhooks/port.ts";
import { signedHeaders } from "../../integrations/webhooks/signature.ts";
import type { Services } from "../services.ts";
import { settleInParallel } from "./in-parallel.ts";
import { sendSoon } from "./relay-events.ts";
import { openSecrets } from "./webhook-secrets.ts";

/** Sent to one endpoint at a time: the platform opens six connections, and others need some. */
const PARALLEL_MAX = 2;
const CLAIMED_AT_ONCE = 6;
/** Longer than the longest that a claimed batch can take. */
const LEASE_MS = 60_000;
/** Batches of one run; a run that ends with more to do asks for another. */
const ROUNDS_MAX = 10;
/** Up to here a retry is asked for by a delayed message; what is later is found by the cron. */
const DELAYED_MS_MAX = 60_000;

type Ports = Pick<
  Services,
  "db" | "nowMs" | "send" | "webhooks" | "webhookTargets" | "connection" | "sealing"
>;
type Claimed = DeliveryRow & { readonly content: EventContent | null };

/** The name under which an endpoint's health is kept. */
export function webhookConnection(endpointId: string): string {
  return `webhook:${endpointId}`;
}

/**
 * Sends an endpoint what it is owed by now. Endpoints share nothing here: each has its messages, its turn and its
 * circuit, so that one that is dead keeps nobody waiting. May run twice at once, and be ended anywhere: what was taken
 * and not settled is due again a minute later, with the id that the receiver has seen.
 */
export async function deliverWebhooks(services: Ports, endpointId: string): Promise<void> {
  const health = services.connection(webhookConnection(endpointId));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const endpoint = await findEndpoint(services.db, endpointId);
    if (endpoint === null || endpoint.status === "disabled") return;
    const nowMs = services.nowMs();
    const claimed = await claimDeliveries(services.db, endpointId, CLAIMED_AT_ONCE, LEASE_MS, nowMs);
    if (claimed.length === 0) return;

    const isTrial = circuitStateOf(await health.readHealth(), nowMs) !== "closed";
    const admission = isTrial ? await health.admitCall(nowMs) : ({ isAdmitted: true } as const);
    if (!admission.isAdmitted) return putOff(services, claimed, nowMs + admission.retryAfterMs);
    // After a pause one message tries whether it is worth sending the others.
    const [tried, rest] = isTrial ? [claimed.slice(0, 1), claimed.slice(1)] : [claimed, []];
    const attempted = await settleInParallel(
      tried,
      (delivery) => attempt(services, endpoint, delivery),
      PARALLEL_MAX,
    );
    const hasFailed = attempted.some((one) => one.status === "rejected" || !one.value);
    if (rest.length > 0) await putOff(services, rest, services.nowMs());
    if (hasFailed && isTrial) return;
  }
  await sendSoon(services, [endpointId]);
}

async function putOff(services: Ports, claimed: ReadonlyArray<Claimed>, untilMs: number): Promise<void> {
  const nowMs = services.nowMs();
  await putOffDeliveries(
    services.db,
    claimed.map(({ id }) => id),
    untilMs,
    untilMs - GIVE_UP_AFTER_MS,
    nowMs,
  );
}

/** @returns Whether the endpoint took it. */
async function attempt(services: Ports, endpoint: EndpointRow, delivery: Claimed): Promise<boolean> {
  const health = services.connection(webhookConnection(endpoint.id));
  const outcome = await send(services, endpoint, delivery.content);
  const nowMs = services.nowMs();
  const isTaken = outcome.httpStatus !== null && outcome.httpStatus >= 200 && outcome.httpStatus < 300;
  // An endpoint that is gone for good is no outage, and neither is a message that we could not send.
  const wasReached = outcome.httpStatus !== 410 && delivery.content !== null;
  if (isTaken) await health.recordSuccess(nowMs);
  const { lastSuccessAtMs } =
    isTaken || !wasReached
      ? { lastSuccessAtMs: nowMs }
      : await health.recordFailure(nowMs, outcome.error ?? `status ${outcome.httpStatus}`);
  const settlement = settle(
    delivery,
    outcome,
    { hasSucceededSince: (lastSuccessAtMs ?? 0) >= delivery.startedAtMs, random: Math.random() },
    nowMs,
  );
  const { httpStatus, error, response, durationMs } = outcome;
  const row: AttemptRow = {
    id: derivedId("wha", nowMs, delivery.id, String(delivery.startedAtMs), String(settlement.attempts)),
    deliveryId: delivery.id,
    attemptedAtMs: nowMs,
    durationMs,
    httpStatus,
    error,
    response,
  };
  await settleDelivery(services.db, endpoint, settlement, row);
  const waitMs = settlement.nextAttemptAtMs - nowMs;
  if (settlement.status === "pending" && waitMs <= DELAYED_MS_MAX) {
    await sendSoon(services, [endpoint.id], Math.ceil(waitMs / 1000));
  }
  return isTaken;
}

async function send(
  services: Ports,
  endpoint: EndpointRow,
  content: EventContent | null,
): Promise<DeliveryOutcome> {
  const unsent = (error: string): DeliveryOutcome => ({
    httpStatus: null,
    error,
    response: null,
    retryAfterMs: 0,
    durationMs: 0,
  });
  if (content === null) return unsent("the event is no longer kept");
  // Checked again: the rule may have become stricter since the endpoint was made.
  const refusal = targetRefusal(endpoint.url, services.webhookTargets);
  if (refusal !== null) return unsent(`not sent: ${refusal}`);
  const nowMs = services.nowMs();
  const body = payloadOf(content);
  const secrets = await openSecrets(services, endpoint, nowMs);
  if (secrets.length === 0) return unsent("not sent: its secrets cannot be read; rotate them");
  return services.webhooks.send({
    url: endpoint.url,
    headers: signedHeaders(secrets, content.id, nowMs, body),
    body,
  });
}

/** The same for each attempt. */
export function payloadOf({ type, occurredAtMs, data }: EventContent): string {
  return JSON.stringify({ type, timestamp: new Date(occurredAtMs).toISOString(), data });
}

/** What becomes of a delivery after an attempt. */
function settle(
  delivery: Claimed,
  outcome: DeliveryOutcome,
  facts: { readonly hasSucceededSince: boolean; readonly random: number },
  nowMs: number,
): Settlement {
  const attempts = delivery.attempts + 1;
  const ended = { id: delivery.id, attempts, nextAttemptAtMs: nowMs, endedAtMs: nowMs };
  const { httpStatus, retryAfterMs } = outcome;
  if (httpStatus !== null && httpStatus >= 200 && httpStatus < 300) return { ...ended, status: "delivered" };
  if (httpStatus === 410) return { ...ended, status: "failed", disableBecause: "gone" };
  if (delivery.content === null) return { ...ended, status: "failed" };
  const { startedAtMs } = delivery;
  const nextMs = nextAttemptAtMs({ attempts, startedAtMs }, nowMs, retryAfterMs, facts.random);
  if (nextMs !== null) {
    return { id: delivery.id, attempts, status: "pending", nextAttemptAtMs: nextMs, endedAtMs: null };
  }
  // Three days of failures and not one success: nobody is there any more.
  return { ...ended, status: "failed", ...(facts.hasSucceededSince ? {} : { disableBecause: "failing" }) };
}
