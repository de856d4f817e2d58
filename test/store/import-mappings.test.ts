import { describe, expect, test } from "vitest";

import { ImportWorld } from "../support/import-world.ts";

const SHOPIFY_HEADER =
  "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Phone";
const columns = SHOPIFY_HEADER.split(",");

/** One row of a Shopify export; what is not named is empty. */
function shopifyRow(fields: Readonly<Record<string, string>>): string {
  return columns.map((column) => `"${(fields[column] ?? "").replaceAll('"', '""')}"`).join(",");
}

const orderFields = {
  Name: "#1001",
  Email: "Ada@Example.com",
  "Financial Status": "paid",
  "Fulfillment Status": "fulfilled",
  Currency: "EUR",
  Subtotal: "45.00",
  Shipping: "4.90",
  Taxes: "9.48",
  Total: "59.38",
  "Discount Code": "HELLO",
  "Discount Amount": "5.00",
  "Shipping Method": "DHL Paket",
  "Created at": "2026-03-01 10:00:00 +0100",
  "Shipping Name": "Ada Lovelace",
  "Shipping Address1": "12 St James's Square",
  "Shipping City": "London",
  "Shipping Zip": "'SW1Y 4LB",
  "Shipping Country": "GB",
  "Billing Name": "Ada Lovelace",
  Notes: 'Leave it at the door,\nnot "inside"',
};
const mug = {
  Name: "#1001",
  "Lineitem quantity": "2",
  "Lineitem name": "Mug - Blue",
  "Lineitem price": "15.00",
  "Lineitem sku": "MUG-BLUE",
};
const tee = {
  Name: "#1001",
  "Lineitem quantity": "1",
  "Lineitem name": "Tee",
  "Lineitem price": "20.00",
  "Lineitem sku": "TEE",
};
const first = shopifyRow({ ...orderFields, ...mug });
const second = shopifyRow(tee);
const shopify = (...rows: ReadonlyArray<string>) => [SHOPIFY_HEADER, ...rows].join("\n");

describe("a Shopify export", () => {
  test("has the order's fields on its first row only, and notes over several lines", async () => {
    const world = new ImportWorld();
    expect(await world.import(shopify(first, second))).toMatchObject({
      mapping: "shopify",
      channel: "shopify",
      rows: 2,
      lines_created: 2,
      orders_created: 1,
      warnings_by_code: {},
    });
    expect(world.row("SELECT * FROM orders")).toMatchObject({
      external_id: "#1001",
      subtotal: 5000,
      discount_total: 500,
      shipping_total: 490,
      tax_total: 948,
      total: 5938,
      shipping_method: "DHL Paket",
      placed_at_ms: Date.UTC(2026, 2, 1, 9),
    });
    expect(JSON.parse(String(world.row("SELECT shipping_address FROM orders")["shipping_address"]))).toEqual({
      name: "Ada Lovelace",
      line1: "12 St James's Square",
      city: "London",
      postal_code: "SW1Y 4LB",
      country: "GB",
    });
    // In lower case, as the list of orders looks for it.
    expect(world.row("SELECT email, name FROM customer")).toEqual({
      email: "ada@example.com",
      name: "Ada Lovelace",
    });
    expect(world.broken()).toEqual([]);
  });

  test("cut inside an order comes to the same as the whole", async () => {
    const whole = new ImportWorld();
    await whole.import(shopify(first, second));
    const cut = new ImportWorld();
    await cut.import(shopify(first));
    expect(await cut.import(shopify(second))).toMatchObject({ orders_updated: 1, lines_created: 1 });
    expect(cut.contents()).toEqual(whole.contents());
  });

  test("of a shop that shows prices with tax adds none on top", async () => {
    const world = new ImportWorld();
    await world.import(
      shopify(shopifyRow({ ...orderFields, ...mug, "Discount Amount": "0.00", Total: "34.90" })),
    );
    expect(world.row("SELECT tax_total, total FROM orders")).toEqual({ tax_total: 0, total: 3490 });
  });

  test("exported again after a refund brings the refund, and no line twice", async () => {
    const world = new ImportWorld();
    await world.import(shopify(first, second));
    const refunded = shopifyRow({
      ...orderFields,
      ...mug,
      "Financial Status": "partially_refunded",
      "Refunded Amount": "20.00",
    });
    expect(await world.import(shopify(refunded, second))).toMatchObject({ orders_updated: 1, unchanged: 2 });
    expect(world.row("SELECT payment_status FROM orders")).toEqual({ payment_status: "partially_refunded" });
    expect(world.rows("SELECT kind, amount FROM payment_transaction ORDER BY kind")).toEqual([
      { kind: "authorization", amount: 5938 },
      { kind: "capture", amount: 5938 },
      { kind: "refund", amount: 2000 },
    ]);
    expect(await world.import(shopify(refunded, second))).toMatchObject({
      orders_updated: 0,
      orders_unchanged: 1,
    });
  });

  test.each([
    ["paid", {}, "completed", "paid"],
    ["pending", {}, "completed", "unpaid"],
    ["authorized", {}, "completed", "authorized"],
    ["partially_paid", { "Outstanding Balance": "10.00" }, "completed", "partially_paid"],
    ["refunded", { "Cancelled at": "2026-03-02 10:00:00 +0100" }, "canceled", "refunded"],
    [
      "voided",
      { "Cancelled at": "2026-03-02 10:00:00 +0100", "Fulfillment Status": "" },
      "canceled",
      "voided",
    ],
  ])("that is %s is written so", async (status, fields, orderStatus, paymentStatus) => {
    const world = new ImportWorld();
    await world.import(
      shopify(shopifyRow({ ...orderFields, ...mug, "Financial Status": status, ...fields })),
    );
    expect(world.row("SELECT status, payment_status FROM orders")).toEqual({
      status: orderStatus,
      payment_status: paymentStatus,
    });
  });

  test.each(["", "unfulfilled", "partial"])(
    "with goods still to send (%s) is left to whoever keeps the stock",
    async (status) => {
      const world = new ImportWorld();
      const text = shopify(shopifyRow({ ...orderFields, ...mug, "Fulfillment Status": status }));
      expect(await world.import(text)).toMatchObject({
        rejected_by_reason: { order_open: 1 },
        orders_created: 0,
      });
      expect(world.rows("SELECT * FROM orders")).toEqual([]);
    },
  );

  test("names a thing without a SKU by its title", async () => {
    const world = new ImportWorld();
    await world.import(shopify(shopifyRow({ ...orderFields, ...mug, "Lineitem sku": "" })));
    expect(world.rows("SELECT sku FROM order_line")).toEqual([{ sku: "Mug-Blue" }]);
  });
});

