import { eventRow, outboxRow } from "../../db/events.ts";
import type { ShipmentRow } from "../../db/fulfillment.ts";
import type { Sku } from "../../domain/brand.ts";
import { advanceLines } from "../../domain/fulfillment/progress.ts";
import { isAfterShipping, nextTrackingStatus } from "../../domain/fulfillment/tracking.ts";
import { err, ok } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { capturePayment } from "./capture-payment.ts";
import {
  changeOf,
  nextStep,
  orderRefusal,
  SYSTEM_ACTOR,
  takeStepOf,
  type StepPorts,
} from "./fulfillment-step.ts";
import { mapInParallel } from "./in-parallel.ts";
import { labelShipment } from "./label-shipment.ts";
import { pickFulfillmentOrder, type ParcelStep } from "./pick.ts";
import { raiseException } from "./raise-exception.ts";
import { RetryLater, StepImpossible } from "./step-failure.ts";

type Ports = StepPorts & Pick<Services, "sku" | "paymentProvider">;

/**
 * A parcel leaves: first the order says so, then the SKU objects lower their stock, then what was authorized is
 * captured. The order decides, because a cancel decides there too, and only one of the two can win; what comes after
 * is finished by the next delivery of the message if this run dies.
 */
export async function shipShipment(services: Ports, id: string, actor: string): Promise<ParcelStep> {
  let skus: ReadonlyArray<Sku> = [];
  let allocationId = "";
  const left = await takeStepOf(services, "shipment", id, async (snapshot, nowMs) => {
    const parcel = snapshot.shipments.find((row) => row.id === id);
    const source = snapshot.fulfillmentOrders.find((row) => row.id === parcel?.fulfillmentOrderId);
    if (parcel === undefined || source === undefined) return err({ code: "not_found" });
    skus = [...new Set(source.lines.map(({ sku }) => sku as Sku))];
    allocationId = source.id;
    if (parcel.status === "canceled") return err({ code: "canceled" });
    if (parcel.status === "shipped" || parcel.status === "delivered")
      return ok({ change: null, value: parcel });
    const refusal = orderRefusal(snapshot.order);
    if (refusal !== null) return err(refusal);
    if (parcel.status !== "labeled") return err({ code: "too_early", status: `shipment ${parcel.status}` });
    const { order } = snapshot;
    const shipped: ShipmentRow = {
      ...parcel,
      status: "shipped",
      shippedAtMs: nowMs,
      version: parcel.version + 1,
    };
    const change = changeOf(
      snapshot,
      {
        lines: advanceLines(snapshot.lines, source.lines, "fulfilledQuantity"),
        fulfillmentOrders: [{ ...source, status: "closed", updatedAtMs: nowMs, version: source.version + 1 }],
        shipments: [shipped],
        events: [
          eventRow(
            order.id,
            "shipment.shipped",
            id,
            { shipment: id, tracking_number: parcel.trackingNumber },
            actor,
            nowMs,
          ),
        ],
        outbox: [
          ...finishedByMessage(id, actor, nowMs),
          ...trackedByUs(services, parcel, nowMs),
          ...toldToChannel(order, id, nowMs),
        ],
      },
      nowMs,
    );
    return ok({ change, value: shipped });
  });
  if (left.ok) await settle(services, left.value.orderId, allocationId, skus, actor);
  return left;
}

/** Orders with a name in an outside system came from there, and it waits for word of them. */
function toldToChannel({ externalId }: { readonly externalId: string | null }, id: string, nowMs: number) {
  return externalId === null
    ? []
    : [outboxRow("channel-sync", { type: "channel.tell_shipped", shipment_id: id }, nowMs)];
}

/** A message is delivered again until all is done; a caller over HTTP may never come back. */
function finishedByMessage(id: string, actor: string, nowMs: number) {
  return actor === SYSTEM_ACTOR
    ? []
    : [outboxRow("fulfillment", { type: "shipment.ship", shipment_id: id }, nowMs)];
}

/** Stock and money follow the parcel. Repeats are harmless. */
async function settle(
  services: Ports,
  orderId: string,
  allocationId: string,
  skus: ReadonlyArray<Sku>,
  actor: string,
): Promise<void> {
  const answers = await mapInParallel(skus, (sku) => services.sku(sku).ship({ allocationId }));
  const refused = answers.find(({ ok }) => !ok);
  if (refused !== undefined && !refused.ok) {
    throw new StepImpossible(`stock of ${allocationId} was not shipped: ${refused.error.code}`);
  }
  const captured = await capturePayment(services, orderId, actor);
  if (captured.ok) return;
  if (captured.error.code === "unavailable") throw new RetryLater("the payment provider did not answer");
  await raiseException(services, {
    kind: "capture_declined",
    subject: `order:${orderId}`,
    orderId,
    fact: allocationId,
    data: { fulfillment_order: allocationId, reason: captured.error.reason },
  });
}

/** The carrier that nobody hears anything from. */
const SELF_REPORTED = "manual";

/** Where nobody reports on parcels and nobody is asked to, they report on themselves. */
export function trackedByUs(
  services: Pick<StepPorts, "fulfillmentMode">,
  { id, carrier, trackingStatus }: ShipmentRow,
  occurredAtMs: number,
) {
  const status = nextTrackingStatus(trackingStatus);
  if (carrier !== SELF_REPORTED || status === null || !isAfterShipping(status)) return [];
  return nextStep(
    services,
    { type: "shipment.track", shipment_id: id, status, occurred_at_ms: occurredAtMs },
    occurredAtMs,
  );
}

/** Picks, labels and ships what is left to do of a fulfillment order, for people who do it all at one desk. */
export async function shipFulfillmentOrder(
  services: Ports & Pick<Services, "carrier" | "carrierWebhook" | "connection" | "ratePreference">,
  id: string,
  actor: string,
): Promise<ParcelStep> {
  const picked = await pickFulfillmentOrder(services, id, actor);
  if (!picked.ok) return picked;
  const labeled = await labelShipment(services, picked.value.id, actor);
  if (!labeled.ok) return labeled;
  return shipShipment(services, labeled.value.id, actor);
}
