import { type Api, expectSuccess } from "../../scripts/api.ts";
import { percentile } from "../../scripts/random.ts";
import { apiOf, withEngine } from "./engines.ts";
import { fillOrders, HOT_SKU } from "./fill-orders.ts";

/** What one page or search took with so many orders in the database. */
export type PagesResult = ReadonlyArray<{
  readonly orders: number;
  readonly pages: ReadonlyArray<{ readonly what: string; readonly p50Ms: number }>;
}>;

const SEARCHES: ReadonlyArray<readonly [what: string, query: string]> = [
  ["newest orders", ""],
  ["in one status", "status=placed"],
  ["in a status that few are in", "status=on_hold"],
  ["in a status that none is in", "payment_status=failed"],
  ["by three states", "payment_status=refunded&fulfillment_status=delivered&channel=shopify"],
  ["of a SKU in every tenth order", `sku=${HOT_SKU}`],
  ["of that SKU, refunded", `sku=${HOT_SKU}&payment_status=refunded`],
  ["of that SKU, on hold", `sku=${HOT_SKU}&status=on_hold`],
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
      results.push({ orders, pages: await timeSearches(apiOf(engine)) });
    }
    return results;
  });
}

async function timeSearches(api: Api): Promise<PagesResult[number]["pages"]> {
  const pages = [];
  for (const [what, query] of SEARCHES) {
    const timesMs: Array<number> = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const beginMs = performance.now();
      await expectSuccess(api("GET", `/v1/orders?limit=50&${query}`));
      if (round >= WARM_UP_ROUNDS) timesMs.push(performance.now() - beginMs);
    }
    pages.push({ what: `orders ${what}`, p50Ms: percentile(timesMs, 0.5) });
  }
  return pages;
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
