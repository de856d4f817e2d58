import { createHmac } from "node:crypto";

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { pullConnection } from "../../src/worker/use-cases/pull-deliveries.ts";
import { stockUp, type ApiClient } from "../support/api-client.ts";
import { channelApi, ChannelWorld, readListings } from "../support/channel-world.ts";

let api: ApiClient;
beforeAll(async () => {
  api = await channelApi({ "DROP-A": 10, "DROP-B": 4 });
});

const SECRET = "a-secret-that-partners-send";
const rowsOf = (code: string) => api.get(`/v1/channels/${code}/orders`).then(({ body }) => body.data);
const dropped = (text: string | Uint8Array, key = SECRET) => ({
  bytes: typeof text === "string" ? new TextEncoder().encode(text) : text,
  headers: new Headers({ "x-api-key": key, "content-type": "text/csv" }),
});

async function partner(code: string, extra: object = {}) {
  const made = await api.put(`/v1/channels/${code}`, {
    platform: "csv",
    name: "A partner",
    settings: { currency: "EUR" },
    secrets: { webhook_secret: SECRET },
    ...extra,
  });
  expect(made.status).toBe(200);
}

test("a partner drops orders as a file and fetches quantities and shipments as files", async () => {
  const world = new ChannelWorld();
  await partner("files", { rule: { buffer: 2 } });
  await world.news(["DROP-A", "DROP-B"]);
  await world.run();
  const file = [
    "order_id,placed_at,sku,quantity,unit_price,shipping,email,name,line1,city,postal_code,country",
    'P-1,2026-09-20T10:00:00Z,DROP-A,2,"1,010.00",5.00,ada@example.com,"Ada ""L""",1 Main St,Berlin,10115,DE',
    "P-1,2026-09-20T10:00:00Z,DROP-B,1,3.50,,,,,,,",
    "P-2,2026-09-20T11:00:00Z,NOBODY-KNOWS,1,3.50,,,,,,,DE",
    "P-3,2026-09-20T11:00:00Z,DROP-A,1.5,3.50,,,,,,,DE",
    "P-4,yesterday,DROP-A,1,3.50,,,,,,,DE",
  ].join("\r\n");
  expect(await world.deliver("files", dropped(file))).toBe("accepted");
  expect(await world.deliver("files", dropped(`\uFEFF${file}`))).toBe("accepted");
  expect(await world.deliver("files", dropped(file, "a-wrong-secret-of-17"))).toBe("forged");
  const taken = Object.fromEntries(
    (await rowsOf("files")).map((row: { external_id: string; outcome: string; reason: string | null }) => [
      row.external_id,
      `${row.outcome} ${row.reason ?? ""}`.trim(),
    ]),
  );
  expect(taken).toEqual({
    "P-1": "captured",
    "P-2": "refused sku_unmatched",
    "P-3": "refused quantity_fractional",
    "P-4": "refused unreadable",
  });
  await world.settle(["DROP-A", "DROP-B"]);
  const [, order] = await Promise.all([world.run(), api.get("/v1/orders?channel=csv")]);
  expect(order.body.data).toMatchObject([
    { total: 202_850, payment_status: "paid", currency: "EUR", external_id: "files:P-1" },
  ]);
  const quantities = await api.get("/v1/channels/files/files/quantities");
  expect(quantities.headers.get("content-type")).toMatch("text/csv");
  expect(quantities.body).toContain("DROP-A,6\r\n");
  expect(quantities.body).toContain("DROP-B,1\r\n");
  const shipments = await api.get("/v1/channels/files/files/shipments?since=2020-01-01T00:00:00Z");
  expect(shipments.body).toMatch(/P-1,shipped,DROP-A,2,/);
  expect((await api.get("/v1/channels/none/files/quantities")).status).toBe(404);
});

