import { problem, type Problem } from "../../contract/problem.ts";
import type { ShowBody, ShowView } from "../../contract/shows.ts";
import type { Actor } from "../../db/audit.ts";
import { findShow, showOf, writeShow, type ShowRecord } from "../../db/shows.ts";
import type { DropRefusal } from "../../domain/inventory/errors.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { dropOpensAtMs, putDropOf, showStatus } from "../../domain/shows/show.ts";
import { matches } from "../http/etag.ts";
import type { Services } from "../services.ts";
import { alignShow } from "./align-show.ts";
import { changingShow } from "./changing-show.ts";
import { mapInParallel } from "./in-parallel.ts";
import { readFigures } from "./read-show.ts";
import { tellShow } from "./tell-shows.ts";

type Ports = Pick<Services, "db" | "sku" | "nowMs" | "newId" | "send" | "background">;

/** Each loss of a race means that someone else's write went through; so many in a row is an outage. */
const ATTEMPTS_MAX = 5;

/**
 * Sets a show up, or changes it. Units are fenced in before the database knows of it, because that can be refused, but
 * nothing new opens before; once it is written, the objects are told all of it.
 */
export async function putShow(
  services: Ports,
  actor: Actor,
  code: string,
  body: ShowBody,
  ifMatch: string | undefined,
): Promise<Result<ShowView, Problem>> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const earlier = await findShow(services.db, code);
    if (!matches(ifMatch, earlier?.show.version ?? null)) return err(problem("precondition_failed"));
    const nowMs = services.nowMs();
    const wanted = successor(earlier, code, body, nowMs);
    const refusal = earlier === null ? null : refuseChange(earlier, wanted, nowMs);
    if (refusal !== null) return err(refusal);
    if (earlier !== null && contentOf(earlier) === contentOf(wanted)) {
      // An earlier call may have died before it had told every object.
      await alignShow(services, code, []);
      return ok(await readFigures(services, earlier));
    }
    const skus = [...new Set([...(earlier?.drops ?? []), ...wanted.drops].map(({ sku }) => sku))];
    const put = await changingShow(services, code, skus, async () => {
      const fenced = await fenceIn(services, earlier, wanted);
      if (!fenced.ok) return err(dropProblem(fenced.error));
      return ok(
        await writeShow(services.db, wanted, actor, earlier === null ? "show.created" : "show.changed"),
      );
    });
    if (!put.ok) return put;
    if (!put.value) continue;
    await tellShow(services, wanted);
    return ok(await readFigures(services, wanted));
  }
  return err(problem("unavailable"));
}

function refuseChange(earlier: ShowRecord, wanted: ShowRecord, nowMs: number): Problem | null {
  const show = showOf(earlier);
  if (showStatus(show, earlier.drops, nowMs) === "closed") return problem("show_closed");
  const kept = new Set(wanted.drops.map(({ sku }) => sku));
  const begun = earlier.drops.find(
    (drop) => !kept.has(drop.sku) && (dropOpensAtMs(show, drop) ?? Number.POSITIVE_INFINITY) <= nowMs,
  );
  return begun === undefined ? null : problem("drop_under_way", { sku: begun.sku, show: show.code });
}

/** @returns The first refusal in the order of the drops. */
async function fenceIn(
  services: Ports,
  earlier: ShowRecord | null,
  wanted: ShowRecord,
): Promise<Result<null, DropRefusal>> {
  const known = new Set((earlier?.drops ?? []).map(({ sku }) => sku));
  const puts = await mapInParallel(wanted.drops, (drop) => {
    const command = putDropOf(showOf(wanted), drop);
    // Nobody may take a unit of a show that the database does not know yet, and perhaps never will.
    return services.sku(drop.sku).putDrop(known.has(drop.sku) ? command : { ...command, opensAtMs: null });
  });
  return puts.find((put) => !put.ok) ?? ok(null);
}

function successor(earlier: ShowRecord | null, code: string, body: ShowBody, nowMs: number): ShowRecord {
  return {
    show: {
      code,
      title: body.title,
      startsAtMs: timeOf(body.starts_at),
      endsAtMs: timeOf(body.ends_at),
      openedAtMs: earlier?.show.openedAtMs ?? null,
      closedAtMs: null,
      admissionPerUnit: body.admission_per_unit ?? null,
      toldStatus: earlier?.show.toldStatus ?? "scheduled",
      settledAtMs: null,
      version: (earlier?.show.version ?? 0) + 1,
      createdAtMs: earlier?.show.createdAtMs ?? nowMs,
      updatedAtMs: nowMs,
    },
    drops: body.drops.map((drop) => ({
      sku: drop.sku,
      quantity: drop.quantity,
      policy: drop.policy,
      buyerLimit: drop.buyer_limit ?? null,
      ttlSeconds: drop.ttl_seconds,
      opensAtMs: timeOf(drop.opens_at),
      drawsAtMs: timeOf(drop.draws_at),
      report: null,
    })),
  };
}

/** What makes two versions of a show the same to a caller. */
function contentOf({ show, drops }: ShowRecord): string {
  const { title, startsAtMs, endsAtMs, admissionPerUnit } = show;
  const rules = drops.map((drop) => [
    drop.sku,
    drop.quantity,
    drop.policy,
    drop.buyerLimit,
    drop.ttlSeconds,
    drop.opensAtMs,
    drop.drawsAtMs,
  ]);
  return JSON.stringify([title, startsAtMs, endsAtMs, admissionPerUnit, rules]);
}

function dropProblem({ code, ...facts }: DropRefusal): Problem {
  return problem(code, facts);
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text);
}
