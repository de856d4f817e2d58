import { findPromiseDueMs } from "../../db/delivery-promises.ts";
import { derivedId, eventRow } from "../../db/events.ts";
import type { FulfillmentSnapshot, ShipmentRow } from "../../db/fulfillment.ts";
import { beginLabelPurchase, endLabelPurchase } from "../../db/label-purchases.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { CarrierPort, Label } from "../../integrations/carriers/port.ts";
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
import { carrierConnection, parcelToShip } from "./parcel-to-ship.ts";
import type { ParcelStep } from "./pick.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater } from "./step-failure.ts";
import { FIRST_TRACKING_MS, trackingIntervalMs } from "./track-parcels.ts";
import { labelReference, voidCanceledLabel, type VoidPorts } from "./void-label.ts";

type Ports = StepPorts & VoidPorts & Pick<Services, "carrierWebhook" | "ratePreference">;

/** A purchase is several calls: look, price, buy, fetch the label. */
const PURCHASE_MS_MAX = 30_000;
/** Longer than a purchase may take, so that nobody begins another while one may still be under way. */
const LEASE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Buys a parcel's label. That it is asked for is written down before the carrier is, and the carrier is told our name
 * for it: a run that dies anywhere, or loses an answer, is followed by one that looks for the label before it buys.
 * Repeats answer what is known.
 */
export function labelShipment(services: Ports, id: string, actor: string): Promise<ParcelStep> {
  return takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    if (parcel === undefined) return err({ code: "not_found" });
    if (parcel.status === "canceled") {
      // Canceled while it was bought: the label is given back.
      await voidCanceledLabel(services, parcel);
      return err({ code: "canceled" });
    }
    if (parcel.trackingNumber !== null) return ok({ change: null, value: parcel });
    const refusal = orderRefusal(snapshot.order);
    if (refusal !== null) return err(refusal);
    if (parcel.status !== "packed") return err({ code: "too_early", status: `shipment ${parcel.status}` });
    const bought = await buyLabel(services, snapshot, parcel, nowMs);
    if (!bought.ok) return bought;
    return ok(labeled(services, snapshot, parcel, bought.value, actor, nowMs));
  });
}

function labeled(
  services: Ports,
  snapshot: FulfillmentSnapshot,
  parcel: ShipmentRow,
  { trackingNumber, service, format, content }: Label,
  actor: string,
  nowMs: number,
) {
  const { id } = parcel;
  const value: ShipmentRow = {
    ...parcel,
    status: "labeled",
    trackingStatus: "pre_transit",
    service,
    trackingNumber,
    labelFormat: format,
    labeledAtMs: nowMs,
    version: parcel.version + 1,
  };
  const data = { shipment: id, carrier: parcel.carrier, tracking_number: trackingNumber };
  const change = changeOf(
    snapshot,
    {
      shipments: [value],
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
      events: [eventRow(snapshot.order.id, "shipment.labeled", trackingNumber, data, actor, nowMs)],
      outbox: nextStep(services, { type: "shipment.ship", shipment_id: id }, nowMs),
    },
    nowMs,
  );
  return { change, value };
}

async function buyLabel(
  services: Ports,
  snapshot: FulfillmentSnapshot,
  parcel: ShipmentRow,
  nowMs: number,
): Promise<Result<Label, StepRefusal>> {
  const { order } = snapshot;
  const carrier = services.carrier(parcel.carrier);
  if (carrier === null) return refused(services, order.id, parcel, "the carrier is not configured");
  const shipped = await parcelToShip(services, snapshot, parcel, nowMs);
  const begun = carrier.isRepeatable
    ? { sequence: 1, askedSinceMs: null }
    : await beginLabelPurchase(services.db, parcel.id, nowMs, nowMs + LEASE_MS);
  if (begun === null) throw new RetryLater("the label is being bought", LEASE_MS / 2);
  const request = {
    ...shipped,
    reference: labelReference(parcel.id, begun.sequence),
    orderNumber: order.number,
    choice: {
      service: parcel.service,
      preference: services.ratePreference,
      deliveryDaysMax: await daysLeft(services, order.id, nowMs),
    },
    askedSinceMs: begun.askedSinceMs,
  };
  try {
    const bought = await callConnection(
      services,
      carrierConnection(parcel.carrier),
      () => carrier.buyLabel(request),
      { attemptsMax: carrier.isRepeatable ? 2 : 1, timeoutMs: PURCHASE_MS_MAX },
    );
    if (!carrier.isRepeatable) {
      await endLabelPurchase(
        services.db,
        parcel.id,
        bought.ok ? keptOf(services, carrier, bought.value, nowMs) : null,
      );
    }
    if (bought.ok) return bought;
    return refused(services, order.id, parcel, bought.error.reason);
  } catch (error) {
    // Whether it was bought nobody knows. The next attempt finds out, and need not wait for the lease.
    if (!carrier.isRepeatable) await endLabelPurchase(services.db, parcel.id, null);
    throw error;
  }
}

/** Days on the way that keep the order's promise; null where there is none, or nobody asks. */
async function daysLeft(
  { db, ratePreference }: Ports,
  orderId: string,
  nowMs: number,
): Promise<number | null> {
  if (ratePreference !== "promise") return null;
  const dueMs = await findPromiseDueMs(db, orderId);
  return dueMs === null ? null : Math.max(0, Math.floor((dueMs - nowMs) / DAY_MS));
}

function keptOf(services: Ports, carrier: CarrierPort, { carrierReference }: Label, nowMs: number) {
  const tellsItself = services.carrierWebhook(carrier.carrier) !== null;
  const wait = Math.max(FIRST_TRACKING_MS, trackingIntervalMs("pre_transit", tellsItself));
  return { carrierReference, trackAtMs: carrier.knowsTracking ? nowMs + wait : null };
}

async function refused(
  services: Ports,
  orderId: string,
  { id, carrier }: ShipmentRow,
  reason: string,
): Promise<Result<never, StepRefusal>> {
  await raiseException(services, {
    kind: "carrier_refused",
    subject: `shipment:${id}`,
    fact: "",
    orderId,
    data: { carrier, reason },
  });
  return err({ code: "carrier_refused" });
}
