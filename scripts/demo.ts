import path from "node:path";
import { parseArgs } from "node:util";

import { type Api, type ApiBody, createApi, expectSuccess, inParallel, listAll } from "./api.ts";
import { openOnDesktop, printAddresses, printErrors } from "./console.ts";
import { auditSku, type Stock } from "./demo/audit.ts";
import { DROP_SKU, DROP_UNITS, items, makeCatalogue, unitsReceived } from "./demo/catalogue.ts";
import { runDrop } from "./demo/drop.ts";
import { replayOrders } from "./demo/history.ts";
import { emptyTally, type Tally } from "./demo/shopping.ts";
import { openShowPage } from "./demo/show-page.ts";
import { type Engine, EngineStartError, startEngine } from "./engine.ts";
import { startProgress } from "./progress.ts";
import { percentile } from "./random.ts";
import { LOCAL_PUBLISHABLE_KEY, LOCAL_SECRET_KEY } from "./seed.ts";

const DELIVERY_SECONDS_MAX = 180;
const { values } = parseArgs({
  options: {
    exit: { type: "boolean", default: false },
    orders: { type: "string", default: "200" },
    buyers: { type: "string", default: "2000" },
  },
});
const stateDir = path.resolve(process.env["HOLDFAST_STATE"] ?? ".holdfast/demo");

