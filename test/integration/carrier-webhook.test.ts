import { createHmac } from "node:crypto";

import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";

import { carrierNamed, carrierWebhookNamed } from "../../src/integrations/carriers/registry.ts";
import { labelShipment } from "../../src/worker/use-cases/label-shipment.ts";
import { carrierWebhook } from "../../src/worker/use-cases/receive-carrier-news.ts";
import { EASYPOST_KEY, FakeEasyPost } from "../support/fake-easypost.ts";
import { ParcelWorld, thriceShuffled } from "../support/parcel-world.ts";

const SECRET = "carrier-secret";
const settings = { EASYPOST_API_KEY: EASYPOST_KEY, EASYPOST_WEBHOOK_SECRET: SECRET };

const clock = { nowMs: () => Date.now(), pause: async () => {} };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

/** A world whose parcels go with EasyPost, or what is made to look like it. */
function withEasyPost(world: ParcelWorld) {
  return world.services({
    carrier: (name) => carrierNamed(name, settings, clock),
    carrierOfParcels: "easypost",
    carrierWebhook: (name) => carrierWebhookNamed(name, settings, clock),
  });
}

async function tell(world: ParcelWorld, trackingNumber: string, statuses: ReadonlyArray<string>) {
  const body = JSON.stringify({
    description: "tracker.updated",
    result: {
      object: "Tracker",
      tracking_code: trackingNumber,
      status: statuses.at(-1),
      tracking_details: statuses.map((status, index) => ({
        status,
        message: "Ada, 1 Main St",
        datetime: new Date(world.nowMs + index * 1_000).toISOString(),
      })),
    },
  });
  const digest = createHmac("sha256", SECRET).update(body).digest("hex");
  const handler = await carrierWebhook(withEasyPost(world), "easypost");
  return handler?.({
    connection: "easypost",
    bytes: new TextEncoder().encode(body),
    headers: new Headers({ "x-hmac-signature": `hmac-sha256-hex=${digest}` }),
    url: "https://holdfast.test/webhooks/easypost",
  });
}

test("a parcel goes with the carrier that is set, is bought once, and is tracked by what the carrier tells, in any order", async () => {
  const fake = new FakeEasyPost();
  vi.stubGlobal("fetch", fake.fetch);
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 1 });
  const services = withEasyPost(world);
  await world.deliver(services, thriceShuffled(7));
  expect(fake.purchases).toBe(1);
  const parcel = await env.DB.prepare(
    "SELECT id, status, carrier, tracking_number FROM shipment WHERE order_id = ?1",
  )
    .bind(world.orderId)
    .first<{ id: string; status: string; carrier: string; tracking_number: string }>();
  // Nobody reports on it but the carrier.
  expect(parcel).toMatchObject({ status: "shipped", carrier: "easypost" });
  const number = parcel?.tracking_number ?? "";

  expect(await tell(world, number, ["pre_transit", "in_transit"])).toEqual({ status: "accepted" });
  expect(await tell(world, number, ["pre_transit", "in_transit", "out_for_delivery", "delivered"])).toEqual({
    status: "accepted",
  });
  expect(await tell(world, "of somebody else", ["delivered"])).toEqual({ status: "accepted" });
  await world.deliver(services, thriceShuffled(9));
  const after = await env.DB.prepare("SELECT status, tracking_status FROM shipment WHERE id = ?1")
    .bind(parcel?.id)
    .first();
  expect(after).toEqual({ status: "delivered", tracking_status: "delivered" });
  const order = await env.DB.prepare("SELECT status FROM orders WHERE id = ?1").bind(world.orderId).first();
  expect(order).toEqual({ status: "completed" });
  vi.unstubAllGlobals();
});

test("a parcel that the carrier has, left: whoever forgot to say so need not", async () => {
  const fake = new FakeEasyPost();
  vi.stubGlobal("fetch", fake.fetch);
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 1 });
  const manual = { ...withEasyPost(world), fulfillmentMode: "manual" as const };
  await world.deliver(manual);
  const { pickFulfillmentOrder } = await import("../../src/worker/use-cases/pick.ts");
  const row = await env.DB.prepare("SELECT id FROM fulfillment_order WHERE order_id = ?1")
    .bind(world.orderId)
    .first<{ id: string }>();
  const picked = await pickFulfillmentOrder(manual, row?.id ?? "", "key_test");
  const labeled = await labelShipment(manual, picked.ok ? picked.value.id : "", "key_test");
  await tell(world, labeled.ok ? (labeled.value.trackingNumber ?? "") : "", ["in_transit"]);
  await world.deliver(manual);
  const after = await env.DB.prepare("SELECT status, tracking_status FROM shipment WHERE order_id = ?1")
    .bind(world.orderId)
    .first();
  expect(after).toEqual({ status: "shipped", tracking_status: "in_transit" });
  vi.unstubAllGlobals();
});

test("a carrier's refusal is put on the list of what needs a person, without the address", async () => {
  const fake = new FakeEasyPost();
  vi.stubGlobal("fetch", fake.fetch);
  const world = new ParcelWorld();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 1 });
  await env.DB.prepare(
    "UPDATE orders SET shipping_address = json_set(shipping_address, '$.postal_code', '00000') WHERE id = ?1",
  )
    .bind(world.orderId)
    .run();
  await world.deliver(withEasyPost(world));
  const raised = await env.DB.prepare("SELECT kind, data FROM exception WHERE order_id = ?1")
    .bind(world.orderId)
    .first<{ kind: string; data: string }>();
  expect(raised?.kind).toBe("carrier_refused");
  expect(JSON.parse(raised?.data ?? "")).toEqual({
    carrier: "easypost",
    reason: "answered 422 ADDRESS.VERIFY.FAILURE",
  });
  vi.unstubAllGlobals();
});

test("nothing is believed while no secret is set", async () => {
  const world = new ParcelWorld();
  expect(await carrierWebhook(world.services(), "easypost")).toBeNull();
});
