import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";

import { apiClient, seedKey, stockUp, type ApiClient } from "../support/api-client.ts";

const api = apiClient("sk_orders_api_test");
const page = apiClient("pk_orders_api_test");

beforeAll(async () => {
  await seedKey("sk_orders_api_test");
  await seedKey("pk_orders_api_test");
});

async function holdOf(client: ApiClient, sku: string, quantity = 1): Promise<string> {
  const hold = await client.post("/v1/holds", { lines: [{ sku, quantity }], buyer: "buyer-1" });
  expect(hold.status).toBe(201);
  return String(hold.body.id);
}

const requestFor = (hold: string, rest: Record<string, unknown> = {}) => ({
  hold,
  customer: { email: "grace@example.com", name: "Grace Hopper", phone: "+49 30 1" },
  shipping_address: {
    name: "Grace Hopper",
    line1: "1 Main St",
    city: "Berlin",
    postal_code: "10115",
    country: "DE",
  },
  payment: { provider: "manual" },
  ...rest,
});

describe("POST /v1/orders", () => {
  test("answers 201 with the order, and a repeat word for word the same", async () => {
    await stockUp(api, "API-1", 5);
    const body = requestFor(await holdOf(page, "API-1", 2));
    const first = await page.post("/v1/orders", body, "place-1");
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      status: "placed",
      payment_status: "paid",
      total: 3_000,
      channel: "storefront",
    });
    expect(first.headers.get("etag")).toBe('"1"');
    const again = await page.post("/v1/orders", body, "place-1");
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.body).toEqual(first.body);
    const reused = await page.post("/v1/orders", { ...body, channel: "pos" }, "place-1");
    expect(reused.body).toMatchObject({ status: 422, code: "idempotency_key_reused" });
    const stored = await env.DB.prepare("SELECT group_concat(body) AS bodies FROM idempotency").first<{
      bodies: string;
    }>();
    expect(stored?.bodies).not.toMatch(/grace|Hopper|Main St/i);
  });

  test("a page cannot give itself a discount; a secret key can", async () => {
    await stockUp(api, "API-2", 5);
    const body = requestFor(await holdOf(page, "API-2"), { discount: { percent_bps: 1_000 } });
    expect((await page.post("/v1/orders", body)).body).toMatchObject({ status: 403, code: "forbidden" });
    const placed = await api.post("/v1/orders", body);
    expect(placed.body).toMatchObject({ discount_total: 150, total: 1_350 });
  });

  test.each([
    [{ payment: { provider: "manual", outcome: "declined" } }, 402, "payment_declined"],
    [{ payment: { provider: "nobody" } }, 422, "payment_provider_unknown"],
    [{ shipping_method: "balloon" }, 422, "shipping_method_unknown"],
    [{ currency: "JPY" }, 422, "price_missing"],
    [{ hold: "hold_nobodys" }, 404, "hold_unknown"],
    [{ total: 1 }, 422, "request_invalid"],
    [{ metadata: { note: "4111 1111 1111 1111" } }, 422, "request_invalid"],
    [{ customer: { email: "a@example.com", name: "Ada 5555555555554444" } }, 422, "request_invalid"],
  ])("%j is refused with %i %s, and the hold can still be paid", async (change, status, code) => {
    await stockUp(api, "API-3", 50);
    const hold = await holdOf(page, "API-3");
    expect((await page.post("/v1/orders", requestFor(hold, change))).body).toMatchObject({ status, code });
    expect((await page.post("/v1/orders", requestFor(hold))).status).toBe(201);
  });

  test("a refusal too is repeated word for word, and says what to do", async () => {
    await stockUp(api, "API-7", 5);
    const body = requestFor(await holdOf(page, "API-7"), {
      payment: { provider: "manual", outcome: "declined" },
    });
    const declined = await page.post("/v1/orders", body, "declined-1");
    expect(declined.body).toEqual({
      type: "/problems/payment_declined",
      title: "The payment was declined",
      status: 402,
      code: "payment_declined",
      detail: expect.stringContaining("active again"),
      reason: "told to decline",
      request_id: expect.any(String),
    });
    const again = await page.post("/v1/orders", body, "declined-1");
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(again.headers.get("content-type")).toBe("application/problem+json");
    expect({ status: again.status, body: again.body }).toEqual({ status: 402, body: declined.body });
  });

  test("the same request five times at once makes one order", async () => {
    await stockUp(api, "API-4", 5);
    const body = requestFor(await holdOf(page, "API-4"));
    const replies = await Promise.all(
      Array.from({ length: 5 }, () => page.post("/v1/orders", body, "place-4")),
    );
    const placed = replies.filter(({ status }) => status === 201);
    expect(placed.length).toBeGreaterThan(0);
    expect(new Set(placed.map((reply) => String(reply.body.number))).size).toBe(1);
    const others = replies.filter(({ status }) => status !== 201).map((reply) => String(reply.body.code));
    expect(others.filter((code) => code !== "idempotency_in_progress")).toEqual([]);
    // "Under way" is no outcome: whoever heard it asks again, and gets the order.
    expect((await page.post("/v1/orders", body, "place-4")).body).toEqual(placed[0]?.body);
  });
});

