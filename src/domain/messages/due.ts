import type { OrderStatus } from "../orders/order.ts";
import { textIn } from "./event-data.ts";
import type { MessageTemplate } from "./message.ts";

/** What happened, with what a reader has to know of its order to tell whether the buyer hears of it. */
export type HeardEvent = {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Null for what happened without an order. */
  readonly order: { readonly status: OrderStatus; readonly externalId: string | null } | null;
  /** What somebody asked for, where money went back because of that. */
  readonly request: { readonly id: string; readonly because: string; readonly notify: boolean } | null;
  /** Whether all the units that are not there yet have a date from which they are sold. */
  readonly isPreorder: boolean;
};

/** A message that follows from an event. The same template about the same thing is the same message. */
export type DueMessage = { readonly template: MessageTemplate; readonly about: string };

/** Where nobody outside pays anything back. */
const inward: ReadonlySet<unknown> = new Set(["exchange", "store_credit"]);

type About = (event: HeardEvent) => DueMessage | null;

const telling =
  (template: MessageTemplate, member: string | null): About =>
  ({ data }) => ({ template, about: member === null ? "" : textIn(data, member) });

const dueAfter: Readonly<Record<string, About>> = {
  "order.placed": telling("order_confirmation", null),
  "fulfillment.incomplete": (event) => telling(event.isPreorder ? "preorder" : "backorder", null)(event),
  "shipment.shipped": telling("shipped", "shipment"),
  "shipment.out_for_delivery": telling("out_for_delivery", "shipment"),
  "shipment.delivered": telling("delivered", "shipment"),
  "order.completed": telling("review_request", null),
  "return.requested": telling("return_requested", "return"),
  "return.approved": telling("return_approved", "return"),
  "return.declined": telling("return_declined", "return"),
  "return.received": telling("return_received", "return"),
  "return.resolved": telling("return_resolved", "return"),
  "payment.refunded": refundDue,
  "order.canceled": telling("order_canceled", null),
  "order.changed": telling("order_changed", "change"),
  "waitlist.offered": telling("waitlist_offer", "hold"),
};

/** Whether buyers may hear of events of this type at all. */
export function isTold(type: string): boolean {
  return Object.hasOwn(dueAfter, type);
}

/**
 * What the buyer is told of an event: one message or none. Orders that another system sent in are left to it: it has its
 * own buyer, and some forbid that anybody else writes to them.
 */
export function messageDue(event: HeardEvent): DueMessage | null {
  const { type, data, order } = event;
  if (order !== null && order.externalId !== null) return null;
  // Whoever did it said that nobody is to be told.
  if (data["notify"] === false) return null;
  return isTold(type) ? (dueAfter[type]?.(event) ?? null) : null;
}

/** A refund because of a cancel, a change or a return is told with that. Parts of one refund are one message. */
function refundDue({ data, order, request }: HeardEvent): DueMessage | null {
  if (inward.has(data["provider"])) return null;
  if (request !== null) {
    return request.because === "asked" && request.notify ? { template: "refund", about: request.id } : null;
  }
  if (order?.status === "canceled") return null;
  return { template: "refund", about: textIn(data, "transaction") };
}
