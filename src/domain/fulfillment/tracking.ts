import { trackingStatuses, type TrackingStatus } from "./fulfillment.ts";

export type TrackingEntry = { readonly status: TrackingStatus; readonly occurredAtMs: number };

/** What a carrier may still say of a parcel that it has delivered. Any other scan that is dated later is noise. */
const AFTER_DELIVERY: ReadonlySet<TrackingStatus> = new Set(["delivered", "return_to_sender"]);

/**
 * Where a parcel is, from everything ever heard of it. It depends on the set of entries alone, so that late, repeated
 * and shuffled news is harmless.
 */
export function trackingStatusOf(entries: ReadonlyArray<TrackingEntry>): TrackingStatus {
  let current: TrackingEntry = { status: "unknown", occurredAtMs: Number.NEGATIVE_INFINITY };
  for (const entry of entries.toSorted(compareEntries)) {
    if (current.status === "delivered" && !AFTER_DELIVERY.has(entry.status)) continue;
    current = entry;
  }
  return current.status;
}

/** By time; at one moment, by how far along the way a status is. */
function compareEntries(a: TrackingEntry, b: TrackingEntry): number {
  return (
    a.occurredAtMs - b.occurredAtMs || trackingStatuses.indexOf(a.status) - trackingStatuses.indexOf(b.status)
  );
}

/** When the parcel reached the buyer, if it did; a later return to sender does not undo it. */
export function deliveredAtMsOf(entries: ReadonlyArray<TrackingEntry>): number | null {
  const times = entries
    .filter(({ status }) => status === "delivered")
    .map(({ occurredAtMs }) => occurredAtMs);
  return times.length === 0 ? null : Math.min(...times);
}

/** Whether a parcel has to have left before this can be said of it. */
export function isAfterShipping(status: TrackingStatus): boolean {
  return status !== "unknown" && status !== "pre_transit";
}

/** How a parcel goes on where no carrier reports on it: a digital warehouse, a demo. Null at the end of the way. */
export function nextTrackingStatus(status: TrackingStatus): TrackingStatus | null {
  switch (status) {
    case "unknown":
    case "pre_transit":
      return "in_transit";
    case "in_transit":
      return "out_for_delivery";
    case "out_for_delivery":
    case "available_for_pickup":
      return "delivered";
    case "delivered":
    case "return_to_sender":
    case "failure":
      return null;
  }
}
