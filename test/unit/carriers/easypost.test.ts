import { createHmac } from "node:crypto";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { chooseRate, type Rate, type RatePreference } from "../../../src/domain/fulfillment/choose-rate.ts";
import { easyPost } from "../../../src/integrations/carriers/easypost/easypost.ts";
import { readEasyPostEvent } from "../../../src/integrations/carriers/easypost/tracking.ts";
import { EASYPOST_KEY, FakeEasyPost } from "../../support/fake-easypost.ts";

let fake: FakeEasyPost;
beforeEach(() => {
  fake = new FakeEasyPost();
  vi.stubGlobal("fetch", fake.fetch);
});
afterEach(() => vi.unstubAllGlobals());

const carrier = (apiKey = EASYPOST_KEY) => easyPost({ apiKey, apiBase: undefined });
const address = {
  name: "Ada",
  line1: "1 Main St",
  city: "Redondo Beach",
  postal_code: "90277",
  country: "US",
};
const request = {
  reference: "shp_1",
  orderNumber: 1001,
  from: address,
  to: address,
  weightGrams: 450,
  shipAtMs: 0,
  choice: { service: null, preference: "cheapest" as const, deliveryDaysMax: null },
  askedSinceMs: null,
};

test("a label is bought at the cheapest rate, the fastest, or the service that was asked for", async () => {
  const bought = await carrier().buyLabel(request);
  expect(bought).toMatchObject({ ok: true, value: { service: "USPS GroundAdvantage", format: "pdf" } });
  expect(
    await carrier().buyLabel({
      ...request,
      reference: "shp_2",
      choice: { ...request.choice, preference: "fastest" },
    }),
  ).toMatchObject({
    value: { service: "USPS Express" },
  });
  expect(
    await carrier().buyLabel({
      ...request,
      reference: "shp_3",
      choice: { ...request.choice, service: "priority" },
    }),
  ).toMatchObject({
    value: { service: "USPS Priority" },
  });
});

test("wherever an answer is lost, a repeat finds what was made, and pays once", async () => {
  for (let calls = 1; calls <= 3; calls += 1) {
    fake = new FakeEasyPost();
    let left = calls;
    vi.stubGlobal("fetch", async (...given: Parameters<FakeEasyPost["fetch"]>) => {
      left -= 1;
      if (left === 0) fake.losesAnswers = 1;
      return fake.fetch(...given);
    });
    expect(await carrier().buyLabel(request)).toEqual({
      ok: false,
      error: { code: "unavailable", reason: "threw TypeError" },
    });
    const first = await carrier().buyLabel(request);
    expect(first).toMatchObject({ ok: true });
    expect(await carrier().buyLabel(request)).toEqual(first);
    expect({ calls, shipments: fake.shipments.length, purchases: fake.purchases }).toEqual({
      calls,
      shipments: 1,
      purchases: 1,
    });
  }
});

test("a label that was given back is bought anew", async () => {
  const first = await carrier().buyLabel(request);
  const number = first.ok ? first.value.trackingNumber : "";
  const carrierReference = first.ok ? first.value.carrierReference : null;
  const bought = { trackingNumber: number, carrierReference };
  expect(await carrier().findLabel({ reference: "shp_1", askedSinceMs: 0, shipAtMs: 0 })).toEqual({
    ok: true,
    value: bought,
  });
  expect(await carrier().voidLabel(bought)).toEqual({ ok: true, value: null });
  // A repeat is no second refund.
  expect(await carrier().voidLabel({ ...bought, carrierReference: null })).toEqual({ ok: true, value: null });
  expect(fake.shipments[0]?.refund_status).toBe("submitted");
  const second = await carrier().buyLabel(request);
  expect(second.ok && second.value.trackingNumber).not.toBe(number);
  const unheardOf = { trackingNumber: "unheard of", carrierReference: null };
  expect(await carrier().voidLabel(unheardOf)).toMatchObject({ error: { code: "refused" } });
});

