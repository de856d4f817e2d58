import { findLocation } from "../../db/catalogue.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { readBarcodes, type FulfillmentSnapshot } from "../../db/fulfillment.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { buildPickLines, type PickLine } from "../../domain/fulfillment/parcel.ts";
import { zplLabel } from "../../integrations/carriers/label-zpl.ts";
import { drawPackingSlip } from "../../integrations/documents/packing-slip-pdf.ts";
import { drawPickList } from "../../integrations/documents/pick-list-pdf.ts";
import type { Services } from "../services.ts";

/** @returns null where there is no such pick list. */
export async function pickListDocument(
  services: Pick<Services, "db">,
  id: string,
): Promise<Uint8Array | null> {
  const snapshot = await readFulfillmentOf(services.db, "pick_list", id);
  const list = snapshot?.pickLists.find((row) => row.id === id);
  if (snapshot === null || list === undefined) return null;
  const lines = linesOf(snapshot, list.fulfillmentOrderId);
  const barcodes = await readBarcodes(
    services.db,
    lines.map(({ sku }) => sku),
  );
  return drawPickList({
    id,
    orderNumber: snapshot.order.number,
    location: list.location,
    createdAt: new Date(list.createdAtMs),
    lines: lines.map((line) => ({ ...line, barcode: barcodes.get(line.sku) ?? line.sku })),
  });
}

/** @returns null where there is no such parcel. */
export async function packingSlipDocument(
  services: Pick<Services, "db">,
  id: string,
): Promise<Uint8Array | null> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  const parcel = snapshot?.shipments.find((row) => row.id === id);
  const source = snapshot?.fulfillmentOrders.find((row) => row.id === parcel?.fulfillmentOrderId);
  if (snapshot === null || source === undefined) return null;
  const location = await findLocation(services.db, (source.location ?? "") as LocationCode);
  if (location === null) return null;
  const { order } = snapshot;
  const lines = linesOf(snapshot, source.id);
  const here = lines.reduce((sum, { quantity }) => sum + quantity, 0);
  const wanted = snapshot.lines.reduce((sum, line) => sum + line.quantity - line.canceledQuantity, 0);
  return drawPackingSlip({
    shipmentId: id,
    orderNumber: order.number,
    placedAt: new Date(order.placedAtMs),
    from: { name: location.name, ...location.address },
    to: order.shippingAddress,
    lines,
    unitsElsewhere: Math.max(0, wanted - here),
  });
}

/** @returns null where there is no such label, or another carrier drew it. */
export async function zplLabelDocument(services: Pick<Services, "db">, id: string): Promise<string | null> {
  const snapshot = await readFulfillmentOf(services.db, "shipment", id);
  const parcel = snapshot?.shipments.find((row) => row.id === id);
  const source = snapshot?.fulfillmentOrders.find((row) => row.id === parcel?.fulfillmentOrderId);
  if (snapshot === null || parcel?.trackingNumber === null || parcel?.carrier !== "manual") return null;
  const location = await findLocation(services.db, (source?.location ?? "") as LocationCode);
  if (location === null) return null;
  const from = { name: location.name, ...location.address };
  return zplLabel({
    carrier: "Holdfast",
    service: parcel.service ?? "standard",
    orderNumber: snapshot.order.number,
    weightGrams: parcel.weightGrams ?? 0,
    trackingNumber: parcel.trackingNumber,
    from,
    to: snapshot.order.shippingAddress ?? from,
  });
}

function linesOf(snapshot: FulfillmentSnapshot, fulfillmentOrderId: string): Array<PickLine> {
  const source = snapshot.fulfillmentOrders.find((row) => row.id === fulfillmentOrderId);
  const titleOf = new Map(snapshot.lines.map(({ id, title }) => [id, title]));
  return buildPickLines(
    (source?.lines ?? []).map(({ sku, orderLineId, quantity }) => ({
      sku: sku as Sku,
      title: titleOf.get(orderLineId) ?? sku,
      quantity,
    })),
  );
}
