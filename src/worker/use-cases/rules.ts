import type { RuleBody, RuleView } from "../../contract/automation.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findRule, writeRule, type RuleRow } from "../../db/automation.ts";
import { findLocation } from "../../db/catalogue.ts";
import { findEndpoint } from "../../db/webhook-endpoints.ts";
import { needsOrder, type Action } from "../../domain/automation/action.ts";
import type { Rule } from "../../domain/automation/rule.ts";
import { engineEventTypes } from "../../domain/events/event.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";

const ATTEMPTS_MAX = 5;

/** Creates or replaces a rule. */
export async function putRule(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  code: string,
  body: RuleBody,
  ifMatch: string | undefined,
): Promise<Result<RuleView, Problem>> {
  const mistakes = await mistakesIn(services, body);
  if (mistakes.length > 0) return err(problem("request_invalid", { errors: mistakes }));
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findRule(services.db, code);
    if (!matches(ifMatch, earlier?.version ?? null)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const row: RuleRow = {
      code,
      title: body.title,
      status: body.status,
      on: body.on,
      conditions: body.conditions,
      actions: actionsOf(body),
      runsMax: body.runs_max,
      version: (earlier?.version ?? 0) + 1,
      createdAtMs: earlier?.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    };
    if (await writeRule(services.db, row, actor)) return ok(ruleView(row));
  }
  return err(problem("unavailable"));
}

/** What the schemas cannot see: actions that fit none of the events, and names of nothing. */
async function mistakesIn({ db }: Pick<Services, "db">, { on, actions }: RuleBody) {
  const orderless = on.find((type) => (engineEventTypes as ReadonlyArray<string>).includes(type));
  const mistakes: Array<{ pointer: string; detail: string }> = [];
  for (const [index, action] of actions.entries()) {
    const pointer = `/actions/${index}`;
    if (orderless !== undefined && needsOrder(actionOf(action)))
      mistakes.push({ pointer, detail: `${orderless} belongs to no order, and this needs one` });
    if (action.do === "call_webhook" && (await findEndpoint(db, action.endpoint)) === null)
      mistakes.push({ pointer: `${pointer}/endpoint`, detail: "there is no such webhook endpoint" });
    if (action.do === "route_to" && (await findLocation(db, action.location)) === null)
      mistakes.push({ pointer: `${pointer}/location`, detail: "there is no such location" });
  }
  return mistakes;
}

function actionsOf({ actions }: RuleBody): ReadonlyArray<Action> {
  return actions.map(actionOf);
}

export function actionOf(action: RuleBody["actions"][number]): Action {
  if (action.do !== "refund") return action;
  return { do: "refund", reason: action.reason, shareBps: action.share_bps };
}

/** A rule that was not written, as it would be. */
export function ruleOfBody(body: RuleBody): Rule {
  const { on, conditions, runs_max: runsMax } = body;
  return { code: "dry-run", version: 0, on, conditions, actions: actionsOf(body), runsMax };
}

export function ruleView(row: RuleRow): RuleView {
  return {
    code: row.code,
    title: row.title,
    status: row.status,
    on: row.on as RuleView["on"],
    conditions: row.conditions as RuleView["conditions"],
    actions: row.actions.map((action) =>
      action.do === "refund" ? { do: "refund", reason: action.reason, share_bps: action.shareBps } : action,
    ) as RuleView["actions"],
    runs_max: row.runsMax,
    version: row.version,
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
  };
}
