import { createHash } from "node:crypto";

import * as z from "zod";

import { ok, type Result } from "../../domain/result.ts";
import { askCarrier, readReply, type CarrierRequest } from "./http.ts";
import type { CarrierFailure } from "./port.ts";

/** A token is renewed so long before its end, so that none runs out on the way. */
const RENEW_BEFORE_MS = 120_000;
const TOKENS_MAX = 20;

const tokenSchema = z.looseObject({
  access_token: z.string().min(1),
  // UPS sends a text.
  expires_in: z.coerce.number().positive(),
});

/** Tokens of this isolate, by a digest of what they were asked for with. Losing one costs a call; none is stored. */
const tokens = new Map<string, { readonly token: string; readonly untilMs: number }>();

/** A short-lived access token by OAuth 2 client credentials. */
export async function carrierToken(
  request: CarrierRequest,
  nowMs: number,
): Promise<Result<string, CarrierFailure>> {
  const key = createHash("sha256").update(JSON.stringify(request)).digest("base64");
  const known = tokens.get(key);
  if (known !== undefined && known.untilMs > nowMs) return ok(known.token);
  const reply = await askCarrier(request);
  if (!reply.ok) return reply;
  const read = readReply(reply.value, tokenSchema, () => "no token");
  if (!read.ok) {
    // Whatever is wrong with our keys says nothing about the parcel.
    return read.error.code === "refused"
      ? { ok: false, error: { code: "unavailable", reason: read.error.reason } }
      : read;
  }
  if (tokens.size >= TOKENS_MAX) tokens.clear();
  const { access_token: token, expires_in: lifeSeconds } = read.value;
  tokens.set(key, { token, untilMs: nowMs + lifeSeconds * 1_000 - RENEW_BEFORE_MS });
  return ok(token);
}

/** A token was taken back before its time: the next call asks for another. */
export function forgetCarrierTokens(): void {
  tokens.clear();
}
