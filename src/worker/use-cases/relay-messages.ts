import { readReviewDelays } from "../../db/brands.ts";
import { readNewEvents, skipToNow, type LoggedEvent } from "../../db/event-log.ts";
import { derivedId } from "../../db/events.ts";
import {
  listDueMessages,
  oweMessages,
  readOfferEvents,
  readOrderEvents,
  type EventToTell,
  type MessageRow,
} from "../../db/messages.ts";
import { idTimeMs } from "../../domain/ids.ts";
import { MAIN_BRAND } from "../../domain/messages/brand-identity.ts";
import { isTold, messageDue, type DueMessage } from "../../domain/messages/due.ts";
import { DEFAULT_SETTING } from "../../domain/messages/message.ts";
import { STALE_AFTER_MS } from "../../domain/messages/schedule.ts";
import type { Services } from "../services.ts";

const EVENTS_AT_ONCE = 200;
/** Bounds one run; the next one goes on. */
const ROUNDS_MAX = 10;
/** What one run of the cron hands to the queue. */
const DUE_MAX = 500;
const SENT_AT_ONCE = 100;
const DAY_MS = 86_400_000;

type Ports = Pick<Services, "db" | "nowMs" | "send" | "mail">;

/**
 * Notes what buyers are owed for everything that happened since the last time, and has it sent. The logs of events are
 * the outbox: they are written with what they tell of, and this reads on where the last run has come to. Runs at once do
 * no harm: one of them notes each event, and the same message is one row.
 */
export async function relayMessages(services: Ports): Promise<void> {
  if (services.mail === null) return;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const events = await readNewEvents(services.db, "notifications", EVENTS_AT_ONCE);
    if (events.length === 0) return;
    const nowMs = services.nowMs();
    const rows = await rowsFor(services, events, nowMs);
    if (!(await oweMessages(services.db, events, rows))) continue;
    const due = rows.filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs);
    await sendMessagesSoon(
      services,
      due.map(({ id }) => id),
    );
  }
}

/**
 * Sends what is due, where nobody did: what waited for its day or for the end of the night, retries, what a crash left
 * behind. Where no mail is sent at all, what happens meanwhile is told to nobody later.
 */
export async function relayDueMessages(services: Ports): Promise<void> {
  if (services.mail === null) {
    await services.db.d1.batch(skipToNow(services.db, "notifications", "true"));
    return;
  }
  await sendMessagesSoon(services, await listDueMessages(services.db, services.nowMs(), DUE_MAX));
}

/** Asks for messages to be sent. What cannot be asked for is due all the same, and the cron finds it. */
export async function sendMessagesSoon(
  services: Pick<Services, "send">,
  ids: ReadonlyArray<string>,
): Promise<void> {
  try {
    for (let start = 0; start < ids.length; start += SENT_AT_ONCE) {
      const bodies = ids
        .slice(start, start + SENT_AT_ONCE)
        .map((id) => ({ type: "message.send", message_id: id }));
      await services.send("notifications", bodies);
    }
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    console.warn(JSON.stringify({ message: "messages put off", error: name }));
  }
}

async function rowsFor(
  { db }: Ports,
  events: ReadonlyArray<LoggedEvent>,
  nowMs: number,
): Promise<Array<MessageRow>> {
  const told = events.filter(
    ({ type, occurredAtMs }) => isTold(type) && occurredAtMs >= nowMs - STALE_AFTER_MS,
  );
  const idsOf = (log: LoggedEvent["log"]) => told.filter((event) => event.log === log).map(({ id }) => id);
  const [ofOrders, ofOthers] = [idsOf("order_event"), idsOf("engine_event")];
  const heard = [
    ...(ofOrders.length === 0 ? [] : await readOrderEvents(db, ofOrders)),
    ...(ofOthers.length === 0 ? [] : await readOfferEvents(db, ofOthers)),
  ];
  const delays = heard.some(({ type }) => type === "order.completed")
    ? await readReviewDelays(db)
    : new Map<string, number>();
  return heard.flatMap((event) => {
    const due = messageDue(event);
    return due === null ? [] : [rowOf(event, due, delays, nowMs)];
  });
}

function rowOf(
  event: EventToTell,
  { template, about }: DueMessage,
  delays: ReadonlyMap<string, number>,
  nowMs: number,
): MessageRow {
  const brand = event.brand ?? MAIN_BRAND;
  const waitDays = template === "review_request" ? (delays.get(brand) ?? DEFAULT_SETTING.delayDays) : 0;
  // Whoever wrote the event may have a clock that is ahead: only a wait that somebody asked for is one.
  const dueAtMs = waitDays === 0 ? nowMs : Math.max(nowMs, event.occurredAtMs + waitDays * DAY_MS);
  return {
    // Not from the event: a carrier that tries twice tells twice, and the buyer hears of it once.
    id: derivedId("msg", idTimeMs(event.orderId ?? about), template, event.orderId ?? "", about),
    template,
    status: "pending",
    reason: null,
    orderId: event.orderId,
    customerId: event.customerId,
    about,
    brand,
    language: event.language,
    data: template === "waitlist_offer" ? event.data : {},
    attempts: 0,
    edition: 1,
    nextAttemptAtMs: dueAtMs,
    dueAtMs,
    createdAtMs: nowMs,
    endedAtMs: null,
    provider: null,
    providerReference: null,
    outcome: null,
  };
}
