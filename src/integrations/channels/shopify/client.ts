import { err, ok, type Result } from "../../../domain/result.ts";
import { call, isDone, refusedWith } from "../call.ts";
import type { ChannelAccess, ChannelFailure } from "../port.ts";
import { at, listAt, textAt, type Json } from "../reading.ts";
import { forgetTokens, tokenFor } from "../tokens.ts";
import { API_VERSION } from "./documents.ts";

const THROTTLED_MS = 1_000;

function shopUrl({ settings }: ChannelAccess, path: string): string {
  return `https://${String(settings["shop"])}${path}`;
}

/** A fixed token where there is one, else one by the client-credentials grant, which lives for a day. */
async function tokenOf(access: ChannelAccess): Promise<Result<string, ChannelFailure>> {
  const { access_token: fixed, client_id: id, client_secret: secret } = access.secrets;
  if (fixed !== undefined) return ok(fixed);
  return tokenFor(access, "admin", {
    url: shopUrl(access, "/admin/oauth/access_token"),
    body: { client_id: id, client_secret: secret, grant_type: "client_credentials" },
  });
}

/** @returns `data` of the answer. What is wrong with the request itself is a refusal. */
export async function askShopify(
  access: ChannelAccess,
  query: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Result<Json, ChannelFailure>> {
  const token = await tokenOf(access);
  if (!token.ok) return token;
  const reply = await call(access, {
    method: "POST",
    url: shopUrl(access, `/admin/api/${API_VERSION}/graphql.json`),
    headers: { "x-shopify-access-token": token.value },
    body: { query, variables },
  });
  if (!reply.ok) return reply;
  if (!isDone(reply.value)) {
    // A token that was taken back is asked for anew by the next call.
    if (reply.value.status === 401) forgetTokens();
    return err(refusedWith(reply.value, "errors"));
  }
  const { body } = reply.value;
  const [error] = listAt(body, "errors");
  if (error === undefined) return ok(at(body, "data"));
  const code = textAt(error, "extensions", "code");
  if (code === "THROTTLED") return err({ code: "throttled", retryAfterMs: waitForPoints(body) });
  if (code === "INTERNAL_SERVER_ERROR")
    return err({ code: "unavailable", reason: "answered an internal error" });
  return err({
    code: "refused",
    reason: `refused the call: ${textAt(error, "message") ?? ""}`.slice(0, 200),
  });
}

/** How long until the bucket holds what the call costs. */
function waitForPoints(body: Json): number {
  const cost = Number(at(body, "extensions", "cost", "requestedQueryCost"));
  const left = Number(at(body, "extensions", "cost", "throttleStatus", "currentlyAvailable"));
  const perSecond = Number(at(body, "extensions", "cost", "throttleStatus", "restoreRate"));
  const waitMs = ((cost - left) / perSecond) * 1000;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 100), 60_000) : THROTTLED_MS;
}

/** The first of a mutation's user errors, as a failure; null where there is none. */
export function userErrorOf(payload: Json, list: string): ChannelFailure | null {
  const [error] = listAt(payload, list);
  if (error === undefined) return null;
  const code = textAt(error, "code");
  if (code === "IDEMPOTENCY_CONCURRENT_REQUEST")
    return { code: "unavailable", reason: "is still at the same call" };
  return { code: "refused", reason: `${code ?? "refused"}: ${textAt(error, "message") ?? ""}`.slice(0, 200) };
}
