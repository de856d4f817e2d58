import { type Api, expectSuccess } from "../../scripts/api.ts";
import { percentile } from "../../scripts/random.ts";
import { LOCAL_SECRET_KEY } from "../../scripts/seed.ts";
import { apiOf, withEngine } from "./engines.ts";
import { fillOrders, HOT_SKU } from "./fill-orders.ts";

/** What one page or search took with so many orders in the database. */
export type PagesResult = ReadonlyArray<{
  readonly orders: number;
  readonly pages: ReadonlyArray<{ readonly what: string; readonly p50Ms: number }>;
}>;

const SEARCHES: ReadonlyArray<readonly [what: string, query: string]> = [
  ["newest orders", ""],
  ["orders in one status", "status=placed"],
  ["orders in a status that few are in", "status=on_hold"],
  ["orders in a status that none is in", "payment_status=failed"],
  ["orders by three states", "payment_status=refunded&fulfillment_status=delivered&channel=shopify"],
  ["orders of a SKU in every tenth order", `sku=${HOT_SKU}`],
  ["orders of that SKU, refunded", `sku=${HOT_SKU}&payment_status=refunded`],
  ["orders of that SKU, on hold", `sku=${HOT_SKU}&status=on_hold`],
  [
    "placed within ten minutes",
    "placed_after=2023-11-14T22:15:00.000Z&placed_before=2023-11-14T22:25:00.000Z",
  ],
  ["text: an order's number", "q=1000500"],
  ["text: a shop's number", "q=EXT-800"],
  ["text: a tracking number", "q=JD000000000500"],
  ["text: a name as common as Smith", "q=smith"],
  ["text: a given and a family name", "q=given7%20fam"],
  ["text: the beginning of everybody's name", "q=fami"],
  ["text: nothing has it", "q=nowhere%20to%20be%20found"],
];
/** An order of every size: the 501st. */
const ORDER_ID = "ord_bench000000000500";
const DASHBOARD: ReadonlyArray<readonly [what: string, path: string]> = [
  ["now", "/admin"],
  ["orders", "/admin/orders"],
  ["orders, a name", "/admin/orders?q=smith"],
  ["orders, on hold", "/admin/orders?status=on_hold"],
  ["an order", `/admin/orders/${ORDER_ID}`],
  ["stock", "/admin/stock"],
  ["shows", "/admin/shows"],
  ["fulfilment", "/admin/fulfillment"],
  ["pick lists", "/admin/fulfillment/pick-lists/BENCH-1"],
  ["exceptions", "/admin/fulfillment/exceptions"],
  ["locations", "/admin/settings/locations"],
];
const ROUNDS = 24;
const WARM_UP_ROUNDS = 4;

/** W5: every search of orders, and every page of the dashboard, as orders pile up in the database. */
export function measurePages(sizes: ReadonlyArray<number>): Promise<PagesResult> {
  return withEngine({}, async (engine) => {
    const results = [];
    let filled = 0;
    for (const orders of sizes) {
      await fillOrders(engine.database, filled, orders);
      filled = orders;
      const pages = [...(await timeSearches(apiOf(engine))), ...(await timeDashboard(engine.url))];
      results.push({ orders, pages });
    }
    return results;
  });
}

type Timed = { readonly what: string; readonly p50Ms: number };

async function timeSearches(api: Api): Promise<ReadonlyArray<Timed>> {
  const pages = [];
  for (const [what, query] of SEARCHES) {
    const p50Ms = await medianMs(() => expectSuccess(api("GET", `/v1/orders?limit=50&${query}`)));
    pages.push({ what: `API: ${what}`, p50Ms });
  }
  return pages;
}

async function timeDashboard(url: string): Promise<ReadonlyArray<Timed>> {
  const signedIn = await fetch(`${url}/admin/sign-in`, {
    method: "POST",
    body: new URLSearchParams({ secret: LOCAL_SECRET_KEY, next: "/admin" }),
    headers: { origin: url },
    redirect: "manual",
  });
  const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
  const pages = [];
  for (const [what, path] of DASHBOARD) {
    const p50Ms = await medianMs(async () => {
      const page = await fetch(`${url}${path}`, { headers: { cookie }, redirect: "manual" });
      await page.text();
      if (page.status !== 200) throw new Error(`${path}: ${page.status}`);
    });
    pages.push({ what: `dashboard: ${what}`, p50Ms });
  }
  return pages;
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const timesMs: Array<number> = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const beginMs = performance.now();
    await work();
    if (round >= WARM_UP_ROUNDS) timesMs.push(performance.now() - beginMs);
  }
  return percentile(timesMs, 0.5);
}

/** The page that grows the most from one size to the other. */
export function steepest(
  pages: PagesResult,
  from: number,
  to: number,
): { readonly what: string; readonly times: number } | null {
  const [few, many] = [from, to].map((size) => pages.find(({ orders }) => orders === size)?.pages);
  if (few === undefined || many === undefined) return null;
  return few
    .map(({ what, p50Ms }) => ({
      what,
      times: (many.find((page) => page.what === what)?.p50Ms ?? Number.NaN) / p50Ms,
    }))
    .reduce((worst, page) => (page.times > worst.times ? page : worst));
}
