import { timingSafeEqual } from "node:crypto";

import { err, ok } from "../../domain/result.ts";
import { callMail, reasonOf } from "./call.ts";
import type { Mail, MailFailure, MailNews, MailPort, MailWebhookReader } from "./port.ts";

const API_BASE = "https://api.postmarkapp.com";
/** Under this name each mail carries its key: it is found again by it. */
const KEY_FIELD = "holdfast-key";

export type PostmarkSettings = {
  readonly serverToken: string;
  readonly apiBase?: string | undefined;
  readonly stream?: string | undefined;
};

/**
 * Postmark (https://postmarkapp.com/developer). It knows no idempotency keys, so a mail that may have been sent before is
 * looked up by its metadata before it is sent again.
 *
 * @param send - `fetch`, or what a test puts in its place.
 */
export function postmarkMail(
  { serverToken, apiBase = API_BASE, stream = "outbound" }: PostmarkSettings,
  send: typeof fetch,
): MailPort {
  const headers = { "x-postmark-server-token": serverToken };
  const find = async (key: string) => {
    const query = new URLSearchParams({ count: "1", offset: "0", [`metadata_${KEY_FIELD}`]: key });
    return callMail(send, {
      method: "GET",
      url: `${apiBase}/messages/outbound?${query.toString()}`,
      headers,
      isRepeatable: true,
    });
  };
  return {
    provider: "postmark",
    isOutside: true,
    send: async (mail) => {
      if (mail.isRepeat) {
        const found = await find(mail.key);
        if (!found.ok) return found;
        if (found.value.status >= 300) return err(failureOf(found.value.status, found.value.body));
        const [earlier] = (found.value.body["Messages"] ?? []) as ReadonlyArray<{ MessageID?: unknown }>;
        if (typeof earlier?.MessageID === "string") return ok(earlier.MessageID);
      }
      const reply = await callMail(send, {
        method: "POST",
        url: `${apiBase}/email`,
        headers,
        isRepeatable: false,
        body: bodyOf(mail, stream),
      });
      if (!reply.ok) return reply;
      const { status, body } = reply.value;
      if (status >= 300 || body["ErrorCode"] !== 0) return err(failureOf(status, body));
      return ok(typeof body["MessageID"] === "string" ? body["MessageID"] : null);
    },
  };
}

function bodyOf(mail: Mail, stream: string): Record<string, unknown> {
  return {
    From: `"${mail.from.name.replaceAll(/["\\]/g, "\\$&")}" <${mail.from.email}>`,
    To: mail.to,
    ...(mail.replyTo === null ? {} : { ReplyTo: mail.replyTo }),
    Subject: mail.subject,
    HtmlBody: mail.html,
    TextBody: mail.text,
    Headers: Object.entries(mail.headers).map(([Name, Value]) => ({ Name, Value })),
    Tag: mail.tag,
    Metadata: { [KEY_FIELD]: mail.key },
    MessageStream: stream,
    TrackOpens: false,
    TrackLinks: "None",
  };
}

/** Codes that are about our account, not about this mail: token, sender, server. */
const aboutUs: ReadonlySet<unknown> = new Set([10, 400, 401, 405, 412, 413]);
const INACTIVE_RECIPIENT = 406;
const MAINTENANCE = 100;

/** https://postmarkapp.com/developer/api/overview#error-codes */
function failureOf(status: number, body: Readonly<Record<string, unknown>>): MailFailure {
  const code = body["ErrorCode"];
  const reason = reasonOf(typeof code === "number" ? code : status, body["Message"]);
  if (code === INACTIVE_RECIPIENT) return { code: "suppressed", reason };
  if (code === MAINTENANCE) return { code: "unavailable", reason, retryAfterMs: 0 };
  if (status === 401 || aboutUs.has(code)) return { code: "misconfigured", reason };
  return { code: "rejected", reason };
}

const outcomes: Readonly<Record<string, MailNews["outcome"]>> = {
  Delivery: "delivered",
  Bounce: "bounced",
  SpamComplaint: "complained",
};

/** Postmark signs nothing: it sends the password that its webhook's address was given, by HTTP Basic. */
export function readPostmarkEvent(password: string): MailWebhookReader {
  return (bytes, headers) => {
    const [scheme, encoded = ""] = (headers.get("authorization") ?? "").split(" ");
    const given = Buffer.from(
      Buffer.from(encoded, "base64")
        .toString()
        .replace(/^[^:]*:/, ""),
    );
    const wanted = Buffer.from(password);
    const isKnown = scheme === "Basic" && given.length === wanted.length && timingSafeEqual(given, wanted);
    if (!isKnown) return err({ code: "forged" });
    try {
      const event = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
      const outcome = outcomes[String(event["RecordType"])];
      if (outcome === undefined) return ok(null);
      const reference = event["MessageID"];
      if (typeof reference !== "string") return err({ code: "malformed" });
      // Postmark itself says whether a bounce is for good.
      return ok(outcome === "bounced" && event["Inactive"] !== true ? null : { reference, outcome });
    } catch {
      return err({ code: "malformed" });
    }
  };
}
