declare const brand: unique symbol;

/** A value whose type proves that it was checked. Casts to a brand appear only in `src/contract` and in test builders. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** One sellable item. */
export type Sku = Brand<string, "Sku">;
/** A warehouse, store or 3PL that holds stock. */
export type LocationCode = Brand<string, "LocationCode">;
/** The person or device a hold belongs to: an opaque key, never personal data. */
export type BuyerKey = Brand<string, "BuyerKey">;
/** ISO 4217, upper case. */
export type CurrencyCode = Brand<string, "CurrencyCode">;
