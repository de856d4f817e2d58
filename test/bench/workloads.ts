import { type Api, expectSuccess, inParallel } from "../../scripts/api.ts";
import { seededRandom, zipfSampler } from "../../scripts/random.ts";
import type { Connection } from "./connection.ts";
import { type LoadResult, type Outcome, runLoad } from "./load.ts";

export type Line = { readonly sku: string; readonly quantity: number };

/** What a workload is run against. `headers` authorize; `run` keeps keys and SKUs of several runs apart. */
export type Target = {
  readonly port: number;
  readonly api: Api;
  readonly headers: string;
  readonly run: string;
  /** 1 is the full size. */
  readonly scale: number;
  readonly secondsMax: number;
};

export type WorkloadResult = {
  readonly name: string;
  readonly load: LoadResult;
  /** Units that the callers were told they have, beyond what was there. */
  readonly oversold: number;
  /** Units left while somebody was refused for lack of them. */
  readonly unsold: number;
  /** Promises that do not hold; a fast run with one of these is a failed run. */
  readonly broken: ReadonlyArray<string>;
};

const LOCATION = "BENCH-1";
const HOLD_TTL_SECONDS = 900;

/** W1: one SKU, many buyers who ask for one unit each. */
export async function flashDrop(target: Target): Promise<WorkloadResult> {
  const visits = scaled(30_000, target);
  const stock = scaled(10_000, target);
  const sku = `${target.run}-DROP`;
  await stockUp(target.api, new Map([[sku, stock]]), 2);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...target,
    connections: 256,
    visits,
    visit: async (connection, index) => {
      const line = { sku, quantity: 1 };
      return holdVisit(target, connection, `${target.run}-${index}`, [line], sold);
    },
  });
  return conclude(target, "W1 flash drop, one request a hold", load, new Map([[sku, stock]]), sold, [sku]);
}

/** W1 by batches of 100 claims. */
export async function flashDropInBatches(target: Target): Promise<WorkloadResult> {
  const BATCH = 100;
  const visits = Math.ceil(scaled(30_000, target) / BATCH);
  const stock = scaled(10_000, target);
  const sku = `${target.run}-BATCH`;
  await stockUp(target.api, new Map([[sku, stock]]), 2);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...target,
    connections: 16,
    visits,
    visit: async (connection, index): Promise<Outcome> => {
      const items = Array.from({ length: BATCH }, (_, position) => ({
        idempotency_key: `${target.run}-b${index}-${position}`,
        buyer: `${target.run}-b${index}-${position}`,
        lines: [{ sku, quantity: 1 }],
        ttl_seconds: HOLD_TTL_SECONDS,
      }));
      const headers = `${target.headers}idempotency-key: ${target.run}-b${index}\r\n`;
      const { status, body } = await connection.send(
        "POST",
        "/v1/holds/batch",
        headers,
        JSON.stringify({ items }),
      );
      if (status !== 200) return { kind: "failed", decisions: BATCH, why: `${status} ${body.slice(0, 200)}` };
      const accepted = body.split('"ok":true').length - 1;
      const refused = body.split('"code":"sold_out"').length - 1;
      if (accepted + refused !== BATCH) {
        return { kind: "failed", decisions: BATCH, why: body.slice(0, 200) };
      }
      sold.set(sku, (sold.get(sku) ?? 0) + accepted);
      return accepted > 0
        ? { kind: "accepted", decisions: BATCH, accepted }
        : { kind: "refused", decisions: BATCH };
    },
  });
  return conclude(target, "W1 flash drop, 100 claims a request", load, new Map([[sku, stock]]), sold, [sku]);
}

/** W2: a catalogue under Zipf's law. */
export async function catalogue(target: Target): Promise<WorkloadResult> {
  const skuCount = scaled(1_000, target);
  const visits = scaled(30_000, target);
  const random = seededRandom(42);
  const rank = zipfSampler(skuCount, 1, random);
  const wanted = Array.from({ length: visits }, () => ({
    sku: `${target.run}-C${rank()}`,
    quantity: 1 + Math.floor(random() * 3),
  }));
  const stock = new Map(
    Array.from({ length: skuCount }, (_, index) => [`${target.run}-C${index}`, 1_000] as const),
  );
  await stockUp(target.api, stock, null);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...target,
    connections: 256,
    visits,
    visit: async (connection, index) =>
      holdVisit(target, connection, `${target.run}-c${index}`, [wanted[index] as Line], sold),
  });
  const hottest = Array.from({ length: Math.min(20, skuCount) }, (_, index) => `${target.run}-C${index}`);
  return conclude(target, "W2 catalogue, Zipf(1.0)", load, stock, sold, hottest);
}

/** W3: from hold to order in D1, three lines each. */
export async function orders(target: Target): Promise<WorkloadResult> {
  const skuCount = scaled(1_000, target);
  const visits = scaled(2_000, target);
  const random = seededRandom(43);
  const rank = zipfSampler(skuCount, 1, random);
  const stock = new Map(
    Array.from({ length: skuCount }, (_, index) => [`${target.run}-O${index}`, 100_000] as const),
  );
  await stockUp(target.api, stock, null);
  const baskets = Array.from({ length: visits }, () => {
    const skus = new Set<string>();
    while (skus.size < Math.min(3, skuCount)) skus.add(`${target.run}-O${rank()}`);
    return [...skus].map((sku) => ({ sku, quantity: 1 }));
  });
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...target,
    connections: 64,
    visits,
    visit: async (connection, index) =>
      orderVisit(target, connection, `${target.run}-o${index}`, baskets[index] ?? [], sold),
  });
  const hottest = Array.from({ length: Math.min(20, skuCount) }, (_, index) => `${target.run}-O${index}`);
  return conclude(target, "W3 orders of 3 lines, hold to D1", load, stock, sold, hottest);
}

