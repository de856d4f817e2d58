import { problem, type Problem } from "../../contract/problem.ts";
import { eventRow, outboxRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import type { FulfillmentOrder, FulfillmentSnapshot, ShipmentRow } from "../../db/fulfillment.ts";
import { readPackingFacts, type PackingFacts } from "../../db/parcel-sizes.ts";
import { packUnits, type Item, type PackedParcel } from "../../domain/fulfillment/pack.ts";
import { ITEM_GRAMS_DEFAULT, PACKAGING_GRAMS } from "../../domain/fulfillment/parcel.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { changeOf, orderRefusal, takeStepOf, type StepPorts, type StepRefusal } from "./fulfillment-step.ts";
import { partOf, unitsNamed } from "./part-fulfillment.ts";
import { parcelOf, pickFulfillmentOrder, wayOfParcel } from "./pick.ts";
import { excessOf, givingBackRefusal } from "./reassign.ts";
import { routeOrder } from "./route-order.ts";
import { stepProblem } from "./waves.ts";

type Ports = StepPorts & Pick<Services, "sku" | "addressChecker">;

/** What a packer wants: each parcel's size, where it has one, and what goes into it. */
export type WantedParcel = {
  readonly size: string | null;
  readonly lines: ReadonlyArray<{ readonly line: string; readonly quantity: number }>;
};

/** What packing comes to: a parcel in place of what there was, or fulfillment orders of their own, one for each. */
type Packed = { readonly ids: ReadonlyArray<string>; readonly parcel: ShipmentRow | null };

/**
 * Puts the goods of a fulfillment order into parcels. One parcel is one fulfillment order, so of several each gets its
 * own, which takes its units over at the same location. May be done again until there is a label.
 *
 * @param wanted - Null leaves the choice to the sizes: the smallest that hold everything.
 */
export async function packFulfillmentOrder(
  services: Ports,
  id: string,
  wanted: ReadonlyArray<WantedParcel> | null,
  actor: string,
): Promise<Result<ReadonlyArray<ShipmentRow>, Problem>> {
  let refused: Problem | null = null;
  let orderId = "";
  const packed = await takeStepOf<Packed>(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    orderId = snapshot.order.id;
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    if (row === undefined) return err({ code: "not_found" });
    const earlier = snapshot.fulfillmentOrders.filter(
      ({ replaces, status, location }) =>
        replaces === id && status !== "canceled" && location === row.location,
    );
    // A repeat, or what a run that died left half done.
    if (row.status === "canceled" && earlier.length > 0) {
      return ok({ change: null, value: { ids: earlier.map((part) => part.id), parcel: null } });
    }
    const refusal = packingRefusal(snapshot, row);
    if (refusal !== null) return err(refusal);
    const facts = await readPackingFacts(
      services.db,
      row.lines.map(({ sku }) => sku),
    );
    const parcels = chooseParcels(row, facts, wanted);
    if (!parcels.ok) {
      refused = parcels.error;
      return err({ code: "too_early", status: "refused" });
    }
    const [only] = parcels.value;
    if (parcels.value.length > 1 || only === undefined) {
      return ok(split(snapshot, row, parcels.value, actor, nowMs));
    }
    const way = await wayOfParcel(services, snapshot.order.shippingMethod);
    const parcel = { ...parcelOf(way, snapshot, row, nowMs), ...sizeOf(only) };
    return ok(packAsOne(snapshot, row, parcel, actor, nowMs));
  });
  if (!packed.ok) return err(refused ?? stepProblem(packed.error));
  const { ids, parcel } = packed.value;
  if (parcel !== null) return ok([parcel]);
  await routeOrder(services, orderId);
  return pickParts(services, orderId, ids, actor);
}

function packingRefusal(snapshot: FulfillmentSnapshot, row: FulfillmentOrder): StepRefusal | null {
  if (row.status === "canceled") return { code: "canceled" };
  const list = snapshot.pickLists.find(({ fulfillmentOrderId }) => fulfillmentOrderId === row.id);
  if (list === undefined) return { code: "too_early", status: "fulfillment order not allocated" };
  return orderRefusal(snapshot.order) ?? givingBackRefusal(snapshot, row);
}

function sizeOf({ size, grams }: PackedParcel): Pick<ShipmentRow, "parcelSize" | "weightGrams"> {
  return { parcelSize: size?.code ?? null, weightGrams: grams };
}

