import * as z from "zod";

import type { BuyerKey, CurrencyCode, LocationCode, Sku } from "../domain/brand.ts";
import { AMOUNT_MAX } from "../domain/money.ts";
import { hasCardNumber } from "../domain/payments/card-number.ts";

/** Free text: well-formed Unicode without control characters, so that two different texts never become one. */
export const textSchema = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .max(lengthMax)
    .refine(
      (value) => value.isWellFormed() && !/[\p{Cc}--[\t\n\r]]/v.test(value),
      "must be well-formed text without control characters",
    );

/** Free text of people. No card number is ever taken in, so that none can be stored, shown or lost. */
export const noteSchema = (lengthMax: number) =>
  textSchema(lengthMax).refine((value) => !hasCardNumber(value), "must not hold a card number");

export const skuPattern = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
export const skuSchema = z
  .string()
  .regex(skuPattern)
  .describe("One sellable item. Letters, digits and . _ : - up to 64.")
  .meta({ example: "MUG-BLUE" })
  .transform((value) => value as Sku);

export const locationCodeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
  .meta({ example: "BER-1" })
  .transform((value) => value as LocationCode);

/** A name that people give to things of theirs: a group, a plan, a queue. */
export const codeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
  .meta({ example: "eu-first" });

export const buyerPattern = /^[A-Za-z0-9._:-]{1,128}$/;
export const buyerSchema = z
  .string()
  .regex(buyerPattern)
  .describe("The person or device: an opaque key, never personal data.")
  .meta({ example: "buyer-7f3a" })
  .transform((value) => value as BuyerKey);

export const deviceSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/)
  .describe("The device that asks: an opaque key. Holds are counted for it as for a buyer.");

export const showCodeSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/)
  .meta({ example: "friday-live" });

export const idempotencyKeyPattern = /^[A-Za-z0-9._:-]{1,128}$/;
export const idempotencyKeySchema = z
  .string()
  .regex(idempotencyKeyPattern)
  .meta({ example: "9d5c7c1e-6f0b-4a53-9a53-0e6f8f6f2b11" });

/** A public id: prefix, time, tail. It begins with a letter or digit, because `.` and `..` vanish from a path. */
export const idSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/);

/** An outside system's account, as the merchant calls it. It stands in the path of its webhooks. */
export const connectionCodeSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
  .meta({ example: "shop-eu" });

/** An outside system's own name for something of its own. */
export const externalIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:/-]{1,100}$/)
  .meta({ example: "820982911946154508" });

export const QUANTITY_MAX = 1_000_000;
export const quantitySchema = z.int().min(1).max(QUANTITY_MAX).meta({ example: 1 });
export const amountSchema = z.int().min(0).max(AMOUNT_MAX).describe("Minor units.").meta({ example: 1999 });

/** Active ISO 4217 codes, as the runtime knows them. */
const currencyCodes = new Set(Intl.supportedValuesOf("currency"));
export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .refine((value) => currencyCodes.has(value), "must be an ISO 4217 currency code")
  .meta({ example: "EUR" })
  .transform((value) => value as CurrencyCode);

export const countrySchema = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .describe("ISO 3166-1 alpha-2.")
  .meta({ example: "DE" });

/** Where a parcel goes. */
export const addressSchema = z.strictObject({
  name: noteSchema(200),
  line1: noteSchema(200),
  line2: noteSchema(200).optional(),
  city: noteSchema(200),
  region: noteSchema(100).optional(),
  postal_code: noteSchema(20),
  country: countrySchema,
  phone: noteSchema(40).optional(),
  latitude: z.number().min(-90).max(90).optional(),
  longitude: z.number().min(-180).max(180).optional(),
});

/** Where a location is: only its country is required. */
export const locationAddressSchema = addressSchema.partial().required({ country: true });

export const timestampSchema = z.iso
  .datetime()
  .describe("RFC 3339, UTC.")
  .meta({ example: "2026-11-23T15:00:00.000Z" });

/** Of whatever a buyer may be told about. */
export const notifySchema = z.boolean().default(true).describe("Whether the customer is told.");

/** What a page leads to, for people: over https, or on this machine. */
export const linkSchema = z
  .string()
  .max(1_000)
  .refine(
    (value) =>
      /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)[:/])[^\s"'<>\\^`]+$/.test(value) && URL.canParse(value),
    "must be an https URL",
  )
  .meta({ example: "https://shop.example.com/orders" });

/** A page of a list. The cursor is opaque. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(200).optional(),
});

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() });

export const metadataSchema = z
  .record(z.string().regex(/^[A-Za-z0-9._:-]{1,64}$/), noteSchema(500))
  .refine((value) => Object.keys(value).length <= 50, "at most 50 entries");
