import type { Channel } from "../orders/order.ts";
import { err, ok, type Result } from "../result.ts";
import type { RejectionReason } from "./report.ts";

/** What the importer knows of a row. The names are the columns of the canonical file. */
export const importFields = [
  "order",
  "kind",
  "placed_at",
  "sku",
  "title",
  "quantity",
  "unit_price",
  "currency",
  "customer",
  "email",
  "customer_name",
  "customer_phone",
  "name",
  "phone",
  "line1",
  "line2",
  "city",
  "region",
  "postal_code",
  "country",
  "shipping_method",
  "shipping",
  "discount",
  "tax",
  "total",
  "payment_status",
  "refunded",
  "outstanding",
  "fulfillment_status",
  "canceled_at",
] as const;
export type ImportField = (typeof importFields)[number];

/** Where each field stands: names of columns, the first that is filled counts. */
export type ImportColumns = Partial<Readonly<Record<ImportField, ReadonlyArray<string>>>>;

/** What a code that is no product means on a row. */
export type ServiceCode = "shipping" | "discount" | { readonly reject: RejectionReason };

/** How one kind of file is read. Data, so that a new kind of file is a new entry, not new code. */
export type ImportMapping = {
  readonly name: string;
  readonly channel: Channel;
  readonly columns: ImportColumns;
  /** The header must have these for a file to be taken for this kind. */
  readonly recognisedBy: ReadonlyArray<ImportField>;
  /** For files without a column of it. */
  readonly currency: string | null;
  readonly skuCase: "keep" | "upper";
  /** Order numbers that begin so reverse earlier orders. */
  readonly cancellationPrefix: string | null;
  /** Order numbers that begin so are bookkeeping. */
  readonly adjustmentPrefix: string | null;
  readonly serviceCodes: Readonly<Record<string, ServiceCode>>;
  /** Whether an order that says nothing of its fulfillment has left the house. */
  readonly withoutFulfillment: "finished" | "open";
};

const uci: ImportMapping = {
  name: "uci",
  channel: "csv",
  columns: {
    order: ["InvoiceNo", "Invoice"],
    sku: ["StockCode"],
    title: ["Description"],
    quantity: ["Quantity"],
    placed_at: ["InvoiceDate"],
    unit_price: ["UnitPrice", "Price"],
    customer: ["CustomerID", "Customer ID"],
    country: ["Country"],
  },
  recognisedBy: ["order", "sku", "quantity", "placed_at", "unit_price"],
  currency: "GBP",
  skuCase: "upper",
  cancellationPrefix: "C",
  adjustmentPrefix: "A",
  serviceCodes: {
    POST: "shipping",
    DOT: "shipping",
    C2: "shipping",
    D: "discount",
    M: { reject: "manual_entry" },
    S: { reject: "sample" },
    B: { reject: "adjustment" },
    ADJUST: { reject: "adjustment" },
    ADJUST2: { reject: "adjustment" },
    "BANK CHARGES": { reject: "bank_charge" },
    AMAZONFEE: { reject: "marketplace_fee" },
    CRUK: { reject: "commission" },
  },
  withoutFulfillment: "finished",
};

const canonical: ImportMapping = {
  name: "canonical",
  channel: "csv",
  columns: Object.fromEntries(importFields.map((field) => [field, [field]])),
  recognisedBy: ["order", "sku", "quantity", "unit_price"],
  currency: null,
  skuCase: "keep",
  cancellationPrefix: null,
  adjustmentPrefix: null,
  serviceCodes: {},
  withoutFulfillment: "finished",
};

const shopify: ImportMapping = {
  name: "shopify",
  channel: "shopify",
  columns: {
    order: ["Name"],
    placed_at: ["Created at"],
    sku: ["Lineitem sku"],
    title: ["Lineitem name"],
    quantity: ["Lineitem quantity"],
    unit_price: ["Lineitem price"],
    currency: ["Currency"],
    email: ["Email"],
    customer_name: ["Billing Name", "Shipping Name"],
    customer_phone: ["Phone", "Billing Phone", "Shipping Phone"],
    name: ["Shipping Name", "Billing Name"],
    phone: ["Shipping Phone", "Billing Phone"],
    line1: ["Shipping Address1", "Shipping Street", "Billing Address1", "Billing Street"],
    line2: ["Shipping Address2", "Billing Address2"],
    city: ["Shipping City", "Billing City"],
    region: ["Shipping Province", "Billing Province"],
    postal_code: ["Shipping Zip", "Billing Zip"],
    country: ["Shipping Country", "Billing Country"],
    shipping_method: ["Shipping Method"],
    shipping: ["Shipping"],
    discount: ["Discount Amount"],
    tax: ["Taxes"],
    total: ["Total"],
    payment_status: ["Financial Status"],
    refunded: ["Refunded Amount"],
    outstanding: ["Outstanding Balance"],
    fulfillment_status: ["Fulfillment Status"],
    canceled_at: ["Cancelled at"],
  },
  recognisedBy: ["order", "quantity", "title", "unit_price"],
  currency: null,
  skuCase: "keep",
  cancellationPrefix: null,
  adjustmentPrefix: null,
  serviceCodes: {},
  withoutFulfillment: "open",
};

export const importMappings: Readonly<Record<"uci" | "canonical" | "shopify", ImportMapping>> = {
  uci,
  canonical,
  shopify,
};

/** A row's fields by name, whatever file they came from. */
export type FieldReader = (record: ReadonlyArray<string>, field: ImportField) => string;

export type MappingError =
  | { readonly code: "mapping_unrecognised" }
  | { readonly code: "columns_missing"; readonly columns: ReadonlyArray<string> };

/** The built-in mapping whose columns a header has. The one that asks for most goes first. */
export function recogniseMapping(header: ReadonlyArray<string>): ImportMapping | null {
  const found = [uci, shopify, canonical].find((mapping) => missingColumns(mapping, header).length === 0);
  return found ?? null;
}

/** The canonical mapping with columns of other names. What is not named keeps its canonical name. */
export function customMapping(columns: Partial<Record<ImportField, string>>): ImportMapping {
  const named = Object.fromEntries(Object.entries(columns).map(([field, column]) => [field, [column]]));
  return { ...canonical, name: "custom", columns: { ...canonical.columns, ...named } };
}

/** Finds a mapping's columns in a header, whatever their case and surrounding space. */
export function compileMapping(
  mapping: ImportMapping,
  header: ReadonlyArray<string>,
): Result<FieldReader, MappingError> {
  const missing = missingColumns(mapping, header);
  if (missing.length > 0) return err({ code: "columns_missing", columns: missing });
  const names = header.map(headerName);
  const positions = new Map(
    importFields.map((field) => [
      field,
      (mapping.columns[field] ?? [])
        .map((column) => names.indexOf(headerName(column)))
        .filter((position) => position >= 0),
    ]),
  );
  return ok((record, field) => {
    for (const position of positions.get(field) ?? []) {
      const value = record[position];
      if (value !== undefined && value !== "") return value;
    }
    return "";
  });
}

function missingColumns(mapping: ImportMapping, header: ReadonlyArray<string>): ReadonlyArray<string> {
  const names = new Set(header.map(headerName));
  return mapping.recognisedBy.flatMap((field) => {
    const columns = mapping.columns[field] ?? [];
    return columns.some((column) => names.has(headerName(column))) ? [] : [columns[0] ?? field];
  });
}

function headerName(name: string): string {
  return name.trim().toLowerCase();
}
