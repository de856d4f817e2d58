import type { DeliveryLogView, DeliveryView, EngineEventView } from "../../contract/webhooks.ts";
import type { EngineEventRow } from "../../db/event-log.ts";
import type { DeliveryRow, findDelivery } from "../../db/webhook-deliveries.ts";
import { payloadOf } from "./deliver-webhooks.ts";

export function deliveryView(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    endpoint: row.endpointId,
    event: row.eventId,
    event_type: row.eventType,
    status: row.status,
    attempts: row.attempts,
    next_attempt_at: row.status === "pending" ? timestamp(row.nextAttemptAtMs) : null,
    created_at: timestamp(row.createdAtMs),
    ended_at: row.endedAtMs === null ? null : timestamp(row.endedAtMs),
  };
}

export function deliveryLogView(row: NonNullable<Awaited<ReturnType<typeof findDelivery>>>): DeliveryLogView {
  return {
    ...deliveryView(row),
    payload: row.content === null ? null : (JSON.parse(payloadOf(row.content)) as unknown),
    log: row.log.map((attempt) => ({
      attempted_at: timestamp(attempt.attemptedAtMs),
      duration_ms: attempt.durationMs,
      http_status: attempt.httpStatus,
      error: attempt.error,
      response: attempt.response,
    })),
  };
}

export function engineEventView(row: EngineEventRow): EngineEventView {
  const { id, type, subject, data, occurredAtMs } = row;
  return { id, type, subject, data, occurred_at: timestamp(occurredAtMs) };
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
