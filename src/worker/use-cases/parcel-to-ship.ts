import { findLocation } from "../../db/catalogue.ts";
import type { FulfillmentSnapshot, ShipmentRow } from "../../db/fulfillment.ts";
import type { LocationCode } from "../../domain/brand.ts";
import type { ParcelToShip } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { StepImpossible } from "./step-failure.ts";

/** The name under which a carrier's health is kept. */
export function carrierConnection(carrier: string): string {
  return `carrier:${carrier}`;
}

/** A parcel as its carrier has to see it: from where, to whom, how heavy. */
export async function parcelToShip(
  services: Pick<Services, "db">,
  { order, fulfillmentOrders }: FulfillmentSnapshot,
  parcel: ShipmentRow,
  nowMs: number,
): Promise<ParcelToShip> {
  const source = fulfillmentOrders.find(({ id }) => id === parcel.fulfillmentOrderId)?.location ?? "";
  const location = await findLocation(services.db, source as LocationCode);
  if (location === null) throw new StepImpossible(`no location ${source}`);
  const from = { name: location.name, ...location.address };
  return {
    from,
    // What is picked up at the counter goes nowhere.
    to: order.shippingAddress ?? from,
    weightGrams: parcel.weightGrams ?? 0,
    shipAtMs: nowMs,
  };
}
