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
export type PutSku = { readonly change: Change; readonly view: SkuView };

/**
 * Creates or replaces SKUs in the catalogue, then tells each SKU's object its rules. The objects are told even where
 * the catalogue did not change: an earlier call may have died in between, and repeating it mends that.
 *
 * @param wanted - Each SKU once.
 * @param ifMatch - Applies to all of them.
 * @returns An outcome each, in order; `unavailable` where the object could not be told.
 */
export async function putSkus(
  services: Pick<Services, "db" | "nowMs" | "sku">,
  actor: Actor,
  wanted: ReadonlyArray<SkuImportRow>,
  ifMatch?: string,
): Promise<Array<Result<PutSku, Problem>>> {
  const written = await writeCatalogue(services, actor, wanted, ifMatch);
  const told = await settleInParallel(written, async (outcome) => {
    if (!outcome.ok) return;
    const { row } = outcome.value.record;
    await services.sku(row.sku as Sku).configure({
      sku: row.sku as Sku,
      buyerLimit: row.buyerLimit,
      backorderLimit: row.backorderLimit,
    });
  });
  return written.map((outcome, index) => {
    if (!outcome.ok) return outcome;
    const failure = told[index];
    if (failure?.status === "rejected") {
      if (!isOutage(failure.reason)) throw failure.reason as Error;
      return err(problem("unavailable"));
    }
    return ok({ change: outcome.value.change, view: skuView(outcome.value.record) });
  });
}

type Written = Result<{ readonly change: Change; readonly record: SkuRecord }, Problem>;

async function writeCatalogue(
  services: Pick<Services, "db" | "nowMs">,
  actor: Actor,
  wanted: ReadonlyArray<SkuImportRow>,
  ifMatch: string | undefined,
): Promise<Array<Written>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const found = await findSkus(
      services.db,
      wanted.map(({ sku }) => sku),
    );
    const earlier = new Map(found.map((record) => [record.row.sku, record]));
    const outcomes = wanted.map((row): Written => {
      const before = earlier.get(row.sku) ?? null;
      if (!matches(ifMatch, before?.row.version ?? null)) return err(problem("precondition_failed"));
      const record = successor(before, row, services.nowMs());
      if (before === null) return ok({ change: "created", record });
      if (contentOf(before) === contentOf(record)) return ok({ change: "unchanged", record: before });
      return ok({ change: "updated", record });
    });
    const changed = outcomes.flatMap((outcome) =>
      outcome.ok && outcome.value.change !== "unchanged" ? [outcome.value.record] : [],
    );
    if (await writeSkus(services.db, changed, actor)) return outcomes;
  }
  return wanted.map(() => err(problem("unavailable")));
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
