import type { Hono } from "hono";

import { routingOperations } from "../../contract/routing.ts";
import { deleteRoutingPlan, findRoutingPlan, listRoutingPlans } from "../../db/routing-plans.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { putRoutingPlan, routingPlanView } from "../use-cases/routing-plans.ts";
import { simulateRouting } from "../use-cases/simulate-routing.ts";

const CODE = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

export function registerRouting(app: Hono<AppEnv>): void {
  bind(app, routingOperations.putRoutingPlan, async (call) =>
    answerResult(
      await putRoutingPlan(call.services, actorOf(call), call.params.code, call.body, call.ifMatch),
      ({ version }) => ({ etag: etagOf(version) }),
    ),
  );

  bind(app, routingOperations.getRoutingPlan, async ({ services, params }) => {
    const row = await findRoutingPlan(services.db, params.code);
    if (row === null) return refuse("not_found");
    return answer(routingPlanView(row), { etag: etagOf(row.version) });
  });

  bind(app, routingOperations.listRoutingPlans, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listRoutingPlans(services.db, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ code }) => code, routingPlanView));
  });

  bind(app, routingOperations.deleteRoutingPlan, async (call) => {
    const { services, params } = call;
    const row = await findRoutingPlan(services.db, params.code);
    if (row === null) return refuse("not_found");
    if (!matches(call.ifMatch, row.version)) return refuse("precondition_failed");
    await deleteRoutingPlan(services.db, params.code, actorOf(call), services.nowMs());
    return answer(routingPlanView(row));
  });

  bind(app, routingOperations.simulateRouting, async ({ services, params, query }) =>
    answerResult(await simulateRouting(services, params.code, query.against, query.orders)),
  );
}
