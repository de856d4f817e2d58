import { findShipmentByTrackingNumber } from "../../db/fulfillment.ts";
import { isAfterShipping } from "../../domain/fulfillment/tracking.ts";
import type { CarrierNews } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import type { WebhookFinder } from "./inbound-webhook.ts";

/** Of one parcel; more than any carrier tells. */
const UPDATES_MAX = 90;

/** Carriers that tell of their parcels by themselves. */
export const carrierWebhook: WebhookFinder = (services, connection) => {
  const read = services.carrierWebhook(connection);
  if (read === null) return null;
  return async ({ bytes, headers }) => {
    const news = read(bytes, headers);
    if (!news.ok) return { status: news.error.code };
    if (news.value !== null) await passOn(services, connection, news.value);
    return { status: "accepted" };
  };
};

/**
 * Hands what a carrier says of a parcel to the steps that take it in: late, repeated and shuffled news is harmless
 * there. What nobody asked this carrier to ship is of no interest.
 */
async function passOn(
  services: Pick<Services, "db" | "send">,
  carrier: string,
  { trackingNumber, updates }: CarrierNews,
): Promise<void> {
  const id = await findShipmentByTrackingNumber(services.db, carrier, trackingNumber);
  if (id === null || updates.length === 0) return;
  const told = updates.slice(-UPDATES_MAX);
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
