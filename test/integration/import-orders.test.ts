import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";

import { IMPORT_BYTES_MAX } from "../../src/contract/imports.ts";
import { apiClient, seedKey, stockUp, type Reply } from "../support/api-client.ts";

const api = apiClient("sk_test_import");
beforeAll(async () => {
  await seedKey("sk_test_import");
  await seedKey("sk_test_reader", ["orders:read"]);
});

const HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const AT = "2011-01-18 10:01:00";

function post(
  body: BodyInit | null,
  {
    query = "",
    type = "text/csv",
    headers = {},
  }: { query?: string; type?: string; headers?: Record<string, string> } = {},
): Promise<Reply> {
  return api.send("POST", `/v1/orders/import${query}`, {
    body,
    headers: { "content-type": type, "idempotency-key": crypto.randomUUID(), ...headers },
  });
}

async function gzip(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

/** Blocks of `text` without a length, as an upload from a pipe has none. */
function endless(text: string, blocks: number): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  let sent = 0;
  return new ReadableStream({
    pull(controller) {
      sent += 1;
      if (sent > blocks) controller.close();
      else controller.enqueue(bytes);
    },
  });
}

test("a dirty file is taken row by row, and taken again changes nothing", async () => {
  const body = `\uFEFF${[
    HEADER,
    `541431,23166,MEDIUM CERAMIC JAR,74215,${AT},1.04,12346.0,United Kingdom`,
    `541431,POST,POSTAGE,1,${AT},18.0,12346.0,United Kingdom`,
    `541432,22139,,-5,${AT},0.0,,United Kingdom`,
    `541433,"85123a","HEART, WHITE",2,${AT},2.55,,EIRE`,
    `"never closed,1`,
    `C541434,23166,MEDIUM CERAMIC JAR,-74215,2011-01-18 10:17:00,1.04,12346.0,United Kingdom`,
  ].join("\r\n")}`;
  const first = await post(body);
  expect(first).toMatchObject({
    status: 200,
    body: {
      mapping: "uci",
      channel: "csv",
      rows: 6,
      lines_created: 2,
      shipping_rows: 1,
      cancellation_rows: 1,
      rejected: 2,
      orders_created: 2,
      canceled_orders: 1,
      skus_created: 2,
      rejections: [
        { row: 3, reference: "541432/22139", reason: "quantity_not_positive" },
        { row: 5, reason: "row_malformed" },
      ],
    },
  });
  const again = await post(body);
  expect(again.body).toMatchObject({
    rows: 6,
    unchanged: 4,
    rejected: 2,
    orders_created: 0,
    orders_unchanged: 2,
  });

  const { results } = await env.DB.prepare("SELECT status, total FROM orders ORDER BY external_id").all();
  expect(results).toEqual([
    { status: "canceled", total: 7_720_160 },
    { status: "completed", total: 510 },
  ]);
});

test("an imported order is read as any other", async () => {
  await post(
    `${HEADER}\n7001,IMP-1,JAR,3,${AT},2.00,55,France\nC7002,IMP-1,JAR,-1,2011-03-01 10:00:00,2.00,55,France`,
  );
  const row = await env.DB.prepare("SELECT id FROM orders WHERE external_id = '7001'").first<{
    id: string;
  }>();
  const order = await api.get(`/v1/orders/${row?.id ?? ""}`);
  expect(order).toMatchObject({
    status: 200,
    body: {
      status: "completed",
      payment_status: "partially_refunded",
      fulfillment_status: "delivered",
      channel: "csv",
      total: 600,
      paid_total: 600,
      refunded_total: 200,
      lines: [{ sku: "IMP-1", quantity: 3, returned: 1 }],
      created_at: "2011-01-18T10:01:00.000Z",
    },
  });
});

test("a SKU that only an import has named can be stocked and held at once", async () => {
  await stockUp(api, "OTHER", 0);
  await post(`${HEADER}\n7101,FROM-FILE,JAR,3,${AT},2.00,55,France`);
  expect(await api.get("/v1/skus/FROM-FILE/availability")).toMatchObject({
    status: 200,
    body: { available: 0 },
  });
  const moved = await api.post("/v1/stock/movements", {
    movements: [{ sku: "FROM-FILE", location: "BER-1", kind: "received", quantity: 2 }],
  });
  expect(moved.status).toBe(200);
  const held = await api.post("/v1/holds", { lines: [{ sku: "FROM-FILE", quantity: 2 }], buyer: "b-1" });
  expect(held.status).toBe(201);
  expect(await api.get("/v1/skus/NEVER-NAMED/availability")).toMatchObject({ status: 404 });
});

test("semicolons, gzip and JSON lines are read as well", async () => {
  const semicolons = `${HEADER}\n7201,S1,JAR,3,${AT},2.00,55,France`
    .replaceAll(",", ";")
    .replace("2.00", "2,00");
  expect((await post(semicolons)).body).toMatchObject({ lines_created: 1 });
  const packed = await gzip(`${HEADER}\n7202,S1,JAR,3,${AT},2.00,55,France`);
  expect((await post(packed, { headers: { "content-encoding": "gzip" } })).body).toMatchObject({
    lines_created: 1,
  });
  const line = { order: "7203", sku: "S1", quantity: 3, unit_price: "2.00", currency: "EUR", placed_at: AT };
  const json = await post(JSON.stringify(line), { type: "application/x-ndjson" });
  expect(json.body).toMatchObject({ mapping: "canonical", lines_created: 1 });
});

describe("what is no file of orders", () => {
  test.each([
    ["nothing", "", {}, 400, "malformed"],
    ["blank lines", "\n\n\n", {}, 400, "malformed"],
    ["a picture", new Uint8Array(5000).map((_, index) => (index * 37) % 256), {}, 422, "mapping_unknown"],
    ["other columns", "a,b,c\n1,2,3", {}, 422, "mapping_unknown"],
    [
      "columns that the named mapping lacks",
      `${HEADER}\n`,
      { query: "?mapping=shopify" },
      422,
      "mapping_unknown",
    ],
    ["JSON that is no object", "[1,2]", { type: "application/x-ndjson" }, 400, "malformed"],
    ["text that says it is packed", HEADER, { headers: { "content-encoding": "gzip" } }, 400, "malformed"],
    ["an unknown packing", HEADER, { headers: { "content-encoding": "br" } }, 415, "media_type_unsupported"],
    ["another media type", HEADER, { type: "application/json" }, 415, "media_type_unsupported"],
    ["an unknown option", HEADER, { query: "?mapping=magic" }, 422, "request_invalid"],
    ["columns that are no JSON", HEADER, { query: "?columns=x" }, 422, "request_invalid"],
    [
      "columns of unknown names",
      HEADER,
      { query: "?columns=%7B%22x%22%3A%22y%22%7D" },
      422,
      "request_invalid",
    ],
  ])("%s is refused", async (_name, body, options, status, code) => {
    const reply = await post(body, options);
    expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
  });

  test("more than 32 MB is refused, counted on the stream", async () => {
    const line = `${`9,,${"x".repeat(200)}\n`.repeat(300)}`;
    const blocks = Math.ceil(IMPORT_BYTES_MAX / line.length) + 1;
    const streamed = await post(endless(`${HEADER}\n${line}`, blocks));
    expect(streamed).toMatchObject({ status: 413, body: { code: "body_too_large" } });
  });

  test("a few kilobytes that unpack to more than ten times the cap are refused", async () => {
    const packed = await new Response(
      endless("9".repeat(1_000_000), 340).pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer();
    expect(packed.byteLength).toBeLessThan(1_000_000);
    const reply = await post(packed, { headers: { "content-encoding": "gzip" } });
    expect([413, 422]).toContain(reply.status);
  });

  test("a key without the scope, and a call without an idempotency key, are refused", async () => {
    expect((await post(HEADER, { headers: { authorization: "Bearer sk_test_reader" } })).status).toBe(403);
    const bare = await api.send("POST", "/v1/orders/import", {
      body: HEADER,
      headers: { "content-type": "text/csv" },
    });
    expect(bare).toMatchObject({ status: 400, body: { code: "idempotency_key_missing" } });
  });
});
