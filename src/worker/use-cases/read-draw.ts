import { problem, type Problem } from "../../contract/problem.ts";
import type { DrawView } from "../../contract/shows.ts";
import { DRAW_PAGE_ENTRIES, findKeptDraw, readKeptEntries } from "../../db/show-draws.ts";
import { findShow } from "../../db/shows.ts";
import type { Sku } from "../../domain/brand.ts";
import { composeWaitlistId } from "../../domain/inventory/waitlist-entry.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { encodeCursor } from "../http/cursor.ts";
import type { Services } from "../services.ts";

type Ports = Pick<Services, "db" | "sku">;
type Lottery = { readonly code: string; readonly sku: Sku };
type Page = { readonly afterPosition: number; readonly limit: number };

/** A lottery as an auditor sees it, with ids and buyers, from its object. */
export async function readDraw(
  services: Ports,
  lottery: Lottery,
  page: Page,
): Promise<Result<DrawView, Problem>> {
  const missing = await refuseLottery(services, lottery);
  if (missing !== null) return err(missing);
  const { code, sku } = lottery;
  const draw = await services.sku(sku).readDraw(code, page);
  if (draw === null) return err(problem("lottery_unknown"));
  const isDrawn = draw.drawnAtMs !== null;
  return ok({
    show: code,
    sku,
    seed_hash: draw.seedHash,
    seed: draw.seed,
    drawn_at: draw.drawnAtMs === null ? null : new Date(draw.drawnAtMs).toISOString(),
    entries: draw.entryCount,
    data: draw.entries.map((entry, index) => ({
      position: page.afterPosition + index + 1,
      // Before the draw a rank would tell who is going to win.
      rank: isDrawn ? entry.rank : null,
      quantity: entry.quantity,
      status: entry.status,
      id: composeWaitlistId(entry),
      buyer: entry.buyer,
    })),
    next_cursor: cursorAfter(page.afterPosition + draw.entries.length, draw.entryCount),
  });
}

/**
 * A lottery as everybody may see it: the hash of its seed, and once it was drawn and published the seed and all ranks.
 * Without ids, because whoever knows one may leave in the buyer's place, and an entrant knows their own.
 */
export async function readDrawForPages(
  services: Ports,
  lottery: Lottery,
  page: Page,
): Promise<Result<DrawView, Problem>> {
  const missing = await refuseLottery(services, lottery);
  if (missing !== null) return err(missing);
  const { code, sku } = lottery;
  const kept = await findKeptDraw(services.db, code, sku);
  if (kept === null) {
    const report = await services.sku(sku).readDrop(code, "state");
    const seedHash = report?.drop.seedHash ?? null;
    if (report === null || seedHash === null) return err(problem("lottery_unknown"));
    const entries = report.tally.waitlisted;
    return ok({
      show: code,
      sku,
      seed_hash: seedHash,
      seed: null,
      drawn_at: null,
      entries,
      data: [],
      next_cursor: null,
    });
  }
  const pageNumber = Math.floor(page.afterPosition / DRAW_PAGE_ENTRIES);
  const skipped = page.afterPosition - pageNumber * DRAW_PAGE_ENTRIES;
  const entries = (await readKeptEntries(services.db, code, sku, pageNumber)).slice(
    skipped,
    skipped + page.limit,
  );
  return ok({
    show: code,
    sku,
    seed_hash: kept.seedHash,
    seed: kept.seed,
    drawn_at: new Date(kept.drawnAtMs).toISOString(),
    entries: kept.entries,
    data: entries.map(([rank, quantity], index) => ({
      position: page.afterPosition + index + 1,
      rank,
      quantity,
    })),
    next_cursor: cursorAfter(page.afterPosition + entries.length, kept.entries),
  });
}

async function refuseLottery({ db }: Ports, { code, sku }: Lottery): Promise<Problem | null> {
  const record = await findShow(db, code);
  if (record === null) return problem("show_unknown");
  const isLottery = record.drops.some((drop) => drop.sku === sku && drop.policy === "lottery");
  return isLottery ? null : problem("lottery_unknown");
}

function cursorAfter(position: number, entryCount: number): string | null {
  return position < entryCount ? encodeCursor(String(position)) : null;
}
