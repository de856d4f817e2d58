import { keepDraw, readUnkeptDraws, type DrawnEntry } from "../../db/show-draws.ts";
import type { Sku } from "../../domain/brand.ts";
import type { Services } from "../services.ts";

/** Bounds of one run; the next one goes on. */
const DRAWS_MAX = 20;
/** Entries that an object is asked for at once: in between it decides for others. */
const ENTRIES_AT_ONCE = 2_000;

/** Publishes every lottery that was drawn by its time. */
export async function keepDraws(services: Pick<Services, "db" | "sku" | "nowMs">): Promise<void> {
  for (const { show, sku } of await readUnkeptDraws(services.db, services.nowMs(), DRAWS_MAX)) {
    await publishDraw(services, show, sku);
  }
}

/**
 * Copies a draw to where everybody may read it as often as they like; an object would stop deciding for each of them.
 *
 * @returns false where nothing was drawn.
 */
export async function publishDraw(
  services: Pick<Services, "db" | "sku">,
  code: string,
  sku: Sku,
): Promise<boolean> {
  const entries: Array<DrawnEntry> = [];
  for (;;) {
    const page = { afterPosition: entries.length, limit: ENTRIES_AT_ONCE };
    const draw = await services.sku(sku).readDraw(code, page);
    if (draw === null || draw.seed === null || draw.drawnAtMs === null) return false;
    entries.push(...draw.entries.map(({ rank, quantity }) => [rank ?? "", quantity] as const));
    if (draw.entries.length > 0 && entries.length < draw.entryCount) continue;
    const { seed, seedHash, drawnAtMs } = draw;
    await keepDraw(
      services.db,
      { show: code, sku, seed, seedHash, drawnAtMs, entries: entries.length },
      entries,
    );
    return true;
  }
}
