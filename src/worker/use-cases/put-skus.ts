import type { SkuImportRow, SkuView } from "../../contract/catalogue.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { findSkus, writeSkus, type SkuRecord } from "../../db/catalogue.ts";
import type { Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";
import { settleInParallel } from "./in-parallel.ts";
import { isOutage } from "./outage.ts";

const ATTEMPTS_MAX = 5;

type Change = "created" | "updated" | "unchanged";

type Ports = Pick<Services, "db" | "nowMs" | "sku">;
type Planned = Result<{ readonly change: Change; readonly record: SkuRecord }, Problem>;

/**
 * Creates or replaces a SKU, then tells its object the rules. The object is told even where the catalogue did not
 * change: an earlier call may have died in between, and repeating it mends that.
 */
export async function putSku(
  services: Ports,
  actor: Actor,
  wanted: SkuImportRow,
  ifMatch: string | undefined,
): Promise<Result<SkuView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const [planned] = await plan(services, [wanted], ifMatch);
    if (planned?.ok !== true) return planned ?? err(problem("unavailable"));
    const { change, record } = planned.value;
    if (change !== "unchanged" && !(await writeSkus(services.db, [record], actor))) continue;
    const [told] = await settleInParallel([record], (row) => tell(services, row));
    return isTold(told) ? ok(skuView(record)) : err(problem("unavailable"));
  }
  return err(problem("unavailable"));
}

/**
 * Creates or replaces many SKUs. Objects that may exist are told their new rules first, so that a row whose object
 * cannot be reached is not written, and is found changed again when the file is repeated. Objects of new SKUs are made
 * when somebody needs them.
 *
 * @param wanted - Each SKU once.
 * @returns An outcome each, in order.
 */
export async function putSkus(
  services: Ports,
  actor: Actor,
  wanted: ReadonlyArray<SkuImportRow>,
): Promise<Array<Result<Change, Problem>>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const planned = await plan(services, wanted, undefined);
    const told = await settleInParallel(planned, async (outcome) => {
      if (outcome.ok && outcome.value.change === "updated") await tell(services, outcome.value.record);
    });
    const outcomes = planned.map((outcome, index) =>
      isTold(told[index]) ? outcome : err(problem("unavailable")),
    );
    const changed = outcomes.flatMap((outcome) =>
      outcome.ok && outcome.value.change !== "unchanged" ? [outcome.value.record] : [],
    );
    if (await writeSkus(services.db, changed, actor)) {
      return outcomes.map((outcome) => (outcome.ok ? ok(outcome.value.change) : outcome));
    }
  }
  return wanted.map(() => err(problem("unavailable")));
}

async function plan(
  services: Ports,
  wanted: ReadonlyArray<SkuImportRow>,
  ifMatch: string | undefined,
): Promise<Array<Planned>> {
  const found = await findSkus(
    services.db,
    wanted.map(({ sku }) => sku),
  );
  const earlier = new Map(found.map((record) => [record.row.sku, record]));
  return wanted.map((row): Planned => {
    const before = earlier.get(row.sku) ?? null;
    if (!matches(ifMatch, before?.row.version ?? null)) return err(problem("precondition_failed"));
    const record = successor(before, row, services.nowMs());
    if (before === null) return ok({ change: "created", record });
    if (contentOf(before) === contentOf(record)) return ok({ change: "unchanged", record: before });
    return ok({ change: "updated", record });
  });
}

async function tell(services: Ports, { row }: SkuRecord): Promise<void> {
  const sku = row.sku as Sku;
  await services.sku(sku).configure({ sku, buyerLimit: row.buyerLimit, backorderLimit: row.backorderLimit });
}

/** @throws Where the object failed for another reason than an outage. */
function isTold(outcome: PromiseSettledResult<void> | undefined): boolean {
  if (outcome?.status !== "rejected") return true;
  if (!isOutage(outcome.reason)) throw outcome.reason as Error;
  return false;
}

function successor(before: SkuRecord | null, wanted: SkuImportRow, nowMs: number): SkuRecord {
  return {
    row: {
      sku: wanted.sku,
      title: wanted.title,
      cost: wanted.cost ?? null,
      weightGrams: wanted.weight_grams ?? null,
      barcode: wanted.barcode ?? null,
      buyerLimit: wanted.buyer_limit ?? null,
      backorderLimit: wanted.backorder_limit ?? 0,
      taxRateBps: wanted.tax_rate_bps ?? 0,
      attributes: wanted.attributes ?? {},
      version: (before?.row.version ?? 0) + 1,
      createdAtMs: before?.row.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
      sweptAtMs: before?.row.sweptAtMs ?? 0,
    },
    prices: wanted.prices.toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
  };
}

/** What makes two versions of a SKU the same to a caller. */
function contentOf({ row, prices }: SkuRecord): string {
  const { version: _, createdAtMs: __, updatedAtMs: ___, sweptAtMs: ____, cost, attributes, ...plain } = row;
  return JSON.stringify([
    plain,
    cost === null ? null : [cost.currency, cost.amount],
    Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    prices.map(({ currency, amount }) => [currency, amount]),
  ]);
}

export function skuView({ row, prices }: SkuRecord): SkuView {
  return {
    sku: row.sku,
    title: row.title,
    prices: [...prices],
    cost: row.cost,
    weight_grams: row.weightGrams,
    barcode: row.barcode,
    buyer_limit: row.buyerLimit,
    backorder_limit: row.backorderLimit,
    tax_rate_bps: row.taxRateBps,
    attributes: row.attributes,
    version: row.version,
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
  };
}
