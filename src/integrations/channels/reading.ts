import { currencySchema, skuSchema } from "../../contract/primitives.ts";
import type { CurrencyCode } from "../../domain/brand.ts";
import { countryCode } from "../../domain/imports/countries.ts";
import { cleanText, parseAmount, parseTimeMs } from "../../domain/imports/values.ts";
import { decimalsOf } from "../../domain/money.ts";
import type { Address } from "../../domain/orders/order.ts";
import { hasCardNumber } from "../../domain/payments/card-number.ts";

/** JSON from outside, read member by member: what is optional may be missing, null, or of another type. */
export type Json = unknown;

type SourceReviver = (
  this: unknown,
  key: string,
  value: unknown,
  context: { readonly source?: string },
) => unknown;

/**
 * Parses JSON so that whole numbers beyond 2^53 survive, as their digits: platforms number orders that high, and a
 * double would join two of them into one.
 *
 * @returns undefined where the text is no JSON.
 */
export function parseExact(text: string): Json {
  const keepDigits: SourceReviver = (_key, value, { source }) =>
    typeof value === "number" &&
    source !== undefined &&
    !Number.isSafeInteger(value) &&
    /^-?\d+$/.test(source)
      ? source
      : value;
  try {
    return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as Json;
  } catch {
    // Also a RangeError for what nests deeper than the stack.
    return undefined;
  }
}

/** The member at a path of keys, or undefined. */
export function at(value: Json, ...path: ReadonlyArray<string | number>): Json {
  let here: Json = value;
  for (const key of path) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string | number, Json>>)[key];
  }
  return here;
}

export function listAt(value: Json, ...path: ReadonlyArray<string | number>): ReadonlyArray<Json> {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as ReadonlyArray<Json>) : [];
}

/** Text or a number as text, cleaned; null where there is nothing in it. */
export function textAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const found = at(value, ...path);
  if (typeof found !== "string" && typeof found !== "number") return null;
  const text = cleanText(String(found), 500);
  return text === "" ? null : text;
}

const ID = /^[A-Za-z0-9._:/-]{1,100}$/;

/** An outside id, or null. Zero is how some platforms say "none". */
export function idAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const text = textAt(value, ...path);
  return text !== null && text !== "0" && ID.test(text) ? text : null;
}

/**
 * The id in a Shopify-style global id (`gid://shopify/Order/820982911946154508`), which is exact where the number
 * beside it has been through somebody's double.
 */
export function globalIdAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const match = /^gid:\/\/[a-z]+\/\w+\/(\d{1,30})/.exec(textAt(value, ...path) ?? "");
  return match?.[1] ?? null;
}

/** Minor units of an amount that is written as a decimal, in text or as a number; null where there is none. */
export function amountAt(
  currency: CurrencyCode,
  value: Json,
  ...path: ReadonlyArray<string | number>
): number | null {
  const found = at(value, ...path);
  if (typeof found !== "string" && typeof found !== "number") return null;
  // A double of an amount may carry digits that nobody meant.
  const text = typeof found === "number" ? found.toFixed(6) : found;
  return parseAmount(text, decimalsOf(currency), "auto")?.amount ?? null;
}

/** Minor units as platforms write amounts: a decimal with as many places as the currency has. */
export function amountText(currency: CurrencyCode, amount: number): string {
  const decimals = decimalsOf(currency);
  if (decimals === 0) return String(amount);
  const digits = String(amount).padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** A whole number of units. Null where there is none; NaN where it is not whole, which no shelf has. */
export function unitsAt(value: Json, ...path: ReadonlyArray<string | number>): number | null {
  const found = at(value, ...path);
  if (typeof found !== "string" && typeof found !== "number") return null;
  const units = typeof found === "number" ? found : found.trim() === "" ? Number.NaN : Number(found);
  return Number.isSafeInteger(units) && Math.abs(units) <= 1_000_000 ? units : Number.NaN;
}

export function timeAt(value: Json, ...path: ReadonlyArray<string | number>): number | null {
  const text = textAt(value, ...path);
  return text === null ? null : parseTimeMs(text);
}

export function currencyAt(value: Json, ...path: ReadonlyArray<string | number>): CurrencyCode | null {
  const parsed = currencySchema.safeParse((textAt(value, ...path) ?? "").toUpperCase());
  return parsed.success ? parsed.data : null;
}

/** As {@link textAt}, for what people write: nothing where it holds a card number. */
export function noteAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const text = textAt(value, ...path);
  return text === null || hasCardNumber(text) ? null : text;
}

/** An e-mail address in lower case, as customers are known by. */
export function emailAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const text = textAt(value, ...path);
  return text !== null && text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
    ? text.toLowerCase()
    : null;
}

/** A SKU text as the catalogue could have it; others match by listing only. */
export function skuAt(value: Json, ...path: ReadonlyArray<string | number>): string | null {
  const text = textAt(value, ...path);
  return text !== null && skuSchema.safeParse(text).success ? text : null;
}

/** Where parts of an address stand in a platform's object. */
export type AddressKeys = Readonly<
  Record<"line1" | "line2" | "city" | "region" | "postalCode" | "country" | "phone", string>
>;

/** @returns null where there is no country that anybody knows: nothing could be sent there. */
export function addressAt(value: Json, name: string | null, keys: AddressKeys): Address | null {
  const country = countryCode(textAt(value, keys.country) ?? "");
  if (country === null) return null;
  const part = (key: keyof AddressKeys, lengthMax: number) => noteAt(value, keys[key])?.slice(0, lengthMax);
  return withoutUndefined({
    country,
    name: name?.slice(0, 200),
    line1: part("line1", 200),
    line2: part("line2", 200),
    city: part("city", 200),
    region: part("region", 100),
    postal_code: part("postalCode", 20),
    phone: part("phone", 40),
  });
}

function withoutUndefined(address: Address): Address {
  return Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)) as Address;
}

/** First and last name in one, or null. */
export function fullName(...parts: ReadonlyArray<string | null>): string | null {
  const name = parts.filter((part) => part !== null).join(" ");
  return name === "" || hasCardNumber(name) ? null : name;
}
