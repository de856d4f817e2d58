import type { Hono } from "hono";

import { liveOperations } from "../../contract/live-operations.ts";
import type { Problem } from "../../contract/problem.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import type { LiveShow } from "../../durable-objects/gate/port.ts";
import type { AppEnv } from "../app.ts";
import { actingBuyer, ownerOf } from "../http/acting-buyer.ts";
import { refuse, type Answer } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import type { TokenBuyer } from "../http/buyer-token.ts";
import { callerOf, type Principal } from "../http/principal.ts";
import { regionOfRequest } from "../http/region.ts";
import { secureHeaders } from "../http/secure-headers.ts";
import type { Services } from "../services.ts";

type LiveCall = {
  /** Whom a buyer token names. */
  readonly buyer: TokenBuyer | null;
  readonly services: Services;
  readonly principal: Principal | null;
  readonly request: Request;
  readonly requestId: string;
  readonly query: { readonly buyer?: BuyerKey | undefined };
};

export function registerLive(app: Hono<AppEnv>): void {
  bind(app, liveOperations.watchShow, async (call) => {
    if (!isUpgrade(call.request)) return refuse("upgrade_required");
    const show = await call.services.liveShow(call.params.code);
    return show === null
      ? refuse("show_unknown", { show: call.params.code })
      : openSocket(call, { show, skus: show.skus });
  });
  bind(app, liveOperations.watchSkus, async (call) =>
    isUpgrade(call.request)
      ? openSocket(call, { show: null, skus: call.query.skus })
      : refuse("upgrade_required"),
  );
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Hands the connection over to the gate of this caller, with what was found out about the caller, and without the key. */
async function openSocket(
  call: LiveCall,
  { show, skus }: { readonly show: LiveShow | null; readonly skus: ReadonlyArray<Sku> },
): Promise<Answer<Response>> {
  const { id, kind } = callerOf(call);
  // A server may speak for many, and name one on each message.
  const isForMany = kind === "secret" && call.buyer === null && call.query.buyer === undefined;
  const acting = isForMany ? null : actingBuyer(call.buyer, { buyer: call.query.buyer, show: show?.code });
  if (acting?.ok === false) return { ok: false, problem: acting.error };
  const buyer = acting?.value.buyer ?? null;
  const gate = call.services.gate({
    show: show?.code ?? null,
    region: regionOfRequest(call.request),
    caller: buyer ?? id,
  });
  const opened = await gate.open({
    principalId: id,
    viewer: kind,
    device: call.buyer?.device ?? null,
    buyer,
    owner: ownerOf(call),
    skus,
    show,
    origin: call.request.headers.get("origin"),
  });
  if (opened.webSocket === null) return { ok: false, problem: await opened.json<Problem>() };
  const headers = { ...secureHeaders, "x-request-id": call.requestId };
  return { ok: true, body: new Response(null, { status: 101, webSocket: opened.webSocket, headers }) };
}
