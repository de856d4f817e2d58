import { describe, expect, test } from "vitest";

import { ImportWorld, UCI_HEADER } from "../support/import-world.ts";

const AT = "2011-01-18 10:01:00";
const LATER = "2011-01-18 10:17:00";
const NEXT_WEEK = "2011-01-25 10:17:00";
const row = (
  invoice: string,
  sku: string,
  quantity: number | string,
  price: number | string,
  at = AT,
  customer = "12346.0",
) => `${invoice},${sku},MEDIUM CERAMIC JAR,${quantity},${at},${price},${customer},United Kingdom`;

describe("an order of the past", () => {
  test("is written as what it was: completed, delivered, paid, in its own time, with a line a row", async () => {
    const world = new ImportWorld();
    const report = await world.uci(
      row("541431", "23166", 10, 1.04),
      row("541431", "85123a", 2, "2.55"),
      row("541431", "POST", 1, "18.0"),
    );

    expect(report).toMatchObject({
      rows: 3,
      lines_created: 2,
      shipping_rows: 1,
      orders_created: 1,
      skus_created: 2,
    });
    expect(world.row("SELECT * FROM orders")).toMatchObject({
      number: 1001,
      status: "completed",
      payment_status: "paid",
      fulfillment_status: "delivered",
      currency: "GBP",
      subtotal: 1550,
      shipping_total: 1800,
      total: 3350,
      channel: "csv",
      external_id: "541431",
      placed_at_ms: Date.UTC(2011, 0, 18, 10, 1),
      shipping_address: '{"country":"GB"}',
    });
    expect(world.rows("SELECT kind, amount, provider FROM payment_transaction ORDER BY kind")).toEqual([
      { kind: "authorization", amount: 3350, provider: "imported" },
      { kind: "capture", amount: 3350, provider: "imported" },
    ]);
    expect(world.rows("SELECT type FROM order_event")).toEqual([{ type: "order.imported" }]);
    expect(world.rows("SELECT sku, amount FROM sku_price ORDER BY sku")).toEqual([
      { sku: "23166", amount: 104 },
      { sku: "85123A", amount: 255 },
    ]);
  });

  test("never overwrites a SKU that somebody has set up, and gives its own the latest price", async () => {
    const world = new ImportWorld();
    await world.uci(row("541431", "23166", 1, 1.04), row("541432", "22139", 1, 3.0));
    world.rows(`UPDATE sku SET title = 'Ours', attributes = '{}' WHERE sku = '23166' RETURNING 1`);
    await world.uci(row("541440", "23166", 1, 9.99, LATER), row("541441", "22139", 1, 4.5, LATER));
    // An older file, imported later, does not bring older prices back.
    await world.uci(row("541400", "22139", 1, 2.0, "2011-01-01 09:00:00"));

    expect(world.rows("SELECT sku, amount FROM sku_price ORDER BY sku")).toEqual([
      { sku: "22139", amount: 450 },
      { sku: "23166", amount: 104 },
    ]);
    expect(world.row("SELECT title FROM sku WHERE sku = '23166'")).toEqual({ title: "Ours" });
  });

  test("keeps rows that are alike as lines of their own and says so, or refuses them when asked to", async () => {
    const rows = [row("541431", "23166", 10, 1.04), row("541431", "23166", 10, 1.04)];
    const kept = new ImportWorld();
    expect(await kept.uci(...rows)).toMatchObject({
      lines_created: 2,
      warnings_by_code: { repeated_row: 1 },
    });

    const refused = new ImportWorld();
    const query = { repeated_rows: "reject" } as const;
    const text = [UCI_HEADER, ...rows].join("\n");
    expect(await refused.import(text, { query })).toMatchObject({
      lines_created: 1,
      rejected_by_reason: { repeated_row: 1 },
    });
    expect(await refused.import(text, { query })).toMatchObject({
      unchanged: 1,
      rejected_by_reason: { repeated_row: 1 },
    });
  });

  test("takes a free line with it, but is none if nothing in it has a price, until a later file brings that", async () => {
    const world = new ImportWorld();
    const free = row("541431", "22065", 2, "0.0");
    const postage = row("541431", "POST", 1, "5.0");
    expect(await world.uci(free, postage)).toMatchObject({
      orders_created: 0,
      rejected_by_reason: { order_without_value: 1, order_without_lines: 1 },
    });
    expect(await world.uci(row("541431", "23166", 1, 1.04))).toMatchObject({
      orders_created: 1,
      late_lines: 1,
    });
    expect(world.rows("SELECT sku, total FROM order_line ORDER BY position")).toEqual([
      { sku: "22065", total: 0 },
      { sku: "23166", total: 104 },
    ]);
    expect(world.row("SELECT total, shipping_total FROM orders")).toEqual({
      total: 604,
      shipping_total: 500,
    });
    expect(await world.uci(free, postage)).toMatchObject({ unchanged: 2, rejected: 0 });
  });
});

