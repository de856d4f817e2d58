import { currencySchema } from "../../../contract/primitives.ts";
import type { CurrencyCode } from "../../../domain/brand.ts";
import {
  ownValue,
  rankOf,
  type ChannelOrderLine,
  type ChannelOrderState,
  type ChannelRefusal,
} from "../../../domain/channels/channel-order.ts";
import { parseAmount } from "../../../domain/imports/values.ts";
import { decimalsOf } from "../../../domain/money.ts";
import { err, ok, type Result } from "../../../domain/result.ts";
import { detectDelimiter, namedDelimiter, RecordReader } from "../../csv/records.ts";
import type { ChannelAccess, ReadOrder } from "../port.ts";
import {
  addressAt,
  emailAt,
  idAt,
  noteAt,
  skuAt,
  textAt,
  timeAt,
  unitsAt,
  type AddressKeys,
} from "../reading.ts";

const ADDRESS: AddressKeys = {
  line1: "line1",
  line2: "line2",
  city: "city",
  region: "region",
  postalCode: "postal_code",
  country: "country",
  phone: "phone",
};
const NEEDED = ["order_id", "placed_at", "sku", "quantity", "unit_price"] as const;
const ROWS_MAX = 5_000;
/** Each is written before the file is acknowledged, and a request may ask the database only so often. */
const ORDERS_MAX = 100;

const STATES: Readonly<Record<string, ChannelOrderState>> = {
  paid: "open",
  open: "open",
  unpaid: "reserved",
  shipped: "fulfilled",
  canceled: "canceled",
  cancelled: "canceled",
};

type Row = Readonly<Record<string, string>>;

const unreadable = (externalId: string | null, detail: string): ReadOrder => ({
  externalId,
  order: err({ code: "unreadable", detail }),
});

/** The orders of a file, each from its rows: one row for each line, in any encoding and with any delimiter that people export. */
export function readCsvOrders(
  bytes: Uint8Array<ArrayBuffer>,
  access: Pick<ChannelAccess, "settings">,
): ReadonlyArray<ReadOrder> {
  const [header, delimiter, records] = readTable(decode(bytes));
  const missing = NEEDED.filter((name) => !header.includes(name));
  if (missing.length > 0) return [unreadable(null, `the file lacks the columns ${missing.join(", ")}`)];
  if (records.length > ROWS_MAX)
    return [unreadable(null, `the file has ${records.length} rows; it may have ${ROWS_MAX}`)];
  const rows = records.map((fields): Row | null =>
    fields === null ? null : Object.fromEntries(header.map((name, index) => [name, fields[index] ?? ""])),
  );
  const broken = rows.flatMap((row, index) => (row === null ? [index + 2] : []));
  const byOrder = Map.groupBy(
    rows.filter((row) => row !== null),
    (row) => row["order_id"]?.trim() ?? "",
  );
  if (byOrder.size > ORDERS_MAX)
    return [unreadable(null, `the file has ${byOrder.size} orders; split it into files of ${ORDERS_MAX}`)];
  const orders = [...byOrder].map(([id, ofOrder]) => orderOf(id, ofOrder, delimiter, access));
  return broken.length === 0
    ? orders
    : [...orders, unreadable(null, `row ${broken.slice(0, 10).join(", ")}: a quote never closes`)];
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function readTable(
  text: string,
): readonly [ReadonlyArray<string>, string, ReadonlyArray<ReadonlyArray<string> | null>] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const named = namedDelimiter(lines[0] ?? "");
  if (named !== null) lines.shift();
  const delimiter = named ?? detectDelimiter(lines[0] ?? "");
  const reader = new RecordReader(delimiter);
  const records = [...lines.flatMap((line) => reader.push(line)), ...reader.end()];
  const [head, ...rest] = records.map(({ fields }) => fields);
  const header = (head ?? []).map((name) =>
    name
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_"),
  );
  return [header, delimiter, rest];
}

