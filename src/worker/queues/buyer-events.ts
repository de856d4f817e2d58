import type { ChannelSyncMessage } from "../../contract/queue.ts";
import type { EngineEvent } from "../../domain/events/event.ts";

type BuyerNews = Extract<ChannelSyncMessage, { readonly type: "waitlist.offered" | "holds.expired" }>;

/**
 * What happened to buyers of a SKU, as events. The times are the object's, so that the same news is the same event,
 * however often it comes.
 */
export function buyerEvents(message: BuyerNews): ReadonlyArray<EngineEvent> {
  const { sku } = message;
  if (message.type === "waitlist.offered") {
    const { waitlist, hold, buyer, show, quantity, offered_at_ms: occurredAtMs } = message;
    const expiresAt = new Date(message.expires_at_ms).toISOString();
    const data = { waitlist, hold, sku, buyer, show, quantity, expires_at: expiresAt };
    return [{ type: "waitlist.offered", subject: waitlist, fact: hold, data, occurredAtMs }];
  }
  return message.holds.map(({ id, buyer, show, expired_at_ms: occurredAtMs }) => ({
    type: "hold.expired",
    subject: id,
    fact: "",
    data: { hold: id, sku, buyer, show },
    occurredAtMs,
  }));
}
