import * as z from "zod";

import { channelSyncMessageSchema, fulfillmentMessageSchema, type QueueName } from "../../contract/queue.ts";
import { keepDeadLetter } from "../../db/dead-letter-intake.ts";
import { derivedId } from "../../db/events.ts";
import { errorText } from "../error-text.ts";
import type { Services } from "../services.ts";
import { settleInParallel } from "../use-cases/in-parallel.ts";
import { RetryLater, StepImpossible } from "../use-cases/step-failure.ts";
import { handleChannelSync } from "./channel-sync.ts";
import { handleFulfillment } from "./fulfillment.ts";
import { retryDelaySeconds } from "./retry-delay.ts";

/** `wrangler.toml` names queues with this in front, because queues of one account share their names. */
const QUEUE_PREFIX = "holdfast-";
const DEAD_LETTER_SUFFIX = "-dlq";
/** The first delivery and `max_retries` more, as `wrangler.toml` says; a test compares the two. */
export const DELIVERIES_MAX = 6;

type Consumer = (body: unknown, services: Services) => Promise<void>;

/** @throws ZodError where the message is not one of the queue's. */
function consumer<Schema extends z.ZodType>(
  schema: Schema,
  handle: (message: z.output<Schema>, services: Services) => Promise<void>,
): Consumer {
  return async (body, services) => handle(schema.parse(body), services);
}

/** Nothing sends to these yet, so whatever arrives is a dead letter. */
const nothing = consumer(z.never(), async () => {});

export const consumers: Readonly<Record<QueueName, Consumer>> = {
  fulfillment: consumer(fulfillmentMessageSchema, handleFulfillment),
  "channel-sync": consumer(channelSyncMessageSchema, handleChannelSync),
  notifications: nothing,
  webhooks: nothing,
};

/**
 * Handles each message of a batch by itself, six at a time: acknowledged, put off, or kept as a dead letter, whatever
 * becomes of its neighbours.
 *
 * @throws Error for a queue without a consumer: the deployment is wrong, and no message may be lost over it.
 */
export async function dispatchBatch(batch: MessageBatch, services: Services): Promise<void> {
  const name = batch.queue.replace(QUEUE_PREFIX, "");
  const isDead = name.endsWith(DEAD_LETTER_SUFFIX);
  const queue = (isDead ? name.slice(0, -DEAD_LETTER_SUFFIX.length) : name) as QueueName;
  if (!Object.hasOwn(consumers, queue)) throw new Error(`no consumer for queue "${batch.queue}"`);
  await settleInParallel(batch.messages, (message) =>
    isDead ? receiveDead(queue, message, services) : handleMessage(queue, message, services),
  );
}

async function handleMessage(queue: QueueName, message: Message, services: Services): Promise<void> {
  try {
    await consumers[queue](message.body, services);
    message.ack();
  } catch (error) {
    const text = errorText(error);
    log("queue message failed", queue, message, text);
    const isHopeless = error instanceof z.ZodError || error instanceof StepImpossible;
    if (isHopeless || message.attempts >= DELIVERIES_MAX) return keep(queue, message, text, services);
    putOff(message, error);
  }
}

/** The platform gave up on it: the consumer died each time before it could keep the message itself. */
async function receiveDead(queue: QueueName, message: Message, services: Services): Promise<void> {
  return keep(queue, message, "the consumer did not finish", services);
}

/** One message is one dead letter, however often and on whichever of the two queues it arrives. */
async function keep(queue: QueueName, message: Message, error: string, services: Services): Promise<void> {
  try {
    await keepDeadLetter(services.db, {
      id: derivedId("dlq", message.timestamp.getTime(), queue, message.id),
      queue,
      body: JSON.stringify(message.body) ?? "null",
      attempts: message.attempts,
      error,
      receivedAtMs: services.nowMs(),
    });
    message.ack();
  } catch (failure) {
    log("dead letter not kept", queue, message, errorText(failure));
    putOff(message, failure);
  }
}

function putOff(message: Message, error: unknown): void {
  const atLeastMs = error instanceof RetryLater ? error.retryAfterMs : 0;
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random(), atLeastMs) });
}

function log(text: string, queue: QueueName, { id, attempts }: Message, error: string): void {
  console.error(JSON.stringify({ message: text, queue, id, attempts, error }));
}
