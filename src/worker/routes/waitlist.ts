import type { Hono } from "hono";

import { waitlistOperations } from "../../contract/waitlist.ts";
import { waitlistKey } from "../../domain/inventory/hold-plan.ts";
import type { AppEnv } from "../app.ts";
import { actingBuyer, ownerOf } from "../http/acting-buyer.ts";
import { answerResult } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { callerOf } from "../http/principal.ts";
import { joinWaitlist, leaveWaitlist, readWaitlist } from "../use-cases/stand-in-line.ts";

export function registerWaitlist(app: Hono<AppEnv>): void {
  bind(app, waitlistOperations.joinWaitlist, async (call) => {
    const wish = actingBuyer(call.buyer, call.body);
    if (!wish.ok) return answerResult(wish);
    const { buyer, quantity, show = null, ttl_seconds: ttlSeconds } = wish.value;
    const key = waitlistKey(callerOf(call).id, call.idempotency?.key ?? "");
    const command = { key, buyer, quantity, show, ttlSeconds };
    return answerResult(await joinWaitlist(call.services, call.params.sku, command));
  });

  bind(app, waitlistOperations.getWaitlistEntry, async (call) =>
    answerResult(await readWaitlist(call.services, call.params.sku, call.params.id, ownerOf(call))),
  );

  bind(app, waitlistOperations.leaveWaitlist, async (call) =>
    answerResult(await leaveWaitlist(call.services, call.params.sku, call.params.id, ownerOf(call))),
  );
}