describe("our own columns", () => {
  const canonical = [
    "order,kind,placed_at,sku,title,quantity,unit_price,currency,customer,shipping,discount,tax,country",
    "A1,,2026-01-01T10:00:00Z,MUG,Mug,2,1500,JPY,c-1,500,300,270,JP",
    "A1,,,TEE,Tee,1,2000,,,,,,",
    "A2,line,2026-01-02T10:00:00+09:00,MUG,Mug,1,1500,JPY,c-2,,,,",
    "A2,shipping,,,Express,,900,,,,,,",
    "A1,return,2026-01-09,MUG,,1,1500,,,,,,",
  ].join("\n");

  test("need the order's fields on one row, count in the currency's own decimals, and let a return name its order", async () => {
    const world = new ImportWorld();
    expect(await world.import(canonical)).toMatchObject({
      mapping: "canonical",
      rejected: 0,
      orders_created: 2,
      shipping_rows: 1,
      cancellation_rows: 1,
      returns_created: 1,
    });
    expect(world.rows("SELECT external_id, currency, total, payment_status FROM orders ORDER BY 1")).toEqual([
      { external_id: "A1", currency: "JPY", total: 5470, payment_status: "partially_refunded" },
      { external_id: "A2", currency: "JPY", total: 2400, payment_status: "paid" },
    ]);
    expect(world.broken()).toEqual([]);
    const before = world.contents();
    await world.import(canonical);
    expect(world.contents()).toEqual(before);
  });

  test("may have other names", async () => {
    const world = new ImportWorld();
    const text = "Bestellnr;Artikel;Menge;Preis;Datum;Gekauft in\nX-1;MUG;3;1.234,50;2026-01-01;EUR";
    const query = {
      columns: {
        order: "Bestellnr",
        sku: "Artikel",
        quantity: "Menge",
        unit_price: "Preis",
        placed_at: "Datum",
        currency: "Gekauft in",
      },
    } as const;
    expect(await world.import(text, { query })).toMatchObject({ mapping: "custom", lines_created: 1 });
    expect(world.row("SELECT total FROM orders")).toEqual({ total: 370_350 });
  });

  test("come as JSON lines as well, to the same orders as CSV", async () => {
    const csv = new ImportWorld();
    await csv.import(
      "order,placed_at,sku,title,quantity,unit_price\nX,2026-01-01,MUG,Mug,2,19.99\nX,,TEE,Tee,1,5",
      { query: { currency: "EUR" as never } },
    );
    const json = new ImportWorld();
    const lines = [
      { order: "X", placed_at: "2026-01-01", sku: "MUG", title: "Mug", quantity: 2, unit_price: "19.99" },
      { order: "X", sku: "TEE", title: "Tee", quantity: 1, unit_price: 5, note: { ignored: true } },
    ];
    const report = await json.import(`${lines.map((line) => JSON.stringify(line)).join("\n")}\n[1]\n{`, {
      format: "ndjson",
      query: { currency: "EUR" as never },
    });
    expect(report).toMatchObject({ rows: 4, lines_created: 2, rejected_by_reason: { row_malformed: 2 } });
    expect(json.contents()).toEqual(csv.contents());
  });

  test.each([
    ["currency_missing", "X,MUG,1,5,2026-01-01,"],
    ["currency_unknown", "X,MUG,1,5,2026-01-01,XYZ"],
    ["date_missing", "X,MUG,1,5,,EUR"],
  ])("without what an order needs are reported as %s", async (reason, line) => {
    const world = new ImportWorld();
    const report = await world.import(`order,sku,quantity,unit_price,placed_at,currency\n${line}`);
    expect(report.rejections).toMatchObject([{ row: 1, reason }]);
  });

  test("cannot put two currencies into one order", async () => {
    const world = new ImportWorld();
    const report = await world.import(
      "order,sku,quantity,unit_price,placed_at,currency\nX,MUG,1,5,2026-01-01,EUR\nX,TEE,1,5,2026-01-01,USD",
    );
    expect(report).toMatchObject({ lines_created: 1, rejections: [{ row: 2, reason: "currency_differs" }] });
  });
});
