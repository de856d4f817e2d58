/** Languages that every message is written in. */
export const languages = ["en", "de", "fr", "es", "ja"] as const;
export type Language = (typeof languages)[number];

type MessageType = {
  readonly title: string;
  /** Whether a buyer may say that they want no more of these. What belongs to a contract cannot be refused. */
  readonly class: "transactional" | "optional";
  /** What can wait is not sent in a brand's quiet hours. */
  readonly urgency: "now" | "can_wait";
};

/** Everything that buyers are told. A new message does not compile until it is written in each language. */
export const messageTypes = {
  order_confirmation: { title: "Order confirmation", class: "transactional", urgency: "now" },
  backorder: { title: "Backorder notice", class: "transactional", urgency: "can_wait" },
  preorder: { title: "Pre-order with its date", class: "transactional", urgency: "can_wait" },
  shipped: { title: "Shipped, with its tracking link", class: "transactional", urgency: "can_wait" },
  out_for_delivery: { title: "Out for delivery", class: "transactional", urgency: "now" },
  delivered: { title: "Delivered", class: "transactional", urgency: "can_wait" },
  review_request: { title: "Review request", class: "optional", urgency: "can_wait" },
  return_requested: { title: "Return requested", class: "transactional", urgency: "can_wait" },
  return_approved: { title: "Return approved", class: "transactional", urgency: "can_wait" },
  return_declined: { title: "Return declined", class: "transactional", urgency: "can_wait" },
  return_received: { title: "Return received", class: "transactional", urgency: "can_wait" },
  return_resolved: { title: "Return settled", class: "transactional", urgency: "can_wait" },
  refund: { title: "Refund", class: "transactional", urgency: "can_wait" },
  order_canceled: { title: "Order canceled", class: "transactional", urgency: "can_wait" },
  order_changed: { title: "Order changed, with what is to be paid", class: "transactional", urgency: "now" },
  waitlist_offer: { title: "Waitlist offer", class: "optional", urgency: "now" },
} as const satisfies Record<string, MessageType>;

export type MessageTemplate = keyof typeof messageTypes;
export const messageTemplates = Object.keys(messageTypes) as [MessageTemplate, ...Array<MessageTemplate>];

export const messageStatuses = ["pending", "sent", "skipped", "failed"] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Why a message was not sent on purpose. */
export const skipReasons = [
  /** The merchant switched it off. */
  "template_off",
  /** Nobody knows where to send it. */
  "no_address",
  /** The buyer wants no more of these. */
  "opted_out",
  /** The address bounced, or its owner complained. */
  "suppressed",
  /** There is no link by which the buyer could refuse it, and so it must not be sent. */
  "no_opt_out",
  /** What it would say is not true any more. */
  "superseded",
  /** It waited for longer than it is news. */
  "too_late",
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** What a merchant says instead of what is built in; absent or null leaves that. */
export type MessageText = {
  readonly subject?: string | null | undefined;
  readonly heading?: string | null | undefined;
  readonly intro?: string | null | undefined;
};

/** What a brand makes of one message. */
export type MessageSetting = {
  readonly isOn: boolean;
  /** Of a review request: how long after the delivery. */
  readonly delayDays: number;
  readonly texts: Partial<Record<Language, MessageText>>;
};

export const DEFAULT_SETTING: MessageSetting = { isOn: true, delayDays: 7, texts: {} };
