/* oxlint-disable typescript/no-explicit-any -- recordings and specifications of others are read as they come */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { trackingStatuses } from "../../src/domain/fulfillment/fulfillment.ts";
import { rateOf as fedExRate } from "../../src/integrations/carriers/fedex/fedex.ts";
import * as fedEx from "../../src/integrations/carriers/fedex/objects.ts";
import { updatesOf as fedExUpdates } from "../../src/integrations/carriers/fedex/tracking.ts";
import type { LabelRequest } from "../../src/integrations/carriers/port.ts";
import * as shippo from "../../src/integrations/carriers/shippo/objects.ts";
import { rateOf as shippoRate } from "../../src/integrations/carriers/shippo/shippo.ts";
import {
  shippoWebhookReader,
  updatesOf as shippoUpdates,
} from "../../src/integrations/carriers/shippo/tracking.ts";
import { forgetCarrierTokens } from "../../src/integrations/carriers/tokens.ts";
import * as ups from "../../src/integrations/carriers/ups/objects.ts";
import { updatesOf as upsUpdates } from "../../src/integrations/carriers/ups/tracking.ts";
import { rateOf as upsRate } from "../../src/integrations/carriers/ups/ups.ts";
import { carrierAccounts, carrierOf } from "../support/carrier-accounts.ts";
import { data, misfits, specification } from "../support/specification.ts";

const cassettes = path.join(data, "shippo", "decoded");
const samples = (carrier: string, file: string) => {
  const bytes = readFileSync(path.join(data, carrier, "samples", file));
  return JSON.parse(new TextDecoder().decode(file.endsWith(".gz") ? gunzipSync(bytes) : bytes));
};
const account = (name: string) => {
  const found = carrierAccounts.find(([known]) => known === name);
  if (found === undefined) throw new Error(name);
  return { carrier: carrierOf(name, found[1]), server: found[2]() };
};

const address = {
  name: "Ada Lovelace",
  line1: "965 Mission Street",
  line2: "Ste 480",
  city: "San Francisco",
  region: "CA",
  postal_code: "94103",
  country: "US",
  phone: "+1 630 333 7333",
};
const request: LabelRequest = {
  reference: "shp_01kaqbr5a0f3k7m9q2t4v6x8z0",
  orderNumber: 1001,
  from: address,
  to: address,
  weightGrams: 907,
  shipAtMs: Date.UTC(2026, 10, 25),
  choice: { service: null, preference: "cheapest", deliveryDaysMax: null },
  askedSinceMs: null,
};

beforeEach(() => forgetCarrierTokens());
afterEach(() => vi.unstubAllGlobals());

type Entry = {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: number; readonly body: any };
};
const cassette = (file: string): ReadonlyArray<Entry> =>
  JSON.parse(readFileSync(path.join(cassettes, file), "utf8"));
const filesOf = (...kinds: ReadonlyArray<string>) =>
  existsSync(cassettes)
    ? readdirSync(cassettes)
        .filter((file) => kinds.some((kind) => file.startsWith(`${kind}.`)))
        .sort()
    : [];

/** Answers with the recorded reply of a method and path, in their order; what was not recorded is not there. */
function play(entries: ReadonlyArray<Entry>): void {
  const left = [...entries];
  vi.stubGlobal("fetch", async (input: string, init: RequestInit = {}) => {
    const url = new URL(input);
    if (!url.hostname.endsWith("goshippo.com")) return new Response("a label");
    const at = left.findIndex(
      (entry) =>
        entry.request.method === (init.method ?? "GET") &&
        new URL(entry.request.url).pathname === url.pathname,
    );
    const [entry] = at < 0 ? [] : left.splice(at, 1);
    return entry === undefined
      ? Response.json({ detail: "Not found" }, { status: 404 })
      : Response.json(entry.response.body, { status: entry.response.status });
  });
}

