import { findLocation } from "../../db/catalogue.ts";
import { derivedId, eventRow } from "../../db/events.ts";
import type { FulfillmentSnapshot, ShipmentRow } from "../../db/fulfillment.ts";
import type { LocationCode } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Label } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import {
  changeOf,
  nextStep,
  orderRefusal,
  takeStepOf,
  type StepPorts,
  type StepRefusal,
} from "./fulfillment-step.ts";
import type { ParcelStep } from "./pick.ts";
import { raiseException } from "./raise-exception.ts";
import { StepImpossible } from "./step-failure.ts";

type Ports = StepPorts & Pick<Services, "carrier" | "connection">;

/** The name under which a carrier's health is kept. */
export function carrierConnection(carrier: string): string {
  return `carrier:${carrier}`;
}

/**
 * Buys a parcel's label. The carrier is told our name for the parcel, so that a purchase whose answer was lost is
 * found again and not paid twice. Repeats answer what is known.
 */
export function labelShipment(services: Ports, id: string, actor: string): Promise<ParcelStep> {
  return takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    if (parcel === undefined) return err({ code: "not_found" });
    if (parcel.status === "canceled") return err({ code: "canceled" });
    if (parcel.trackingNumber !== null) return ok({ change: null, value: parcel });
    const refusal = orderRefusal(snapshot.order);
    if (refusal !== null) return err(refusal);
    if (parcel.status !== "packed") return err({ code: "too_early", status: `shipment ${parcel.status}` });
    const bought = await buyLabel(services, snapshot, parcel);
    if (!bought.ok) return bought;
    const { trackingNumber, service, format, content } = bought.value;
    const labeled: ShipmentRow = {
      ...parcel,
      status: "labeled",
      trackingStatus: "pre_transit",
      service,
      trackingNumber,
      labelFormat: format,
      labeledAtMs: nowMs,
      version: parcel.version + 1,
    };
    const change = changeOf(
      snapshot,
      {
        shipments: [labeled],
        label: { shipmentId: id, format, content },
        trackingEvents: [
          {
            id: derivedId("trk", 0, id, "pre_transit"),
            shipmentId: id,
            status: "pre_transit",
            message: null,
            occurredAtMs: nowMs,
          },
        ],
        events: [
          eventRow(
            snapshot.order.id,
            "shipment.labeled",
            id,
            { shipment: id, carrier: parcel.carrier, tracking_number: trackingNumber },
            actor,
            nowMs,
          ),
        ],
        outbox: nextStep(services, { type: "shipment.ship", shipment_id: id }, nowMs),
      },
      nowMs,
    );
    return ok({ change, value: labeled });
  });
}

async function buyLabel(
  services: Ports,
  { order, fulfillmentOrders }: FulfillmentSnapshot,
  parcel: ShipmentRow,
): Promise<Result<Label, StepRefusal>> {
  const carrier = services.carrier(parcel.carrier);
  if (carrier === null) throw new StepImpossible(`no carrier ${parcel.carrier}`);
  const source = fulfillmentOrders.find(({ id }) => id === parcel.fulfillmentOrderId)?.location ?? "";
  const location = await findLocation(services.db, source as LocationCode);
  if (location === null) throw new StepImpossible(`no location ${source}`);
  const from = { name: location.name, ...location.address };
  const bought = await callConnection(services, carrierConnection(parcel.carrier), () =>
    carrier.buyLabel({
      shipmentId: parcel.id,
      orderNumber: order.number,
      from,
      // What is picked up at the counter goes nowhere.
      to: order.shippingAddress ?? from,
      weightGrams: parcel.weightGrams ?? 0,
      service: parcel.service,
    }),
  );
  if (bought.ok) return bought;
  await raiseException(services, {
    kind: "carrier_refused",
    subject: `shipment:${parcel.id}`,
    fact: "",
    orderId: order.id,
    data: { carrier: parcel.carrier, reason: bought.error.reason },
  });
  return err({ code: "carrier_refused" });
}
