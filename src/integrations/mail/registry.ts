import { cloudflareMail, type EmailBinding } from "./cloudflare-mail.ts";
import { logMail } from "./log-mail.ts";
import type { MailPort, MailWebhookReader } from "./port.ts";
import { postmarkMail, readPostmarkEvent } from "./postmark.ts";
import { readResendEvent, resendMail } from "./resend.ts";

/** What mail providers need to know, each of them absent where it is not set. */
export type MailSettings = {
  readonly EMAIL?: EmailBinding | undefined;
  readonly RESEND_API_KEY?: string | undefined;
  readonly RESEND_API_BASE?: string | undefined;
  readonly RESEND_WEBHOOK_SECRET?: string | undefined;
  readonly POSTMARK_SERVER_TOKEN?: string | undefined;
  readonly POSTMARK_API_BASE?: string | undefined;
  readonly POSTMARK_STREAM?: string | undefined;
  readonly POSTMARK_WEBHOOK_PASSWORD?: string | undefined;
};

/**
 * @param provider - `cloudflare`, `resend`, `postmark`, `log`; anything else sends nothing.
 * @returns null where no mail is sent, or its provider is not configured.
 */
export function mailOf(provider: string, settings: MailSettings): MailPort | null {
  const { EMAIL, RESEND_API_KEY, POSTMARK_SERVER_TOKEN } = settings;
  const send: typeof fetch = (...asked) => fetch(...asked);
  if (provider === "log") return logMail;
  if (provider === "cloudflare" && EMAIL !== undefined) return cloudflareMail(EMAIL);
  if (provider === "resend" && RESEND_API_KEY !== undefined) {
    return resendMail({ apiKey: RESEND_API_KEY, apiBase: settings.RESEND_API_BASE }, send);
  }
  if (provider === "postmark" && POSTMARK_SERVER_TOKEN !== undefined) {
    const { POSTMARK_API_BASE: apiBase, POSTMARK_STREAM: stream } = settings;
    return postmarkMail({ serverToken: POSTMARK_SERVER_TOKEN, apiBase, stream }, send);
  }
  return null;
}

/** @returns null where the provider sends nothing, or nobody could tell whether it does. */
export function mailWebhookNamed(name: string, settings: MailSettings): MailWebhookReader | null {
  const { RESEND_WEBHOOK_SECRET: secret, POSTMARK_WEBHOOK_PASSWORD: password } = settings;
  if (name === "resend" && secret !== undefined && secret !== "") return readResendEvent(secret);
  if (name === "postmark" && password !== undefined && password !== "") return readPostmarkEvent(password);
  return null;
}
