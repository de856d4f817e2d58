import { createHash } from "node:crypto";

import { err, ok, type Result } from "../../domain/result.ts";
import { call, isDone, refusedWith } from "./call.ts";
import type { ChannelAccess, ChannelFailure } from "./port.ts";
import { at, textAt, type Json } from "./reading.ts";

type Token = { readonly token: string; readonly expiresAtMs: number };

/** Tokens of this isolate. Losing one costs a call; they are never stored. */
const tokens = new Map<string, Token>();
const TOKENS_MAX = 100;
/** A token is renewed so long before its end, so that none runs out on the way. */
const RENEW_BEFORE_MS = 300_000;

/** Where and with what a token is asked for. Answers as OAuth 2 does, `access_token` and `expires_in` seconds. */
export type TokenRequest = {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form; left out where the URL says everything. */
  readonly form?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Where the token stands in the answer. */
  readonly answer?: { readonly token: ReadonlyArray<string>; readonly expiresAt: (body: Json) => number };
};

/** A short-lived token of a connection, asked for when there is none or it ends soon. */
export async function tokenFor(
  access: ChannelAccess,
  purpose: string,
  request: TokenRequest,
): Promise<Result<string, ChannelFailure>> {
  // Other secrets are another token.
  const key = `${access.connection} ${purpose} ${digestOf(access.secrets)}`;
  const known = tokens.get(key);
  if (known !== undefined && known.expiresAtMs - RENEW_BEFORE_MS > access.nowMs()) return ok(known.token);
  const reply = await call(access, {
    method: request.form === undefined && request.body === undefined ? "GET" : "POST",
    url: request.url,
    ...(request.headers === undefined ? {} : { headers: request.headers }),
    ...(request.form === undefined ? {} : { form: request.form }),
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  if (!reply.ok) return reply;
  const { body } = reply.value;
  const token = textAt(body, ...(request.answer?.token ?? ["access_token"]));
  if (!isDone(reply.value) || token === null) return err(refusedWith(reply.value, "error"));
  const lifeSeconds = Number(at(body, "expires_in") ?? 3_600);
  if (tokens.size >= TOKENS_MAX) tokens.clear();
  const expiresAtMs = request.answer?.expiresAt(body) ?? access.nowMs() + lifeSeconds * 1000;
  tokens.set(key, { token, expiresAtMs });
  return ok(token);
}

/** A token was taken back: the next call asks for another. */
export function forgetTokens(): void {
  tokens.clear();
}

function digestOf(secrets: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(JSON.stringify(secrets)).digest("base64");
}
