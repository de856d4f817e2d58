import type { Address } from "../domain/orders/order.ts";
import type { Db } from "./client.ts";

/** What the router has to know of a SKU beside its stock. */
export type SkuRouting = {
  readonly sku: string;
  readonly weightGrams: number | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** Units that orders before this one wait for. */
  readonly awaited: number;
};

/** SKUs as the router sees them, for an order that has been waiting since `sinceMs`. */
export async function readSkuRouting(
  db: Db,
  skus: ReadonlyArray<string>,
  orderId: string,
  sinceMs: number,
): Promise<ReadonlyMap<string, SkuRouting>> {
  const { results } = await db.d1
    .prepare(
      `SELECT sku, weight_grams AS weightGrams, attributes, coalesce((
         SELECT sum(line.quantity) FROM fulfillment_order AS waiting
         JOIN fulfillment_order_line AS line ON line.fulfillment_order_id = waiting.id
         WHERE waiting.location IS NULL AND waiting.status = 'incomplete' AND waiting.queue IS NULL
           AND waiting.created_at_ms < ?3 AND waiting.order_id <> ?2 AND line.sku = sku.sku
       ), 0) AS awaited
       FROM sku WHERE sku IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify(skus), orderId, sinceMs)
    .all<Omit<SkuRouting, "attributes"> & { readonly attributes: string }>();
  return new Map(
    results.map((row) => [
      row.sku,
      { ...row, attributes: JSON.parse(row.attributes) as Record<string, string> },
    ]),
  );
}

/** Units of some SKUs that each location was given since a moment, by location and SKU. */
export async function readShippedUnits(
  db: Db,
  skus: ReadonlyArray<string>,
  sinceMs: number,
): Promise<ReadonlyArray<{ readonly location: string; readonly sku: string; readonly units: number }>> {
  const { results } = await db.d1
    .prepare(
      `SELECT source.location AS location, line.sku AS sku, sum(line.quantity) AS units
       FROM location
       JOIN fulfillment_order AS source ON source.location = location.code AND source.created_at_ms >= ?2
       JOIN fulfillment_order_line AS line ON line.fulfillment_order_id = source.id
       WHERE source.status <> 'canceled' AND line.sku IN (SELECT value FROM json_each(?1))
       GROUP BY source.location, line.sku`,
    )
    .bind(JSON.stringify(skus), sinceMs)
    .all<{ location: string; sku: string; units: number }>();
  return results;
}

/** A past order as a simulation needs it. */
export type PastOrder = {
  readonly id: string;
  readonly channel: string;
  readonly shippingMethod: string | null;
  readonly total: number;
  readonly shippingAddress: Address;
  readonly lines: ReadonlyArray<{
    readonly id: string;
    readonly sku: string;
    readonly quantity: number;
    readonly value: number;
  }>;
};

/** The newest orders that were shipped somewhere, newest first. */
export async function readPastOrders(db: Db, limit: number): Promise<ReadonlyArray<PastOrder>> {
  const { results } = await db.d1
    .prepare(
      `SELECT id, channel, shipping_method AS shippingMethod, total, shipping_address AS shippingAddress, (
         SELECT json_group_array(json_object('id', id, 'sku', sku, 'quantity', quantity, 'value', unit_price))
         FROM order_line WHERE order_id = orders.id
       ) AS lines
       FROM orders WHERE shipping_address IS NOT NULL AND status <> 'draft'
       ORDER BY placed_at_ms DESC, id DESC LIMIT ?1`,
    )
    .bind(limit)
    .all<
      Omit<PastOrder, "shippingAddress" | "lines"> & {
        readonly shippingAddress: string;
        readonly lines: string;
      }
    >();
  return results.map((row) => ({
    ...row,
    shippingAddress: JSON.parse(row.shippingAddress) as Address,
    lines: JSON.parse(row.lines) as PastOrder["lines"],
  }));
}
