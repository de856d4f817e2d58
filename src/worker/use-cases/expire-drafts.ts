import { listExpiredDrafts } from "../../db/draft-orders.ts";
import type { Services } from "../services.ts";
import { cancelOrder } from "./cancel-order.ts";

/** Bounds of one run; the next one goes on. */
const DRAFTS_MAX = 50;

/** Cancels the quotes whose time is over; what they held is for sale again. */
export async function expireDrafts(
  services: Pick<Services, "nowMs" | "db" | "paymentProvider" | "send" | "background">,
): Promise<void> {
  for (const orderId of await listExpiredDrafts(services.db, services.nowMs(), DRAFTS_MAX)) {
    await cancelOrder(services, {
      orderId,
      reason: "other",
      because: "quote_expired",
      restock: true,
      refund: true,
      notify: false,
      actor: "system",
      requestId: null,
      mark: "quote_expired",
      isVersionAcceptable: () => true,
    });
  }
}