describe.skipIf(!existsSync(cassettes))("Shippo's recorded answers", () => {
  const schemaOf = (url: string) => {
    const where = new URL(url).pathname;
    if (/^\/shipments\/(?:[0-9a-f]+)?$/.test(where)) return shippo.shipmentSchema;
    if (where.endsWith("/rates/")) return shippo.ratesSchema;
    if (where.startsWith("/rates/")) return shippo.rateSchema;
    if (where.startsWith("/tracks/")) return shippo.trackSchema;
    if (where.startsWith("/addresses/")) return shippo.addressSchema;
    if (/^\/transactions\/(?:[0-9a-f]+)?$/.test(where)) return shippo.transactionSchema;
    return null;
  };
  const replies = filesOf("shipment", "transaction", "track", "address", "manifest", "rate").flatMap((file) =>
    cassette(file).flatMap((entry) => {
      const {
        request: { method, url },
        response,
      } = entry;
      const isList =
        method === "GET" && /^\/(?:shipments|transactions|addresses)\/$/.test(new URL(url).pathname);
      return response.status < 300 && !isList && schemaOf(url) !== null
        ? [[`${file}: ${method} ${new URL(url).pathname}`, entry] as const]
        : [];
    }),
  );
  test.each(replies)("%s is understood", (_, { request: { url }, response }) => {
    expect(schemaOf(url)?.safeParse(response.body).error).toBeUndefined();
  });

  test.each(filesOf("transaction").filter((file) => file.includes("list")))("%s is understood", (file) => {
    for (const { response } of cassette(file)) {
      expect(shippo.transactionsSchema.safeParse(response.body).error).toBeUndefined();
    }
  });

  test("rates of a shipment are quoted in minor units with their days", async () => {
    const rates = cassette("shipment.test_get_rates_blocking.json").at(-1)?.response.body.results;
    const quoted = rates.map((rate: any) => shippoRate(shippo.rateSchema.parse(rate)));
    expect(quoted).toHaveLength(22);
    expect(quoted[0]).toMatchObject({ carrier: "FedEx", service: "2 Day", amount: 2273, deliveryDays: 4 });
    for (const [index, { amount }] of quoted.entries()) {
      expect(amount).toBe(Math.round(Number(rates[index].amount) * 100));
    }
  });

  test("a transaction that stays queued is no label yet, and one that failed is refused", async () => {
    const entries = cassette("transaction.test_retrieve.json");
    const rates = entries.find(({ request: { url } }) => url.endsWith("/rates/"))?.response.body.results;
    const withRates = entries.map((entry) =>
      entry.request.url.endsWith("/shipments/") && entry.request.method === "POST"
        ? { ...entry, response: { ...entry.response, body: { ...entry.response.body, rates } } }
        : entry,
    );
    const looks = withRates.filter(({ request: { url } }) => /transactions\/[0-9a-f]+$/.test(url));
    play([...withRates, ...looks, ...looks, ...looks]);
    const { carrier } = account("shippo");
    expect(await carrier.buyLabel(request)).toEqual({
      ok: false,
      error: { code: "unavailable", reason: "the label is not made yet" },
    });
    play(cassette("shipment.test_invalid_create.json"));
    expect(await carrier.buyLabel(request)).toMatchObject({ error: { code: "refused" } });
  });

  test.each([
    ["address.test_validate.json", "corrected"],
    ["address.test_invalid_validate.json", "undeliverable"],
  ])("%s: the address is %s", async (file, verdict) => {
    const [, validated] = cassette(file);
    if (validated === undefined) throw new Error("nothing recorded");
    // Newer versions answer the same at once, with `validate: true`.
    play([
      {
        request: { method: "POST", url: "https://api.goshippo.com/addresses/" },
        response: validated.response,
      },
    ]);
    expect(await account("shippo").carrier.checkAddress(address)).toMatchObject({
      ok: true,
      value: { verdict },
    });
  });

  const tracks = filesOf("track").flatMap((file) =>
    cassette(file).map((entry) => [`${file}: ${entry.response.status}`, entry] as const),
  );
  test.each(tracks.filter(([, { response }]) => response.status < 300))(
    "%s: the parcel is read in our words, and a webhook of it too",
    (_, { response }) => {
      const updates = shippoUpdates(shippo.trackSchema.parse(response.body));
      expect(updates.at(-1)?.status).toBe("delivered");
      expect(updates.length).toBeGreaterThan(2);
      for (const { status } of updates) expect(trackingStatuses).toContain(status);
      const read = shippoWebhookReader({ tokens: ["t"], hmacSecret: undefined, isLive: true }, () => 0);
      const event = JSON.stringify({ event: "track_updated", test: false, data: response.body });
      const delivery = { bytes: new TextEncoder().encode(event), headers: new Headers() };
      expect(read({ ...delivery, url: "https://x.example/webhooks/shippo?token=t" })).toEqual({
        ok: true,
        value: { trackingNumber: response.body.tracking_number, updates },
      });
      expect(read({ ...delivery, url: "https://x.example/webhooks/shippo?token=u" }).ok).toBe(false);
    },
  );

  test.each(tracks.filter(([, { response }]) => response.status >= 300))(
    "%s: a parcel that nobody has scanned has no history, a carrier that is none is refused",
    async (_, entry) => {
      play([entry]);
      const [, , token, number = ""] = new URL(entry.request.url).pathname.split("/");
      const told = await account("shippo").carrier.track({
        trackingNumber: number,
        carrierReference: `${token}/t`,
      });
      expect(told.ok).toBe(entry.response.status === 404);
    },
  );
});

