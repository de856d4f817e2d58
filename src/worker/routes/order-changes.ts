import type { Hono } from "hono";

import { orderChangeOperations } from "../../contract/order-changes.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { confirmChange } from "../use-cases/confirm-change.ts";
import { beginChange, dropChange, readBoth, stageChange, viewChange } from "../use-cases/order-change.ts";
import { orderView } from "../use-cases/order-view.ts";

export function registerOrderChanges(app: Hono<AppEnv>): void {
  bind(app, orderChangeOperations.beginChange, async (call) => {
    const { services, params, body, idempotency } = call;
    invariant(idempotency !== null, "the operation requires a key");
    return answerResult(
      await beginChange(services, params.id, idempotency.scope, body.reason ?? null, actorOf(call)),
    );
  });

  bind(app, orderChangeOperations.stageChange, async ({ services, params, body }) =>
    answerResult(await stageChange(services, params.id, params.change, body.actions)),
  );

  bind(app, orderChangeOperations.getChange, async ({ services, params }) =>
    answerResult(await viewChange(services, params.id, params.change)),
  );

  bind(app, orderChangeOperations.dropChange, async ({ services, params }) =>
    answerResult(await dropChange(services, params.id, params.change)),
  );

  bind(app, orderChangeOperations.confirmChange, async (call) => {
    const { services, params, body } = call;
    const read = await readBoth(services, params.id, params.change);
    if (!read.ok) return { ok: false, problem: read.error };
    const confirmed = await confirmChange(services, params.id, {
      change: read.value.change,
      actor: actorOf(call),
      refund: body.refund,
      notify: body.notify,
      onBalance: body.on_balance,
    });
    if (!confirmed.ok) return { ok: false, problem: confirmed.error };
    const view = orderView(confirmed.value);
    return answer(view, { etag: etagOf(view.version) });
  });
}
