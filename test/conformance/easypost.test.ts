import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterEach, describe, expect, test, vi } from "vitest";

import { trackingStatuses } from "../../src/domain/fulfillment/fulfillment.ts";
import { easyPost } from "../../src/integrations/carriers/easypost/easypost.ts";
import { shipmentSchema, trackerSchema } from "../../src/integrations/carriers/easypost/objects.ts";
import { readEasyPostEvent, updatesOf } from "../../src/integrations/carriers/easypost/tracking.ts";

const data = path.resolve(process.env["HOLDFAST_DATA"] ?? "../shared/data");
const cassettes = path.join(data, "easypost", "cassettes");
const vectorsFile = path.join(data, "signature-vectors", "vectors.json");

type Entry = {
  readonly request: { readonly method: string; readonly url: string };
  readonly response: { readonly status: number; readonly content: { readonly text?: string } };
};

function entriesOf(folder: string, file: string): ReadonlyArray<Entry> {
  const text = readFileSync(path.join(cassettes, folder, file), "utf8");
  return (JSON.parse(text) as { readonly log: { readonly entries: ReadonlyArray<Entry> } }).log.entries;
}

const filesOf = (folder: string) =>
  existsSync(path.join(cassettes, folder)) ? readdirSync(path.join(cassettes, folder)).sort() : [];

/** Answers each request with the recorded one of its method and path, in their order; what was not recorded is not there. */
function play(entries: ReadonlyArray<Entry>) {
  const left = [...entries];
  return async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    if (!url.hostname.endsWith("easypost.com")) return new Response("a label");
    const at = left.findIndex(
      ({ request }) =>
        request.method === (init.method ?? "GET") && new URL(request.url).pathname === url.pathname,
    );
    const [entry] = at < 0 ? [] : left.splice(at, 1);
    if (entry === undefined) return Response.json({ error: { code: "NOT_FOUND" } }, { status: 404 });
    return new Response(entry.response.content.text ?? "{}", { status: entry.response.status });
  };
}

afterEach(() => vi.unstubAllGlobals());
const isPurchase = ({ request }: Entry) => request.url.endsWith("/buy");
const address = { name: "Ada", line1: "388 Townsend St", city: "San Francisco", country: "US" };
const request = {
  reference: "shp_1",
  orderNumber: 1,
  from: address,
  to: address,
  weightGrams: 436,
  shipAtMs: 0,
  choice: { service: null, preference: "cheapest" as const, deliveryDaysMax: null },
  askedSinceMs: null,
};

describe.skipIf(!existsSync(cassettes))("EasyPost's recorded answers", () => {
  const purchases = filesOf("Shipment").filter((file) => entriesOf("Shipment", file).some(isPurchase));
  test.each(purchases)("%s: the label is bought", async (file) => {
    const entries = entriesOf("Shipment", file);
    const bought = entries.find(isPurchase);
    const recorded = shipmentSchema.parse(JSON.parse(bought?.response.content.text ?? "{}"));
    vi.stubGlobal("fetch", play(entries));
    const carrier = easyPost({ apiKey: "key", apiBase: undefined });
    expect(await carrier.buyLabel(request)).toMatchObject({
      ok: true,
      value: {
        trackingNumber: recorded.tracking_code,
        service: `${recorded.selected_rate?.carrier} ${recorded.selected_rate?.service}`,
      },
    });
  });

  const shipments = filesOf("Shipment").flatMap((file) =>
    entriesOf("Shipment", file)
      .filter(({ request: { method, url }, response }) => {
        const isOne = /\/v2\/shipments(\/shp_[0-9a-f]+(\/(buy|refund|insure|label))?)?$/.test(
          new URL(url).pathname,
        );
        return isOne && response.status < 300 && !(method === "GET" && url.includes("page_size"));
      })
      .map(
        (entry) =>
          [`${file}: ${entry.request.method} ${new URL(entry.request.url).pathname}`, entry] as const,
      ),
  );
  test.each(shipments)("%s is understood", (_, { response }) => {
    expect(shipmentSchema.safeParse(JSON.parse(response.content.text ?? "")).error).toBeUndefined();
  });

  test.each(filesOf("Tracker"))("%s: every tracker is read in our words", (file) => {
    const trackers = entriesOf("Tracker", file).flatMap(({ response }) => {
      const parsed = trackerSchema.safeParse(JSON.parse(response.content.text ?? "{}"));
      return parsed.success ? [parsed.data] : [];
    });
    expect(trackers.length).toBeGreaterThan(0);
    for (const tracker of trackers) {
      const updates = updatesOf(tracker);
      expect(updates).toHaveLength(tracker.tracking_details?.length ?? 0);
      for (const { status } of updates) expect(trackingStatuses).toContain(status);
    }
  });

  test.each(filesOf("Error"))("%s: a refusal is a refusal", async (file) => {
    const entries = entriesOf("Error", file);
    vi.stubGlobal("fetch", play(entries));
    const carrier = easyPost({ apiKey: "key", apiBase: undefined });
    expect(await carrier.buyLabel(request)).toMatchObject({ ok: false, error: { code: "refused" } });
  });
});

type Vector = {
  readonly platform: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly body: string;
};

describe.skipIf(!existsSync(vectorsFile))("published signatures", () => {
  const vectors = existsSync(vectorsFile)
    ? (JSON.parse(readFileSync(vectorsFile, "utf8")) as ReadonlyArray<Vector>)
    : [];
  test.each(vectors.filter(({ platform }) => platform === "easypost"))(
    "$platform's fits, and no other body",
    (vector) => {
      const { secret, body } = vector;
      const headers = new Headers(vector.headers);
      const bytes = (text: string) => new TextEncoder().encode(text);
      expect(readEasyPostEvent([secret], bytes(body), headers)).toMatchObject({ ok: true });
      expect(readEasyPostEvent([secret], bytes(`${body} `), headers)).toMatchObject({
        error: { code: "forged" },
      });
    },
  );
});
