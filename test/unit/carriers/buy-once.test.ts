import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import type { LabelRequest } from "../../../src/integrations/carriers/port.ts";
import { forgetCarrierTokens } from "../../../src/integrations/carriers/tokens.ts";
import { carrierAccounts, carrierOf } from "../../support/carrier-accounts.ts";

const address = {
  name: "Ada",
  line1: "1 Main St",
  city: "Redondo Beach",
  region: "CA",
  postal_code: "90277",
  country: "US",
};
const request: LabelRequest = {
  reference: "shp_01kaqbr5a0f3k7m9q2t4v6x8z0",
  orderNumber: 1001,
  from: address,
  to: address,
  weightGrams: 450,
  shipAtMs: Date.now(),
  choice: { service: null, preference: "cheapest", deliveryDaysMax: null },
  askedSinceMs: null,
};
const again = { ...request, askedSinceMs: request.shipAtMs };

beforeEach(() => forgetCarrierTokens());
afterEach(() => vi.unstubAllGlobals());

describe.each(carrierAccounts)("%s", (name, settings, makeServer) => {
  const begin = () => {
    const server = makeServer();
    vi.stubGlobal("fetch", server.fetch);
    return { server, carrier: carrierOf(name, settings) };
  };

  test("quotes rates in minor units, and buys the cheapest, the fastest, what is in time, or what was named", async () => {
    const { carrier } = begin();
    const rates = await carrier.rates(request);
    const { value } = rates as { readonly value: ReadonlyArray<{ service: string; amount: number }> };
    expect(value).toHaveLength(3);
    expect(value.every(({ amount }) => Number.isInteger(amount) && amount > 500)).toBe(true);
    const [cheap, middle, dear] = value.toSorted((a, b) => a.amount - b.amount).map(({ service }) => service);
    const serviceFor = async (choice: Partial<LabelRequest["choice"]>, number: number) => {
      const bought = await carrier.buyLabel({
        ...request,
        reference: `shp_${number}`,
        choice: { ...request.choice, ...choice },
      });
      return bought.ok ? bought.value.service : bought.error.code;
    };
    expect(await serviceFor({}, 1)).toContain(cheap);
    expect(await serviceFor({ preference: "fastest" }, 2)).toContain(dear);
    expect(await serviceFor({ preference: "promise", deliveryDaysMax: 3 }, 3)).toContain(middle);
    expect(await serviceFor({ service: dear ?? "" }, 4)).toContain(dear);
  });

  test("whichever call does not get through, or loses its answer: one label is left, and a repeat has it", async () => {
    const { server: counted, carrier: plain } = begin();
    expect(await plain.buyLabel(request)).toMatchObject({ ok: true });
    const calls = counted.calls.length;
    expect(calls).toBeGreaterThan(1);
    for (let call = 1; call <= calls; call += 1) {
      for (const at of ["request", "reply"] as const) {
        forgetCarrierTokens();
        const { server, carrier } = begin();
        server.fault = { call, at };
        expect(await carrier.buyLabel(request), `${call} ${at}`).toMatchObject({
          error: { code: "unavailable", reason: "threw TypeError" },
        });
        server.fault = null;
        const second = await carrier.buyLabel(again);
        expect(second, `${call} ${at}`).toMatchObject({ ok: true, value: { format: "pdf" } });
        expect(server.liveLabels, `${call} ${at}`).toHaveLength(1);
        const found = await carrier.findLabel({ ...again, askedSinceMs: again.shipAtMs });
        const number = second.ok ? second.value.trackingNumber : "";
        expect(found, `${call} ${at}`).toMatchObject({ ok: true, value: { trackingNumber: number } });
      }
    }
  });

  test("a label is given back once, however often, and the next one is another", async () => {
    const { server, carrier } = begin();
    const first = await carrier.buyLabel(request);
    if (!first.ok) throw new Error("not bought");
    expect(await carrier.voidLabel(first.value)).toEqual({ ok: true, value: null });
    expect(await carrier.voidLabel(first.value)).toEqual({ ok: true, value: null });
    expect(server.liveLabels).toEqual([]);
    const query = { ...request, askedSinceMs: request.shipAtMs };
    expect(await carrier.findLabel(query)).toEqual({ ok: true, value: null });
    const second = await carrier.buyLabel({ ...again, reference: `${request.reference}.2` });
    expect(second.ok && second.value.trackingNumber).not.toBe(first.value.trackingNumber);
    expect(server.liveLabels).toHaveLength(1);
  });

  test("an address that cannot be is refused without quoting it; wrong keys are an outage", async () => {
    const { carrier } = begin();
    const nowhere = await carrier.buyLabel({ ...request, to: { ...address, postal_code: "00000" } });
    expect(nowhere).toMatchObject({ ok: false, error: { code: "refused" } });
    expect(JSON.stringify(nowhere)).not.toContain("Main");
    const wrong = Object.fromEntries(Object.keys(settings).map((key) => [key, "wrong"]));
    expect(await carrierOf(name, wrong).buyLabel(request)).toMatchObject({ error: { code: "unavailable" } });
  });

  test("being asked for quiet is told with how long", async () => {
    begin();
    const busy = () => new Response("{}", { status: 429, headers: { "retry-after": "12" } });
    vi.stubGlobal("fetch", async () => busy());
    expect(await carrierOf(name, settings).rates(request)).toEqual({
      ok: false,
      error: { code: "throttled", retryAfterMs: 12_000 },
    });
  });
});
