import { findShipmentByTrackingNumber, readTracking } from "../../db/fulfillment.ts";
import { isAfterShipping } from "../../domain/fulfillment/tracking.ts";
import type { TrackingUpdate } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import type { WebhookFinder } from "./inbound-webhook.ts";
import { returnOnItsWay } from "./return-label.ts";

/** Of one parcel; more than any carrier tells. */
const UPDATES_MAX = 90;

/** Carriers that tell of their parcels by themselves. */
export const carrierWebhook: WebhookFinder = (services, connection) => {
  const read = services.carrierWebhook(connection);
  if (read === null) return null;
  return async ({ bytes, headers, url }) => {
    const news = read({ bytes, headers, url });
    if (!news.ok) return { status: news.error.code };
    if (news.value === null) return { status: "accepted" };
    // What nobody asked this carrier to ship is of no interest.
    const { trackingNumber, updates } = news.value;
    const id = await findShipmentByTrackingNumber(services.db, connection, trackingNumber);
    if (id !== null) await passOn(services, id, updates);
    else if (updates.some(({ status }) => isAfterShipping(status))) {
      await returnOnItsWay(services, connection, trackingNumber);
    }
    return { status: "accepted" };
  };
};

/**
 * Hands what a carrier says of a parcel to the steps that take it in: late, repeated and shuffled news is harmless
 * there. Most of what carriers say they have said before, and that goes no further.
 */
export async function passOn(
  services: Pick<Services, "db" | "send">,
  id: string,
  updates: ReadonlyArray<TrackingUpdate>,
): Promise<void> {
  if (updates.length === 0) return;
  const known = new Set(
    (await readTracking(services.db, id)).map(({ status, occurredAtMs }) => `${status} ${occurredAtMs}`),
  );
  const told = updates
    .filter(({ status, occurredAtMs }) => !known.has(`${status} ${occurredAtMs}`))
    .slice(-UPDATES_MAX);
  if (told.length === 0) return;
  // A carrier that has the parcel knows better than a clerk who forgot to say that it left.
  const hasLeft = told.some(({ status }) => isAfterShipping(status));
  await services.send("fulfillment", [
    ...(hasLeft ? [{ type: "shipment.ship", shipment_id: id }] : []),
    ...told.map(({ status, occurredAtMs }) => ({
      type: "shipment.track",
      shipment_id: id,
      status,
      occurred_at_ms: occurredAtMs,
    })),
  ]);
}