test("a parcel that cannot be is refused, a wrong key is an outage, and neither repeats what was sent", async () => {
  const nowhere = { ...request, to: { ...address, postal_code: "00000" } };
  expect(await carrier().buyLabel(nowhere)).toEqual({
    ok: false,
    error: { code: "refused", reason: "answered 422 ADDRESS.VERIFY.FAILURE" },
  });
  expect(await carrier("wrong").buyLabel(request)).toEqual({
    ok: false,
    error: { code: "unavailable", reason: "answered 401 APIKEY.INACTIVE" },
  });
});

describe("a webhook", () => {
  const secret = "sécret";
  const event = (weight: string) =>
    `{"description":"tracker.updated","result":{"object":"Tracker","tracking_code":"9400","status":"delivered","weight":${weight},"tracking_details":[
      {"status":"delivered","message":"Delivered","datetime":"2026-11-24T10:00:00Z"},
      {"status":"in_transit","message":"Arrived","datetime":"2026-11-23T10:00:00Z"},
      {"status":"error","message":"?","datetime":"2026-11-23T11:00:00Z"},
      {"status":"unknown","message":"?","datetime":"2026-11-23T11:00:00Z"},
      {"status":"in_transit","message":"no time"}]}}`;
  const signed = (body: string) =>
    new Headers({
      "x-hmac-signature": `hmac-sha256-hex=${createHmac("sha256", secret.normalize("NFKD")).update(body).digest("hex")}`,
    });
  const bytes = (text: string) => new TextEncoder().encode(text);

  test("tells what happened, oldest first, in our words", () => {
    const news = readEasyPostEvent(["other", secret], bytes(event("12.5")), signed(event("12.5")));
    expect(news).toMatchObject({ ok: true, value: { trackingNumber: "9400" } });
    expect(news.ok && news.value?.updates.map(({ status }) => status)).toEqual([
      "in_transit",
      "failure",
      "delivered",
    ]);
  });

  test("with whole ounces is signed with a fraction, and taken", () => {
    expect(readEasyPostEvent([secret], bytes(event("614")), signed(event("614.0"))).ok).toBe(true);
  });

  test.each([
    ["another secret", "other", event("1.5")],
    ["other bytes", secret, `${event("1.5")} `],
  ])("signed with %s is forged", (_, by, body) => {
    expect(readEasyPostEvent([by], bytes(body), signed(event("1.5")))).toEqual({
      ok: false,
      error: { code: "forged" },
    });
  });

  test("without a signature is forged, about something else of no interest, unreadable malformed", () => {
    expect(readEasyPostEvent([secret], bytes("{}"), new Headers())).toMatchObject({
      error: { code: "forged" },
    });
    const other = '{"description":"batch.created","result":{"object":"Batch"}}';
    expect(readEasyPostEvent([secret], bytes(other), signed(other))).toEqual({ ok: true, value: null });
    expect(readEasyPostEvent([secret], bytes("{"), signed("{"))).toMatchObject({
      error: { code: "malformed" },
    });
  });
});

test("of equal rates the better one by the other measure is chosen, and an unknown time is the longest", () => {
  const rate = (id: string, amount: number, deliveryDays: number | null): Rate => ({
    id,
    carrier: "X",
    service: id,
    amount,
    currency: "USD",
    deliveryDays,
  });
  const by = (preference: RatePreference) => ({ service: null, preference, deliveryDaysMax: null });
  const rates = [rate("a", 500, null), rate("b", 500, 3), rate("c", 700, 3), rate("d", 900, 1)];
  expect(chooseRate(rates, by("cheapest"))?.id).toBe("b");
  expect(chooseRate(rates.slice(0, 3), by("fastest"))?.id).toBe("b");
  expect(chooseRate(rates, { ...by("cheapest"), service: "D" })?.id).toBe("d");
  expect(chooseRate(rates, { ...by("cheapest"), service: "X d" })?.id).toBe("d");
  expect(chooseRate([], by("cheapest"))).toBeNull();
  // The cheapest that is in time; where none is, the one that is least late.
  expect(chooseRate(rates, { ...by("promise"), deliveryDaysMax: 2 })?.id).toBe("d");
  expect(chooseRate(rates, { ...by("promise"), deliveryDaysMax: 3 })?.id).toBe("b");
  expect(chooseRate(rates, { ...by("promise"), deliveryDaysMax: 0 })?.id).toBe("d");
  expect(chooseRate(rates, by("promise"))?.id).toBe("b");
});