function orderOf(
  id: string,
  rows: ReadonlyArray<Row>,
  delimiter: string,
  { settings }: Pick<ChannelAccess, "settings">,
): ReadOrder {
  const [first] = rows;
  const externalId = idAt({ id }, "id");
  if (first === undefined || externalId === null)
    return unreadable(null, `"${id.slice(0, 60)}" is no order_id: letters, digits and . _ : / - up to 100`);
  const placedAtMs = timeAt(first, "placed_at");
  if (placedAtMs === null) return unreadable(externalId, "placed_at is no time");
  const currency = currencyOf(first["currency"] ?? "", settings["currency"]);
  if (currency === null)
    return unreadable(externalId, "the order names no currency, and neither does the connection");
  const word = textAt(first, "status")?.toLowerCase() ?? "paid";
  const state = ownValue(STATES, word);
  if (state === undefined)
    return {
      externalId,
      order: err({
        code: "status_unknown",
        detail: `status "${word}" is none of ${Object.keys(STATES).join(", ")}`,
      }),
    };
  const amount: AmountReader = (row, name) =>
    (row[name] ?? "").trim() === ""
      ? 0
      : (parseAmount(row[name] ?? "", decimalsOf(currency), delimiter === ";" ? "comma" : "auto")?.amount ??
        Number.NaN);
  const read = readLines(rows, amount);
  if (!read.ok) return { externalId, order: read };
  const lines = read.value;
  const shipping = amount(first, "shipping");
  const goods = lines.reduce((sum, line) => sum + line.gross - line.discount + line.tax, 0);
  const stated = amount(first, "total");
  if (Number.isNaN(shipping) || Number.isNaN(stated))
    return unreadable(externalId, "shipping or total is no amount");
  const total = (first["total"] ?? "").trim() === "" ? goods + shipping : stated;
  const captured = state === "open" || state === "fulfilled" ? total : 0;
  return {
    externalId,
    order: ok({
      externalId,
      name: externalId,
      version: {
        updatedAtMs: timeAt(first, "updated_at") ?? placedAtMs,
        rank: rankOf({ state, captured, refunded: 0 }),
      },
      placedAtMs,
      state,
      currency,
      lines,
      hasTaxIncluded: false,
      shipping,
      shippingTax: 0,
      total,
      captured,
      refunded: 0,
      email: emailAt(first, "email"),
      customerName: noteAt(first, "name"),
      phone: noteAt(first, "phone"),
      shippingAddress: addressAt(first, noteAt(first, "name"), ADDRESS),
      shippingMethod: textAt(first, "shipping_method"),
      location: null,
      isShippedByPlatform: false,
    }),
  };
}

/** Minor units of a column; none where it is empty, NaN where it is no amount. */
type AmountReader = (row: Row, name: string) => number;

function readLines(
  rows: ReadonlyArray<Row>,
  amount: AmountReader,
): Result<ReadonlyArray<ChannelOrderLine>, ChannelRefusal> {
  const lines: Array<ChannelOrderLine> = [];
  for (const [index, row] of rows.entries()) {
    const quantity = unitsAt(row, "quantity");
    if (quantity === null || Number.isNaN(quantity) || quantity <= 0) {
      const detail = `line ${index + 1}: quantity is no whole number above none`;
      return err({ code: "quantity_fractional", detail });
    }
    const [price = 0, discount = 0, tax = 0] = ["unit_price", "discount", "tax"].map((name) =>
      amount(row, name),
    );
    if ([price, discount, tax].some(Number.isNaN) || (row["unit_price"] ?? "").trim() === "") {
      const detail = `line ${index + 1}: unit_price, discount or tax is no amount`;
      return err({ code: "unreadable", detail });
    }
    const gross = price * quantity;
    lines.push({
      externalId: textAt(row, "line_id") ?? String(index + 1),
      listing: idAt(row, "sku"),
      sku: skuAt(row, "sku"),
      barcode: textAt(row, "barcode"),
      title: textAt(row, "title") ?? textAt(row, "sku") ?? String(index + 1),
      quantity,
      gross,
      discount: Math.min(Math.abs(discount), Math.max(0, gross)),
      tax,
      isPhysical: true,
    });
  }
  return ok(lines);
}

function currencyOf(stated: string, configured: unknown): CurrencyCode | null {
  const text = stated.trim() === "" ? configured : stated.trim().toUpperCase();
  return currencySchema.safeParse(text).data ?? null;
}
