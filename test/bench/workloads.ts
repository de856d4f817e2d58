import { seededRandom, zipfSampler } from "../../scripts/random.ts";
import { type LoadResult, runLoad } from "./load.ts";
import type { Claim, Subject } from "./subject.ts";

export type Size = {
  /** 1 is the full size. */
  readonly scale: number;
  readonly secondsMax: number;
  /** Keeps keys and SKUs of several runs apart. */
  readonly run: string;
};

export type WorkloadResult = {
  readonly load: LoadResult;
  /** Units that the callers were told they have, beyond what was there. */
  readonly oversold: number;
  /** Units left while somebody was refused for lack of them. */
  readonly unsold: number;
  /** Promises that do not hold; a fast run with one of these is a failed run. */
  readonly broken: ReadonlyArray<string>;
};

const BATCH_CLAIMS = 100;
/** At full size; fewer where less is run, so that a small run is not spent on filling shelves. */
const CATALOGUE_SKUS = 1_000;

/** W1: one SKU, many buyers who ask for one unit each. */
export async function flashDrop(subject: Subject, size: Size): Promise<WorkloadResult> {
  const { sku, stock } = dropOf(size);
  await subject.stockUp(new Map([[sku, stock]]), 2);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...size,
    open: subject.door.open,
    lanes: 256,
    visits: scaled(30_000, size),
    visit: async (lane, index) => {
      const claim = { key: `${size.run}-${index}`, lines: [{ sku, quantity: 1 }] };
      return count(await subject.door.hold(lane, claim), claim, sold);
    },
  });
  return conclude(subject, load, new Map([[sku, stock]]), sold, [sku]);
}

/** W1 by batches of 100 claims. */
export async function flashDropInBatches(subject: Subject, size: Size): Promise<WorkloadResult> {
  const { sku, stock } = dropOf(size);
  await subject.stockUp(new Map([[sku, stock]]), 2);
  const { holdMany } = subject.door;
  if (holdMany === null) throw new Error(`${subject.name} takes no batches`);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...size,
    open: subject.door.open,
    lanes: 16,
    visits: Math.ceil(scaled(30_000, size) / BATCH_CLAIMS),
    visit: async (lane, index) => {
      const key = `${size.run}-b${index}`;
      const claims = Array.from({ length: BATCH_CLAIMS }, (_, position) => ({
        key: `${key}-${position}`,
        lines: [{ sku, quantity: 1 }],
      }));
      const outcome = await holdMany(lane, key, claims);
      if (outcome.kind === "accepted") sold.set(sku, (sold.get(sku) ?? 0) + outcome.accepted);
      return outcome;
    },
  });
  return conclude(subject, load, new Map([[sku, stock]]), sold, [sku]);
}

function dropOf(size: Size): { readonly sku: string; readonly stock: number } {
  return { sku: dropSku(size.run), stock: scaled(10_000, size) };
}

/** The SKU of W1, known before for sockets that watch it. */
export function dropSku(run: string): string {
  return `${run}-DROP`;
}

/** W2: a catalogue under Zipf's law. */
export async function catalogue(subject: Subject, size: Size): Promise<WorkloadResult> {
  const visits = scaled(30_000, size);
  const random = seededRandom(42);
  const rank = zipfSampler(catalogueSkus(size), 1, random);
  const wanted = Array.from({ length: visits }, () => ({
    sku: `${size.run}-${rank()}`,
    quantity: 1 + Math.floor(random() * 3),
  }));
  const stock = catalogueStock(size, scaled(1_000, size));
  await subject.stockUp(stock, null);
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...size,
    open: subject.door.open,
    lanes: 256,
    visits,
    visit: async (lane, index) => {
      const line = wanted[index];
      const claim = { key: `${size.run}-c${index}`, lines: line === undefined ? [] : [line] };
      return count(await subject.door.hold(lane, claim), claim, sold);
    },
  });
  return conclude(subject, load, stock, sold, hottest(size.run));
}

/** W3: from hold to order with its outbox row, three lines each. */
export async function orders(subject: Subject, size: Size): Promise<WorkloadResult> {
  const { order } = subject.door;
  if (order === null) throw new Error(`${subject.name} takes no orders here`);
  const visits = scaled(2_000, size);
  const random = seededRandom(43);
  const rank = zipfSampler(catalogueSkus(size), 1, random);
  const stock = catalogueStock(size, 2_000);
  await subject.stockUp(stock, null);
  const baskets = Array.from({ length: visits }, () => {
    const skus = new Set<string>();
    while (skus.size < 3) skus.add(`${size.run}-${rank()}`);
    return [...skus].map((sku) => ({ sku, quantity: 1 }));
  });
  const sold = new Map<string, number>();
  const load = await runLoad({
    ...size,
    open: subject.door.open,
    lanes: 64,
    visits,
    visit: async (lane, index) => {
      const claim = { key: `${size.run}-o${index}`, lines: baskets[index] ?? [] };
      return count(await order(lane, claim), claim, sold);
    },
  });
  return conclude(subject, load, stock, sold, hottest(size.run));
}

function catalogueSkus(size: Size): number {
  return Math.max(20, scaled(CATALOGUE_SKUS, size));
}

function catalogueStock(size: Size, units: number): Map<string, number> {
  const skus = Array.from({ length: catalogueSkus(size) }, (_, index) => `${size.run}-${index}`);
  return new Map(skus.map((sku) => [sku, units]));
}

function hottest(run: string): ReadonlyArray<string> {
  return Array.from({ length: 20 }, (_, index) => `${run}-${index}`);
}

function count<Counted extends { readonly kind: string }>(
  outcome: Counted,
  claim: Claim,
  sold: Map<string, number>,
): Counted {
  if (outcome.kind === "accepted")
    for (const { sku, quantity } of claim.lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity);
  return outcome;
}

/** Compares what callers were told with what was there, and with what the system says. */
async function conclude(
  subject: Subject,
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
    const left = (stock.get(sku) ?? 0) - (sold.get(sku) ?? 0);
    const said = await subject.left(sku);
    if (said !== null && said !== left)
      broken.push(`${sku}: the system says ${said} are left, callers say ${left}`);
    if (checked.length === 1 && load.refused > 0) unsold += Math.max(0, left);
  }
  const total = [...stock.values()].reduce((sum, units) => sum + units, 0);
  const soldTotal = [...sold.values()].reduce((sum, units) => sum + units, 0);
  const said = await subject.left(null);
  if (said !== null && said !== total - soldTotal)
    broken.push(`the system says ${said} units are left, callers say ${total - soldTotal}`);
  if (unsold > 0) broken.push(`${unsold} units left while buyers were refused`);
  if (load.failed > 0) broken.push(`${load.failed} decisions failed: ${load.failures.join("; ")}`);
  return { load, oversold, unsold, broken };
}

function scaled(full: number, { scale }: Size): number {
  return Math.max(1, Math.round(full * scale));
}
