import type { CurrencyCode, Sku } from "../domain/brand.ts";
import type { SellableSku } from "../domain/orders/place.ts";
import type { Db } from "./client.ts";

/** What a placement asks of D1. */
export type CheckoutQuery = {
  readonly orderId: string;
  readonly skus: ReadonlyArray<Sku>;
  readonly shippingMethod: string;
  /** Of the caller's idempotency key. */
  readonly scope: string;
};

export type CheckoutFacts = {
  readonly isPlaced: boolean;
  /** Whether the idempotency key has an answer already, whatever it is. */
  readonly isAnswered: boolean;
  readonly catalogue: ReadonlyMap<Sku, SellableSku>;
  /** Minor units by currency; null where there is no such method. */
  readonly shippingPrices: Readonly<Record<string, number>> | null;
  /** Where the method goes; null goes everywhere. */
  readonly shippingCountries: ReadonlyArray<string> | null;
};

type PriceRow = {
  sku: Sku;
  title: string;
  tax_rate_bps: number;
  currency: CurrencyCode | null;
  amount: number;
};

/** Reads for any number of placements in one round trip. */
export async function readCheckoutFacts(
  db: Db,
  queries: ReadonlyArray<CheckoutQuery>,
): Promise<ReadonlyArray<CheckoutFacts>> {
  const each = (pick: (query: CheckoutQuery) => ReadonlyArray<string>) =>
    JSON.stringify([...new Set(queries.flatMap(pick))]);
  const [placed, answered, prices, methods] = await db.d1.batch([
    db.d1
      .prepare("SELECT orders.id FROM json_each(?1) JOIN orders ON orders.id = value")
      .bind(each(({ orderId }) => [orderId])),
    db.d1
      .prepare("SELECT scope FROM json_each(?1) JOIN idempotency ON scope = value")
      .bind(each(({ scope }) => [scope])),
    db.d1
      .prepare(
        `SELECT sku.sku, sku.title, sku.tax_rate_bps, sku_price.currency, sku_price.amount
         FROM json_each(?1) JOIN sku ON sku.sku = json_each.value
         LEFT JOIN sku_price ON sku_price.sku = sku.sku
         ORDER BY sku_price.rowid`,
      )
      .bind(each(({ skus }) => skus)),
    db.d1
      .prepare(
        "SELECT code, prices, delivery->>'$.countries' AS countries FROM json_each(?1) JOIN shipping_method ON code = value",
      )
      .bind(each(({ shippingMethod }) => [shippingMethod])),
  ]);
  const orderIds = new Set(((placed?.results ?? []) as Array<{ id: string }>).map(({ id }) => id));
  const scopes = new Set(((answered?.results ?? []) as Array<{ scope: string }>).map(({ scope }) => scope));
  const catalogue = catalogueOf((prices?.results ?? []) as Array<PriceRow>);
  const shipping = new Map(
    ((methods?.results ?? []) as Array<{ code: string; prices: string; countries: string | null }>).map(
      ({ code, prices: amounts, countries }) => [
        code,
        {
          prices: JSON.parse(amounts) as Record<string, number>,
          countries: countries === null ? null : (JSON.parse(countries) as ReadonlyArray<string>),
        },
      ],
    ),
  );
  return queries.map(({ orderId, skus, shippingMethod, scope }) => ({
    isPlaced: orderIds.has(orderId),
    isAnswered: scopes.has(scope),
    catalogue: new Map(
      skus.flatMap((sku) => {
        const known = catalogue.get(sku);
        return known === undefined ? [] : [[sku, known] as const];
      }),
    ),
    shippingPrices: shipping.get(shippingMethod)?.prices ?? null,
    shippingCountries: shipping.get(shippingMethod)?.countries ?? null,
  }));
}

function catalogueOf(rows: ReadonlyArray<PriceRow>): ReadonlyMap<Sku, SellableSku> {
  const catalogue = new Map<Sku, SellableSku>();
  for (const row of rows) {
    const known = catalogue.get(row.sku);
    const price = row.currency === null ? [] : [{ currency: row.currency, amount: row.amount }];
    catalogue.set(row.sku, {
      sku: row.sku,
      title: row.title,
      taxRateBps: row.tax_rate_bps,
      prices: [...(known?.prices ?? []), ...price],
    });
  }
  return catalogue;
}