function chooseParcels(
  row: FulfillmentOrder,
  facts: PackingFacts,
  wanted: ReadonlyArray<WantedParcel> | null,
): Result<ReadonlyArray<PackedParcel>, Problem> {
  const gramsOf = new Map(
    row.lines.map(({ orderLineId, sku }) => [orderLineId, facts.goods.get(sku)?.grams ?? ITEM_GRAMS_DEFAULT]),
  );
  if (wanted === null) return ok(packUnits(facts.sizes, itemsOf(row, facts), PACKAGING_GRAMS));
  const named = wanted.flatMap(({ lines }) => lines);
  const excess = excessOf(row, named);
  if (excess !== null) {
    return err(problem("quantity_unavailable", { line: excess.line, available: excess.available }));
  }
  const unpacked = row.lines.find((line) => unitsNamed(named)(line) < line.quantity);
  if (unpacked !== undefined) {
    return err(problem("order_state_conflict", { because: "not_all_packed", line: unpacked.orderLineId }));
  }
  const parcels: Array<PackedParcel> = [];
  for (const { size: code, lines } of wanted) {
    const size = facts.sizes.find((one) => one.code === code) ?? null;
    if (code !== null && size === null) return err(problem("parcel_size_unknown", { size: code }));
    const grams = lines.reduce(
      (sum, { line, quantity }) => sum + quantity * (gramsOf.get(line) ?? 0),
      size?.grams ?? PACKAGING_GRAMS,
    );
    parcels.push({ size, grams, lines });
  }
  return ok(parcels);
}

/** Each unit by itself. */
function itemsOf({ lines }: FulfillmentOrder, { goods }: PackingFacts): Array<Item> {
  return lines.flatMap(({ orderLineId, sku, quantity }) => {
    const { grams = null, dimensions = null } = goods.get(sku) ?? {};
    const item = { line: orderLineId, grams: grams ?? ITEM_GRAMS_DEFAULT, dimensions };
    return Array.from({ length: quantity }, () => item);
  });
}

function packAsOne(
  snapshot: FulfillmentSnapshot,
  row: FulfillmentOrder,
  parcel: ShipmentRow,
  actor: string,
  nowMs: number,
) {
  const begun = snapshot.shipments.find(({ id }) => id === parcel.id);
  const packed =
    begun === undefined ? parcel : { ...parcel, createdAtMs: begun.createdAtMs, version: begun.version + 1 };
  const facts = { fulfillment_order: row.id, shipment: parcel.id };
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [{ ...row, status: "in_progress", updatedAtMs: nowMs, version: row.version + 1 }],
      pickLists: snapshot.pickLists
        .filter((list) => list.fulfillmentOrderId === row.id && list.status === "open")
        .map((list) => ({ ...list, status: "picked" as const, pickedAtMs: nowMs })),
      shipments: [packed],
      events: [eventRow(snapshot.order.id, "fulfillment.picked", row.id, facts, actor, nowMs)],
    },
    nowMs,
  );
  return { change, value: { ids: [row.id], parcel: packed } };
}

function split(
  snapshot: FulfillmentSnapshot,
  row: FulfillmentOrder,
  parcels: ReadonlyArray<PackedParcel>,
  actor: string,
  nowMs: number,
) {
  const { id: orderId, placedAtMs } = snapshot.order;
  const parts = parcels.flatMap(({ lines }, index) =>
    partOf(
      row,
      { name: `parcel ${index + 1}`, location: row.location ?? "", quantityOf: unitsNamed(lines) },
      placedAtMs,
      nowMs,
    ),
  );
  const isOurs = ({ fulfillmentOrderId }: { readonly fulfillmentOrderId: string }) =>
    fulfillmentOrderId === row.id;
  const old = { ...row, status: "canceled" as const, updatedAtMs: nowMs, version: row.version + 1 };
  const facts = { fulfillment_order: row.id, parcels: parts.map(({ id }) => id) };
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [old, ...parts],
      pickLists: snapshot.pickLists.filter(isOurs).map((list) => ({ ...list, status: "canceled" as const })),
      shipments: snapshot.shipments
        .filter(isOurs)
        .map((parcel) => ({ ...parcel, status: "canceled" as const, version: parcel.version + 1 })),
      events: [eventRow(orderId, "fulfillment.split", row.id, facts, actor, nowMs)],
      outbox: [outboxRow("fulfillment", { type: "order.route", order_id: orderId }, nowMs)],
    },
    nowMs,
  );
  return { change, value: { ids: parts.map(({ id }) => id), parcel: null } };
}

/** Their goods are in cartons already. The sizes are chosen as for any other parcel. */
async function pickParts(
  services: Ports,
  orderId: string,
  ids: ReadonlyArray<string>,
  actor: string,
): Promise<Result<ReadonlyArray<ShipmentRow>, Problem>> {
  for (const id of ids) {
    const picked = await pickFulfillmentOrder(services, id, actor);
    if (!picked.ok) return err(stepProblem(picked.error));
  }
  const after = await readFulfillmentOf(services.db, "order", orderId);
  return ok((after?.shipments ?? []).filter(({ fulfillmentOrderId }) => ids.includes(fulfillmentOrderId)));
}
