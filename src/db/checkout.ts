import type { CurrencyCode, Sku } from "../domain/brand.ts";
import type { SellableSku } from "../domain/orders/place.ts";
import type { Db } from "./client.ts";

/** What a placement has to know of D1, read in one round trip. */
export type CheckoutFacts = {
  readonly isPlaced: boolean;
  readonly catalogue: ReadonlyMap<Sku, SellableSku>;
  /** Minor units by currency; null where there is no such method. */
  readonly shippingPrices: Readonly<Record<string, number>> | null;
};

type PriceRow = {
  sku: Sku;
  title: string;
  tax_rate_bps: number;
  currency: CurrencyCode | null;
  amount: number;
};

export async function readCheckoutFacts(
  db: Db,
  orderId: string,
  skus: ReadonlyArray<Sku>,
  shippingMethod: string,
): Promise<CheckoutFacts> {
  const [placed, prices, methods] = await db.d1.batch([
    db.d1.prepare("SELECT id FROM orders WHERE id = ?1").bind(orderId),
    db.d1
      .prepare(
        `SELECT sku.sku, sku.title, sku.tax_rate_bps, sku_price.currency, sku_price.amount
         FROM json_each(?1) JOIN sku ON sku.sku = json_each.value
         LEFT JOIN sku_price ON sku_price.sku = sku.sku
         ORDER BY sku_price.rowid`,
      )
      .bind(JSON.stringify(skus)),
    db.d1.prepare("SELECT prices FROM shipping_method WHERE code = ?1").bind(shippingMethod),
  ]);
  const catalogue = new Map<Sku, SellableSku>();
  for (const row of (prices?.results ?? []) as Array<PriceRow>) {
    const known = catalogue.get(row.sku);
    const price = row.currency === null ? [] : [{ currency: row.currency, amount: row.amount }];
    catalogue.set(row.sku, {
      sku: row.sku,
      title: row.title,
      taxRateBps: row.tax_rate_bps,
      prices: [...(known?.prices ?? []), ...price],
    });
  }
  const [method] = (methods?.results ?? []) as Array<{ prices: string }>;
  return {
    isPlaced: (placed?.results.length ?? 0) > 0,
    catalogue,
    shippingPrices: method === undefined ? null : (JSON.parse(method.prices) as Record<string, number>),
  };
}
