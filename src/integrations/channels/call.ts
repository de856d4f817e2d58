import { err, ok, type Result } from "../../domain/result.ts";
import type { ChannelAccess, ChannelFailure } from "./port.ts";
import { parseExact, textAt, type Json } from "./reading.ts";

export type ChannelRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, in place of a body. */
  readonly form?: Readonly<Record<string, string>>;
};

export type ChannelReply = { readonly status: number; readonly headers: Headers; readonly body: Json };

/** Where a platform does not say how long to wait. */
const THROTTLED_MS = 5_000;
const REPLY_CHARS_MAX = 8_000_000;

/**
 * One call to a platform. Its answers below 500 come back, 429 and what is broken as failures. Redirects are not
 * followed: they would carry our credentials to wherever they point.
 */
export async function call(
  access: ChannelAccess,
  { method, url, headers, body, form }: ChannelRequest,
): Promise<Result<ChannelReply, ChannelFailure>> {
  const init: RequestInit = {
    method,
    headers: { accept: "application/json", ...headers },
    redirect: "manual",
  };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "content-type": "application/json", ...(init.headers as Record<string, string>) };
  }
  if (form !== undefined) init.body = new URLSearchParams(form);
  try {
    const response = await access.fetch(new Request(url, init));
    const text = (await response.text()).slice(0, REPLY_CHARS_MAX);
    const { status } = response;
    if (status === 429)
      return err({ code: "throttled", retryAfterMs: retryAfterMs(response.headers, access.nowMs()) });
    if (status >= 500) return err({ code: "unavailable", reason: `answered ${status}` });
    if (status >= 300 && status < 400)
      return err({ code: "refused", reason: `redirects to another address (${status})` });
    return ok({ status, headers: response.headers, body: text === "" ? null : parseExact(text) });
  } catch (error) {
    // Its text may quote the request, which carries credentials: only its kind is kept.
    return err({ code: "unavailable", reason: `threw ${(error as Error).name}` });
  }
}

function retryAfterMs(headers: Headers, nowMs: number): number {
  const stated = headers.get("retry-after");
  if (stated === null) return THROTTLED_MS;
  const seconds = Number(stated);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(stated) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 100), 3_600_000) : THROTTLED_MS;
}

/** What a platform said no with, without quoting what it was sent. */
export function refusedWith(
  reply: ChannelReply,
  ...messagePath: ReadonlyArray<string | number>
): ChannelFailure {
  const said = textAt(reply.body, ...messagePath) ?? "";
  if (reply.status === 401 || reply.status === 403) {
    return {
      code: "refused",
      reason: `does not accept our credentials (${reply.status}) ${said}`.trim().slice(0, 200),
    };
  }
  return { code: "refused", reason: `answered ${reply.status} ${said}`.trim().slice(0, 200) };
}

export function isDone({ status }: ChannelReply): boolean {
  return status >= 200 && status < 300;
}
