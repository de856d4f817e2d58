import type { Services } from "../services.ts";

/** What an outside system sent, as it came: nothing of it is believed before its signature was checked over these bytes. */
export type InboundWebhook = {
  /** The name in the path. */
  readonly connection: string;
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  /** The address it was sent to, which some systems sign. */
  readonly url: string;
};

export type WebhookOutcome =
  /** It is stored, was stored before, or is of no interest: the sender need not come again. */
  | { readonly status: "accepted" }
  /** Its signature is missing, wrong or too old. */
  | { readonly status: "forged" }
  /** It is signed and still cannot be read. */
  | { readonly status: "malformed" };

/** Verifies, then parses, then stores: quickly, because senders wait for seconds only. What it throws has the sender come again. */
export type WebhookHandler = (delivery: InboundWebhook) => Promise<WebhookOutcome>;

/** @returns null where this is no connection of its kind, or it is not configured. */
export type WebhookFinder = (
  services: Services,
  connection: string,
) => WebhookHandler | null | Promise<WebhookHandler | null>;