describe("a cancellation", () => {
  test("of the whole order within a day cancels it and gives the money back, ±80,995 units or not", async () => {
    const world = new ImportWorld();
    const report = await world.uci(
      row("581483", "23843", 80_995, 2.08),
      row("C581484", "23843", -80_995, 2.08, LATER),
    );

    expect(report).toMatchObject({ canceled_orders: 1, returns_created: 0, cancellation_rows: 1 });
    expect(
      world.row("SELECT status, payment_status, fulfillment_status, canceled_at_ms FROM orders"),
    ).toEqual({
      status: "canceled",
      payment_status: "refunded",
      fulfillment_status: "unfulfilled",
      canceled_at_ms: Date.UTC(2011, 0, 18, 10, 17),
    });
    expect(world.row("SELECT canceled_quantity, returned_quantity FROM order_line")).toEqual({
      canceled_quantity: 80_995,
      returned_quantity: 0,
    });
    expect(world.rows("SELECT * FROM order_return")).toEqual([]);
  });

  test("later or of a part is a return, on the latest order of that customer at that price with units left", async () => {
    const world = new ImportWorld();
    const report = await world.uci(
      row("1", "23166", 5, 1.04, "2011-01-01 09:00:00"),
      row("2", "23166", 5, 1.04, "2011-01-02 09:00:00"),
      row("3", "23166", 5, 2.0, "2011-01-03 09:00:00"),
      row("4", "23166", 5, 1.04, "2011-01-04 09:00:00", "99999"),
      row("C5", "23166", -3, 1.04, NEXT_WEEK),
      row("C6", "23166", -3, 1.04, NEXT_WEEK),
    );
    expect(report).toMatchObject({ returns_created: 2, canceled_orders: 0, unmatched_returns: 0 });
    expect(
      world.rows(
        "SELECT o.external_id, l.returned_quantity, o.payment_status FROM orders o JOIN order_line l ON l.order_id = o.id ORDER BY 1",
      ),
    ).toEqual([
      { external_id: "1", returned_quantity: 3, payment_status: "partially_refunded" },
      { external_id: "2", returned_quantity: 3, payment_status: "partially_refunded" },
      { external_id: "3", returned_quantity: 0, payment_status: "paid" },
      { external_id: "4", returned_quantity: 0, payment_status: "paid" },
    ]);
    expect(world.broken()).toEqual([]);
  });

  test("of more than was sold gives back what was, and keeps the rest as a return without an order", async () => {
    const world = new ImportWorld();
    const report = await world.uci(row("1", "23166", 5, 1.04), row("C2", "23166", -8, 9.0, NEXT_WEEK));
    expect(report).toMatchObject({
      cancellation_rows: 1,
      returns_created: 1,
      unmatched_returns: 1,
      warnings_by_code: { refund_bounded: 1, cancellation_unmatched: 1 },
    });
    expect(
      world.rows("SELECT quantity, amount, order_line_id IS NULL AS stray FROM return_line ORDER BY 1"),
    ).toEqual([
      { quantity: 3, amount: 2700, stray: 1 },
      { quantity: 5, amount: 520, stray: 0 },
    ]);
    expect(world.broken()).toEqual([]);
  });

  test("without a customer, or before the sale, matches nothing", async () => {
    const world = new ImportWorld();
    const report = await world.uci(
      row("2", "23166", 5, 1.04),
      row("C1", "23166", -1, 1.04, "2011-01-01 09:00:00"),
      row("3", "23166", 5, 1.04, AT, ""),
      row("C4", "23166", -1, 1.04, LATER, ""),
    );
    expect(report).toMatchObject({ unmatched_returns: 2, returns_created: 0 });
  });

  test("of postage or with a discount gives money back on the latest order that has it", async () => {
    const world = new ImportWorld();
    await world.uci(
      row("1", "23166", 5, 10),
      row("C2", "D", -1, 12.5, LATER),
      row("C3", "D", -1, 100, LATER),
    );
    expect(
      world.rows("SELECT kind, amount, reference FROM payment_transaction WHERE kind = 'refund'"),
    ).toEqual([{ kind: "refund", amount: 1250, reference: "C2" }]);
    expect(world.rows("SELECT order_id, refund_amount FROM order_return")).toEqual([
      { order_id: null, refund_amount: 10_000 },
    ]);
  });
});

