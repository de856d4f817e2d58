/** One message, ready to go: what is signed is what is sent. */
export type WebhookMessage = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export type DeliveryOutcome = {
  /** Null where no answer came. */
  readonly httpStatus: number | null;
  /** Why no answer came, in our own words. */
  readonly error: string | null;
  /** How the answer began. */
  readonly response: string | null;
  /** What `Retry-After` asks for; 0 where it asks for nothing. */
  readonly retryAfterMs: number;
  readonly durationMs: number;
};

/** How messages leave for the systems of others. Never throws: no answer is an outcome. */
export interface WebhookSender {
  send(message: WebhookMessage): Promise<DeliveryOutcome>;
}
