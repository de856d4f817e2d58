import type { Db } from "./client.ts";
import type { labelPurchase } from "./schema/index.ts";

export type LabelPurchaseRow = typeof labelPurchase.$inferSelect;

const COLUMNS =
  "shipment_id AS shipmentId, sequence, asked_at_ms AS askedAtMs, lease_until_ms AS leaseUntilMs, carrier_reference AS carrierReference, track_at_ms AS trackAtMs";

export async function findLabelPurchase(db: Db, shipmentId: string): Promise<LabelPurchaseRow | null> {
  return db.d1
    .prepare(`SELECT ${COLUMNS} FROM label_purchase WHERE shipment_id = ?1`)
    .bind(shipmentId)
    .first<LabelPurchaseRow>();
}

/**
 * Begins to buy a parcel's label, unless somebody else may be at it.
 *
 * @returns The label's sequence and when it was first asked for before; null where another run has the lease.
 */
export async function beginLabelPurchase(
  db: Db,
  shipmentId: string,
  nowMs: number,
  leaseUntilMs: number,
): Promise<{ readonly sequence: number; readonly askedSinceMs: number | null } | null> {
  const [before, written] = await db.d1.batch<LabelPurchaseRow>([
    db.d1.prepare(`SELECT ${COLUMNS} FROM label_purchase WHERE shipment_id = ?1`).bind(shipmentId),
    db.d1
      .prepare(
        `INSERT INTO label_purchase (shipment_id, sequence, asked_at_ms, lease_until_ms) VALUES (?1, 1, ?2, ?3)
         ON CONFLICT (shipment_id) DO UPDATE SET asked_at_ms = coalesce(asked_at_ms, ?2), lease_until_ms = ?3
         WHERE lease_until_ms <= ?2
         RETURNING ${COLUMNS}`,
      )
      .bind(shipmentId, nowMs, leaseUntilMs),
  ]);
  const [row] = written?.results ?? [];
  if (row === undefined) return null;
  return { sequence: row.sequence, askedSinceMs: before?.results[0]?.askedAtMs ?? null };
}

/** The carrier has answered, or never will: whoever comes next may ask. */
export async function endLabelPurchase(
  db: Db,
  shipmentId: string,
  bought: { readonly carrierReference: string; readonly trackAtMs: number | null } | null,
): Promise<void> {
  await db.d1
    .prepare(
      `UPDATE label_purchase SET lease_until_ms = 0, carrier_reference = coalesce(?2, carrier_reference), track_at_ms = coalesce(?3, track_at_ms)
       WHERE shipment_id = ?1`,
    )
    .bind(shipmentId, bought?.carrierReference ?? null, bought?.trackAtMs ?? null)
    .run();
}

/** A label was given back: the next one is another. For the batch of what it follows from. */
export function closeLabelPurchase(
  db: Db,
  { shipmentId, sequence }: Pick<LabelPurchaseRow, "shipmentId" | "sequence">,
): D1PreparedStatement {
  return db.d1
    .prepare(
      `UPDATE label_purchase SET sequence = ?2 + 1, asked_at_ms = NULL, lease_until_ms = 0, carrier_reference = NULL, track_at_ms = NULL
       WHERE shipment_id = ?1 AND sequence = ?2`,
    )
    .bind(shipmentId, sequence);
}

/** As {@link closeLabelPurchase}, by itself: nothing else is left to write of a canceled parcel. */
export async function forgetLabelPurchase(
  db: Db,
  purchase: Pick<LabelPurchaseRow, "shipmentId" | "sequence">,
): Promise<void> {
  await closeLabelPurchase(db, purchase).run();
}

/**
 * Parcels whose carrier is due to be asked where they are, those that waited longest first; they are due again at
 * `nextMs` whatever becomes of the asking.
 */
export async function takeParcelsToTrack(
  db: Db,
  nowMs: number,
  nextMs: number,
  limit: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE label_purchase SET track_at_ms = ?2 WHERE shipment_id IN (
         SELECT shipment_id FROM label_purchase WHERE track_at_ms <= ?1 ORDER BY track_at_ms LIMIT ?3
       ) RETURNING shipment_id`,
    )
    .bind(nowMs, nextMs, limit)
    .all<{ shipment_id: string }>();
  return results.map((row) => row.shipment_id);
}

/** @param trackAtMs - Null asks no more. */
export async function scheduleTracking(db: Db, shipmentId: string, trackAtMs: number | null): Promise<void> {
  await db.d1
    .prepare("UPDATE label_purchase SET track_at_ms = ?2 WHERE shipment_id = ?1")
    .bind(shipmentId, trackAtMs)
    .run();
}