test.each([
  ["bank_charge", "536779,BANK CHARGES,Bank Charges,1,2010-12-02 15:08:00,15.0,15823.0,United Kingdom"],
  ["marketplace_fee", "C537630,AMAZONFEE,AMAZON FEE,-1,2010-12-07 15:04:00,13541.33,,United Kingdom"],
  ["commission", "C564763,CRUK,CRUK Commission,-1,2011-08-30 10:00:00,1.6,14096.0,United Kingdom"],
  ["manual_entry", "539736,m,Manual,1,2010-12-21 15:18:00,2.55,,United Kingdom"],
  ["sample", "C537581,S,SAMPLES,-1,2010-12-07 12:03:00,12.95,,United Kingdom"],
  ["adjustment", "A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom"],
  ["quantity_not_positive", "536589,21777,,-10,2010-12-01 16:50:00,0.0,,United Kingdom"],
  ["order_without_value", "536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom"],
  ["cancellation_not_negative", "C1,22139,JAR,3,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["price_negative", "1,22139,JAR,3,2010-12-01 11:52:00,-1.0,1,United Kingdom"],
  ["price_unreadable", "1,22139,JAR,3,2010-12-01 11:52:00,1e400,1,United Kingdom"],
  ["amount_too_large", "1,22139,JAR,1000000,2010-12-01 11:52:00,9999999999,1,United Kingdom"],
  ["quantity_unreadable", "1,22139,JAR,1.5,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["quantity_too_large", "1,22139,JAR,1000001,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["date_unreadable", "1,22139,JAR,1,2010-02-30 11:52:00,1.0,1,United Kingdom"],
  ["date_missing", "1,22139,JAR,1,,1.0,1,United Kingdom"],
  ["order_missing", ",22139,JAR,1,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["sku_missing", "1,,JAR,1,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["sku_invalid", "1,a b/c,JAR,1,2010-12-01 11:52:00,1.0,1,United Kingdom"],
  ["row_malformed", '1,22139,"JAR,1,2010-12-01 11:52:00,1.0,1,United Kingdom'],
  ["quantity_unreadable", "1"],
])(
  "a row that is no part of an order is reported as %s, and the row after it is taken",
  async (reason, bad) => {
    const world = new ImportWorld();
    const report = await world.uci(bad, row("541431", "23166", 10, 1.04));
    expect(report.rejections).toMatchObject([{ row: 1, reason }]);
    expect(report).toMatchObject({ rows: 2, rejected: 1, lines_created: 1 });
  },
);

test("a file cut between rows that are alike keeps both, as long as the cut is not right between them", async () => {
  const [a, b, c] = [row("1", "A1", 1, 1), row("1", "B1", 1, 1), row("1", "C1", 1, 1)];
  const world = new ImportWorld();
  await world.uci(a, b, c);
  expect(await world.uci(row("1", "D1", 1, 1), a)).toMatchObject({ lines_created: 2, orders_updated: 1 });
  expect(world.row("SELECT count(*) AS lines, sum(total) AS total FROM order_line")).toEqual({
    lines: 5,
    total: 500,
  });
});

test("two requests that import the same rows at once write them once", async () => {
  const world = new ImportWorld();
  const rows = Array.from({ length: 40 }, (_, index) =>
    row(String(541_000 + (index >> 2)), `S${index}`, 1, 1),
  );
  const reports = await Promise.all([world.uci(...rows), world.uci(...rows), world.uci(...rows)]);
  expect(reports.reduce((sum, { lines_created }) => sum + lines_created, 0)).toBe(40);
  expect(world.row("SELECT count(*) AS lines FROM order_line")).toEqual({ lines: 40 });
});

test("two cancellations of one order that are imported at once both count", async () => {
  const world = new ImportWorld();
  await world.uci(row("1", "23166", 5, 1.04));
  const cancel = (number: number) => world.uci(row(`C${number}`, "23166", -1, 1.04, NEXT_WEEK));
  await Promise.all([cancel(2), cancel(3), cancel(4)]);
  expect(world.row("SELECT returned_quantity FROM order_line")).toEqual({ returned_quantity: 3 });
  expect(world.row("SELECT sum(amount) AS refunded FROM payment_transaction WHERE kind = 'refund'")).toEqual({
    refunded: 312,
  });
  expect(world.broken()).toEqual([]);
});

test("an order number that the channel has from elsewhere is left alone", async () => {
  const world = new ImportWorld();
  await world.uci(row("541431", "23166", 10, 1.04));
  world.rows("DELETE FROM import_document RETURNING 1");
  expect(await world.uci(row("541431", "99999", 1, 1))).toMatchObject({
    rejected_by_reason: { order_exists: 1 },
  });
});

describe("files as they come", () => {
  const rows = [row("541431", "23166", 10, 1.04), row("541432", "23167", 1, 2)];
  test.each([
    ["a byte order mark and CRLF", `\uFEFF${[UCI_HEADER, ...rows, ""].join("\r\n")}`],
    [
      "semicolons and decimal commas",
      [UCI_HEADER, ...rows].join("\n").replaceAll(",", ";").replaceAll("1.04", "1,04"),
    ],
    ["tabs", [UCI_HEADER, ...rows].join("\n").replaceAll(",", "\t")],
    ["Excel's own first line", `sep=;\n${[UCI_HEADER, ...rows].join("\n").replaceAll(",", ";")}`],
    ["everything quoted", [UCI_HEADER, ...rows].map((line) => `"${line.replaceAll(",", '","')}"`).join("\n")],
    [
      "other columns' names and order",
      "Price,Country,Customer ID,InvoiceDate,Quantity,StockCode,Description,Invoice\n1.04,UK,12346,2011-01-18 10:01,10,23166,MEDIUM CERAMIC JAR,541431\n2,UK,12346,1/18/2011 10:01,1,23167,MEDIUM CERAMIC JAR,541432",
    ],
  ])("%s come to the same orders", async (_name, text) => {
    const world = new ImportWorld();
    expect(await world.import(text, { pieceBytes: 7 })).toMatchObject({
      rows: 2,
      orders_created: 2,
      rejected: 0,
    });
    const plain = new ImportWorld();
    await plain.uci(...rows);
    expect(world.contents()).toEqual(plain.contents());
  });

  test("a line that is not UTF-8 is read as Windows-1252, the others are not", async () => {
    const text = [
      UCI_HEADER,
      "1,A1,Voucher \u00a320,1,2011-01-18 10:01,1,1,UK",
      "2,A2,Voucher \u00a330,1,2011-01-18 10:01,1,1,UK",
    ].join("\n");
    const utf8 = new TextEncoder().encode(text);
    // The first £ loses its lead byte: what is left is Windows-1252.
    const at = utf8.indexOf(0xc2);
    const mixed = new Uint8Array([...utf8.slice(0, at), ...utf8.slice(at + 1)]);
    const world = new ImportWorld();
    await world.import(mixed, { pieceBytes: 5 });
    expect(world.rows("SELECT title FROM order_line ORDER BY sku")).toEqual([
      { title: "Voucher £20" },
      { title: "Voucher £30" },
    ]);
  });
});
