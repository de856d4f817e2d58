import { findLocation } from "../../db/catalogue.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import type { FulfillmentSnapshot } from "../../db/fulfillment.ts";
import { findManifest, readManifestParcels } from "../../db/manifests.ts";
import { readPickWork } from "../../db/waves.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { buildPickLines, type PickLine } from "../../domain/fulfillment/parcel.ts";
import { walkOf, type WalkLine } from "../../domain/fulfillment/wave.ts";
import { zplLabel } from "../../integrations/carriers/label-zpl.ts";
import { drawManifest } from "../../integrations/documents/manifest-pdf.ts";
import { drawPackingSlip } from "../../integrations/documents/packing-slip-pdf.ts";
import { drawPickList } from "../../integrations/documents/pick-list-pdf.ts";
import type { Services } from "../services.ts";

/** @returns null where there is no such pick list. */
export async function pickListDocument(
  services: Pick<Services, "db">,
  id: string,
): Promise<Uint8Array | null> {
  const work = await readPickWork(services.db, "pick_list", id);
  const [list] = work?.lists ?? [];
  if (work === null || list === undefined) return null;
  const { location, orderNumber, createdAtMs } = list;
  // Of a list that was given up too: whoever holds its paper finds it again.
  const wants = work.wants.map((want) => ({ ...want, status: "open" as const }));
  return drawPickList({
    kind: "Pick list",
    id,
    facts: [`Order #${orderNumber}`, `Location ${location}`],
    createdAt: new Date(createdAtMs),
    lines: walkOf(wants, null).map((line) => ({ ...printed(line), cartons: null })),
  });
}

/**
 * @param zone - Only what lies there; null for all of it.
 * @returns null where there is no such wave.
 */
export async function waveDocument(
  services: Pick<Services, "db">,
  id: string,
  zone: string | null,
): Promise<Uint8Array | null> {
  const work = await readPickWork(services.db, "wave", id);
  if (work?.wave === undefined || work.wave === null) return null;
  const orders = work.lists.map(({ slot, orderNumber }) => `C${slot} #${orderNumber}`).join(", ");
  const ofZone = zone === null ? [] : [`Zone ${zone}`];
  return drawPickList({
    kind: "Wave",
    id,
    facts: [`Location ${work.wave.location}`, ...ofZone, `Cartons ${orders}`],
    createdAt: new Date(work.wave.createdAtMs),
    lines: walkOf(work.wants, zone).map((line) => ({
      ...printed(line),
      cartons: line.cartons.map(({ slot, quantity }) => `C${slot}×${quantity}`).join(", "),
    })),
  });
}

function printed({ sku, title, quantity, barcode, zone, bin }: WalkLine) {
  const place = zone === null || bin === null ? null : `${zone} ${bin}`;
  return { sku, title, quantity, barcode: barcode ?? sku, place };
}

/** @returns null where there is no such manifest. */
export async function manifestDocument(
  services: Pick<Services, "db">,
  id: string,
): Promise<Uint8Array | null> {
  const row = await findManifest(services.db, id);
  if (row === null) return null;
  const parcels = await readManifestParcels(services.db, id);
  return drawManifest({
    id,
    location: row.location,
    carrier: row.carrier,
    createdAt: new Date(row.createdAtMs),
    parcels: parcels.map((parcel) => ({
      trackingNumber: parcel.trackingNumber ?? "",
      orderNumber: parcel.orderNumber,
      service: parcel.service ?? "",
      to: `${parcel.postalCode ?? ""} ${parcel.country ?? ""}`.trim(),
      weightGrams: parcel.weightGrams ?? 0,
    })),
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
