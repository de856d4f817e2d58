import { derivedId, eventRow } from "../../db/events.ts";
import { readWeights, type FulfillmentSnapshot, type ShipmentRow } from "../../db/fulfillment.ts";
import type { Sku } from "../../domain/brand.ts";
import { parcelWeightGrams } from "../../domain/fulfillment/parcel.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import {
  changeOf,
  nextStep,
  orderRefusal,
  takeStepOf,
  type Decision,
  type StepPorts,
  type StepRefusal,
} from "./fulfillment-step.ts";

/** What is known of a parcel after a step. */
export type ParcelStep = Result<ShipmentRow, StepRefusal>;

/** The goods of a fulfillment order are off the shelves and in a carton: its parcel begins. Repeats are harmless. */
export function pickFulfillmentOrder(services: StepPorts, id: string, actor: string): Promise<ParcelStep> {
  return takeStepOf(services, "fulfillment_order", id, (snapshot, nowMs) =>
    decidePick(services, snapshot, id, actor, nowMs),
  );
}

/** As {@link pickFulfillmentOrder}, by the pick list that the picker holds. */
export function pickList(services: StepPorts, id: string, actor: string): Promise<ParcelStep> {
  return takeStepOf(services, "pick_list", id, (snapshot, nowMs) => {
    const list = snapshot.pickLists.find((row) => row.id === id);
    return decidePick(services, snapshot, list?.fulfillmentOrderId ?? "", actor, nowMs);
  });
}

async function decidePick(
  services: StepPorts,
  snapshot: FulfillmentSnapshot,
  id: string,
  actor: string,
  nowMs: number,
): Promise<Result<Decision<ShipmentRow>, StepRefusal>> {
  const fulfillmentOrder = snapshot.fulfillmentOrders.find((row) => row.id === id);
  if (fulfillmentOrder === undefined) return err({ code: "not_found" });
  const begun = snapshot.shipments.find((row) => row.fulfillmentOrderId === id);
  if (fulfillmentOrder.status === "canceled" || begun?.status === "canceled")
    return err({ code: "canceled" });
  if (begun !== undefined) return ok({ change: null, value: begun });
  const refusal = orderRefusal(snapshot.order);
  if (refusal !== null) return err(refusal);
  const list = snapshot.pickLists.find((row) => row.fulfillmentOrderId === id);
  // Without a pick list the location has not promised the units yet.
  const isToPick = fulfillmentOrder.status === "open" || fulfillmentOrder.status === "in_progress";
  if (!isToPick || list?.status !== "open") {
    return err({ code: "too_early", status: `fulfillment order ${fulfillmentOrder.status}` });
  }

  const { id: orderId, placedAtMs, shippingMethod } = snapshot.order;
  const lines = fulfillmentOrder.lines.map(({ sku, quantity }) => ({ sku: sku as Sku, quantity }));
  const grams = await readWeights(
    services.db,
    lines.map(({ sku }) => sku),
  );
  const parcel: ShipmentRow = {
    id: derivedId("shp", placedAtMs, id),
    orderId,
    fulfillmentOrderId: id,
    // Picked and packed in one step: the carton is on the picker's trolley.
    status: "packed",
    trackingStatus: "unknown",
    carrier: services.carrierOfParcels,
    service: shippingMethod,
    trackingNumber: null,
    weightGrams: parcelWeightGrams(lines, grams as ReadonlyMap<Sku, number>),
    labelFormat: null,
    labeledAtMs: null,
    shippedAtMs: null,
    deliveredAtMs: null,
    createdAtMs: nowMs,
    version: 1,
  };
  const { version } = fulfillmentOrder;
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [
        { ...fulfillmentOrder, status: "in_progress", updatedAtMs: nowMs, version: version + 1 },
      ],
      pickLists: [{ ...list, status: "picked", pickedAtMs: nowMs }],
      shipments: [parcel],
      events: [
        eventRow(
          orderId,
          "fulfillment.picked",
          id,
          { fulfillment_order: id, shipment: parcel.id },
          actor,
          nowMs,
        ),
      ],
      outbox: nextStep(services, { type: "shipment.label", shipment_id: parcel.id }, nowMs),
    },
    nowMs,
  );
  return ok({ change, value: parcel });
}
