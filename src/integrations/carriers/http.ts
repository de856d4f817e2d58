import type * as z from "zod";

import { err, ok, type Result } from "../../domain/result.ts";
import type { CarrierFailure } from "./port.ts";

/** One of several calls of a purchase, which has half a minute as a whole. */
const CALL_MS_MAX = 8_000;
const REPLY_BYTES_MAX = 4_000_000;
const LABEL_BYTES_MAX = 2_000_000;
const QUIET_MS_DEFAULT = 30_000;
const QUIET_MS_MAX = 3_600_000;

export type CarrierRequest = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>;
};

export type Reply = { readonly status: number; readonly body: unknown };

/** Asks a carrier once. Its refusals are replies; only what says nothing about the parcel is a failure here. */
export async function askCarrier(request: CarrierRequest): Promise<Result<Reply, CarrierFailure>> {
  const { method, url, body, form } = request;
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": "Holdfast",
    ...request.headers,
  };
  const init: RequestInit = {
    method,
    headers,
    redirect: "manual",
    signal: AbortSignal.timeout(CALL_MS_MAX),
  };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  } else if (form !== undefined) {
    headers["content-type"] = "application/x-www-form-urlencoded";
    init.body = new URLSearchParams(form).toString();
  }
  try {
    const response = await fetch(url, init);
    const { status } = response;
    if (status === 429) return err({ code: "throttled", retryAfterMs: quietMsOf(response.headers) });
    if (status >= 500) return err({ code: "unavailable", reason: `answered ${status}` });
    const text = await response.text();
    if (text.length > REPLY_BYTES_MAX) return err({ code: "unavailable", reason: "answered too much" });
    return ok({ status, body: text === "" ? null : (JSON.parse(text) as unknown) });
  } catch (error) {
    // Its text may quote the request, which carries an address and a key: only its kind is kept.
    return err({ code: "unavailable", reason: `threw ${(error as Error).name}` });
  }
}

function quietMsOf(headers: Headers): number {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, QUIET_MS_MAX) : QUIET_MS_DEFAULT;
}

/**
 * What a reply says, or why it says no.
 *
 * @param codeOf - The carrier's code for what is wrong. Its messages may quote an address and are not kept.
 */
export function readReply<Schema extends z.ZodType>(
  reply: Reply,
  schema: Schema,
  codeOf: (body: unknown) => string,
): Result<z.output<Schema>, CarrierFailure> {
  if (reply.status >= 300) return err(refusalOf(reply, codeOf));
  const parsed = schema.safeParse(reply.body);
  return parsed.success
    ? ok(parsed.data)
    : err({ code: "unavailable", reason: "answered what nobody expects" });
}

export function refusalOf({ status, body }: Reply, codeOf: (body: unknown) => string): CarrierFailure {
  // A wrong key is ours to mend, and nothing about the parcel: the connection is what does not work.
  const isOurs = status === 401 || status === 403 || status < 400;
  const reason = `answered ${status} ${codeOf(body)}`.trim().slice(0, 200);
  return { code: isOurs ? "unavailable" : "refused", reason };
}

/** @param isTrusted - Whether the address may be other than https: another server for trying things out. */
export async function downloadLabel(
  url: string,
  isTrusted: boolean,
): Promise<Result<Uint8Array, CarrierFailure>> {
  if (!url.startsWith("https://") && !isTrusted) {
    return err({ code: "unavailable", reason: "the label is not offered securely" });
  }
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(CALL_MS_MAX) });
    if (!response.ok) {
      return err({ code: "unavailable", reason: `the label's address answered ${response.status}` });
    }
    return labelOf(new Uint8Array(await response.arrayBuffer()));
  } catch (error) {
    return err({ code: "unavailable", reason: `threw ${(error as Error).name}` });
  }
}

/** @returns The bytes of a label, where they can be one. */
export function labelOf(content: Uint8Array): Result<Uint8Array, CarrierFailure> {
  const isLabel = content.byteLength > 0 && content.byteLength <= LABEL_BYTES_MAX;
  return isLabel ? ok(content) : err({ code: "unavailable", reason: "the label has no sensible size" });
}

/** Decimal text or a number in the currency's main unit, as minor units. */
export function minorUnits(amount: string | number, currency: string): number {
  const isCode = /^[A-Z]{3}$/.test(currency);
  const options = new Intl.NumberFormat("en", { style: "currency", currency: isCode ? currency : "USD" });
  return Math.round(Number(amount) * 10 ** (options.resolvedOptions().maximumFractionDigits ?? 2));
}
