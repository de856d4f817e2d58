import { problem, type Problem } from "../../contract/problem.ts";
import type { ShowView } from "../../contract/shows.ts";
import type { Actor } from "../../db/audit.ts";
import { findShow, noteDraw, writeShow, type ShowRecord } from "../../db/shows.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { showStatus } from "../../domain/shows/show.ts";
import type { Services } from "../services.ts";
import { changingShow } from "./changing-show.ts";
import { mapInParallel } from "./in-parallel.ts";
import { publishDraw } from "./keep-draws.ts";
import { readFigures } from "./read-show.ts";
import { tellShow } from "./tell-shows.ts";

type Ports = Pick<Services, "db" | "sku" | "nowMs" | "newId" | "send" | "background">;

const ATTEMPTS_MAX = 5;

/** Opens a show now, with every drop that has no time of its own. One that is open stays as it is. */
export function openShow(services: Ports, actor: Actor, code: string): Promise<Result<ShowView, Problem>> {
  return changeShow(services, actor, code, "show.opened", ({ show, drops }, nowMs) => {
    if (showStatus(show, drops, nowMs) === "closed") return err(problem("show_closed"));
    const isOpenAlready = show.openedAtMs !== null || (show.startsAtMs ?? Number.POSITIVE_INFINITY) <= nowMs;
    return ok(isOpenAlready ? null : { ...show, openedAtMs: nowMs });
  });
}

/** Ends a show now. One that is over stays as it is. */
export function closeShow(services: Ports, actor: Actor, code: string): Promise<Result<ShowView, Problem>> {
  return changeShow(services, actor, code, "show.closed", ({ show, drops }, nowMs) =>
    ok(showStatus(show, drops, nowMs) === "closed" ? null : { ...show, closedAtMs: nowMs }),
  );
}

/** @param decide - The show's new row, or null where nothing is to be changed. */
async function changeShow(
  services: Ports,
  actor: Actor,
  code: string,
  action: string,
  decide: (record: ShowRecord, nowMs: number) => Result<ShowRecord["show"] | null, Problem>,
): Promise<Result<ShowView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const record = await findShow(services.db, code);
    if (record === null) return err(problem("show_unknown"));
    const nowMs = services.nowMs();
    const decided = decide(record, nowMs);
    if (!decided.ok) return decided;
    const show = decided.value ?? record.show;
    const changed: ShowRecord = {
      show: { ...show, version: record.show.version + 1, updatedAtMs: nowMs },
      drops: record.drops,
    };
    const skus = record.drops.map(({ sku }) => sku);
    // Also where nothing is to be changed: an earlier call may have died before it had told every object.
    const isWritten = await changingShow(services, code, skus, async () =>
      decided.value === null ? true : writeShow(services.db, changed, actor, action),
    );
    if (!isWritten) continue;
    const written = decided.value === null ? record : changed;
    await tellShow(services, written);
    return ok(await readFigures(services, written));
  }
  return err(problem("unavailable"));
}

/** Ends the entries of every lottery of a show, and draws. What was drawn stays drawn. */
export async function drawShow(
  services: Ports,
  actor: Actor,
  code: string,
): Promise<Result<ShowView, Problem>> {
  const record = await findShow(services.db, code);
  if (record === null) return err(problem("show_unknown"));
  const lotteries = record.drops.filter(({ policy }) => policy === "lottery");
  if (lotteries.length === 0) return err(problem("lottery_unknown"));
  const reports = await mapInParallel(lotteries, ({ sku }) => services.sku(sku).drawDrop(code));
  const pending = reports.findIndex((report) => report?.drop.drawnAtMs == null);
  if (pending !== -1) {
    return err(problem("drop_not_open", { show: code, sku: lotteries[pending]?.sku }));
  }
  await mapInParallel(lotteries, ({ sku }) => publishDraw(services, code, sku));
  await noteDraw(services.db, actor, code, services.nowMs());
  return ok(await readFigures(services, record));
}
