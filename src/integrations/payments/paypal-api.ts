import * as z from "zod";

import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentFailure } from "./port.ts";

/** Two tries of it stay below what a payment may take. */
const TIMEOUT_MS = 8_000;
const TRIES = 2;
/** A token is asked for again while the old one still works. */
const TOKEN_MARGIN_MS = 60_000;

export type PayPalConfig = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** PayPal's id of the webhook, without which none is taken. */
  readonly webhookId: string | undefined;
  readonly apiBase: string;
  readonly fetch: typeof fetch;
};

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number() });
const problemSchema = z.object({
  name: z.string().optional(),
  details: z.array(z.object({ issue: z.string().optional() })).optional(),
});

/** By client, because a Worker serves many requests with one token. */
const tokens = new Map<string, { readonly token: string; readonly untilMs: number }>();

/**
 * Calls PayPal's REST API: a token, a time limit, one more try for what did not answer, and a request id by which a
 * repeat is recognised. Answers may quote the payer, so of a refusal only its code is kept.
 */
export async function callPayPal<Schema extends z.ZodType>(
  config: PayPalConfig,
  schema: Schema,
  method: "GET" | "POST",
  path: string,
  sent: { readonly body?: string; readonly requestId?: string } = {},
): Promise<Result<z.output<Schema>, PaymentFailure>> {
  let reason = "did not answer";
  for (let tries = 0; tries < TRIES; tries += 1) {
    const token = await tokenOf(config);
    if (token === null) continue;
    const reply = await send(config, method, path, {
      ...(sent.body === undefined ? {} : { body: sent.body }),
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        prefer: "return=representation",
        ...(sent.requestId === undefined ? {} : { "paypal-request-id": sent.requestId }),
      },
    });
    if (reply === null) continue;
    if (reply.status === 401) tokens.delete(config.clientId);
    const isPassing =
      reply.status === 401 || reply.status === 409 || reply.status === 429 || reply.status >= 500;
    if (isPassing) {
      reason = `http ${reply.status}`;
      continue;
    }
    if (reply.status >= 400) return err({ code: "declined", reason: issueOf(reply) });
    const read = schema.safeParse(reply.body);
    return read.success
      ? ok(read.data)
      : err({ code: "unavailable", reason: "an answer that cannot be read" });
  }
  return err({ code: "unavailable", reason });
}

type Reply = { readonly status: number; readonly body: unknown };

function issueOf({ status, body }: Reply): string {
  const { data } = problemSchema.safeParse(body);
  return data?.details?.[0]?.issue ?? data?.name ?? `http ${status}`;
}

async function tokenOf(config: PayPalConfig): Promise<string | null> {
  const { clientId, clientSecret } = config;
  const nowMs = Date.now();
  const known = tokens.get(clientId);
  if (known !== undefined && known.untilMs > nowMs) return known.token;
  const reply = await send(config, "POST", "/v1/oauth2/token", {
    body: "grant_type=client_credentials",
    headers: {
      authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}`,
      "content-type": "application/x-www-form-urlencoded",
    },
  });
  const read = tokenSchema.safeParse(reply?.body);
  if (reply === null || reply.status !== 200 || !read.success) return null;
  const { access_token: token, expires_in: seconds } = read.data;
  tokens.set(clientId, { token, untilMs: nowMs + seconds * 1000 - TOKEN_MARGIN_MS });
  return token;
}

/** @returns null where nothing, or nothing that can be read, came back in time. */
async function send(
  { apiBase, fetch }: PayPalConfig,
  method: string,
  path: string,
  init: { readonly body?: string; readonly headers: Record<string, string> },
): Promise<Reply | null> {
  try {
    const reply = await fetch(`${apiBase}${path}`, {
      method,
      ...init,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === "" ? {} : (JSON.parse(text) as unknown) };
  } catch {
    return null;
  }
}