/** Everything that an adapter sends while it is used once, with the path it goes to. */
async function sentBy(name: string, of: LabelRequest) {
  const { carrier, server } = account(name);
  vi.stubGlobal("fetch", server.fetch);
  await carrier.rates(of);
  const bought = await carrier.buyLabel(of);
  await carrier.buyLabel({ ...of, askedSinceMs: of.shipAtMs });
  if (bought.ok) await carrier.track(bought.value);
  if (bought.ok) await carrier.voidLabel(bought.value);
  await carrier.checkAddress(of.to);
  return server.calls
    .filter(({ body, headers }) => body !== "" && headers.get("content-type") === "application/json")
    .map(({ method, url, body }) => ({ method, path: url.pathname, body: JSON.parse(body) }));
}

/** The body's schema that a specification has for a request, by its method and the form of its path. */
function bodySchema(spec: any, method: string, where: string): any {
  for (const [template, operations] of Object.entries<any>(spec.paths)) {
    const pattern = new RegExp(`(?:^|/api)${template.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`);
    const body = operations[method.toLowerCase()]?.requestBody;
    if (pattern.test(where) && body !== undefined) return body.content["application/json"].schema;
  }
  return null;
}

const abroad: LabelRequest = {
  ...request,
  from: { name: "Lager", line1: "Am Kanal 1", city: "Berlin", postal_code: "10115", country: "DE" },
  to: {
    name: "Zoë",
    line1: "12 Rue de l'Église, un nom de rue vraiment très long",
    city: "Paris",
    postal_code: "75015",
    country: "FR",
  },
};
/**
 * One of two members names the label that is asked for again, and the schema requires both; another member is required
 * where the schema has no such member.
 */
const SPECIFICATION_ERRORS =
  /^\/LabelRecoveryRequest: lacks (?:TrackingNumbers|ReferenceValues)$|^\/RateRequest\/Request: does not know RequestOption$/;

const specified = [
  ["ups", ["ups/specs/Rating.yaml", "ups/specs/Shipping.yaml", "ups/specs/AddressValidation.yaml"], 4],
  [
    "fedex",
    [
      "fedex/vendor_openapi/rate-api.json.gz",
      "fedex/vendor_openapi/ship-api.json.gz",
      "fedex/vendor_openapi/track.json.gz",
    ],
    5,
  ],
] as const;

