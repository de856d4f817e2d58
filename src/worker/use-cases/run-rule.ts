import { endRun, findRun, noteRunError, type RunRow } from "../../db/automation.ts";
import { insertDeliveries } from "../../db/webhook-deliveries.ts";
import { findEndpoint } from "../../db/webhook-endpoints.ts";
import { needsOrder, type Action, type ActionOutcome } from "../../domain/automation/action.ts";
import type { Services } from "../services.ts";
import { carryOutAction, type ActionServices } from "./order-action.ts";
import { raiseException } from "./raise-exception.ts";
import { owed, sendSoon } from "./relay-events.ts";
import { ruleActor } from "./rule-actor.ts";
import { StepImpossible } from "./step-failure.ts";

export type RunServices = ActionServices & Pick<Services, "send">;

/**
 * Does what a rule says, one action after another. Each bears being repeated, so that a run that dies half-way starts
 * over; one that is refused is written down, and stops none of the others.
 *
 * @throws What kept it from coming to an end; the message comes again, or is kept as a dead letter.
 */
export async function runRule(services: RunServices, runId: string): Promise<void> {
  const run = await findRun(services.db, runId);
  if (run === null) throw new StepImpossible("no such run");
  if (run.status !== "due") return;
  const outcomes: Array<ActionOutcome> = [];
  try {
    for (const [index, action] of run.actions.entries()) {
      const refusal = await act(services, run, action, index);
      outcomes.push({ do: action.do, outcome: refusal === null ? "done" : "refused", reason: refusal });
    }
  } catch (error) {
    await noteRunError(services.db, runId, (error as Error).name);
    throw error;
  }
  await endRun(services.db, runId, outcomes, services.nowMs());
}

/** @returns Why it was refused; null where it was done. */
async function act(
  services: RunServices,
  run: RunRow,
  action: Action,
  index: number,
): Promise<string | null> {
  if (needsOrder(action)) {
    if (run.orderId === null) return "no_order";
    const done = await carryOutAction(services, action, {
      orderId: run.orderId,
      actor: { principalId: ruleActor(run.rule, run.id), requestId: run.id },
      mark: `${run.id}:${index}`,
    });
    return done.ok ? null : done.error;
  }
  if (action.do === "notify") return notify(services, run, action, index);
  const endpoint = await findEndpoint(services.db, action.endpoint);
  if (endpoint === null) return "endpoint_unknown";
  if (endpoint.status !== "enabled") return "endpoint_disabled";
  const event = {
    id: run.eventId,
    log: run.eventLog,
    type: run.eventType,
    occurredAtMs: run.eventAtMs,
  };
  await insertDeliveries(services.db, [owed(event, endpoint.id, services.nowMs())]).run();
  await sendSoon(services, [endpoint.id]);
  return null;
}

async function notify(
  services: RunServices,
  { id, rule, orderId, subject, eventType }: RunRow,
  { note, assignee }: Extract<Action, { do: "notify" }>,
  index: number,
): Promise<null> {
  await raiseException(
    services,
    {
      kind: "rule_notice",
      subject: orderId === null ? subject : `order:${orderId}`,
      fact: `${id}:${index}`,
      orderId,
      data: { rule, note, event_type: eventType, subject },
    },
    assignee,
  );
  return null;
}
