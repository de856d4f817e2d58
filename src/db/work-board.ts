import type { Db } from "./client.ts";

/** What a location has to do, each counted up to {@link WORK_MAX}. */
export type LocationWork = {
  /** Null: units that no location could be given yet. */
  readonly location: string | null;
  readonly name: string;
  readonly open: number;
  readonly inProgress: number;
  readonly onHold: number;
  readonly incomplete: number;
};

export const WORK_MAX = 1_000;

const counted = (status: string, location: string) =>
  `(SELECT count(*) FROM (SELECT 1 FROM fulfillment_order WHERE location ${location} AND status = '${status}' LIMIT ${WORK_MAX}))`;

/** Work by location, and what waits for one, by an index of what is not done: how much was done before does not matter. */
export async function readWork(db: Db): Promise<ReadonlyArray<LocationWork>> {
  const { results } = await db.d1
    .prepare(
      `SELECT code AS location, name, ${counted("open", "= code")} AS open, ${counted("in_progress", "= code")} AS inProgress,
         ${counted("on_hold", "= code")} AS onHold, 0 AS incomplete
       FROM location
       UNION ALL
       SELECT NULL, 'No location', 0, 0, 0, ${counted("incomplete", "IS NULL")}`,
    )
    .all<LocationWork>();
  return results;
}

/** What somebody scanned or typed, as the page that shows it. */
export type Scanned =
  | { readonly kind: "assignment" | "parcel" | "order"; readonly id: string }
  | { readonly kind: "sku"; readonly id: string };

/** Finds what a barcode stands for: a pick list, a parcel, a tracking number, a SKU or its barcode, an order's number. */
export async function findScanned(db: Db, text: string): Promise<Scanned | null> {
  const number = /^#?\d{1,15}$/.test(text) ? Number(text.replace("#", "")) : -1;
  const [lists, assignments, parcels, orders, skus] = await db.d1.batch<{ id: string }>([
    db.d1.prepare("SELECT fulfillment_order_id AS id FROM pick_list WHERE id = ?1").bind(text),
    db.d1.prepare("SELECT id FROM fulfillment_order WHERE id = ?1").bind(text),
    db.d1.prepare("SELECT id FROM shipment WHERE id = ?1 OR tracking_number = ?1").bind(text),
    db.d1.prepare("SELECT id FROM orders WHERE id = ?1 OR number = ?2").bind(text, number),
    db.d1
      .prepare("SELECT sku AS id FROM sku WHERE sku = ?1 OR (barcode IS NOT NULL AND barcode = ?1)")
      .bind(text),
  ]);
  const first = (result: D1Result<{ id: string }> | undefined) => result?.results[0]?.id;
  const found = [
    { kind: "assignment" as const, id: first(lists) ?? first(assignments) },
    { kind: "parcel" as const, id: first(parcels) },
    { kind: "sku" as const, id: first(skus) },
    { kind: "order" as const, id: first(orders) },
  ].find(({ id }) => id !== undefined);
  return found?.id === undefined ? null : { kind: found.kind, id: found.id };
}
