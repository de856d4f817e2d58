import { derivedId, eventRow } from "../../db/events.ts";
import type { FulfillmentOrder, FulfillmentSnapshot, ShipmentRow } from "../../db/fulfillment.ts";
import { readPackingFacts } from "../../db/parcel-sizes.ts";
import type { Sku } from "../../domain/brand.ts";
import { smallestFor, type Item } from "../../domain/fulfillment/pack.ts";
import { ITEM_GRAMS_DEFAULT, PACKAGING_GRAMS, parcelWeightGrams } from "../../domain/fulfillment/parcel.ts";
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

  const { id: orderId, shippingMethod } = snapshot.order;
  const size = await sizeFor(services, fulfillmentOrder);
  const way = await wayOfParcel(services, shippingMethod);
  const parcel = { ...parcelOf(way, snapshot, fulfillmentOrder, nowMs), ...size };
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

/** Beyond this a person looks for a carton. */
const UNITS_SIZED_MAX = 500;

/** The smallest carton that holds all of it, and what it weighs then; none where none does. */
async function sizeFor(
  services: Pick<StepPorts, "db">,
  { lines }: FulfillmentOrder,
): Promise<Pick<ShipmentRow, "parcelSize" | "weightGrams">> {
  const facts = await readPackingFacts(
    services.db,
    lines.map(({ sku }) => sku),
  );
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const items = lines.flatMap(({ orderLineId, sku, quantity }): Array<Item> => {
    const { grams = null, dimensions = null } = facts.goods.get(sku) ?? {};
    const item = { line: orderLineId, grams: grams ?? ITEM_GRAMS_DEFAULT, dimensions };
    return units > UNITS_SIZED_MAX ? [] : Array.from({ length: quantity }, () => item);
  });
  const size = items.length === 0 ? null : smallestFor(facts.sizes, items);
  const gramsOf = new Map(
    [...facts.goods].flatMap(([sku, { grams }]) => (grams === null ? [] : [[sku as Sku, grams] as const])),
  );
  const goods = lines.map(({ sku, quantity }) => ({ sku: sku as Sku, quantity }));
  const weightGrams = parcelWeightGrams(goods, gramsOf) - PACKAGING_GRAMS + (size?.grams ?? PACKAGING_GRAMS);
  return { parcelSize: size?.code ?? null, weightGrams };
}

/** The parcel of a fulfillment order as it begins, whatever it weighs. */
export function parcelOf(
  way: WayOfParcel,
  { order }: FulfillmentSnapshot,
  { id }: FulfillmentOrder,
  nowMs: number,
): Omit<ShipmentRow, "parcelSize" | "weightGrams"> {
  return {
    id: derivedId("shp", order.placedAtMs, id),
    orderId: order.id,
    fulfillmentOrderId: id,
    // Picked and packed in one step: the carton is on the picker's trolley.
    status: "packed",
    trackingStatus: "unknown",
    ...way,
    trackingNumber: null,
    labelFormat: null,
    labeledAtMs: null,
    shippedAtMs: null,
    deliveredAtMs: null,
    createdAtMs: nowMs,
    version: 1,
  };
}

export type WayOfParcel = Pick<ShipmentRow, "carrier" | "service">;

/** Who ships it, and how: as the order's shipping method says, else as the deployment does. */
export async function wayOfParcel(
  { shippingMethods, carrierOfParcels }: Pick<StepPorts, "shippingMethods" | "carrierOfParcels">,
  method: string | null,
): Promise<WayOfParcel> {
  const rules = method === null ? null : ((await shippingMethods.find(method))?.delivery ?? null);
  return { carrier: rules?.carrier ?? carrierOfParcels, service: rules?.service ?? method };
}
