import { eventRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import type { ShipmentRow } from "../../db/fulfillment.ts";
import { findLabelPurchase, forgetLabelPurchase, type LabelPurchaseRow } from "../../db/label-purchases.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { BoughtLabel, CarrierPort } from "../../integrations/carriers/port.ts";
import type { Services } from "../services.ts";
import { callConnection } from "./call-connection.ts";
import { changeOf, takeStepOf, type StepPorts, type StepRefusal } from "./fulfillment-step.ts";
import { carrierConnection } from "./parcel-to-ship.ts";
import type { ParcelStep } from "./pick.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater } from "./step-failure.ts";

export type VoidPorts = Pick<Services, "db" | "nowMs" | "carrier" | "connection">;

/** Our name for a parcel's label. One that was given back is followed by another of another name. */
export function labelReference(shipmentId: string, sequence: number): string {
  return sequence === 1 ? shipmentId : `${shipmentId}.${sequence}`;
}

/**
 * Gives a label back that was not used, so that the parcel can get another. The carrier is asked first: whatever dies
 * afterwards, a repeat finds the label given back already, and writes so.
 */
export function voidLabel(services: StepPorts & VoidPorts, id: string, actor: string): Promise<ParcelStep> {
  return takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    if (parcel === undefined) return err({ code: "not_found" });
    if (parcel.status === "canceled") return err({ code: "canceled" });
    if (parcel.status === "packed" && parcel.trackingNumber === null) {
      return ok({ change: null, value: parcel });
    }
    const { trackingNumber } = parcel;
    if (parcel.status !== "labeled" || trackingNumber === null) {
      return err({ code: "too_early", status: `shipment ${parcel.status}` });
    }
    const purchase = await findLabelPurchase(services.db, id);
    const label = { trackingNumber, carrierReference: purchase?.carrierReference ?? null };
    const voided = await giveBack(services, parcel, label);
    if (!voided.ok) return voided;
    const packed: ShipmentRow = {
      ...parcel,
      status: "packed",
      trackingStatus: "unknown",
      trackingNumber: null,
      labelFormat: null,
      labeledAtMs: null,
      version: parcel.version + 1,
    };
    const data = { shipment: id, carrier: parcel.carrier, tracking_number: trackingNumber };
    const change = changeOf(
      snapshot,
      {
        shipments: [packed],
        voidedLabel: { shipmentId: id, sequence: purchase?.sequence ?? null },
        events: [eventRow(snapshot.order.id, "shipment.label_voided", trackingNumber, data, actor, nowMs)],
      },
      nowMs,
    );
    return ok({ change, value: packed });
  });
}

/** Gives back the label of a canceled parcel, also one whose purchase lost its answer. Repeats are harmless. */
export async function voidLabelOfCanceled(services: VoidPorts, id: string): Promise<void> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  const parcel = snapshot?.shipments.find((row) => row.id === id);
  if (parcel?.status === "canceled") await voidCanceledLabel(services, parcel);
}

/** @throws RetryLater while the label is being bought, or where the carrier does not answer. */
export async function voidCanceledLabel(services: VoidPorts, parcel: ShipmentRow): Promise<void> {
  const carrier = services.carrier(parcel.carrier);
  if (carrier === null || carrier.isRepeatable) return;
  const purchase = await findLabelPurchase(services.db, parcel.id);
  if (purchase !== null && purchase.leaseUntilMs > services.nowMs()) {
    throw new RetryLater("the label is being bought", purchase.leaseUntilMs - services.nowMs());
  }
  const label = await boughtLabel(services, parcel, purchase, carrier);
  if (label !== null && !(await giveBack(services, parcel, label)).ok) return;
  if (purchase !== null) await forgetLabelPurchase(services.db, purchase);
}

async function boughtLabel(
  services: VoidPorts,
  { id, trackingNumber, carrier: name }: ShipmentRow,
  purchase: LabelPurchaseRow | null,
  carrier: CarrierPort,
): Promise<BoughtLabel | null> {
  // Without word of a purchase the label was given back before, or there never was one.
  if (purchase === null || purchase.askedAtMs === null) return null;
  const { sequence, askedAtMs, carrierReference } = purchase;
  if (trackingNumber !== null) return { trackingNumber, carrierReference };
  const query = {
    reference: labelReference(id, sequence),
    askedSinceMs: askedAtMs,
    shipAtMs: services.nowMs(),
  };
  const found = await callConnection(services, carrierConnection(name), () => carrier.findLabel(query));
  return found.ok ? found.value : null;
}

async function giveBack(
  services: VoidPorts,
  parcel: ShipmentRow,
  label: BoughtLabel,
): Promise<Result<null, StepRefusal>> {
  const carrier = services.carrier(parcel.carrier);
  const voided =
    carrier === null
      ? err({ reason: "the carrier is not configured" })
      : await callConnection(services, carrierConnection(parcel.carrier), () => carrier.voidLabel(label));
  if (voided.ok) return voided;
  await raiseException(services, {
    kind: "label_not_voided",
    subject: `shipment:${parcel.id}`,
    fact: label.trackingNumber,
    orderId: parcel.orderId,
    data: { carrier: parcel.carrier, tracking_number: label.trackingNumber, reason: voided.error.reason },
  });
  return err({ code: "carrier_refused" });
}
