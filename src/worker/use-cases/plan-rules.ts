import type { DryRunView, RuleBody } from "../../contract/automation.ts";
import {
  readEventsForRules,
  readOrderFacts,
  readPastEvents,
  type FullEvent,
} from "../../db/automation-facts.ts";
import { countRuns, listEnabledRules, readChains, writeRuns, type RunRow } from "../../db/automation.ts";
import { derivedId, outboxRow } from "../../db/events.ts";
import { areMet } from "../../domain/automation/condition.ts";
import { planRuns, type Occurrence, type PlannedRun, type Rule } from "../../domain/automation/rule.ts";
import { STALE_AFTER_MS } from "../../domain/webhooks/schedule.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { runIdIn } from "./rule-actor.ts";
import { factsOf } from "./rule-facts.ts";
import { ruleOfBody } from "./rules.ts";

const EVENTS_AT_ONCE = 200;
/** Bounds one call; the next one goes on. */
const ROUNDS_MAX = 10;
const DAY_MS = 86_400_000;
const SHOWN_MAX = 100;

type Ports = Pick<Services, "db" | "nowMs" | "send">;

/**
 * Notes which rules are to run for everything that happened since the last time, once for each event and rule, and has
 * them run. As with webhooks, the logs of events are the outbox, and calls at once do no harm: one of them notes each
 * event.
 */
export async function planRules(services: Ports): Promise<void> {
  const rules = await listEnabledRules(services.db);
  if (rules.length === 0) return;
  const types = new Set(rules.flatMap(({ on }) => on));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const events = await readEventsForRules(services.db, EVENTS_AT_ONCE);
    if (events.length === 0) return;
    const nowMs = services.nowMs();
    const heard = events.filter(
      ({ type, occurredAtMs }) => types.has(type) && occurredAtMs >= nowMs - STALE_AFTER_MS,
    );
    const runs = await runsFor(services, heard, rules, nowMs);
    const messages = runs
      .filter(({ status }) => status === "due")
      .map(({ id }) => outboxRow("fulfillment", { type: "rule.run", run_id: id }, nowMs));
    if (await writeRuns(services.db, events, runs, messages)) await relayCommitted(services, messages);
  }
}

async function runsFor(
  { db }: Ports,
  events: ReadonlyArray<FullEvent>,
  rules: ReadonlyArray<Rule>,
  nowMs: number,
): Promise<ReadonlyArray<RunRow>> {
  if (events.length === 0) return [];
  const orders = await readOrderFacts(db, orderIdsOf(events));
  const runIds = events.map(({ actor }) => runIdIn(actor ?? ""));
  const chains = await readChains(
    db,
    runIds.filter((id) => id !== null),
  );
  const counts = await countRuns(
    db,
    [...new Set(events.map(({ subject }) => subject))],
    rules.map(({ code }) => code),
    nowMs - DAY_MS,
  );
  const occurrences = events.map((event, index): Occurrence => {
    const chain = chains.get(runIds[index] ?? "");
    return {
      eventId: event.id,
      type: event.type,
      subject: event.subject,
      cause: chain === undefined ? null : { depth: chain.depth, rules: chain.chain },
      facts: factsOf(event, orders.get(event.orderId ?? "")),
    };
  });
  const byId = new Map(events.map((event) => [event.id, event]));
  const planned = planRuns(occurrences, rules, (rule, subject) => counts.get(`${rule} ${subject}`) ?? 0);
  return planned.flatMap((run) => {
    const event = byId.get(run.eventId);
    return event === undefined ? [] : [runRow(run, event, nowMs)];
  });
}

function orderIdsOf(events: ReadonlyArray<FullEvent>): ReadonlyArray<string> {
  return events.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
}

function runRow({ rule, cause, skip }: PlannedRun, event: FullEvent, nowMs: number): RunRow {
  return {
    // The same for the same event and rule, so that no event sets a rule off twice.
    id: derivedId("run", event.occurredAtMs, rule.code, event.id),
    rule: rule.code,
    ruleVersion: rule.version,
    eventId: event.id,
    eventLog: event.log,
    eventType: event.type,
    eventAtMs: event.occurredAtMs,
    subject: event.subject,
    orderId: event.orderId,
    status: skip === null ? "due" : "skipped",
    reason: skip,
    depth: cause.depth,
    chain: cause.rules,
    actions: rule.actions,
    outcomes: null,
    lastError: null,
    createdAtMs: nowMs,
    endedAtMs: skip === null ? null : nowMs,
  };
}

/** Which of the newest events a rule would have run for. Nothing is written. */
export async function dryRunRule(
  { db }: Pick<Services, "db">,
  body: RuleBody,
  eventsMax: number,
): Promise<DryRunView> {
  const rule = ruleOfBody(body);
  const events = await readPastEvents(db, rule.on, eventsMax);
  const orders = await readOrderFacts(db, orderIdsOf(events));
  const met = events.filter((event) =>
    areMet(rule.conditions, factsOf(event, orders.get(event.orderId ?? ""))),
  );
  return {
    examined: events.length,
    would_run: met.length,
    runs: met.slice(0, SHOWN_MAX).map((event) => ({
      event: event.id,
      event_type: event.type,
      subject: event.subject,
      order: event.orderId,
      occurred_at: new Date(event.occurredAtMs).toISOString(),
    })),
  };
}
