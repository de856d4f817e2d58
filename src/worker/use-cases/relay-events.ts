import { readNewEvents, type LoggedEvent } from "../../db/event-log.ts";
import { derivedId } from "../../db/events.ts";
import { listDueEndpoints, oweDeliveries, type DeliveryRow } from "../../db/webhook-deliveries.ts";
import { listEnabledEndpoints, type EndpointRow } from "../../db/webhook-endpoints.ts";
import { STALE_AFTER_MS } from "../../domain/webhooks/schedule.ts";
import { isSubscribed } from "../../domain/webhooks/subscription.ts";
import type { Services } from "../services.ts";

const EVENTS_AT_ONCE = 200;
/** Bounds one run; the next one goes on. */
const ROUNDS_MAX = 10;
const ENDPOINTS_MAX = 100;

type Ports = Pick<Services, "db" | "nowMs" | "send">;

/**
 * Notes what endpoints are owed for everything that happened since the last time, and has it sent. The logs of events
 * are the outbox: they are written with what they tell of, and this reads on where the last run has come to, so that
 * whoever writes an event need not know about webhooks. Runs at once do no harm: one of them notes each event.
 */
export async function relayEvents(services: Ports): Promise<void> {
  const endpoints = await listEnabledEndpoints(services.db);
  if (endpoints.length === 0) return;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const events = await readNewEvents(services.db, "webhooks", EVENTS_AT_ONCE);
    if (events.length === 0) return;
    const nowMs = services.nowMs();
    const deliveries = events.flatMap((event) => deliveriesOf(event, endpoints, nowMs));
    if (await oweDeliveries(services.db, events, deliveries)) {
      await sendSoon(services, [...new Set(deliveries.map(({ endpointId }) => endpointId))]);
    }
  }
}

/** Sends what is due, where nobody did: retries, and what a crash left behind. */
export async function relayDueWebhooks(services: Ports): Promise<void> {
  await sendSoon(services, await listDueEndpoints(services.db, services.nowMs(), ENDPOINTS_MAX));
}

/** Asks for what an endpoint is owed to be sent. What cannot be asked for is due all the same, and the cron finds it. */
export async function sendSoon(
  services: Pick<Services, "send">,
  endpointIds: ReadonlyArray<string>,
  delaySeconds = 0,
): Promise<void> {
  if (endpointIds.length === 0) return;
  const bodies = endpointIds.map((id) => ({ type: "webhooks.deliver", endpoint_id: id }));
  try {
    await services.send("webhooks", bodies, delaySeconds);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    console.warn(JSON.stringify({ message: "webhooks put off", error: name }));
  }
}

function deliveriesOf(
  event: LoggedEvent,
  endpoints: ReadonlyArray<Pick<EndpointRow, "id" | "events">>,
  nowMs: number,
): Array<DeliveryRow> {
  if (event.occurredAtMs < nowMs - STALE_AFTER_MS) return [];
  return endpoints
    .filter(({ events }) => isSubscribed(events, event.type))
    .map(({ id }) => owed(event, id, nowMs));
}

/** What an endpoint is owed for one event. */
export function owed(
  { id, log, type, occurredAtMs }: Omit<LoggedEvent, "position" | "orderId">,
  endpointId: string,
  nowMs: number,
): DeliveryRow {
  return {
    id: derivedId("whd", Math.max(0, occurredAtMs), endpointId, id),
    endpointId,
    eventId: id,
    eventLog: log,
    eventType: type,
    status: "pending",
    attempts: 0,
    nextAttemptAtMs: nowMs,
    startedAtMs: nowMs,
    createdAtMs: nowMs,
    endedAtMs: null,
  };
}
