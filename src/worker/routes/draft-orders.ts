import type { Hono } from "hono";

import { draftOrderOperations } from "../../contract/draft-orders.ts";
import type { OrderView } from "../../contract/orders.ts";
import type { Problem } from "../../contract/problem.ts";
import type { OrderAggregate } from "../../db/orders.ts";
import { invariant } from "../../domain/invariant.ts";
import type { Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { answer, type Answer } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { completeDraft } from "../use-cases/complete-draft.ts";
import { draftOrder, redraftOrder } from "../use-cases/draft-order.ts";
import { orderView } from "../use-cases/order-view.ts";

export function registerDraftOrders(app: Hono<AppEnv>): void {
  bind(app, draftOrderOperations.createDraftOrder, async (call) => {
    const { services, body, idempotency } = call;
    invariant(idempotency !== null, "the operation requires a key");
    return answered(await draftOrder(services, body, actorOf(call), idempotency.scope));
  });

  bind(app, draftOrderOperations.putDraftOrder, async (call) => {
    const { services, params, body, ifMatch } = call;
    return answered(
      await redraftOrder(services, params.id, body, actorOf(call), (version) => matches(ifMatch, version)),
    );
  });

  bind(app, draftOrderOperations.completeDraftOrder, async (call) => {
    const { services, params, body, idempotency, ifMatch } = call;
    invariant(idempotency !== null, "the operation requires a key");
    return answered(
      await completeDraft(services, {
        orderId: params.id,
        request: body,
        actor: actorOf(call),
        mark: idempotency.scope,
        isVersionAcceptable: (version) => matches(ifMatch, version),
      }),
    );
  });
}

function answered(outcome: Result<OrderAggregate, Problem>): Answer<OrderView> {
  if (!outcome.ok) return { ok: false, problem: outcome.error };
  const view = orderView(outcome.value);
  return answer(view, { etag: etagOf(view.version) });
}