try {
  const engine = await startOnSomePort();
  const broken = await demonstrate(engine);
  for (const promise of broken) console.error(`  BROKEN  ${promise}`);
  process.exitCode = broken.length === 0 ? 0 : 1;
  if (values.exit) await engine.stop();
  else {
    await openShowPage(createApi(engine.url, LOCAL_SECRET_KEY));
    printAddresses(engine, stateDir);
    openOnDesktop(`${engine.url}/demo`);
  }
} catch (error) {
  if (!(error instanceof EngineStartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** A demo need not fail because an engine is running already, unless somebody asked for that very port. */
async function startOnSomePort(): Promise<Engine> {
  const wanted = process.env["PORT"];
  const options = { stateDir, state: "fresh", onLog: printErrors } as const;
  if (wanted !== undefined) return startEngine({ ...options, port: Number(wanted) });
  try {
    return await startEngine({ ...options, port: 8787 });
  } catch (error) {
    if (error instanceof EngineStartError && error.message.startsWith("Port")) {
      return startEngine({ ...options, port: 0 });
    }
    throw error;
  }
}

/** @returns the promises that were broken, in words. */
async function demonstrate(engine: Engine): Promise<ReadonlyArray<string>> {
  const merchant = createApi(engine.url, LOCAL_SECRET_KEY);
  const shoppers = createApi(engine.url, LOCAL_PUBLISHABLE_KEY);
  console.log(`\nHoldfast demo on ${engine.url}\n`);

  const shelf = startProgress("Catalogue", items.length);
  await makeCatalogue(merchant);
  shelf.finish(`${items.length} SKUs at 3 locations`);

  const history = emptyTally();
  const orderCount = Number(values.orders);
  await replayOrders(shoppers, history, orderCount, startProgress("Ordinary orders", orderCount));

  const drop = emptyTally();
  const buyers = Number(values.buyers);
  const show = await runDrop(
    { merchant, shoppers, url: engine.url },
    drop,
    buyers,
    startProgress("Live drop, units sold", DROP_UNITS),
  );

  const placed = [...history.orders, ...drop.orders];
  const delivery = await awaitDelivery(merchant, placed);
  const wrong = await auditAll(merchant);
  const verdict = await judge(merchant, {
    history,
    drop,
    delivery,
    wrong,
    buyers,
    counters: countersOf(show),
  });
  printTable(verdict.rows);
  return [...history.broken, ...drop.broken, ...wrong, ...verdict.broken];
}

type Counters = Readonly<
  Record<"claims" | "holds" | "paid" | "units_sold" | "units_recycled" | "oversold", number>
> & {
  readonly fairness: number | null;
};

/** Of the show's only drop. */
function countersOf(show: ApiBody): Counters {
  const [drop] = show["drops"] as ReadonlyArray<Pick<Counters, "fairness"> & { readonly counters: Counters }>;
  if (drop === undefined) throw new Error("the show has no drop");
  return { ...drop.counters, fairness: drop.fairness };
}

type Delivery = { readonly completed: number; readonly parcels: number; readonly units: number };

/** Routing, picking, labels and tracking run in queues; this only watches. */
async function awaitDelivery(api: Api, orders: ReadonlyArray<string>): Promise<Delivery> {
  const progress = startProgress("Route, ship, deliver", orders.length);
  const untilMs = Date.now() + DELIVERY_SECONDS_MAX * 1000;
  let completed = 0;
  while (completed < orders.length && Date.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 700));
    completed = (await listAll(api, "/v1/orders?limit=200&status=completed")).length;
    progress.show(completed);
  }
  let parcels = 0;
  let units = 0;
  await inParallel(orders, 16, async (id) => {
    const order = await expectSuccess(api("GET", `/v1/orders/${id}`));
    parcels += (order["shipments"] as Array<unknown>).length;
    for (const line of order["lines"] as Array<{ fulfilled: number }>) units += line.fulfilled;
  });
  progress.finish(`${completed} of ${orders.length} orders delivered in ${parcels} parcels`);
  return { completed, parcels, units };
}

async function auditAll(api: Api): Promise<ReadonlyArray<string>> {
  const progress = startProgress("Ledger check", items.length);
  const wrong: Array<string> = [];
  await inParallel(items, 4, async ({ sku }) => {
    wrong.push(...(await auditSku(api, sku)));
  });
  progress.finish(`${items.length} ledgers replayed, ${wrong.length} differences`);
  return wrong;
}

async function judge(
  api: Api,
  facts: {
    readonly history: Tally;
    readonly drop: Tally;
    readonly delivery: Delivery;
    readonly wrong: ReadonlyArray<string>;
    readonly buyers: number;
    readonly counters: Counters;
  },
): Promise<{
  readonly rows: ReadonlyArray<readonly [string, string]>;
  readonly broken: ReadonlyArray<string>;
}> {
  const { history, drop, delivery, wrong } = facts;
  const orders = history.orders.length + drop.orders.length;
  const unitsOrdered = [...history.unitsOrdered.values(), ...drop.unitsOrdered.values()].reduce(
    (a, b) => a + b,
    0,
  );
  const sold = drop.unitsOrdered.get(DROP_SKU) ?? 0;
  const oversold = Math.max(0, sold - DROP_UNITS);
  const isWanted = facts.buyers >= DROP_UNITS;
  const unsold = isWanted ? Math.max(0, DROP_UNITS - sold) : 0;
  const overLimit = [...drop.unitsByBuyer.values()].filter((units) => units > 2).length;

  // What is on the shelves and what left them has to add up to what came, whatever any ledger says.
  let onHand = 0;
  for (const { sku } of items) {
    const stock = (await expectSuccess(api("GET", `/v1/skus/${sku}/stock`))) as unknown as Stock;
    onHand += stock.locations.reduce((sum, at) => sum + at.on_hand, 0);
  }
  const received = [...unitsReceived.values()].reduce((a, b) => a + b, 0);

  const { counters } = facts;
  const broken: Array<string> = [];
  if (counters.oversold !== 0 || counters.units_sold !== sold)
    broken.push(`the show says that ${counters.units_sold} units were sold, and buyers ${sold}`);
  if (oversold > 0) broken.push(`${oversold} units of the drop were oversold`);
  if (unsold > 0) broken.push(`${unsold} units of the drop are unsold although buyers were refused`);
  if (overLimit > 0) broken.push(`${overLimit} buyers have more than 2 units`);
  if (delivery.completed !== orders) broken.push(`${orders - delivery.completed} orders were not delivered`);
  if (delivery.units !== unitsOrdered)
    broken.push(`${unitsOrdered} units ordered, ${delivery.units} shipped`);
  if (onHand + delivery.units !== received) {
    broken.push(`${received} units received, ${onHand} on hand and ${delivery.units} shipped`);
  }

  const holdMs = [...history.holdMs, ...drop.holdMs];
  const rows: Array<readonly [string, string]> = [
    ["Holds accepted", String(history.accepted + drop.accepted)],
    ["Holds refused, sold out", String(history.refused + drop.refused)],
    ["Offered to the line", String(drop.offered)],
    ["Let go by the buyer", String(drop.released)],
    ["Clicked twice, held once", String(drop.doubleClicks)],
    ["Payments declined", String(drop.declined)],
    ["Show: claims, holds, paid", `${counters.claims}, ${counters.holds}, ${counters.paid}`],
    ["Show: units that came back", String(counters.units_recycled)],
    ["Show: fairness (Kendall τ)", counters.fairness === null ? "–" : counters.fairness.toFixed(4)],
    ["Oversold", String(oversold)],
    ["Unsold with demand left", String(unsold)],
    ["Orders placed", String(orders)],
    ["Parcels", String(delivery.parcels)],
    ["Orders delivered", String(delivery.completed)],
    ["Hold, p50 / p99", `${percentile(holdMs, 0.5).toFixed(1)} / ${percentile(holdMs, 0.99).toFixed(1)} ms`],
    ["Ledger check", wrong.length === 0 ? `${items.length} SKUs agree` : `${wrong.length} differences`],
  ];
  return { rows, broken };
}

function printTable(rows: ReadonlyArray<readonly [string, string]>): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log(`\n${rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n")}\n`);
}
