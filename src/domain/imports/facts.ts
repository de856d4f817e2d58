import type { CurrencyCode } from "../brand.ts";
import { decimalsOf } from "../money.ts";
import type { Address } from "../orders/order.ts";
import { countryCode } from "./countries.ts";
import { type FieldReader, type ImportField, importFields, type ImportMapping } from "./mapping.ts";
import type { RejectionReason, WarningCode } from "./report.ts";
import { cleanText, parseAmount, parseTimeMs, type DecimalStyle } from "./values.ts";

/** What a row says of its whole order. Null where it says nothing: then an earlier row of the order may have said it. */
export type OrderFacts = {
  readonly placedAtMs: number | null;
  readonly currency: CurrencyCode | null;
  readonly customer: CustomerFacts | null;
  readonly address: Address | null;
  /** As it stood in the file, where it names no one country. */
  readonly countryText: string | null;
  readonly shippingMethod: string | null;
  readonly ledger: LedgerFacts;
  readonly warnings: ReadonlyArray<WarningCode>;
};

export type CustomerFacts = {
  /** What tells customers of this channel apart: their number, or else their e-mail address. */
  readonly key: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
};

/** Amounts and states of an order that stand in columns of their own. Minor units. Holds nothing personal. */
export type LedgerFacts = {
  readonly shipping?: number;
  readonly discount?: number;
  readonly tax?: number;
  readonly total?: number;
  readonly refunded?: number;
  readonly outstanding?: number;
  readonly paymentStatus?: string;
  readonly fulfillmentStatus?: string;
  readonly canceledAtMs?: number;
};

/** What a document is known to be before its next row is read. */
export type Inherited = { readonly placedAtMs: number | null; readonly currency: CurrencyCode | null };

/** Turns outside text into what the contract takes for a code. */
export type CodeParsers = {
  readonly currency: (text: string) => CurrencyCode | null;
  readonly email: (text: string) => string | null;
};

/** Fields that belong to a row; every other one says something about its order. */
const lineFields: ReadonlySet<ImportField> = new Set([
  "order",
  "kind",
  "sku",
  "title",
  "quantity",
  "unit_price",
]);
const orderFields = importFields.filter((field) => !lineFields.has(field));

export type FactsRead =
  | { readonly ok: true; readonly value: OrderFacts }
  | { readonly ok: false; readonly error: RejectionReason };

/**
 * Reads what rows say of their orders. Rows of one order mostly say the same, so the last answer is kept: reading
 * 20 lines costs little more than reading one.
 */
export function factsReader(
  mapping: ImportMapping,
  read: FieldReader,
  style: DecimalStyle,
  parsers: CodeParsers,
): (record: ReadonlyArray<string>, inherited: Inherited) => FactsRead {
  const fields = orderFields.filter((field) => mapping.columns[field] !== undefined);
  let lastKey: string | null = null;
  let last: FactsRead = { ok: false, error: "row_malformed" };
  return (record, inherited) => {
    let key = inherited.currency ?? "";
    for (const field of fields) key += `\u001f${read(record, field)}`;
    if (key !== lastKey) {
      last = readFacts((field) => read(record, field), mapping, style, parsers, inherited);
      lastKey = key;
    }
    return last;
  };
}

function readFacts(
  field: (name: ImportField) => string,
  mapping: ImportMapping,
  style: DecimalStyle,
  parsers: CodeParsers,
  inherited: Inherited,
): FactsRead {
  const placedAt = field("placed_at").trim();
  const placedAtMs = placedAt === "" ? null : parseTimeMs(placedAt);
  if (placedAt !== "" && placedAtMs === null) return { ok: false, error: "date_unreadable" };

  const currencyText = (
    field("currency").trim() ||
    (inherited.currency ?? mapping.currency ?? "")
  ).toUpperCase();
  const currency = currencyText === "" ? null : parsers.currency(currencyText);
  if (currencyText !== "" && currency === null) return { ok: false, error: "currency_unknown" };
  if (inherited.currency !== null && currency !== inherited.currency)
    return { ok: false, error: "currency_differs" };

  const ledger = readLedger(field, currency, style);
  if (!ledger.ok) return ledger;

  const warnings: Array<WarningCode> = [];
  const countryText = cleanText(field("country"), 60);
  const country = countryText === "" ? null : countryCode(countryText);
  if (countryText !== "" && country === null) warnings.push("country_unknown");
  const customer = readCustomer(field, parsers, warnings);
  return {
    ok: true,
    value: {
      placedAtMs,
      currency,
      customer,
      address: country === null ? null : readAddress(field, country),
      countryText: country === null && countryText !== "" ? countryText : null,
      shippingMethod: cleanText(field("shipping_method"), 100) || null,
      ledger: ledger.value,
      warnings,
    },
  };
}