async function holdVisit(
  target: Target,
  connection: Connection,
  key: string,
  lines: ReadonlyArray<Line>,
  sold: Map<string, number>,
): Promise<Outcome> {
  const { status, body } = await takeHold(target, connection, key, lines);
  if (status === 201) {
    for (const { sku, quantity } of lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity);
    return { kind: "accepted", decisions: 1, accepted: 1 };
  }
  if (status === 409 && body.includes('"sold_out"')) return { kind: "refused", decisions: 1 };
  return { kind: "failed", decisions: 1, why: `${status} ${body.slice(0, 200)}` };
}

async function orderVisit(
  target: Target,
  connection: Connection,
  key: string,
  lines: ReadonlyArray<Line>,
  sold: Map<string, number>,
): Promise<Outcome> {
  const held = await takeHold(target, connection, key, lines);
  if (held.status !== 201) {
    return { kind: "failed", decisions: 1, why: `hold: ${held.status} ${held.body.slice(0, 200)}` };
  }
  const { id } = JSON.parse(held.body) as { id: string };
  const placed = await connection.send(
    "POST",
    "/v1/orders",
    `${target.headers}idempotency-key: ${key}-order\r\n`,
    JSON.stringify({
      hold: id,
      customer: { email: `${key}@bench.example`, name: "Bench Buyer" },
      shipping_address: ADDRESS,
      payment: { provider: "manual" },
    }),
  );
  if (placed.status !== 201) {
    return { kind: "failed", decisions: 1, why: `order: ${placed.status} ${placed.body.slice(0, 200)}` };
  }
  for (const { sku, quantity } of lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity);
  return { kind: "accepted", decisions: 1, accepted: 1 };
}

function takeHold(target: Target, connection: Connection, key: string, lines: ReadonlyArray<Line>) {
  return connection.send(
    "POST",
    "/v1/holds",
    `${target.headers}idempotency-key: ${key}\r\n`,
    JSON.stringify({ lines, buyer: key, ttl_seconds: HOLD_TTL_SECONDS }),
  );
}

const ADDRESS = {
  name: "Bench Buyer",
  line1: "1 Test Street",
  city: "Berlin",
  postal_code: "10115",
  country: "DE",
};

/** Makes the SKUs known and puts their stock at one location. */
export async function stockUp(
  api: Api,
  stock: ReadonlyMap<string, number>,
  buyerLimit: number | null,
): Promise<void> {
  await expectSuccess(
    api("PUT", `/v1/locations/${LOCATION}`, {
      body: { name: "Bench", type: "warehouse", address: { country: "DE" }, ships: true, pickup: false },
    }),
  );
  await inParallel([...stock.keys()], 32, async (sku) => {
    await expectSuccess(
      api("PUT", `/v1/skus/${sku}`, {
        body: {
          title: `Bench ${sku}`,
          prices: [{ currency: "EUR", amount: 1999 }],
          ...(buyerLimit === null ? {} : { buyer_limit: buyerLimit }),
        },
      }),
    );
  });
  const movements = [...stock].map(([sku, quantity]) => ({
    sku,
    location: LOCATION,
    kind: "received",
    quantity,
  }));
  for (let at = 0; at < movements.length; at += 500) {
    const chunk = movements.slice(at, at + 500);
    await expectSuccess(
      api("POST", "/v1/stock/movements", {
        body: { movements: chunk },
        idempotencyKey: `stock-up-${chunk[0]?.sku}`,
      }),
    );
  }
}

/** Compares what callers were told with what was there, and with what the objects say. */
async function conclude(
  target: Target,
  name: string,
  load: LoadResult,
  stock: ReadonlyMap<string, number>,
  sold: ReadonlyMap<string, number>,
  checked: ReadonlyArray<string>,
): Promise<WorkloadResult> {
  const broken: Array<string> = [];
  let oversold = 0;
  for (const [sku, units] of sold) oversold += Math.max(0, units - (stock.get(sku) ?? 0));
  if (oversold > 0) broken.push(`${oversold} units sold that were not there`);

  let unsold = 0;
  for (const sku of checked) {
    const report = await expectSuccess(target.api("GET", `/v1/skus/${sku}/stock`));
    const left = (stock.get(sku) ?? 0) - (sold.get(sku) ?? 0);
    if (report["available"] !== left) {
      broken.push(`${sku}: the object says ${String(report["available"])} are left, callers say ${left}`);
    }
    if (checked.length === 1 && load.refused > 0) unsold += Math.max(0, left);
  }
  if (unsold > 0) broken.push(`${unsold} units left while buyers were refused`);
  if (load.failed > 0) broken.push(`${load.failed} requests failed: ${load.failures.join("; ")}`);
  return { name, load, oversold, unsold, broken };
}

function scaled(full: number, target: Target): number {
  return Math.max(1, Math.round(full * target.scale));
}