describe("reading and canceling", () => {
  test("a secret key reads the customer, a page reads no order at all", async () => {
    await stockUp(api, "API-5", 5);
    const placed = await page.post("/v1/orders", requestFor(await holdOf(page, "API-5")));
    const path = `/v1/orders/${String(placed.body.id)}`;
    const read = await api.get(path);
    expect(read.body).toMatchObject({
      id: placed.body.id,
      customer: { email: "grace@example.com", name: "Grace Hopper" },
      shipping_address: { city: "Berlin" },
      transactions: [{ kind: "authorization" }, { kind: "capture" }],
    });
    expect((await page.get(path)).status).toBe(403);
    expect((await page.get("/v1/orders")).status).toBe(403);
    expect((await api.get("/v1/orders/ord_nobodys")).status).toBe(404);
  });

  test("the list is newest first, page by page, and every filter narrows it", async () => {
    await stockUp(api, "API-6", 50);
    const ids: Array<string> = [];
    for (let count = 0; count < 5; count += 1) {
      const placed = await api.post(
        "/v1/orders",
        requestFor(await holdOf(api, "API-6"), {
          customer: { email: `Buyer${count}@Example.com` },
          channel: count === 0 ? "pos" : "storefront",
        }),
      );
      ids.unshift(String(placed.body.id));
    }
    const seen: Array<string> = [];
    let cursor = "";
    do {
      const reply = await api.get(`/v1/orders?sku=API-6&limit=2${cursor}`);
      seen.push(...(reply.body.data as Array<{ id: string }>).map(({ id }) => id));
      cursor = reply.body.next_cursor === null ? "" : `&cursor=${String(reply.body.next_cursor)}`;
    } while (cursor !== "");
    expect(seen).toEqual(ids);
    const idsOf = async (query: string) => {
      const reply = await api.get(`/v1/orders?sku=API-6&${query}`);
      return (reply.body.data as Array<{ id: string }>).map(({ id }) => id);
    };
    expect(await idsOf("email=buyer3%40example.com")).toEqual([ids[1]]);
    expect(await idsOf("channel=pos")).toEqual([ids[4]]);
    expect(await idsOf("payment_status=refunded")).toEqual([]);
    expect(await idsOf(`q=${ids[2]}`)).toEqual([ids[2]]);
    expect(await idsOf("q=BUYER0%40example.com")).toEqual([ids[4]]);
    expect(await idsOf("status=placed&fulfillment_status=unfulfilled&payment_status=paid")).toHaveLength(5);
    expect(await idsOf("placed_after=2999-01-01T00:00:00Z")).toEqual([]);
    expect((await api.get("/v1/orders?cursor=x")).body.code).toBe("request_invalid");
  });

  test("a cancel wants the version it saw, refunds, and answers a repeat the same", async () => {
    await stockUp(api, "API-7", 1);
    const placed = await api.post("/v1/orders", requestFor(await holdOf(api, "API-7")));
    const path = `/v1/orders/${String(placed.body.id)}/cancel`;
    const send = (ifMatch: string, key: string) =>
      api.send("POST", path, {
        body: JSON.stringify({ reason: "customer" }),
        headers: { "content-type": "application/json", "idempotency-key": key, "if-match": ifMatch },
      });
    expect((await send('"99"', "cancel-old")).body).toMatchObject({
      status: 412,
      code: "precondition_failed",
    });
    const etag = (await api.get(path.replace("/cancel", ""))).headers.get("etag") ?? "";
    const canceled = await send(etag, "cancel-7");
    expect(canceled.body).toMatchObject({
      status: "canceled",
      payment_status: "refunded",
      refunded_total: 1_500,
      cancel_reason: "customer",
      lines: [{ canceled: 1 }],
    });
    expect((await send(etag, "cancel-7")).body).toEqual(canceled.body);
    expect((await send("*", "cancel-8")).body).toMatchObject({ status: 409, code: "order_not_cancelable" });
  });
});