test("files of other encodings and delimiters are read, and what is no such file is refused with what it lacks", async () => {
  const world = new ChannelWorld();
  await partner("other-files");
  const excel =
    "order_id;placed_at;sku;quantity;unit_price;name;country\r\nX-1;2026-09-20 10:00;DROP-A;1;1.234,50;J\xF6rg;DE\r\n";
  const latin = Uint8Array.from(excel, (char) => char.charCodeAt(0));
  await world.deliver("other-files", dropped(latin));
  for (const wrong of [
    "",
    "a,b\n1,2",
    "{}",
    "\u0000\u0001",
    'order_id,placed_at,sku,quantity,unit_price\n"open',
  ])
    expect(await world.deliver("other-files", dropped(wrong)), JSON.stringify(wrong)).toBe("accepted");
  const many = ["order_id,placed_at,sku,quantity,unit_price"];
  for (let index = 0; index < 101; index += 1) many.push(`M-${index},2026-09-20,DROP-A,1,1`);
  await world.deliver("other-files", dropped(many.join("\n")));
  expect(await rowsOf("other-files")).toMatchObject([{ external_id: "X-1", outcome: "captured" }]);
  const total = await env.DB.prepare("SELECT total FROM orders WHERE external_id = 'other-files:X-1'").first(
    "total",
  );
  expect(total).toBe(123_450);
});

test("a queue of Amazon's is emptied: each notification is applied before it is deleted there", async () => {
  const world = new ChannelWorld();
  const body = JSON.stringify({ Payload: { OrderChangeNotification: { AmazonOrderId: "902-7" } } });
  let waiting = [{ MessageId: "m-1", ReceiptHandle: "r", Body: body }];
  let isDeleting = false;
  world.shops.push({
    host: "sqs.eu-west-1.amazonaws.com",
    fetch: async (request) => {
      const target = request.headers.get("x-amz-target");
      if (
        request.headers.get("authorization")?.startsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") !== true
      )
        return Response.json({ message: "no" }, { status: 403 });
      if (target === "AmazonSQS.ReceiveMessage") return Response.json({ Messages: waiting });
      if (!isDeleting) return Response.json({ message: "later" }, { status: 503 });
      waiting = [];
      return Response.json({ Successful: [{ Id: "0" }] });
    },
  });
  const made = await api.put("/v1/channels/amazon-queue", {
    platform: "amazon",
    name: "Our listings",
    settings: {
      region: "eu",
      seller_id: "A3TH9S8BH6GOGM",
      marketplace_id: "A1PA6795UKMFR9",
      sqs_queue_url: "https://sqs.eu-west-1.amazonaws.com/123456789012/holdfast",
    },
    secrets: {
      client_id: "client-id",
      client_secret: "client-secret",
      refresh_token: "refresh-token",
      webhook_secret: "a-secret-of-the-tests",
      aws_access_key_id: "AKIDEXAMPLE",
      aws_secret_access_key: "wJalrXUtnFEMI",
    },
  });
  expect(made.status).toBe(200);
  await pullConnection(world.services(), "amazon-queue").catch(() => {});
  isDeleting = true;
  world.aheadMs += 3_600_000;
  await pullConnection(world.services(), "amazon-queue");
  expect(waiting).toEqual([]);
  const asked = world.queue.filter(({ body: sent }) => JSON.stringify(sent).includes("902-7"));
  expect(asked.length).toBeGreaterThanOrEqual(1);
});

/** A seller's account at Whatnot, as its Seller API v2 answers. */
class FakeWhatnot {
  readonly quantities = new Map([["var-1", 0]]);
  readonly keys = new Set<string>();
  readonly calls: Array<string> = [];
  order = { id: "5001", status: "pending_fulfillment", updated_at: "2026-09-20T10:00:05.000Z" };
  tracking: unknown = null;