function readLedger(
  field: (name: ImportField) => string,
  currency: CurrencyCode | null,
  style: DecimalStyle,
):
  | { readonly ok: true; readonly value: LedgerFacts }
  | { readonly ok: false; readonly error: RejectionReason } {
  const facts: { -readonly [Key in keyof LedgerFacts]: LedgerFacts[Key] } = {};
  for (const name of ["shipping", "discount", "tax", "total", "refunded", "outstanding"] as const) {
    const text = field(name).trim();
    if (text === "") continue;
    if (currency === null) return { ok: false, error: "currency_missing" };
    const parsed = parseAmount(text, decimalsOf(currency), style);
    if (parsed === null || parsed.amount < 0) return { ok: false, error: "amount_unreadable" };
    facts[name] = parsed.amount;
  }
  const paymentStatus = cleanText(field("payment_status"), 30).toLowerCase();
  if (paymentStatus !== "") facts.paymentStatus = paymentStatus;
  const fulfillmentStatus = cleanText(field("fulfillment_status"), 30).toLowerCase();
  if (fulfillmentStatus !== "") facts.fulfillmentStatus = fulfillmentStatus;
  const canceledAt = field("canceled_at").trim();
  if (canceledAt !== "") {
    const canceledAtMs = parseTimeMs(canceledAt);
    if (canceledAtMs === null) return { ok: false, error: "date_unreadable" };
    facts.canceledAtMs = canceledAtMs;
  }
  return { ok: true, value: facts };
}

function readCustomer(
  field: (name: ImportField) => string,
  parsers: CodeParsers,
  warnings: Array<WarningCode>,
): CustomerFacts | null {
  const emailText = field("email").trim();
  const email = emailText === "" ? null : parsers.email(emailText);
  if (emailText !== "" && email === null) warnings.push("email_unreadable");
  // Spreadsheets turn a column of numbers with holes into decimals.
  const number = cleanText(field("customer"), 100).replace(/\.0+$/, "");
  const key = email ?? number;
  if (key === "") return null;
  return {
    key,
    email,
    name: cleanText(field("customer_name"), 200) || null,
    phone: cleanText(field("customer_phone"), 40) || null,
  };
}

function readAddress(field: (name: ImportField) => string, country: string): Address {
  const text = (name: ImportField, lengthMax: number) => cleanText(field(name), lengthMax) || undefined;
  const parts = {
    name: text("name", 200),
    line1: text("line1", 200),
    line2: text("line2", 200),
    city: text("city", 200),
    region: text("region", 100),
    // Shopify writes an apostrophe before postal codes, so that spreadsheets keep their zeros.
    postal_code: text("postal_code", 20)?.replace(/^'/, ""),
    phone: text("phone", 40),
  };
  const known = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
  return { ...known, country };
}

/** What two rows of an order say together; the first to say something counts, but states and amounts may be news. */
export function mergeFacts(earlier: OrderFacts | null, later: OrderFacts): OrderFacts {
  if (earlier === null || earlier === later) return later;
  return {
    placedAtMs:
      earlier.placedAtMs === null || later.placedAtMs === null
        ? (earlier.placedAtMs ?? later.placedAtMs)
        : Math.min(earlier.placedAtMs, later.placedAtMs),
    currency: earlier.currency ?? later.currency,
    customer: earlier.customer ?? later.customer,
    address: earlier.address ?? later.address,
    countryText: earlier.countryText ?? later.countryText,
    shippingMethod: earlier.shippingMethod ?? later.shippingMethod,
    ledger: { ...earlier.ledger, ...later.ledger },
    warnings: earlier.warnings,
  };
}
