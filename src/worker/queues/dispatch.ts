import * as z from "zod";

import {
  channelSyncMessageSchema,
  fulfillmentMessageSchema,
  notificationMessageSchema,
  openEnvelope,
  webhookQueueMessageSchema,
  stockNewsSchema,
  type QueueName,
} from "../../contract/queue.ts";
import { keepDeadLetter } from "../../db/dead-letter-intake.ts";
import { derivedId } from "../../db/events.ts";
import { deleteOutbox } from "../../db/outbox.ts";
import { idTimeMs } from "../../domain/ids.ts";
import { errorText } from "../error-text.ts";
import type { Services } from "../services.ts";
import { deliverWebhooks } from "../use-cases/deliver-webhooks.ts";
import { settleInParallel } from "../use-cases/in-parallel.ts";
import { planRules } from "../use-cases/plan-rules.ts";
import { relayEvents } from "../use-cases/relay-events.ts";
import { relayMessages } from "../use-cases/relay-messages.ts";
import { sendMessage } from "../use-cases/send-message.ts";
import { RetryLater, StepImpossible } from "../use-cases/step-failure.ts";
import { handleChannelSync, handleStockNews } from "./channel-sync.ts";
import { handleFulfillment, raiseGivenUp } from "./fulfillment.ts";
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

export const consumers: Readonly<Record<QueueName, Consumer>> = {
  fulfillment: consumer(fulfillmentMessageSchema, handleFulfillment),
  "channel-sync": consumer(channelSyncMessageSchema, handleChannelSync),
  notifications: consumer(notificationMessageSchema, ({ message_id: id }, services) =>
    sendMessage(services, id),
  ),
  webhooks: consumer(webhookQueueMessageSchema, ({ endpoint_id: id }, services) =>
    deliverWebhooks(services, id),
  ),
};

/**
 * Handles each message of a batch by itself, six at a time: acknowledged, put off, or kept as a dead letter, whatever
 * becomes of its neighbours. Whatever is dealt with loses its outbox row, or it would be sent again.
 *
 * @throws Error for a queue without a consumer: the deployment is wrong, and no message may be lost over it.
 */
export async function dispatchBatch(batch: MessageBatch, services: Services): Promise<void> {
  const name = batch.queue.replace(QUEUE_PREFIX, "");
  const isDead = name.endsWith(DEAD_LETTER_SUFFIX);
  const queue = (isDead ? name.slice(0, -DEAD_LETTER_SUFFIX.length) : name) as QueueName;
  if (!Object.hasOwn(consumers, queue)) throw new Error(`no consumer for queue "${batch.queue}"`);
  // What can be handled at once is; what fails there is handled again by itself, so that it fails alone.
  const left =
    queue === "channel-sync" && !isDead ? await handleNews(batch.messages, services) : batch.messages;
  const settled = await settleInParallel(
    left,
    (message) => (isDead ? receiveDead(queue, message, services) : handleMessage(queue, message, services)),
    batch.messages.length,
  );
  await forget(
    queue,
    settled.filter((each) => each.status === "fulfilled").flatMap(({ value }) => value),
    services,
  );
  const isTelling = queue === "fulfillment" || batch.messages.some(({ body }) => isOffer(body));
  if (isTelling) await tellOf(services);
}

/** An offer ends soon: whoever gets it hears of it at once. */
function isOffer(body: unknown): boolean {
  const { message } = openEnvelope(body);
  return (message as { readonly type?: unknown } | null)?.type === "waitlist.offered";
}

/** Steps leave events behind. Whoever is told of them is told soon; the cron does it where this fails. */
async function tellOf(services: Services): Promise<void> {
  for (const relay of [relayEvents, planRules, relayMessages]) {
    try {
      await relay(services);
    } catch (error) {
      console.warn(JSON.stringify({ message: "events put off", error: errorText(error) }));
    }
  }
}

/**
 * Takes all the news of a batch into the projection with one statement: each alone would cost the database a write.
 *
 * @returns The messages that are still to be handled.
 */
async function handleNews(
  messages: ReadonlyArray<Message>,
  services: Services,
): Promise<ReadonlyArray<Message>> {
  const read = messages.map((message) => ({
    message,
    news: stockNewsSchema.safeParse(message.body).data,
  }));
  const news = read.flatMap((each) => (each.news === undefined ? [] : [each.news]));
  try {
    await handleStockNews(news, services);
  } catch {
    return messages;
  }
  for (const each of read) if (each.news !== undefined) each.message.ack();
  return read.filter((each) => each.news === undefined).map(({ message }) => message);
}

/** Ids of outbox rows that are dealt with: one, or none where the message came bare or comes again. */
type Done = ReadonlyArray<string>;

async function handleMessage(queue: QueueName, message: Message, services: Services): Promise<Done> {
  const opened = openEnvelope(message.body);
  try {
    await consumers[queue](opened.message, services);
    message.ack();
    return doneWith(opened.outboxId);
  } catch (error) {
    const text = errorText(error);
    log("queue message failed", queue, message, text);
    const isHopeless = error instanceof z.ZodError || error instanceof StepImpossible;
    if (isHopeless || message.attempts >= DELIVERIES_MAX) {
      // A refusal has told its reason already.
      if (!isHopeless && queue === "fulfillment") await tellGivenUp(opened.message, services);
      return keep(queue, message, text, services);
    }
    putOff(message, error);
    return [];
  }
}

/** The dead letter counts; that a person is told as well must not be in its way. */
async function tellGivenUp(body: unknown, services: Services): Promise<void> {
  try {
    await raiseGivenUp(body, services);
  } catch (error) {
    console.warn(JSON.stringify({ message: "given up silently", error: errorText(error) }));
  }
}

/** The platform gave up on it: the consumer died each time before it could keep the message itself. */
async function receiveDead(queue: QueueName, message: Message, services: Services): Promise<Done> {
  return keep(queue, message, "the consumer did not finish", services);
}

/** One message is one dead letter, however often it was sent, and on whichever of the two queues it arrives. */
async function keep(queue: QueueName, message: Message, error: string, services: Services): Promise<Done> {
  const { outboxId, message: body } = openEnvelope(message.body);
  const id =
    outboxId === null
      ? derivedId("dlq", message.timestamp.getTime(), queue, message.id)
      : derivedId("dlq", idTimeMs(outboxId), queue, outboxId);
  try {
    await keepDeadLetter(services.db, {
      id,
      queue,
      body: JSON.stringify(body) ?? "null",
      attempts: message.attempts,
      error,
      receivedAtMs: services.nowMs(),
    });
    message.ack();
    return doneWith(outboxId);
  } catch (failure) {
    log("dead letter not kept", queue, message, errorText(failure));
    putOff(message, failure);
    return [];
  }
}

function doneWith(outboxId: string | null): Done {
  return outboxId === null ? [] : [outboxId];
}

/** Rows that stay by mistake are sent again, and go then. */
async function forget(queue: QueueName, outboxIds: Done, services: Services): Promise<void> {
  if (outboxIds.length === 0) return;
  try {
    await deleteOutbox(services.db, outboxIds);
  } catch (error) {
    console.warn(JSON.stringify({ message: "outbox rows not deleted", queue, error: errorText(error) }));
  }
}

function putOff(message: Message, error: unknown): void {
  const atLeastMs = error instanceof RetryLater ? error.retryAfterMs : 0;
  message.retry({ delaySeconds: retryDelaySeconds(message.attempts, Math.random(), atLeastMs) });
}

function log(text: string, queue: QueueName, { id, attempts }: Message, error: string): void {
  console.error(JSON.stringify({ message: text, queue, id, attempts, error }));
}
