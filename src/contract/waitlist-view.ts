import type { Sku } from "../domain/brand.ts";
import { composeHoldId } from "../domain/inventory/hold.ts";
import { composeWaitlistId, type WaitlistPlace } from "../domain/inventory/waitlist-entry.ts";
import type { WaitlistEntryView } from "./waitlist.ts";

/** A place in line as its buyer sees it. */
export function waitlistView(sku: Sku, { entry, position }: WaitlistPlace): WaitlistEntryView {
  const { key, offeredAtMs } = entry;
  return {
    id: composeWaitlistId(entry),
    sku,
    status: entry.status,
    position,
    buyer: entry.buyer,
    quantity: entry.quantity,
    show: entry.show,
    hold: offeredAtMs === null ? null : composeHoldId(offeredAtMs, key, sku),
    created_at: new Date(entry.createdAtMs).toISOString(),
  };
}