describe.skipIf(!existsSync(path.join(data, "ups", "specs")))("requests", () => {
  test.each(specified)("to %s fit its specifications", async (name, files, kinds) => {
    const specs = files.map(specification);
    const seen = new Set<string>();
    for (const of of [request, abroad]) {
      for (const { method, path: where, body } of await sentBy(name, of)) {
        const [found] = specs.flatMap((spec) => {
          const schema = bodySchema(spec, method, where);
          return schema === null ? [] : [{ spec, schema }];
        });
        // FedEx publishes the one of its address validation elsewhere.
        if (where.startsWith("/address/")) continue;
        expect(found, `${method} ${where} is in no specification`).toBeDefined();
        seen.add(`${method} ${where.replace(/\d{3,}/, "n")}`);
        const wrong = misfits(found?.spec, found?.schema, body).filter(
          (misfit) => !SPECIFICATION_ERRORS.test(misfit),
        );
        expect(wrong, `${method} ${where}`).toEqual([]);
      }
    }
    expect(seen.size).toBe(kinds);
  });
});

describe.skipIf(!existsSync(path.join(data, "ups", "samples")))("UPS's answers", () => {
  test("of rates are read, negotiated ones first", () => {
    for (const sample of samples("ups", "rating_responses.json")) {
      const rates = ups.ratesSchema.parse(sample).RateResponse.RatedShipment;
      for (const rated of rates.filter(({ Service }) => /^\d\d$/.test(Service.Code))) {
        const { amount, deliveryDays } = upsRate(rated);
        const charge = rated.NegotiatedRateCharges?.TotalCharge ?? rated.TotalCharges;
        expect(amount).toBe(Math.round(Number(charge.MonetaryValue) * 100));
        expect(deliveryDays).toBeGreaterThan(0);
      }
    }
  });

  test("of purchases, voids, tracking and refusals are read", () => {
    expect(ups.shippedSchema.safeParse(samples("ups", "shipping_response.json")).error).toBeUndefined();
    expect(ups.voidedSchema.safeParse(samples("ups", "shipping_cancel_response.json")).error).toBeUndefined();
    expect(ups.failureSchema.parse(samples("ups", "error_response.json")).response.errors[0]?.code).toBe(
      "250003",
    );
    const tracked = ups.trackedSchema.parse(samples("ups", "tracking_response.json"));
    const [parcel] = tracked.trackResponse.shipment[0]?.package ?? [];
    expect(upsUpdates(parcel?.activity ?? [])).toEqual([
      {
        status: "pre_transit",
        message: "Shipper created a label, UPS has not received the package yet.",
        occurredAtMs: Date.UTC(2022, 0, 26, 15, 16, 41),
      },
      { status: "delivered", message: "DELIVERED", occurredAtMs: Date.UTC(2022, 0, 26, 16, 30) },
    ]);
  });
});

describe.skipIf(!existsSync(path.join(data, "fedex", "samples")))("FedEx's answers", () => {
  test("of rates are read: the account's own, with its days on the way", () => {
    const rates = samples("fedex", "rating_responses.json").flatMap(
      (sample: unknown) => fedEx.ratesSchema.parse(sample).output.rateReplyDetails,
    );
    expect(rates.length).toBeGreaterThan(3);
    const ground = rates.map(fedExRate).find(({ id }: { id: string }) => id === "FEDEX_GROUND");
    expect(ground).toMatchObject({ amount: 53_568, currency: "CAD", deliveryDays: 4 });
  });

  test("of purchases, cancels, tracking and refusals are read", () => {
    for (const sample of samples("fedex", "shipping_responses.json.gz")) {
      const [shipment] = fedEx.shippedSchema.parse(sample).output.transactionShipments;
      expect(shipment?.pieceResponses[0]?.packageDocuments?.[0]?.encodedLabel).toBeTruthy();
    }
    expect(
      fedEx.canceledSchema.parse(samples("fedex", "cancel_response.json")).output.cancelledShipment,
    ).toBe(true);
    expect(fedEx.failureSchema.safeParse(samples("fedex", "error_response.json")).error).toBeUndefined();
    const tracked = fedEx.trackedSchema.parse(samples("fedex", "tracking_response.json"));
    const results = tracked.output.completeTrackResults.flatMap(({ trackResults }) => trackResults);
    expect(fedExUpdates(results.flatMap(({ scanEvents }) => scanEvents ?? []))).toEqual([
      { status: "in_transit", message: "Picked Up", occurredAtMs: Date.UTC(2018, 1, 2, 19, 1) },
    ]);
  });
});
