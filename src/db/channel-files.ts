import type { AllocationRule } from "../domain/channels/allocation.ts";
import type { Db } from "./client.ts";

/** A SKU with what is available, and what a connection calls it where somebody said so. */
export type StockedSku = {
  readonly sku: string;
  readonly available: number;
  readonly listing: string | null;
  readonly rule: AllocationRule | null;
};

/** SKUs of the catalogue by name, each once for every name that a connection has for it. */
export async function readStockedSkus(
  db: Db,
  connection: string,
  afterSku: string,
  limit: number,
): Promise<ReadonlyArray<StockedSku>> {
  const { results } = await db.d1
    .prepare(
      `SELECT page.sku AS sku, coalesce(stock_projection.available, 0) AS available, channel_listing.listing AS listing,
         channel_listing.rule AS rule
       FROM (SELECT sku FROM sku WHERE sku > ?2 ORDER BY sku LIMIT ?3) AS page
       LEFT JOIN stock_projection ON stock_projection.sku = page.sku
       LEFT JOIN channel_listing ON channel_listing.connection = ?1 AND channel_listing.sku = page.sku
       ORDER BY page.sku, channel_listing.listing`,
    )
    .bind(connection, afterSku, limit)
    .all<Omit<StockedSku, "rule"> & { readonly rule: string | null }>();
  return results.map((row) => ({
    ...row,
    rule: row.rule === null ? null : (JSON.parse(row.rule) as AllocationRule),
  }));
}

export type OrderNews = {
  readonly externalId: string;
  readonly status: "shipped" | "canceled";
  readonly sku: string;
  readonly quantity: number;
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  readonly atMs: number;
};

/** What left of a connection's orders and what was canceled, since a moment, the oldest first. */
export async function readOrderNews(
  db: Db,
  connection: string,
  sinceMs: number,
  limit: number,
): Promise<ReadonlyArray<OrderNews>> {
  const { results } = await db.d1
    .prepare(
      `SELECT channel_order.external_id AS externalId, 'shipped' AS status, line.sku AS sku, line.quantity AS quantity,
         shipment.carrier AS carrier, shipment.tracking_number AS trackingNumber, shipment.shipped_at_ms AS atMs
       FROM channel_order
       JOIN shipment ON shipment.order_id = channel_order.order_id AND shipment.shipped_at_ms >= ?2
       JOIN fulfillment_order_line AS line ON line.fulfillment_order_id = shipment.fulfillment_order_id
       WHERE channel_order.connection = ?1
       UNION ALL
       SELECT channel_order.external_id, 'canceled', order_line.sku, order_line.quantity, NULL, NULL, orders.canceled_at_ms
       FROM channel_order
       JOIN orders ON orders.id = channel_order.order_id AND orders.canceled_at_ms >= ?2
       JOIN order_line ON order_line.order_id = orders.id
       WHERE channel_order.connection = ?1
       ORDER BY 7, 1 LIMIT ?3`,
    )
    .bind(connection, sinceMs, limit)
    .all<OrderNews>();
  return results;
}
