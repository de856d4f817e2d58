import { readUnsettledShows, settleShow } from "../../db/shows.ts";
import { isSettled } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";
import { mapInParallel } from "./in-parallel.ts";
import { publishDraw } from "./keep-draws.ts";

/** Bounds of one run; the next one goes on. */
const SHOWS_MAX = 10;
/** An object's own alarm has ended its drop by then. */
const OVER_MS = 60_000;

/**
 * Takes the figures of shows for good that are over and in which nothing is open any more: objects forget the holds that
 * came to nothing, and need not be asked about what does not change.
 *
 * @returns How many were settled.
 */
export async function settleShows(services: Pick<Services, "db" | "sku" | "nowMs">): Promise<number> {
  const nowMs = services.nowMs();
  let settled = 0;
  for (const record of await readUnsettledShows(services.db, nowMs - OVER_MS, SHOWS_MAX)) {
    const { code } = record.show;
    const reports = await mapInParallel(record.drops, ({ sku }) =>
      services.sku(sku).readDrop(code, "figures"),
    );
    const known = reports.filter((report) => report !== null);
    if (known.length < reports.length || !known.every(isSettled)) continue;
    for (const { sku, policy } of record.drops) {
      if (policy === "lottery") await publishDraw(services, code, sku);
    }
    await settleShow(services.db, record, known, nowMs);
    settled += 1;
  }
  return settled;
}
