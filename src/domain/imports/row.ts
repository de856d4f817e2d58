import type { Sku } from "../brand.ts";
import { AMOUNT_MAX, decimalsOf } from "../money.ts";
import { err, ok, type Result } from "../result.ts";
import type { Inherited, OrderFacts } from "./facts.ts";
import type { FieldReader, ImportMapping } from "./mapping.ts";
import type { RejectionReason, WarningCode } from "./report.ts";
import { cleanText, parseAmount, parseInteger, type DecimalStyle } from "./values.ts";

const QUANTITY_MAX = 1_000_000;
const FIELD_CHARS_MAX = 4_000;

/** What a row adds to its document. In a cancellation, what it takes back. Amounts in minor units, one unit or more. */
export type RowContent =
  | {
      readonly type: "line";
      readonly sku: Sku;
      readonly title: string;
      readonly quantity: number;
      readonly unitPrice: number;
    }
  | { readonly type: "shipping" | "discount"; readonly amount: number };

/** An order, or what reverses orders: each is one document of the file, over one or more rows. */
export type DocumentKind = "order" | "cancellation";

export type ImportRow = {
  readonly row: number;
  readonly reference: string;
  readonly content: RowContent;
  readonly facts: OrderFacts;
  /** The row's content as normal text: the same line in another export of the same order reads the same. */
  readonly identity: string;
  readonly warnings: ReadonlyArray<WarningCode>;
};

/** Which document a row belongs to, before anything else of it is read. */
export type RowOwner = { readonly document: string; readonly kind: DocumentKind };

export function ownerOf(
  record: ReadonlyArray<string>,
  read: FieldReader,
  mapping: ImportMapping,
): Result<RowOwner, RejectionReason> {
  if (record.some((field) => field.length > FIELD_CHARS_MAX)) return err("row_too_long");
  const document = cleanText(read(record, "order"), 100);
  if (document === "") return err("order_missing");
  const has = (prefix: string | null) =>
    prefix !== null && document.startsWith(prefix) && document.length > prefix.length;
  if (has(mapping.adjustmentPrefix)) return err("adjustment");
  const isReturn = read(record, "kind").trim().toLowerCase() === "return";
  return ok({ document, kind: has(mapping.cancellationPrefix) || isReturn ? "cancellation" : "order" });
}

/** What a rejected row is called in the report: its order and its code. */
export function referenceOf(record: ReadonlyArray<string>, read: FieldReader): string {
  return `${cleanText(read(record, "order"), 60)}/${cleanText(read(record, "sku"), 60)}`;
}

/** How rows of one file are read. */
export type RowStyle = {
  readonly mapping: ImportMapping;
  readonly read: FieldReader;
  readonly decimals: DecimalStyle;
  readonly skuCase: "keep" | "upper";
  /** @returns null for what is no SKU of ours. */
  readonly sku: (text: string) => Sku | null;
};

/** Decides what a row is. The first thing that keeps it from being part of a document is the reason. */
export function readRow(
  record: ReadonlyArray<string>,
  owner: RowOwner,
  facts: OrderFacts,
  inherited: Inherited,
  style: RowStyle,
): Result<Pick<ImportRow, "content" | "identity" | "warnings">, RejectionReason> {
  const { read, mapping } = style;
  const kind = readKind(record, style);
  if (kind === null) return err("kind_unknown");
  if (typeof kind === "object") return err(kind.reject);

  const code = cleanText(read(record, "sku"), 200);
  const quantity = readQuantity(read(record, "quantity"), owner, kind, mapping);
  if (!quantity.ok) return quantity;
  const currency = facts.currency ?? inherited.currency;
  if (currency === null) return err("currency_missing");
  if (facts.placedAtMs === null && inherited.placedAtMs === null) return err("date_missing");
  const price = parseAmount(read(record, "unit_price"), decimalsOf(currency), style.decimals);
  if (price === null) return err("price_unreadable");
  if (price.amount < 0) return err("price_negative");
  const amount = price.amount * quantity.value;
  if (amount > AMOUNT_MAX) return err("amount_too_large");

  const warnings: Array<WarningCode> = price.isExact ? [] : ["price_rounded"];
  const title = cleanText(read(record, "title"), 200);
  const identify = (name: string) =>
    [owner.document, owner.kind, kind, name, title, quantity.value, price.amount].join("\n");
  if (kind !== "line") {
    if (amount === 0) return err("order_without_value");
    return ok({ content: { type: kind, amount }, identity: identify(code), warnings });
  }
  const name = code === "" && style.read(record, "sku") === "" ? skuFromTitle(title, style) : code;
  if (name === "") return err("sku_missing");
  const sku = style.sku(style.skuCase === "upper" ? name.toUpperCase() : name);
  if (sku === null) return err("sku_invalid");
  if (title === "") warnings.push("title_missing");
  return ok({
    content: { type: "line", sku, title, quantity: quantity.value, unitPrice: price.amount },
    identity: identify(sku),
    warnings,
  });
}

/** Shopify shops may sell things without a SKU code; what they are called is then all there is. */
function skuFromTitle(title: string, { mapping }: RowStyle): string {
  if (mapping.channel !== "shopify") return "";
  return title
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
}

type RowKind = "line" | "shipping" | "discount";

function readKind(
  record: ReadonlyArray<string>,
  { read, mapping }: RowStyle,
): RowKind | { readonly reject: RejectionReason } | null {
  const code = read(record, "sku").trim().toUpperCase();
  const service = Object.hasOwn(mapping.serviceCodes, code) ? mapping.serviceCodes[code] : undefined;
  if (service !== undefined) return service;
  switch (read(record, "kind").trim().toLowerCase()) {
    case "":
    case "line":
    case "return":
      return "line";
    case "shipping":
      return "shipping";
    case "discount":
      return "discount";
    default:
      return null;
  }
}

/** Cancellations and discounts are written with negative quantities where the mapping says so; what is kept is positive. */
function readQuantity(
  text: string,
  owner: RowOwner,
  kind: RowKind,
  mapping: ImportMapping,
): Result<number, RejectionReason> {
  // Rows of postage may leave it out: it is one.
  const signed = text.trim() === "" && kind !== "line" ? 1 : parseInteger(text);
  if (signed === null) return err("quantity_unreadable");
  const isSignedCancellation = owner.kind === "cancellation" && mapping.cancellationPrefix !== null;
  if (isSignedCancellation && signed > 0) return err("cancellation_not_negative");
  const mayBeNegative = owner.kind === "cancellation" || kind === "discount";
  const quantity = mayBeNegative ? Math.abs(signed) : signed;
  if (quantity <= 0) return err("quantity_not_positive");
  if (quantity > QUANTITY_MAX) return err("quantity_too_large");
  return ok(quantity);
}
