import { problem, type Problem } from "../../contract/problem.ts";
import type { CountersView, DropView, ShowSummaryView, ShowView } from "../../contract/shows.ts";
import { findSkus } from "../../db/catalogue.ts";
import { findShow, type ShowRecord } from "../../db/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import type { DropReport } from "../../domain/inventory/drop.ts";
import { availableSeenBy } from "../../domain/live/seen-stock.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { dropFigures, shareOf, showFigures, type Figures } from "../../domain/shows/figures.ts";
import { dropOpensAtMs, showStatus, type ShowDrop } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";

type Ports = Pick<Services, "db" | "sku" | "nowMs">;

/** What a page is told may be so old. Thousands of pages ask, and each answer would cost every SKU's object a call. */
const PAGE_VIEW_MS = 1_000;
const PAGE_VIEWS_MAX = 200;

const pageViews = new Map<string, { readonly view: ShowView; readonly untilMs: number }>();

/**
 * A show with its figures, from its objects; from the database alone once it is settled.
 *
 * @param detail - `state` leaves out fairness, which takes reading every awarded claim.
 */
export async function readShow(
  services: Ports,
  code: string,
  detail: "state" | "figures" = "figures",
): Promise<Result<ShowView, Problem>> {
  const record = await findShow(services.db, code);
  return record === null ? err(problem("show_unknown")) : ok(await readFigures(services, record, detail));
}

export async function readFigures(
  services: Ports,
  record: ShowRecord,
  detail: "state" | "figures" = "figures",
): Promise<ShowView> {
  const [reports, wares] = await Promise.all([
    readReports(services, record, detail),
    readWares(services, record),
  ]);
  const figures = showFigures(reports.filter((report) => report !== null));
  return {
    ...headOf(record, services.nowMs()),
    drops: record.drops.map((drop, index) => {
      const report = reports[index] ?? null;
      return {
        ...dropView(record, drop, report),
        ...wares(drop.sku),
        quantity: report?.drop.quantity ?? drop.quantity,
        fairness: report?.fairness ?? null,
        ...(report === null ? {} : { counters: countersView(dropFigures(report)) }),
      };
    }),
    counters: countersView(figures),
  };
}

/** A show as pages see it: what can be had, and no figures. */
export async function readShowForPages(services: Ports, code: string): Promise<Result<ShowView, Problem>> {
  const nowMs = services.nowMs();
  const seen = pageViews.get(code);
  if (seen !== undefined && seen.untilMs > nowMs) return ok(seen.view);
  const record = await findShow(services.db, code);
  if (record === null) return err(problem("show_unknown"));
  const [reports, wares] = await Promise.all([
    readReports(services, record, "state"),
    readWares(services, record),
  ]);
  const view = {
    ...headOf(record, nowMs),
    drops: record.drops.map((drop, index) => {
      const shown = dropView(record, drop, reports[index] ?? null);
      return { ...shown, ...wares(drop.sku), left: availableSeenBy("publishable", shown.left) };
    }),
  };
  if (pageViews.size >= PAGE_VIEWS_MAX) pageViews.clear();
  pageViews.set(code, { view, untilMs: nowMs + PAGE_VIEW_MS });
  return ok(view);
}

export function showSummaryView(record: ShowRecord, nowMs: number): ShowSummaryView {
  return {
    ...headOf(record, nowMs),
    drops: record.drops.map((drop) => ({
      sku: drop.sku,
      policy: drop.policy,
      quantity: drop.quantity,
      opens_at: timeView(dropOpensAtMs(record.show, drop)),
      draws_at: timeView(drop.drawsAtMs),
    })),
  };
}

/** @returns null for a drop whose object does not know it: the show was set up a moment ago, or is being put right. */
async function readReports(
  services: Ports,
  { show, drops }: ShowRecord,
  detail: "state" | "figures",
): Promise<ReadonlyArray<DropReport | null>> {
  return mapInParallel(drops, async ({ sku, report }) =>
    show.settledAtMs !== null && report !== null ? report : services.sku(sku).readDrop(show.code, detail),
  );
}

type WareView = Pick<DropView, "title" | "prices">;

/** What the catalogue says of a show's SKUs; a SKU that it has no longer goes by its code. */
async function readWares(
  { db }: Pick<Services, "db">,
  { drops }: ShowRecord,
): Promise<(sku: Sku) => WareView> {
  const records = await findSkus(
    db,
    drops.map(({ sku }) => sku),
  );
  const bySku = new Map(
    records.map(({ row, prices }) => [row.sku, { title: row.title, prices: [...prices] }]),
  );
  return (sku) => bySku.get(sku) ?? { title: sku, prices: [] };
}

function headOf({ show, drops }: ShowRecord, nowMs: number) {
  return {
    code: show.code,
    title: show.title,
    status: showStatus(show, drops, nowMs),
    starts_at: timeView(show.startsAtMs),
    ends_at: timeView(show.endsAtMs),
    opened_at: timeView(show.openedAtMs),
    closed_at: timeView(show.closedAtMs),
    admission_per_unit: show.admissionPerUnit,
    version: show.version,
    created_at: new Date(show.createdAtMs).toISOString(),
    updated_at: new Date(show.updatedAtMs).toISOString(),
  };
}

function dropView(
  { show }: ShowRecord,
  drop: ShowDrop,
  report: DropReport | null,
): Omit<DropView, "title" | "prices"> {
  return {
    sku: drop.sku,
    status: report?.status ?? (show.closedAtMs === null ? "scheduled" : "closed"),
    policy: drop.policy,
    left: report?.left ?? 0,
    buyer_limit: drop.buyerLimit,
    ttl_seconds: drop.ttlSeconds,
    opens_at: timeView(dropOpensAtMs(show, drop)),
    ends_at: timeView(show.endsAtMs),
    draws_at: timeView(drop.drawsAtMs),
    drawn_at: timeView(report?.drop.drawnAtMs ?? null),
    seed_hash: report?.drop.seedHash ?? null,
  };
}

function countersView(figures: Figures): CountersView {
  return {
    claims: figures.claims,
    refused_sold_out: figures.refusedSoldOut,
    refused_limit: figures.refusedLimit,
    holds: figures.holds,
    live: figures.liveHolds,
    paid: figures.paidHolds,
    expired: figures.expiredHolds,
    released: figures.releasedHolds,
    waitlisted: figures.waitlisted,
    waiting: figures.waiting,
    offers: figures.offers,
    lapsed_offers: figures.lapsedOffers,
    units_held: figures.heldUnits,
    units_sold: figures.soldUnits,
    units_recycled: figures.recycledUnits,
    oversold: figures.oversoldUnits,
    sold_out_at: timeView(figures.soldOutAtMs),
    seconds_to_sell_out: figures.secondsToSellOut,
    claim_to_hold: shareOf(figures.holds, figures.claims),
    hold_to_paid: shareOf(figures.paidHolds, figures.holds),
  };
}

function timeView(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}
