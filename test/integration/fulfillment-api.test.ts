import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";

import { fulfillmentOperations } from "../../src/contract/fulfillment.ts";
import { createApp } from "../../src/worker/app.ts";
import { seedKey } from "../support/api-client.ts";
import { bodyOf as bodyOfOperation } from "../support/operation-requests.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

const app = createApp();
let serial = 0;

/** The engine where people take every step. */
async function call(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  serial += 1;
  const context = createExecutionContext();
  const request = new Request(`https://holdfast.test${path}`, {
    method,
    headers: {
      authorization: "Bearer sk_fulfillment_test",
      ...(method === "POST" ? { "idempotency-key": `call-${serial}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await app.fetch(request, { ...env, FULFILLMENT_MODE: "manual" as never }, context);
  await waitOnExecutionContext(context);
  return response;
}

/** An answer's body; the test says what it must be. */
async function bodyOf(
  response: Promise<Response>,
): Promise<Record<string, unknown> & { id: string; status: string }> {
  return (await response).json();
}

/** A routed order in manual mode: its pick list waits for a person. */
async function routed(
  lines: Readonly<Record<string, number>> = { MUG: 2 },
): Promise<{ world: ParcelWorld; id: string; pickList: string }> {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 9 }, CAP: { BER: 9 } });
  await world.order(lines);
  await world.deliver(world.services({ fulfillmentMode: "manual" }));
  const row = await env.DB.prepare(
    "SELECT fulfillment_order.id AS id, pick_list.id AS list FROM fulfillment_order JOIN pick_list ON fulfillment_order_id = fulfillment_order.id WHERE order_id = ?1",
  )
    .bind(world.orderId)
    .first<{ id: string; list: string }>();
  if (row === null) throw new Error("not routed");
  return { world, id: row.id, pickList: row.list };
}

beforeAll(async () => {
  await seedKey("sk_fulfillment_test", ["fulfillment:read", "fulfillment:write"]);
});

test("people pick, label, ship and track a parcel, each step seen in the answer of the one before", async () => {
  const { world, id, pickList } = await routed({ MUG: 2, CAP: 1 });
  const order = await bodyOf(call("GET", `/v1/fulfillment-orders/${id}`));
  expect(order).toMatchObject({
    order: world.orderId,
    location: "BER",
    status: "open",
    pick_list: pickList,
    shipments: [],
    trace: {
      strategy: "single",
      locations: [{ location: "BER", outcome: "chosen", units_chosen: 3 }, {}, {}],
    },
  });

  const lists = await bodyOf(call("GET", "/v1/pick-lists?location=BER&status=open&limit=1"));
  expect(lists["data"]).toMatchObject([{ id: pickList, fulfillment_order: id, status: "open" }]);
  const [list] = lists["data"] as Array<{ lines: Array<{ sku: string; quantity: number }> }>;
  expect(list?.lines).toEqual([
    { sku: world.sku("CAP"), title: "A CAP", quantity: 1 },
    { sku: world.sku("MUG"), title: "A MUG", quantity: 2 },
  ]);

  const picked = await bodyOf(call("POST", `/v1/pick-lists/${pickList}/picked`));
  expect(picked).toMatchObject({
    order: world.orderId,
    status: "packed",
    weight_grams: 1250,
    tracking_number: null,
  });
  expect((await call("GET", `/v1/shipments/${picked.id}/label`)).status).toBe(404);

  const early = await call("POST", `/v1/shipments/${picked.id}/track`, {
    status: "delivered",
    occurred_at: "2026-11-23T12:00:00Z",
  });
  expect([early.status, ((await early.json()) as { code: string }).code]).toEqual([
    409,
    "order_state_conflict",
  ]);

  const labeled = await bodyOf(call("POST", `/v1/shipments/${picked.id}/label`));
  expect(labeled).toMatchObject({ status: "labeled", tracking_status: "pre_transit", service: "express" });
  expect(await bodyOf(call("POST", `/v1/shipments/${picked.id}/label`))).toEqual(labeled);
  const label = await call("GET", `/v1/shipments/${picked.id}/label`);
  expect(label.headers.get("content-type")).toBe("application/pdf");
  expect(label.headers.get("cache-control")).toContain("no-store");
  expect(new TextDecoder("latin1").decode(await label.arrayBuffer())).toMatch(
    /^%PDF[^]*MediaBox \[ 0 0 288 432 \]/,
  );

  const shipped = await bodyOf(call("POST", `/v1/fulfillment-orders/${id}/ship`));
  expect(shipped).toMatchObject({
    id: picked.id,
    status: "shipped",
    tracking_number: labeled["tracking_number"],
  });
  expect(await world.outcome()).toMatchObject({
    order: ["placed", "paid", "fulfilled", expect.any(Number), false],
  });

  const version = { "if-match": `"${String(shipped["version"])}"` };
  const delivered = {
    status: "delivered",
    occurred_at: "2030-01-01T00:00:00Z",
    message: "Left with a neighbour",
  };
  const stale = await call("POST", `/v1/shipments/${picked.id}/track`, delivered, { "if-match": '"1"' });
  expect(stale.status).toBe(412);
  const tracked = await bodyOf(call("POST", `/v1/shipments/${picked.id}/track`, delivered, version));
  expect(tracked).toMatchObject({
    status: "delivered",
    tracking_status: "delivered",
    delivered_at: "2030-01-01T00:00:00.000Z",
  });
  expect(tracked["tracking"]).toEqual([
    expect.objectContaining({ status: "pre_transit" }),
    { status: "delivered", message: "Left with a neighbour", occurred_at: "2030-01-01T00:00:00.000Z" },
  ]);
  const seen = await call("GET", `/v1/shipments/${picked.id}`);
  expect(seen.headers.get("etag")).toBe(`"${String(tracked["version"])}"`);
  expect(await seen.json()).toEqual(tracked);
  expect(await world.outcome()).toMatchObject({
    order: ["completed", "paid", "delivered", expect.any(Number), true],
  });
});

test("one call picks, labels and ships, and a repeat with another key finds it done", async () => {
  const { world, id } = await routed();
  const first = await bodyOf(call("POST", `/v1/fulfillment-orders/${id}/ship`));
  expect(first).toMatchObject({ status: "shipped", fulfillment_order: id });
  expect(await bodyOf(call("POST", `/v1/fulfillment-orders/${id}/ship`))).toEqual(first);
  expect(await world.outcome()).toMatchObject({
    lines: [["MUG", 2, 2, 0]],
    money: [
      { kind: "authorization", amount: 2000 },
      { kind: "capture", amount: 2000 },
    ],
    stock: [{ available: 7, locations: [{ onHand: 7, allocated: 0 }] }],
  });
});

test("nothing of a canceled order can be picked, labeled or shipped", async () => {
  const { world, id, pickList } = await routed();
  await world.cancel();
  for (const path of [`/v1/fulfillment-orders/${id}/ship`, `/v1/pick-lists/${pickList}/picked`]) {
    const refused = await call("POST", path);
    expect([refused.status, await refused.json()]).toMatchObject([
      409,
      { code: "order_state_conflict", because: "canceled" },
    ]);
  }
});

test("pick lists come in pages, each list once", async () => {
  const expected = [(await routed()).pickList, (await routed()).pickList, (await routed()).pickList];
  const seen: Array<string> = [];
  let cursor: string | null = null;
  do {
    const at = cursor === null ? "" : `&cursor=${cursor}`;
    const page: Record<string, unknown> = await bodyOf(call("GET", `/v1/pick-lists?limit=2${at}`));
    seen.push(...(page["data"] as Array<{ id: string }>).map(({ id }) => id));
    cursor = page["next_cursor"] as string | null;
  } while (cursor !== null);
  expect(new Set(seen).size).toBe(seen.length);
  for (const list of expected) expect(seen).toContain(list);
  expect((await call("GET", "/v1/pick-lists?cursor=nonsense")).status).toBe(422);
});

test("a pick list, a packing slip and a ZPL label can be printed", async () => {
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 2 });
  await world.deliver();
  const row = await env.DB.prepare(
    `SELECT pick_list.id AS list, shipment.id AS parcel FROM shipment
     JOIN pick_list ON pick_list.fulfillment_order_id = shipment.fulfillment_order_id WHERE shipment.order_id = ?1`,
  )
    .bind(world.orderId)
    .first<{ list: string; parcel: string }>();
  for (const path of [`/v1/pick-lists/${row?.list}/document`, `/v1/shipments/${row?.parcel}/packing-slip`]) {
    const reply = await call("GET", path);
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/pdf"]);
    expect(reply.headers.get("cache-control")).toBe("private, no-store");
    expect((await reply.text()).slice(0, 5)).toBe("%PDF-");
  }
  const zpl = await call("GET", `/v1/shipments/${row?.parcel}/label.zpl`);
  expect(await zpl.text()).toContain("^FDSHIP TO^FS");
});

test.each(Object.values(fulfillmentOperations).filter(({ path }) => path.includes("{")))(
  "$id of what is not there is 404",
  async (operation) => {
    const { method, path } = operation;
    // The connection needs another scope, which this key has not.
    const status = path.includes("connections") ? 403 : 404;
    const body = "body" in operation ? bodyOfOperation(operation) : undefined;
    expect((await call(method, path.replace(/\{\w+\}/, "nothing"), body)).status).toBe(status);
  },
);
