import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { createDb } from "../../src/db/client.ts";
import { readFulfillmentOf } from "../../src/db/fulfillment-snapshot.ts";
import { findLabelPurchase } from "../../src/db/label-purchases.ts";
import type { CarrierPort } from "../../src/integrations/carriers/port.ts";
import { forgetCarrierTokens } from "../../src/integrations/carriers/tokens.ts";
import type { Services } from "../../src/worker/services.ts";
import { checkAddress } from "../../src/worker/use-cases/check-address.ts";
import { chooseCarrier } from "../../src/worker/use-cases/choose-carrier.ts";
import { labelShipment } from "../../src/worker/use-cases/label-shipment.ts";
import { readRates } from "../../src/worker/use-cases/read-rates.ts";
import { askCarriers } from "../../src/worker/use-cases/track-parcels.ts";
import { voidLabel } from "../../src/worker/use-cases/void-label.ts";
import { apiClient, seedKey } from "../support/api-client.ts";
import { carrierAccounts, carrierOf } from "../support/carrier-accounts.ts";
import type { CarrierServer } from "../support/carrier-server.ts";
import { ParcelWorld } from "../support/parcel-world.ts";

beforeEach(() => {
  forgetCarrierTokens();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.unstubAllGlobals());

type Setup = { world: ParcelWorld; server: CarrierServer; services: Services };

/** An order whose parcel is packed and goes with a carrier; its label is asked for by whoever wants it. */
async function packed(name: string, overrides: Partial<Services> = {}): Promise<Setup & { id: string }> {
  const [, settings = {}, makeServer] = carrierAccounts.find(([known]) => known === name) ?? [];
  if (makeServer === undefined) throw new Error(name);
  const server = makeServer();
  vi.stubGlobal("fetch", server.fetch);
  const world = new ParcelWorld();
  world.nowMs = Date.now();
  await world.stock({ MUG: { BER: 3 } });
  await world.order({ MUG: 1 });
  const carrier = carrierOf(name, settings);
  const services = world.services({
    fulfillmentMode: "manual",
    carrier: (asked) => (asked === name ? carrier : null),
    carriers: () => [name],
    carrierOfParcels: name,
    // Tests fail carriers often; the circuit has tests of its own.
    connection: (of) => world.services().connection(`${of}:${world.orderId}`),
    ...overrides,
  });
  await world.deliver(services);
  const { pickFulfillmentOrder } = await import("../../src/worker/use-cases/pick.ts");
  const row = await env.DB.prepare("SELECT id FROM fulfillment_order WHERE order_id = ?1")
    .bind(world.orderId)
    .first<{ id: string }>();
  const picked = await pickFulfillmentOrder(services, row?.id ?? "", "key_test");
  if (!picked.ok) throw new Error(picked.error.code);
  return { world, server, services, id: picked.value.id };
}

async function parcelOf(id: string) {
  const snapshot = await readFulfillmentOf(createDb(env.DB), "shipment", id);
  return snapshot?.shipments.find((row) => row.id === id);
}

const names = carrierAccounts.map(([name]) => name);

describe.each(names)("%s", (name) => {
  test("whichever call fails, and dies with its consumer: one label, which the parcel has", async () => {
    const { server: counted, services: plain, id: first } = await packed(name);
    expect(await labelShipment(plain, first, "key_test")).toMatchObject({ ok: true });
    const calls = counted.calls.length;
    for (let call = 1; call <= calls; call += 1) {
      forgetCarrierTokens();
      const { server, services, id, world } = await packed(name);
      server.fault = { call, at: "reply" };
      await expect(labelShipment(services, id, "system"), String(call)).rejects.toThrow("did not answer");
      world.nowMs += 1_000;
      expect(await labelShipment(services, id, "system"), String(call)).toMatchObject({ ok: true });
      expect(server.liveLabels, String(call)).toHaveLength(1);
      expect(await parcelOf(id)).toMatchObject({ status: "labeled", labelFormat: "pdf" });
    }
  });

  test("a consumer that is killed after the purchase is followed by one that finds the label", async () => {
    const { server, services, id, world } = await packed(name);
    const carrier = services.carrier(name);
    if (carrier === null) throw new Error(name);
    // Killed: nothing after the purchase is written, the lease included.
    const dying: CarrierPort = {
      ...carrier,
      buyLabel: async (request) => {
        await carrier.buyLabel(request);
        return new Promise(() => {});
      },
    };
    void labelShipment({ ...services, carrier: () => dying }, id, "system").catch(() => {});
    await vi.waitFor(() => expect(server.liveLabels).toHaveLength(1), { timeout: 60_000 });
    // The purchase may still be under way: nobody else begins one.
    await expect(labelShipment(services, id, "system")).rejects.toThrow("is being bought");
    world.nowMs += 60_000;
    expect(await labelShipment(services, id, "system")).toMatchObject({ ok: true });
    expect(server.liveLabels).toHaveLength(1);
  });

  test("a label is given back, and the parcel gets another", async () => {
    const { server, services, id } = await packed(name);
    await labelShipment(services, id, "key_test");
    const before = await parcelOf(id);
    expect(await voidLabel(services, id, "key_test")).toMatchObject({
      ok: true,
      value: { status: "packed" },
    });
    expect(server.liveLabels).toEqual([]);
    expect(await voidLabel(services, id, "key_test")).toMatchObject({ ok: true });
    expect(await labelShipment(services, id, "key_test")).toMatchObject({ ok: true });
    expect(server.liveLabels).toHaveLength(1);
    const after = await parcelOf(id);
    expect(after?.trackingNumber).not.toBe(before?.trackingNumber);
    expect(await findLabelPurchase(createDb(env.DB), id)).toMatchObject({ sequence: 2 });
  });

  test("a cancel gives the label back, also one that was bought and lost", async () => {
    const bought = await packed(name);
    await labelShipment(bought.services, bought.id, "key_test");
    expect(await bought.world.cancel()).toMatchObject({ ok: true });
    await bought.world.deliver(bought.services);
    expect(bought.server.liveLabels).toEqual([]);

    forgetCarrierTokens();
    const lost = await packed(name);
    lost.server.fault = { call: 1_000, at: "reply" };
    const carrier = lost.services.carrier(name);
    const losing: CarrierPort = {
      ...(carrier as CarrierPort),
      buyLabel: async (request) => {
        await carrier?.buyLabel(request);
        throw new TypeError("connection lost");
      },
    };
    await labelShipment({ ...lost.services, carrier: () => losing }, lost.id, "system").catch(() => {});
    expect(lost.server.liveLabels).toHaveLength(1);
    await lost.world.cancel();
    await lost.world.deliver(lost.services);
    expect(lost.server.liveLabels).toEqual([]);
  });
});

describe("rates, choice and addresses", () => {
  test("rates of every carrier come in one list; one that is down is named and is in nobody's way", async () => {
    const { services, id } = await packed("ups");
    const broken = { ...(services.carrier("ups") as CarrierPort), carrier: "broken" };
    const failing: CarrierPort = { ...broken, rates: () => Promise.reject(new TypeError("down")) };
    const rates = await readRates(
      {
        ...services,
        carriers: () => ["ups", "broken"],
        carrier: (name) => (name === "ups" ? services.carrier("ups") : failing),
      },
      id,
    );
    expect(rates).toMatchObject({
      ok: true,
      value: {
        rates: [{ service: "Ground", amount: 1120 }, { service: "2nd Day Air" }, { service: "Next Day Air" }],
        chosen: { cheapest: { service: "Ground" }, fastest: { service: "Next Day Air" } },
        failures: [{ carrier: "broken", reason: "carrier:broken did not answer" }],
      },
    });
    const choice = { carrier: "ups", service: "2nd Day Air" };
    expect(await chooseCarrier(services, id, choice)).toMatchObject({ ok: true });
    expect(await labelShipment(services, id, "key_test")).toMatchObject({
      ok: true,
      value: { service: "UPS 2nd Day Air" },
    });
    expect(await chooseCarrier(services, id, { carrier: "fedex", service: null })).toMatchObject({
      error: { code: "too_early" },
    });
  });

  test("an order whose address cannot be delivered stops, and is put on the list", async () => {
    const manual = new ParcelWorld().services().carrier("manual") as CarrierPort;
    const checker: CarrierPort = {
      ...manual,
      checkAddress: async () => ({
        ok: true,
        value: { verdict: "undeliverable", suggestion: null, messages: ["E.ADDRESS.NOT_FOUND"] },
      }),
    };
    const world = new ParcelWorld();
    await world.stock({ MUG: { BER: 3 } });
    await world.order({ MUG: 1 });
    const services = world.services({
      fulfillmentMode: "manual",
      addressChecker: "manual",
      carrier: () => checker,
    });
    await world.deliver(services);
    await world.deliverBatch([{ type: "order.check_address", order_id: world.orderId }], services);
    const order = await env.DB.prepare("SELECT status, hold_reason FROM orders WHERE id = ?1")
      .bind(world.orderId)
      .first();
    expect(order).toEqual({ status: "on_hold", hold_reason: "address_undeliverable" });
    const { results } = await env.DB.prepare("SELECT kind, data FROM exception WHERE order_id = ?1")
      .bind(world.orderId)
      .all<{ kind: string; data: string }>();
    expect(results.map(({ kind }) => kind)).toEqual(["address_undeliverable"]);
    expect(results[0]?.data).not.toContain("Ada");
    expect(await checkAddress(services, "manual", { country: "DE" })).toMatchObject({
      value: { verdict: "undeliverable" },
    });
  });

  test("over HTTP: a parcel's rates, its carrier, its label, and the label given back", async () => {
    await seedKey("sk_carriers_test", ["fulfillment:read", "fulfillment:write"]);
    const api = apiClient("sk_carriers_test");
    const { id } = await packed("ups");
    await env.DB.prepare("UPDATE shipment SET carrier = 'manual' WHERE id = ?1").bind(id).run();
    expect((await api.get(`/v1/shipments/${id}/rates`)).body).toMatchObject({ rates: [], failures: [] });
    const path = `/v1/shipments/${id}`;
    const unknown = await api.post(`${path}/carrier`, { carrier: "nobody" });
    expect([unknown.status, unknown.body]).toMatchObject([422, { code: "carrier_unknown" }]);
    expect((await api.post(`${path}/carrier`, { carrier: "manual", service: "bike" })).status).toBe(200);
    expect((await api.post(`${path}/label`, undefined)).body).toMatchObject({
      status: "labeled",
      service: "bike",
    });
    expect((await api.post(`${path}/void-label`, undefined)).body).toMatchObject({
      status: "packed",
      tracking_number: null,
    });
    expect((await api.get(`${path}/label`)).status).toBe(404);
    expect((await api.post(`${path}/label`, undefined)).status).toBe(200);
    const address = { name: "A", line1: "B", city: "C", postal_code: "1", country: "DE" };
    expect((await api.post("/v1/addresses/check", { address })).body).toEqual({
      carrier: "manual",
      verdict: "unchecked",
      suggestion: null,
      messages: [],
    });
    expect((await api.post("/v1/addresses/check", { address, carrier: "ups" })).status).toBe(422);
  });
});

test("carriers are asked where their parcels are, as often as it is worth it, until they have arrived", async () => {
  const { services, id, world } = await packed("ups");
  await labelShipment(services, id, "key_test");
  // Parcels of the tests before this one would be asked about as well.
  await env.DB.prepare("DELETE FROM label_purchase WHERE shipment_id <> ?1").bind(id).run();
  const carrier = services.carrier("ups") as CarrierPort;
  const told: Array<{ status: "in_transit" | "delivered"; message: string; occurredAtMs: number }> = [];
  let asked = 0;
  const tracking = world.services({
    ...services,
    carrier: () => ({
      ...carrier,
      track: async () => {
        asked += 1;
        return { ok: true, value: told };
      },
    }),
  });
  const hours = async (count: number) => {
    world.nowMs += count * 3_600_000;
    await askCarriers(tracking);
    await world.deliver(tracking);
  };
  await hours(1);
  expect(asked).toBe(0);
  told.push({ status: "in_transit", message: "", occurredAtMs: world.nowMs });
  await hours(6);
  expect([asked, (await parcelOf(id))?.trackingStatus]).toEqual([1, "in_transit"]);
  // What was told before goes no further.
  const sent = world.sent.length;
  await hours(3);
  expect([asked, world.sent.slice(sent).map(({ type }) => type)]).toEqual([2, ["shipment.ask_carrier"]]);
  told.push({ status: "delivered", message: "", occurredAtMs: world.nowMs });
  await hours(3);
  expect((await parcelOf(id))?.status).toBe("delivered");
  await hours(24);
  await hours(24);
  expect(asked).toBe(3);
});

test("a carrier that does not answer is told to a person: the connection once, and each parcel that was given up", async () => {
  const { services, id, world } = await packed("ups");
  const carrier = services.carrier("ups") as CarrierPort;
  const down = {
    ...services,
    carrier: () => ({ ...carrier, buyLabel: () => Promise.reject(new TypeError("down")) }),
  };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await labelShipment(down, id, "system").catch(() => {});
  }
  // The last of six deliveries, as the queue counts them.
  const { createMessageBatch } = await import("cloudflare:test");
  const { dispatchBatch } = await import("../../src/worker/queues/dispatch.ts");
  const body = { type: "shipment.label", shipment_id: id };
  const message = { id: `gone-${id}`, timestamp: new Date(world.nowMs), attempts: 6, body };
  await dispatchBatch(createMessageBatch("holdfast-fulfillment", [message]), down);
  const { results } = await env.DB.prepare(
    "SELECT kind FROM exception WHERE subject IN (?1, ?2) ORDER BY kind",
  )
    .bind(`shipment:${id}`, "connection:carrier:ups")
    .all<{ kind: string }>();
  expect(results.map(({ kind }) => kind)).toEqual(["carrier_gave_up", "connection_down"]);
});
