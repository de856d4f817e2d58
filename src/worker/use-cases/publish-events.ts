import { insertEngineEvents } from "../../db/event-log.ts";
import type { EngineEvent } from "../../domain/events/event.ts";
import type { Services } from "../services.ts";
import { planRules } from "./plan-rules.ts";
import { relayEvents } from "./relay-events.ts";

/**
 * Writes down what happened without an order of its own; webhooks follow from it. The same type, subject, fact and time
 * is the same event, so that a repeat writes nothing. What happens to an order goes into its own timeline instead.
 *
 * To write events together with what they tell of, put `insertEngineEvents` into the batch.
 */
export async function publishEvents(
  services: Pick<Services, "db" | "nowMs" | "send" | "background">,
  events: ReadonlyArray<EngineEvent>,
): Promise<void> {
  if (events.length === 0) return;
  await insertEngineEvents(services.db, events).run();
  services.background(relayEvents(services));
  services.background(planRules(services));
}
