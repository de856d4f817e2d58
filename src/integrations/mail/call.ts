import { err, ok, type Result } from "../../domain/result.ts";
import type { MailFailure } from "./port.ts";

/** How long a provider may take to answer. */
const ANSWER_MS_MAX = 10_000;
/** A second try mends a lost connection; a provider in trouble is tried again later. */
const TRIES_MAX = 2;
const REPLY_CHARACTERS_MAX = 20_000;
const REASON_CHARACTERS_MAX = 200;

export type MailRequest = {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Whether the provider recognises a repeat. */
  readonly isRepeatable: boolean;
};

export type MailReply = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

/**
 * One call to a provider. Its answers below 500 come back, but 429. Where nobody can say whether it was carried out, it
 * is called again at once only if it recognises repeats.
 *
 * @param send - `fetch`, or what a test puts in its place.
 */
export async function callMail(
  send: typeof fetch,
  { method, url, headers, body, isRepeatable }: MailRequest,
): Promise<Result<MailReply, MailFailure>> {
  let failure: MailFailure = { code: "unavailable", reason: "not asked", retryAfterMs: 0 };
  for (let tries = 0; tries < (isRepeatable ? TRIES_MAX : 1); tries += 1) {
    try {
      const response = await send(url, {
        method,
        headers: { accept: "application/json", "content-type": "application/json", ...headers },
        // A redirect would carry the mail, and our key, to wherever it points.
        redirect: "manual",
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = (await response.text()).slice(0, REPLY_CHARACTERS_MAX);
      const { status } = response;
      if (status < 500 && status !== 429 && status !== 408) return ok({ status, body: readObject(text) });
      const retryAfterMs = Number(response.headers.get("retry-after") ?? 0) * 1000 || 0;
      failure = { code: "unavailable", reason: `answered ${status}`, retryAfterMs };
      // Asking at once what has just said that it is asked too often makes it worse.
      if (status === 429) return err(failure);
    } catch (error) {
      // Its text may quote the request, which carries an address: only its kind is kept.
      const name = error instanceof Error ? error.name : "unknown";
      failure = { code: "unavailable", reason: `did not answer (${name})`, retryAfterMs: 0 };
    }
  }
  return err(failure);
}

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What a provider said no with. It may quote the address, which must not be kept: that is taken out. */
export function reasonOf(code: string | number, said: unknown): string {
  const text = typeof said === "string" ? said : "";
  const clean = text.replaceAll(/\S+@\S+/g, "…").replaceAll(/[\p{Cc}]+/gu, " ");
  return `${code} ${clean}`.trim().slice(0, REASON_CHARACTERS_MAX);
}
