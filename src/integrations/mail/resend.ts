import { createHmac, timingSafeEqual } from "node:crypto";

import { err, ok, type Result } from "../../domain/result.ts";
import { callMail, reasonOf, type MailReply } from "./call.ts";
import type { MailFailure, MailNews, MailPort, MailWebhookReader } from "./port.ts";

const API_BASE = "https://api.resend.com";
/** What is older was recorded by somebody. */
const TOLERANCE_MS = 300_000;

export type ResendSettings = { readonly apiKey: string; readonly apiBase?: string | undefined };

/**
 * Resend (https://resend.com/docs/api-reference). It remembers an `Idempotency-Key` for a day, so that a call whose answer
 * was lost is made again and sends nothing twice.
 *
 * @param send - `fetch`, or what a test puts in its place.
 */
export function resendMail({ apiKey, apiBase = API_BASE }: ResendSettings, send: typeof fetch): MailPort {
  return {
    provider: "resend",
    isOutside: true,
    send: async (mail) => {
      const reply = await callMail(send, {
        method: "POST",
        url: `${apiBase}/emails`,
        headers: { authorization: `Bearer ${apiKey}`, "idempotency-key": mail.key },
        isRepeatable: true,
        body: {
          from: `${quoted(mail.from.name)} <${mail.from.email}>`,
          to: [mail.to],
          ...(mail.replyTo === null ? {} : { reply_to: mail.replyTo }),
          subject: mail.subject,
          html: mail.html,
          text: mail.text,
          headers: mail.headers,
          tags: [{ name: "template", value: mail.tag }],
        },
      });
      if (!reply.ok) return reply;
      const { id } = reply.value.body;
      if (reply.value.status < 300) return ok(typeof id === "string" ? id : null);
      return err(failureOf(reply.value));
    },
  };
}

/** RFC 5322 §3.2.4: a name as one quoted string, whatever stands in it. */
function quoted(name: string): string {
  return `"${name.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** https://resend.com/docs/api-reference/errors */
function failureOf({ status, body }: MailReply): MailFailure {
  const name = typeof body["name"] === "string" ? body["name"] : "";
  const reason = reasonOf(status, `${name} ${typeof body["message"] === "string" ? body["message"] : ""}`);
  if (
    name === "concurrent_idempotent_requests" ||
    name === "daily_quota_exceeded" ||
    name === "monthly_quota_exceeded"
  ) {
    return { code: "unavailable", reason, retryAfterMs: 0 };
  }
  if (status === 401 || status === 403) return { code: "misconfigured", reason };
  return { code: "rejected", reason };
}

/**
 * Resend's webhooks, signed as Svix does: HMAC-SHA256 over id, time and body.
 *
 * @param secret - `whsec_…`, as Resend shows it.
 */
export function readResendEvent(secret: string): MailWebhookReader {
  return (bytes, headers, nowMs) => {
    const text = new TextDecoder().decode(bytes);
    if (!isSigned(secret, text, headers, nowMs)) return err({ code: "forged" });
    return eventOf(text);
  };
}

function isSigned(secret: string, text: string, headers: Headers, nowMs: number): boolean {
  const id = headers.get("svix-id");
  const timestamp = headers.get("svix-timestamp");
  const signatures = headers.get("svix-signature");
  if (id === null || timestamp === null || signatures === null || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(nowMs - Number(timestamp) * 1000) > TOLERANCE_MS) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${text}`).digest();
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

const outcomes: Readonly<Record<string, MailNews["outcome"]>> = {
  "email.delivered": "delivered",
  "email.bounced": "bounced",
  "email.complained": "complained",
  "email.suppressed": "bounced",
};

function eventOf(text: string): Result<MailNews | null, { readonly code: "malformed" }> {
  try {
    const event = JSON.parse(text) as {
      type?: unknown;
      data?: { email_id?: unknown; bounce?: { type?: unknown } };
    };
    const outcome = typeof event.type === "string" ? outcomes[event.type] : undefined;
    const reference = event.data?.email_id;
    if (outcome === undefined) return ok(null);
    if (typeof reference !== "string") return err({ code: "malformed" });
    // A mailbox that is full for a day is no dead address.
    const isPassing = outcome === "bounced" && event.data?.bounce?.type === "Transient";
    return ok(isPassing ? null : { reference, outcome });
  } catch {
    return err({ code: "malformed" });
  }
}
