import type { Hono } from "hono";

import { buyerTokenOperations } from "../../contract/buyer-tokens.ts";
import type { AppEnv } from "../app.ts";
import { answer, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";

export function registerBuyerTokens(app: Hono<AppEnv>): void {
  bind(app, buyerTokenOperations.createBuyerToken, async ({ body, services }) => {
    const { buyerTokens, nowMs } = services;
    if (buyerTokens === null) return refuse("buyer_tokens_not_configured");
    const { buyer, device = null, show = null, ttl_seconds: ttlSeconds } = body;
    const issuedAtMs = nowMs();
    // A token counts in seconds, and must not be good for longer than it says.
    const expiresAtMs = (Math.floor(issuedAtMs / 1000) + ttlSeconds) * 1000;
    const token = await buyerTokens.issue({ buyer, device, show }, issuedAtMs, expiresAtMs);
    return answer({ token, buyer, expires_at: new Date(expiresAtMs).toISOString() });
  });
}
