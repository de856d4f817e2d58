import type { MiddlewareHandler } from "hono";

import type { AppEnv } from "../app.ts";
import type { Services } from "../services.ts";
import { isOriginRegistered, pageMethods } from "./origin.ts";
import { secureHeaders } from "./secure-headers.ts";

/** A key that was registered a moment ago may have to wait this long for its first page. */
const CACHED_FOR_MS = 30_000;
const PREFLIGHT_SECONDS = "600";
const REQUEST_HEADERS =
  "authorization, content-type, idempotency-key, if-match, holdfast-buyer, holdfast-turnstile";
const ANSWER_HEADERS = "etag, retry-after, x-request-id, idempotent-replayed";

let cached: { readonly origins: ReadonlyArray<string>; readonly untilMs: number } | null = null;

/** Forgets which origins are registered, so that a key that was just made or revoked counts here at once. */
export function forgetOrigins(): void {
  cached = null;
}

/**
 * Lets pages of registered origins read answers. A preflight carries no key, so it is answered for the origins of all
 * live keys; the request that follows is held to those of its own key. Nothing is authorised here: whoever is no
 * browser never asks.
 */
export const cors: MiddlewareHandler<AppEnv> = async (c, next) => {
  const origin = c.req.header("origin");
  if (origin === undefined) return next();
  const methods = pageMethods(c.req.path);
  if (methods.length === 0) return next();
  const isAllowed = isOriginRegistered(await originsNow(c.get("services")), origin, c.req.url);
  if (c.req.method === "OPTIONS") {
    return new Response(null, {
      status: 204,
      headers: {
        ...secureHeaders,
        allow: [...methods, "OPTIONS"].join(", "),
        ...(isAllowed
          ? {
              "access-control-allow-origin": origin,
              "access-control-allow-methods": methods.join(", "),
              "access-control-allow-headers": REQUEST_HEADERS,
              "access-control-max-age": PREFLIGHT_SECONDS,
            }
          : {}),
      },
    });
  }
  await next();
  if (!isAllowed) return;
  c.res.headers.set("access-control-allow-origin", origin);
  c.res.headers.set("access-control-expose-headers", ANSWER_HEADERS);
};

/** While the database cannot say, what it said last is good: holds need no database, and pages take them. */
async function originsNow({
  registeredOrigins,
  nowMs,
}: Pick<Services, "registeredOrigins" | "nowMs">): Promise<ReadonlyArray<string>> {
  if (cached !== null && cached.untilMs > nowMs()) return cached.origins;
  const origins = await registeredOrigins().catch((error: unknown) => {
    if (cached === null) throw error;
    return cached.origins;
  });
  cached = { origins, untilMs: nowMs() + CACHED_FOR_MS };
  return origins;
}
