import type { ChannelSyncMessage, FulfillmentMessage, QueueName } from "../contract/queue.ts";
import { composeId, encodeBytes, idTimeMs, type IdPrefix } from "../domain/ids.ts";
import type { OrderEventType } from "../domain/orders/order.ts";
import { sha256 } from "../domain/sha256.ts";
import { RESEND_AFTER_MS, type OutboxRow } from "./outbox.ts";
import type { orderEvent } from "./schema/index.ts";

/** The same id for the same fact, so that a step that runs twice writes it once (`insertMany(…, "nothing")`). */
export function derivedId(prefix: IdPrefix, timeMs: number, ...facts: ReadonlyArray<string>): string {
  return composeId(prefix, timeMs, encodeBytes(sha256(facts.join("\n")), 16));
}

/**
 * One entry of an order's timeline.
 *
 * @param fact - Tells apart events of one type on one order: a shipment's id, a transaction's. Empty where there is only one.
 * @param data - Ids and amounts, never personal data.
 */
export function eventRow(
  orderId: string,
  type: OrderEventType,
  fact: string,
  data: Record<string, unknown>,
  actor: string,
  occurredAtMs: number,
): typeof orderEvent.$inferInsert {
  // A repeated step reads its clock again, so the id's time is the order's, which never changes.
  return {
    id: derivedId("evt", idTimeMs(orderId), orderId, type, fact),
    orderId,
    type,
    data,
    actor,
    occurredAtMs,
  };
}

/** A message that must be handled because of what is committed together with it. Its consumer deletes the row. */
export function outboxRow(
  queue: QueueName,
  body: FulfillmentMessage | ChannelSyncMessage,
  nowMs: number,
): OutboxRow {
  const text = JSON.stringify(body);
  return {
    id: derivedId("out", nowMs, queue, text),
    queue,
    body: text,
    createdAtMs: nowMs,
    nextAttemptAtMs: nowMs + RESEND_AFTER_MS,
  };
}
