/** What happens without an order of its own, past tense. Orders have their own timeline with types of its own. */
export const engineEventTypes = [
  "hold.expired",
  "waitlist.offered",
  "waitlist.lapsed",
  "stock.changed",
  "stock.low",
  "channel.show_started",
  "channel.show_ended",
  "show.opened",
  "show.closed",
  "webhook.test",
] as const;
export type EngineEventType = (typeof engineEventTypes)[number];

/** Something that happened and belongs to no order. */
export type EngineEvent = {
  readonly type: EngineEventType;
  /** What it happened to: a hold's id, a SKU, a show. */
  readonly subject: string;
  /** Tells apart events of one type on one subject, such as a version. Empty where there can be only one. */
  readonly fact: string;
  /** Ids and amounts, never personal data. Goes out as it is, with the webhook. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAtMs: number;
};
