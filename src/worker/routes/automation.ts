import type { Hono } from "hono";

import { automationOperations, type RunView } from "../../contract/automation.ts";
import { deleteRule, findRule, listRules, listRuns, type RunRow } from "../../db/automation.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { dryRunRule } from "../use-cases/plan-rules.ts";
import { putRule, ruleView } from "../use-cases/rules.ts";

const CODE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

export function registerAutomation(app: Hono<AppEnv>): void {
  bind(app, automationOperations.putRule, async (call) =>
    answerResult(
      await putRule(call.services, actorOf(call), call.params.code, call.body, call.ifMatch),
      ({ version }) => ({ etag: etagOf(version) }),
    ),
  );

  bind(app, automationOperations.getRule, async ({ services, params }) => {
    const row = await findRule(services.db, params.code);
    return row === null ? refuse("not_found") : answer(ruleView(row), { etag: etagOf(row.version) });
  });

  bind(app, automationOperations.listRules, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listRules(services.db, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ code }) => code, ruleView));
  });

  bind(app, automationOperations.deleteRule, async (call) => {
    const { services, params } = call;
    const row = await findRule(services.db, params.code);
    if (row === null) return refuse("not_found");
    if (!matches(call.ifMatch, row.version)) return refuse("precondition_failed");
    await deleteRule(services.db, params.code, actorOf(call), services.nowMs());
    return answer(ruleView(row));
  });

  bind(app, automationOperations.dryRunRule, async ({ services, body }) => {
    const { events, ...rule } = body;
    return answer(await dryRunRule(services, rule, events));
  });

  bind(app, automationOperations.listRuleRuns, async ({ services, query }) => {
    const before = decodeCursor(query.cursor, CODE);
    if (!before.ok) return answerResult(before);
    const rows = await listRuns(services.db, query, before.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ id }) => id, runView));
  });
}

function runView(row: RunRow): RunView {
  return {
    id: row.id,
    rule: row.rule,
    rule_version: row.ruleVersion,
    event: row.eventId,
    event_type: row.eventType,
    subject: row.subject,
    order: row.orderId,
    status: row.status,
    reason: row.reason as RunView["reason"],
    chain: [...row.chain],
    outcomes: [...(row.outcomes ?? [])],
    last_error: row.lastError,
    created_at: new Date(row.createdAtMs).toISOString(),
    ended_at: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
  };
}
