import { type Api, expectSuccess, inParallel } from "../api.ts";

export const DROP_SKU = "HOODIE-FOUNDERS";
export const DROP_UNITS = 500;

const locations = [
  {
    code: "BER-1",
    name: "Berlin warehouse",
    type: "warehouse",
    pickup: false,
    address: {
      line1: "Westhafenstrasse 1",
      city: "Berlin",
      postal_code: "13353",
      country: "DE",
      latitude: 52.5373,
      longitude: 13.3436,
    },
  },
  {
    code: "RTM-3PL",
    name: "Rotterdam fulfilment partner",
    type: "3pl",
    pickup: false,
    address: {
      line1: "Waalhaven Zuidzijde 19",
      city: "Rotterdam",
      postal_code: "3089 JH",
      country: "NL",
      latitude: 51.8867,
      longitude: 4.4517,
    },
  },
  {
    code: "NYC-STORE",
    name: "New York store",
    type: "store",
    pickup: true,
    address: {
      line1: "212 Mulberry Street",
      city: "New York",
      region: "NY",
      postal_code: "10012",
      country: "US",
      latitude: 40.7219,
      longitude: -73.9965,
    },
  },
];

type Item = {
  readonly sku: string;
  readonly title: string;
  readonly eur: number;
  readonly usd: number;
  readonly grams: number;
  /** Units at Berlin, Rotterdam and New York. */
  readonly units: readonly [number, number, number];
};

export const items: ReadonlyArray<Item> = [
  {
    sku: DROP_SKU,
    title: "Founders hoodie, signed run of 500",
    eur: 8900,
    usd: 9500,
    grams: 620,
    units: [300, 150, 50],
  },
  {
    sku: "MUG-TIDE",
    title: "Stoneware mug, tide glaze",
    eur: 1900,
    usd: 2100,
    grams: 380,
    units: [160, 90, 40],
  },
  {
    sku: "MUG-SLATE",
    title: "Stoneware mug, slate glaze",
    eur: 1900,
    usd: 2100,
    grams: 380,
    units: [150, 80, 40],
  },
  {
    sku: "TEE-HARBOUR-M",
    title: "Harbour tee, medium",
    eur: 2900,
    usd: 3200,
    grams: 190,
    units: [120, 120, 60],
  },
  {
    sku: "TEE-HARBOUR-L",
    title: "Harbour tee, large",
    eur: 2900,
    usd: 3200,
    grams: 205,
    units: [120, 120, 60],
  },
  { sku: "CAP-SIGNAL", title: "Signal cap, corduroy", eur: 2400, usd: 2600, grams: 110, units: [90, 60, 50] },
  {
    sku: "TOTE-CANVAS",
    title: "Canvas tote, natural",
    eur: 1500,
    usd: 1700,
    grams: 160,
    units: [200, 150, 60],
  },
  {
    sku: "NOTEBOOK-GRID",
    title: "Grid notebook, 160 pages",
    eur: 1200,
    usd: 1400,
    grams: 240,
    units: [220, 140, 50],
  },
  {
    sku: "CANDLE-CEDAR",
    title: "Cedar candle, 40 hours",
    eur: 2700,
    usd: 2900,
    grams: 410,
    units: [80, 60, 0],
  },
  {
    sku: "POSTER-NIGHTLINE",
    title: "Night line poster, 50 × 70 cm",
    eur: 2200,
    usd: 2500,
    grams: 90,
    units: [140, 70, 30],
  },
  {
    sku: "SOCKS-KELP",
    title: "Kelp socks, two pairs",
    eur: 1600,
    usd: 1800,
    grams: 95,
    units: [180, 160, 70],
  },
  { sku: "FLASK-STEEL", title: "Steel flask, 750 ml", eur: 3400, usd: 3700, grams: 430, units: [70, 60, 40] },
];

/** Units received of each SKU: what the ledger has to add up to. */
export const unitsReceived: ReadonlyMap<string, number> = new Map(
  items.map(({ sku, units }) => [sku, units[0] + units[1] + units[2]]),
);

export async function makeCatalogue(api: Api): Promise<void> {
  for (const { code, ...location } of locations) {
    await expectSuccess(api("PUT", `/v1/locations/${code}`, { body: { ...location, ships: true } }));
  }
  await inParallel(items, 4, async ({ sku, title, eur, usd, grams }) => {
    await expectSuccess(
      api("PUT", `/v1/skus/${sku}`, {
        body: {
          title,
          weight_grams: grams,
          prices: [
            { currency: "EUR", amount: eur },
            { currency: "USD", amount: usd },
          ],
          ...(sku === DROP_SKU ? { buyer_limit: 2 } : {}),
        },
      }),
    );
  });
  const movements = items.flatMap(({ sku, units }) =>
    units.flatMap((quantity, index) => {
      const location = locations[index]?.code;
      return quantity === 0 ? [] : [{ sku, location, kind: "received", quantity, reason: "first delivery" }];
    }),
  );
  const { results } = await expectSuccess(
    api("POST", "/v1/stock/movements", { body: { movements }, idempotencyKey: "demo-first-delivery" }),
  );
  const refused = (results as Array<{ ok: boolean }>).filter((result) => !result.ok);
  if (refused.length > 0) throw new Error(`stock was refused: ${JSON.stringify(refused[0])}`);
}