  readonly fetch = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname.replace("/seller-api/rest/v2", "");
    this.calls.push(`${request.method} ${path}`);
    if (request.headers.get("authorization") !== "Bearer wn_access_tk_test")
      return Response.json({ message: "no" }, { status: 401 });
    const money = (amount: string) => ({ amount, currency: "USD" });
    const variant = {
      id: "var-1",
      product_id: "prod-1",
      sku: "SHOWN",
      inventory: { available_quantity: this.quantities.get("var-1") ?? 0 },
    };
    switch (`${request.method} ${path}`) {
      case "GET /products":
        return Response.json({ products: [{ id: "prod-1", title: "Card" }], next_cursor: null });
      case "GET /products/prod-1/variants":
        return Response.json({ variants: [variant] });
      case "GET /products/prod-1/variants/var-1":
        return Response.json(variant);
      case "POST /inventory/set": {
        const { items } = (await request.json()) as {
          items: Array<{ variant_id: string; quantity: number; idempotency_key: string }>;
        };
        const results = items.map(({ variant_id: id, quantity, idempotency_key: key }) => {
          const isRepeat = this.keys.has(key);
          this.keys.add(key);
          if (!isRepeat) this.quantities.set(id, quantity);
          return { variant_id: id, idempotency_key: key, status: isRepeat ? "already_applied" : "applied" };
        });
        return Response.json({ results });
      }
      case "GET /orders/5001":
        return Response.json({
          ...this.order,
          created_at: "2026-09-20T10:00:00.000Z",
          show_id: "show-7",
          amounts: { total: money("25.00"), shipping: money("5.00") },
          buyer: { username: "collector" },
        });
      case "GET /orders/5001/items":
        return Response.json({
          items: [{ id: "9001", quantity: 2, unit_price: money("10.00"), variant_id: "var-1" }],
        });
      case "GET /orders":
        return Response.json({ orders: [], next_cursor: null });
      case "POST /orders/5001/cancel":
        this.order = { ...this.order, status: "cancelled" };
        return Response.json(this.order);
      case "POST /shipments/add_tracking_code":
        this.tracking = await request.json();
        return Response.json({});
      default:
        return Response.json({ message: "not found" }, { status: 404 });
    }
  };
}

const WEBHOOK_KEY = Buffer.from("a key of the webhooks of the tests").toString("base64");

function signed(body: object, { atMs = Date.now(), key = WEBHOOK_KEY } = {}) {
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac("sha256", Buffer.from(key, "base64"))
    .update(`msg_1.${timestamp}.${text}`)
    .digest("base64");
  return {
    bytes: new TextEncoder().encode(text),
    headers: new Headers({
      "webhook-id": "msg_1",
      "webhook-timestamp": timestamp,
      "webhook-signature": `v1,${Buffer.from("another").toString("base64")} v1,${signature}`,
    }),
  };
}

test("Whatnot's orders of a show are fetched, shipped and told; its shows are heard of; quantities are set once", async () => {
  await stockUp(api, "SHOWN", 8);
  const world = new ChannelWorld();
  const whatnot = new FakeWhatnot();
  world.shops.push({ host: "api.whatnot.com", fetch: whatnot.fetch });
  const made = await api.put("/v1/channels/whatnot", {
    platform: "whatnot",
    name: "Our shows",
    settings: {},
    secrets: { access_token: "wn_access_tk_test", webhook_secret: `whsec_${WEBHOOK_KEY}` },
  });
  expect(made.status).toBe(200);
  await world.news(["SHOWN"]);
  await world.run();
  expect((await readListings(world, "whatnot")).matched).toMatchObject({ sku: 1 });
  await world.run();
  expect(whatnot.quantities.get("var-1")).toBe(8);

  const created = { type: "orders.created", timestamp: "2026-09-20T10:00:05.000Z", data: { id: "5001" } };
  expect(await world.deliver("whatnot", signed(created, { key: "c29tZWJvZHk=" }))).toBe("forged");
  expect(await world.deliver("whatnot", signed(created, { atMs: Date.now() - 600_000 }))).toBe("forged");
  for (let times = 0; times < 3; times += 1)
    expect(await world.deliver("whatnot", signed(created))).toBe("accepted");
  await world.settle(["SHOWN"]);
  const [row] = await rowsOf("whatnot");
  const order = (await api.get(`/v1/orders/${row.order}`)).body;
  expect(order).toMatchObject({
    channel: "whatnot",
    total: 2_500,
    currency: "USD",
    shipping_total: 500,
    metadata: { channel_order: "5001", channel_show: "show-7" },
  });
  expect(whatnot.quantities.get("var-1")).toBe(6);
  expect(order.shipments).toHaveLength(1);
  expect(whatnot.tracking).toMatchObject({ order_item_ids: ["9001"] });

  const started = { type: "shows.started", timestamp: "2026-09-20T10:00:00.000Z", data: { id: "show-7" } };
  for (let times = 0; times < 2; times += 1) await world.deliver("whatnot", signed(started));
  await world.run();
  expect((await api.get("/v1/events?type=channel.show_started")).body.data).toMatchObject([
    { subject: "whatnot", data: { show: "show-7", state: "started" } },
  ]);
  for (const odd of [[], { type: 7 }, { type: "orders.created" }, { type: "shows.ended", data: null }])
    expect(await world.deliver("whatnot", signed(odd))).toBe("accepted");
});
