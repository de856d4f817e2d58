import type { ManifestView } from "../../contract/packing.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { outboxRow } from "../../db/events.ts";
import {
  findManifestByRequest,
  insertManifest,
  readManifestParcels,
  readReadyParcels,
  type HandedParcel,
  type ManifestRow,
} from "../../db/manifests.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";
import type { Asked } from "./waves.ts";

const PARCELS_MAX = 500;
const ATTEMPTS_MAX = 5;
/** What left one by one since yesterday's pick-up is on the carrier's lorry as well. */
const SHIPPED_WITHIN_MS = 36 * 3_600_000;

/** A manifest with what is on it. */
export type Manifest = { readonly row: ManifestRow; readonly parcels: ReadonlyArray<HandedParcel> };

/**
 * Hands what is ready at a location to a carrier: every parcel stands on one manifest, once, and those that have not left
 * are shipped through the queue. A repeat of the call finds the manifest that it made.
 */
export async function createManifest(
  services: Pick<Services, "db" | "nowMs" | "newId" | "send">,
  { location, carrier }: { readonly location: string; readonly carrier: string },
  { request }: Asked,
): Promise<Result<Manifest, Problem>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findManifestByRequest(services.db, request);
    if (earlier !== null) {
      return ok({ row: earlier, parcels: await readManifestParcels(services.db, earlier.id) });
    }
    const nowMs = services.nowMs();
    const since = nowMs - SHIPPED_WITHIN_MS;
    const parcels = await readReadyParcels(services.db, { location, carrier }, since, PARCELS_MAX);
    if (parcels.length === 0) return err(problem("nothing_to_do"));
    const row = { id: services.newId("mft"), location, carrier, request, createdAtMs: nowMs };
    const messages = parcels
      .filter(({ status }) => status === "labeled")
      .map(({ id }) => outboxRow("fulfillment", { type: "shipment.ship", shipment_id: id }, nowMs));
    const ids = parcels.map(({ id }) => id);
    if (!(await insertManifest(services.db, row, ids, messages))) continue;
    await relayCommitted(services, messages);
    return ok({ row, parcels });
  }
  return err(problem("unavailable"));
}

export function manifestView({ row, parcels }: Manifest): ManifestView {
  return {
    id: row.id,
    location: row.location,
    carrier: row.carrier,
    parcel_count: parcels.length,
    weight_grams: parcels.reduce((sum, { weightGrams }) => sum + (weightGrams ?? 0), 0),
    parcels: parcels.map((parcel) => ({
      shipment: parcel.id,
      order_number: parcel.orderNumber,
      status: parcel.status as ManifestView["parcels"][number]["status"],
      tracking_number: parcel.trackingNumber,
      service: parcel.service,
      weight_grams: parcel.weightGrams,
      postal_code: parcel.postalCode,
      country: parcel.country,
    })),
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}
