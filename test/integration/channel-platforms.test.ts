import { createHmac } from "node:crypto";

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { apiClient, type ApiClient } from "../support/api-client.ts";
import { channelApi, ChannelWorld } from "../support/channel-world.ts";

let api: ApiClient;
beforeAll(async () => {
  api = await channelApi({ CUP: 10, PLATE: 10, BOWL: 10, SPOON: 10 });
});

const HOOK = "https://holdfast.example/webhooks/till";
const KEY = "square signature key";

async function connect(code: string, body: Record<string, unknown>): Promise<void> {
  const made = await api.put(`/v1/channels/${code}`, { name: code, ...body });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
}

function signed(body: string, headers: Record<string, string>): { bytes: Uint8Array; headers: Headers } {
  return { bytes: new TextEncoder().encode(body), headers: new Headers(headers) };
}

function squareDelivery(order: Record<string, unknown>) {
  const body = JSON.stringify({ order });
  const signature = createHmac("sha256", KEY).update(`${HOOK}${body}`).digest("base64");
  return signed(body, { "x-square-hmacsha256-signature": signature });
}

function squareOrder(id: string, state: string, quantity: number, version: number): Record<string, unknown> {
  const money = { amount: quantity * 500, currency: "EUR" };
  return {
    id,
    location_id: "TILL1",
    state,
    version,
    created_at: "2026-09-20T10:00:00Z",
    updated_at: `2026-09-20T10:00:0${version}Z`,
    total_money: money,
    net_amount_due_money: { amount: state === "COMPLETED" ? 0 : money.amount, currency: "EUR" },
    line_items: [
      {
        uid: "line-1",
        name: "Cup",
        catalog_object_id: "CUP-VARIATION",
        quantity: String(quantity),
        total_money: money,
      },
    ],
  };
}

async function onHand(sku: string): Promise<number> {
  const { body } = await api.get(`/v1/skus/${sku}/stock`);
  return body.locations.reduce((sum: number, { on_hand: units }: { on_hand: number }) => sum + units, 0);
}

test("a sale at a till takes its units from the shelf there, once, whether it was rung up before or not", async () => {
  const world = new ChannelWorld();
  await connect("till", {
    platform: "square",
    settings: { location_id: "TILL1", notification_url: HOOK },
    secrets: { access_token: "a square token", signature_key: KEY },
    locations: { TILL1: "BER-1" },
  });
  await api.put("/v1/channels/till/listings/CUP-VARIATION", { sku: "CUP" });
  const sale = squareDelivery(squareOrder("order-1", "COMPLETED", 2, 1));
  expect(await world.deliver("till", sale)).toBe("accepted");
  await world.run();
  expect(await world.deliver("till", sale)).toBe("accepted");
  await world.run();
  expect(await onHand("CUP")).toBe(8);

  await world.deliver("till", squareDelivery(squareOrder("order-2", "OPEN", 3, 1)));
  await world.run();
  expect([await onHand("CUP"), await world.available("CUP")]).toEqual([8, 5]);
  await world.deliver("till", squareDelivery(squareOrder("order-2", "COMPLETED", 3, 2)));
  await world.run();
  expect([await onHand("CUP"), await world.available("CUP")]).toEqual([5, 5]);
  const orders = await api.get("/v1/orders?channel=pos&status=completed");
  expect(orders.body.data).toHaveLength(2);
  expect(orders.body.data[0]).toMatchObject({ payment_status: "paid", fulfillment_status: "delivered" });

  await world.deliver("till", squareDelivery(squareOrder("order-3", "COMPLETED", 50, 1)));
  await world.run();
  expect(await onHand("CUP")).toBe(5);
  expect((await api.get("/v1/exceptions?kind=counter_sale_unbacked")).body.data).toHaveLength(1);
});

test("a till's location that nobody mapped is refused with what to do", async () => {
  const world = new ChannelWorld();
  const elsewhere = { ...squareOrder("order-9", "COMPLETED", 1, 1), location_id: "TILL2" };
  await world.deliver("till", squareDelivery(elsewhere));
  const { body } = await api.get("/v1/channels/till/orders?outcome=refused");
  expect(body.data[0]).toMatchObject({ external_id: "order-9", reason: "location_unknown" });
});

const amazonOrder = {
  orderId: "250-1234567-8901234",
  createdTime: "2026-09-20T02:30:00Z",
  lastUpdatedTime: "2026-09-20T06:45:00Z",
  proceeds: { grandTotal: { amount: "24.99", currencyCode: "EUR" } },
  fulfillment: { fulfillmentStatus: "UNSHIPPED", fulfilledBy: "MERCHANT" },
  recipient: {
    deliveryAddress: {
      name: "Ada",
      addressLine1: "1 Main St",
      city: "Berlin",
      postalCode: "10115",
      countryCode: "DE",
    },
  },
  orderItems: [
    {
      orderItemId: "25012345678901",
      quantityOrdered: 1,
      product: {
        sellerSku: "PLATE",
        title: "Plate",
        price: { unitPrice: { amount: "20.00", currencyCode: "EUR" } },
      },
      proceeds: {
        breakdowns: [
          { type: "ITEM", subtotal: { amount: "20.00", currencyCode: "EUR" } },
          { type: "SHIPPING", subtotal: { amount: "4.99", currencyCode: "EUR" } },
        ],
      },
    },
  ],
};

