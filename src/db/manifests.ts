import { and, desc, eq, lt } from "drizzle-orm";

import type { Address } from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessAllChanged, abortUnlessChanged, isAbort } from "./guard.ts";
import type { OutboxRow } from "./outbox.ts";
import { outbox } from "./schema/platform.ts";
import { manifest } from "./schema/warehouse.ts";

export type ManifestRow = typeof manifest.$inferSelect;

/** A parcel that a carrier can be handed, or was. */
export type HandedParcel = {
  readonly id: string;
  readonly status: string;
  readonly orderNumber: number;
  readonly trackingNumber: string | null;
  readonly service: string | null;
  readonly weightGrams: number | null;
  readonly postalCode: string | null;
  readonly country: string | null;
};

const PARCEL = `SELECT shipment.id AS id, shipment.status AS status, orders.number AS orderNumber,
  tracking_number AS trackingNumber, service, weight_grams AS weightGrams, shipping_address AS address
  FROM shipment JOIN orders ON orders.id = shipment.order_id`;

/** Parcels of a location that have a label of the carrier and stand on no manifest, oldest first. */
export async function readReadyParcels(
  db: Db,
  { location, carrier }: Pick<ManifestRow, "location" | "carrier">,
  shippedSinceMs: number,
  limit: number,
): Promise<ReadonlyArray<HandedParcel>> {
  const { results } = await db.d1
    .prepare(
      `${PARCEL} JOIN fulfillment_order AS source ON source.id = shipment.fulfillment_order_id
       WHERE source.location = ?1 AND shipment.carrier = ?2 AND orders.status IN ('placed', 'completed')
         AND (shipment.status = 'labeled' OR (shipment.status IN ('shipped', 'delivered') AND shipped_at_ms >= ?3))
         AND NOT EXISTS (SELECT 1 FROM manifest_parcel WHERE shipment_id = shipment.id)
       ORDER BY shipment.id LIMIT ?4`,
    )
    .bind(location, carrier, shippedSinceMs, limit)
    .all<Omit<HandedParcel, "postalCode" | "country"> & { readonly address: string | null }>();
  return results.map(withPlace);
}

export async function readManifestParcels(db: Db, id: string): Promise<ReadonlyArray<HandedParcel>> {
  const { results } = await db.d1
    .prepare(
      `${PARCEL} JOIN manifest_parcel ON shipment_id = shipment.id WHERE manifest_id = ?1 ORDER BY shipment.id`,
    )
    .bind(id)
    .all<Omit<HandedParcel, "postalCode" | "country"> & { readonly address: string | null }>();
  return results.map(withPlace);
}

function withPlace({
  address,
  ...parcel
}: Omit<HandedParcel, "postalCode" | "country"> & { readonly address: string | null }): HandedParcel {
  const place = address === null ? null : (JSON.parse(address) as Partial<Address>);
  return { ...parcel, postalCode: place?.postal_code ?? null, country: place?.country ?? null };
}

/**
 * Hands parcels over, each once, together with the messages that ship them.
 *
 * @returns false, with nothing written, where the call did it before, or one of them is no longer to be handed over.
 */
export async function insertManifest(
  db: Db,
  row: ManifestRow,
  parcels: ReadonlyArray<string>,
  messages: ReadonlyArray<OutboxRow>,
): Promise<boolean> {
  try {
    await db.d1.batch([
      insertMany(db, manifest, [row], "nothing"),
      abortUnlessChanged(db),
      db.d1
        .prepare(
          `INSERT INTO manifest_parcel (shipment_id, manifest_id)
           SELECT id, ?2 FROM shipment WHERE id IN (SELECT value FROM json_each(?1))
             AND status IN ('labeled', 'shipped', 'delivered')
           ON CONFLICT DO NOTHING`,
        )
        .bind(JSON.stringify(parcels), row.id),
      abortUnlessAllChanged(db, parcels.length),
      insertMany(db, outbox, messages, "nothing"),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

export async function findManifest(db: Db, id: string): Promise<ManifestRow | null> {
  const [row] = await db.orm.select().from(manifest).where(eq(manifest.id, id));
  return row ?? null;
}

export async function findManifestByRequest(db: Db, request: string): Promise<ManifestRow | null> {
  const [row] = await db.orm.select().from(manifest).where(eq(manifest.request, request));
  return row ?? null;
}

/** Newest first. */
export async function listManifests(
  db: Db,
  location: string | undefined,
  beforeId: string | null,
  limit: number,
): Promise<ReadonlyArray<ManifestRow>> {
  return db.orm
    .select()
    .from(manifest)
    .where(
      and(
        location === undefined ? undefined : eq(manifest.location, location),
        beforeId === null ? undefined : lt(manifest.id, beforeId),
      ),
    )
    .orderBy(desc(manifest.id))
    .limit(limit);
}
