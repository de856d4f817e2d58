import { err, ok } from "../../domain/result.ts";
import { reasonOf } from "./call.ts";
import type { MailFailure, MailPort } from "./port.ts";

/** The part of a `send_email` binding that is used here. */
export type EmailBinding = {
  send(mail: {
    readonly from: { readonly email: string; readonly name: string };
    readonly to: string;
    readonly replyTo?: string;
    readonly subject: string;
    readonly html: string;
    readonly text: string;
    readonly headers: Record<string, string>;
  }): Promise<{ readonly messageId?: string }>;
};

const ANSWER_MS_MAX = 10_000;

/** https://developers.cloudflare.com/email-service/api/send-emails/workers-api/ */
const failures: Readonly<Record<string, MailFailure["code"]>> = {
  E_VALIDATION_ERROR: "rejected",
  E_FIELD_MISSING: "rejected",
  E_TOO_MANY_RECIPIENTS: "rejected",
  E_CONTENT_TOO_LARGE: "rejected",
  E_RECIPIENT_NOT_ALLOWED: "misconfigured",
  E_RECIPIENT_SUPPRESSED: "suppressed",
  E_SENDER_NOT_VERIFIED: "misconfigured",
  E_SENDER_DOMAIN_NOT_AVAILABLE: "misconfigured",
};

/**
 * Cloudflare Email Service, by its binding. It knows no idempotency keys: an answer that is lost is a mail that may
 * come twice, which is better than an order that nobody hears of.
 */
export function cloudflareMail(binding: EmailBinding): MailPort {
  return {
    provider: "cloudflare",
    isOutside: true,
    send: async ({ from, to, replyTo, subject, html, text, headers }) => {
      try {
        const mail = { from, to, subject, html, text, headers: { ...headers } };
        const sent = await within(binding.send(replyTo === null ? mail : { ...mail, replyTo }));
        return ok(sent.messageId ?? null);
      } catch (error) {
        const { code, message, name } = error as { code?: unknown; message?: unknown; name?: string };
        if (typeof code !== "string") {
          return err({
            code: "unavailable",
            reason: `did not answer (${name ?? "unknown"})`,
            retryAfterMs: 0,
          });
        }
        const kind = failures[code] ?? (code.startsWith("E_HEADER") ? "rejected" : "unavailable");
        const reason = reasonOf(code, message);
        return err(kind === "unavailable" ? { code: kind, reason, retryAfterMs: 0 } : { code: kind, reason });
      }
    },
  };
}

class AnswerTimeout extends Error {
  override name = "TimeoutError";
}

async function within<Value>(work: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AnswerTimeout()), ANSWER_MS_MAX);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
