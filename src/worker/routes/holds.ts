import type { Hono } from "hono";

import { refusalSeenBy } from "../../contract/hold-view.ts";
import { holdOperations, type HoldBatchResult } from "../../contract/holds.ts";
import type { AppEnv } from "../app.ts";
import { actingBuyer, ownerOf } from "../http/acting-buyer.ts";
import { answer, answerResult } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { callerOf, type Principal } from "../http/principal.ts";
import { regionOfRequest } from "../http/region.ts";
import { checkoutHold } from "../use-cases/checkout-hold.ts";
import { extendHold } from "../use-cases/extend-hold.ts";
import { listLiveHolds } from "../use-cases/list-live-holds.ts";
import { readAvailability } from "../use-cases/read-availability.ts";
import { readHold } from "../use-cases/read-hold.ts";
import { releaseHold } from "../use-cases/release-hold.ts";
import { takeHoldBatch } from "../use-cases/take-hold-batch.ts";
import { takeHold, type HoldCaller } from "../use-cases/take-hold.ts";

export function registerHolds(app: Hono<AppEnv>): void {
  bind(app, holdOperations.takeHold, async (call) => {
    const request = actingBuyer(call.buyer, call.body);
    if (!request.ok) return answerResult(request);
    const key = call.idempotency?.key ?? "";
    return answerResult(await takeHold(call.services, holdCallerOf(call), key, request.value));
  });

  bind(app, holdOperations.takeHoldBatch, async (call) => {
    const outcomes = await takeHoldBatch(call.services, holdCallerOf(call), call.body.items);
    return answer({
      items: outcomes.map((outcome): HoldBatchResult =>
        outcome.ok ? { ok: true, hold: outcome.value } : { ok: false, problem: outcome.error },
      ),
    });
  });

  bind(app, holdOperations.getAvailability, async (call) =>
    answerResult(await readAvailability(call.services, callerOf(call).kind, call.params.sku)),
  );
  bind(app, holdOperations.listLiveHolds, async ({ services, params, query }) =>
    answerResult(await listLiveHolds(services, params.sku, { show: query.show ?? null, limit: query.limit })),
  );
  bind(app, holdOperations.getHold, async (call) =>
    answerResult(await readHold(call.services, call.params.id, ownerOf(call))),
  );
  bind(app, holdOperations.releaseHold, async (call) =>
    answerResult(await releaseHold(call.services, call.params.id, ownerOf(call))),
  );
  bind(app, holdOperations.extendHold, async (call) =>
    answerResult(await extendHold(call.services, call.params.id, ownerOf(call), call.body.ttl_seconds)),
  );
  bind(app, holdOperations.checkoutHold, async (call) => {
    const ready = await checkoutHold(call.services, call.params.id, ownerOf(call));
    return ready.ok
      ? answerResult(ready)
      : { ok: false, problem: refusalSeenBy(callerOf(call).kind, ready.error) };
  });
}

function holdCallerOf(call: { readonly principal: Principal | null; readonly request: Request }): HoldCaller {
  const { id, kind } = callerOf(call);
  return { principalId: id, viewer: kind, device: null, region: regionOfRequest(call.request) };
}