/** Amazon as far as one order and one listing go. */
function fakeAmazon(told: Array<unknown>) {
  return async (request: Request): Promise<Response> => {
    const { host, pathname } = new URL(request.url);
    if (host === "api.amazon.com") return Response.json({ access_token: "a token", expires_in: 3_600 });
    if (request.headers.get("x-amz-access-token") !== "a token") return new Response("", { status: 403 });
    if (pathname.startsWith("/orders/2026-01-01/orders/")) return Response.json({ order: amazonOrder });
    if (pathname.endsWith("/shipmentConfirmation")) {
      told.push(await request.json());
      return new Response(null, { status: 204 });
    }
    return Response.json({ items: [], status: "ACCEPTED" });
  };
}

test("an Amazon notification has the order fetched, shipped, and confirmed there", async () => {
  const world = new ChannelWorld();
  const told: Array<unknown> = [];
  for (const host of ["api.amazon.com", "sellingpartnerapi-eu.amazon.com"])
    world.shops.push({ host, fetch: fakeAmazon(told) });
  await connect("amazon-de", {
    platform: "amazon",
    settings: { region: "eu", seller_id: "A3TH9S8BH6GOGM", marketplace_id: "A1PA6795UKMFR9" },
    secrets: {
      client_id: "client-id",
      client_secret: "client-secret",
      refresh_token: "refresh-token",
      webhook_secret: "0123456789abcdef",
    },
  });
  const notification = JSON.stringify({
    NotificationType: "ORDER_CHANGE",
    Payload: { OrderChangeNotification: { AmazonOrderId: amazonOrder.orderId } },
  });
  expect(await world.deliver("amazon-de", signed(notification, { "x-api-key": "something else!!" }))).toBe(
    "forged",
  );
  expect(await world.deliver("amazon-de", signed(notification, { "x-api-key": "0123456789abcdef" }))).toBe(
    "accepted",
  );
  await world.settle(["PLATE"]);
  const { body } = await api.get("/v1/orders?channel=amazon");
  expect(body.data).toEqual([
    expect.objectContaining({ total: 2_499, shipping_total: 499, payment_status: "paid" }),
  ]);
  expect(told).toEqual([
    expect.objectContaining({
      marketplaceId: "A1PA6795UKMFR9",
      packageDetail: expect.objectContaining({
        orderItems: [{ orderItemId: "25012345678901", quantity: 1 }],
      }),
    }),
  ]);
  expect(await world.available("PLATE")).toBe(9);
});

test("a TikTok order of one unit a line becomes lines of ours, kept until it may be sent", async () => {
  const world = new ChannelWorld();
  const secrets = { app_key: "app-key", app_secret: "app-secret", refresh_token: "refresh-token" };
  await connect("tiktok-de", {
    platform: "tiktok",
    settings: { shop_cipher: "cipher", warehouse_id: "7" },
    secrets,
  });
  const order = (status: string, updated: number) => {
    const body = JSON.stringify({
      code: 0,
      data: {
        orders: [
          {
            id: "576461413038785752",
            status,
            create_time: 1_790_000_000,
            update_time: updated,
            ...(status === "UNPAID" ? {} : { paid_time: 1_790_000_100 }),
            payment: { currency: "EUR", total_amount: "30.00", shipping_fee: "0" },
            line_items: ["1", "2", "3"].map((id) => ({
              id,
              sku_id: "9",
              seller_sku: "BOWL",
              sale_price: "10.00",
              product_name: "Bowl",
            })),
          },
        ],
      },
    });
    const authorization = createHmac("sha256", secrets.app_secret)
      .update(`${secrets.app_key}${body}`)
      .digest("hex");
    return signed(body, { authorization });
  };
  await world.deliver("tiktok-de", order("UNPAID", 1_790_000_000));
  await world.run();
  const held = (await api.get("/v1/orders?channel=tiktok")).body.data[0];
  expect(held).toMatchObject({
    status: "on_hold",
    payment_status: "unpaid",
    lines: [expect.objectContaining({ quantity: 3 })],
  });
  expect(await world.available("BOWL")).toBe(7);
  await world.deliver("tiktok-de", order("AWAITING_SHIPMENT", 1_790_000_200));
  await env.DB.prepare("UPDATE connection SET status = 'paused' WHERE code = 'tiktok-de'").run();
  await world.run();
  expect((await api.get(`/v1/orders/${held.id}`)).body).toMatchObject({ payment_status: "paid" });
});

test("eBay's challenge is answered, and a notification without a signature is not believed", async () => {
  const token = "71745723-d031-455c-bfa5-f90d11b4f20a";
  await connect("ebay-de", {
    platform: "ebay",
    settings: { endpoint: "https://holdfast.example/webhooks/ebay-de" },
    secrets: {
      client_id: "client-id",
      client_secret: "client-secret",
      refresh_token: "refresh-token",
      verification_token: token,
    },
  });
  const answer = await apiClient(null).get(
    "/webhooks/ebay-de?challenge_code=a8628072-3d33-45ee-9004-bee86830a22d",
  );
  expect(answer.status).toBe(200);
  expect(answer.body.challengeResponse).toMatch(/^[0-9a-f]{64}$/);
  expect((await apiClient(null).get("/webhooks/none?challenge_code=1")).status).toBe(404);
  const world = new ChannelWorld();
  expect(await world.deliver("ebay-de", signed("{}", {}))).toBe("forged");
});
