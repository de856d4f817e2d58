import type { Result } from "../../domain/result.ts";

/** One mail to one address. Every part is one line of plain text, but the two bodies. */
export type Mail = {
  /** The same for each attempt: a provider that knows it sends nothing twice. */
  readonly key: string;
  readonly from: { readonly email: string; readonly name: string };
  readonly to: string;
  readonly replyTo: string | null;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What it is, for the provider's own statistics. */
  readonly tag: string;
  /** Whether it may have been sent before: the last attempt ended without an answer. */
  readonly isRepeat: boolean;
};

export type MailFailure =
  /** This mail will never go. */
  | { readonly code: "rejected"; readonly reason: string }
  /** Nobody may write to this address: it bounced, or its owner complained. */
  | { readonly code: "suppressed"; readonly reason: string }
  /** Our account is not set up: every mail fails until a person mends it. */
  | { readonly code: "misconfigured"; readonly reason: string }
  | { readonly code: "unavailable"; readonly reason: string; readonly retryAfterMs: number };

/** One account at a mail provider. */
export interface MailPort {
  readonly provider: string;
  /** Whether mails leave the engine: those need a sender of the brand's own. */
  readonly isOutside: boolean;
  /** @returns The provider's own name for the mail, or null where it gives none. Never throws. */
  send(mail: Mail): Promise<Result<string | null, MailFailure>>;
}

/** What a provider tells of mails by itself. */
export type MailNews = {
  /** The provider's own name for the mail. */
  readonly reference: string;
  readonly outcome: "delivered" | "bounced" | "complained";
};

/** Checks who sent a webhook, over its bytes, and reads it. Null tells nothing that matters here. */
export type MailWebhookReader = (
  bytes: Uint8Array,
  headers: Headers,
  nowMs: number,
) => Result<MailNews | null, { readonly code: "forged" | "malformed" }>;
