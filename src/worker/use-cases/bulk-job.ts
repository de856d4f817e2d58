import type { BulkFilter, BulkJobView } from "../../contract/bulk.ts";
import type { OrderActionBody } from "../../contract/order-actions.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import type { Actor } from "../../db/audit.ts";
import { countUndoable, findBulkJob, writeBulkJob, type BulkJobRow } from "../../db/bulk-jobs.ts";
import { derivedId, outboxRow } from "../../db/events.ts";
import { countOrders, type OrderFilter } from "../../db/order-search.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { actionOf } from "./rules.ts";

/** Beyond so many nobody counts exactly. */
const COUNT_MAX = 100_000;

type Ports = Pick<Services, "db" | "nowMs" | "send" | "background">;

/**
 * Makes a job over every order that a filter finds.
 *
 * @param scope - Of the caller's idempotency key: a repeat finds the same job.
 */
export async function createBulkJob(
  services: Ports,
  body: { readonly filter: BulkFilter; readonly action: OrderActionBody },
  actor: Actor,
  scope: string,
): Promise<Result<BulkJobView, Problem>> {
  const nowMs = services.nowMs();
  const matched = await countOrders(services.db, filterOf(body.filter, nowMs), COUNT_MAX);
  return begin(
    services,
    {
      id: derivedId("job", 0, scope),
      action: actionOf(body.action) as BulkJobRow["action"],
      filter: body.filter,
      undoes: null,
      matched,
    },
    actor,
    nowMs,
  );
}

/** Makes the job that takes back what another did. Each is taken back once. */
export async function undoBulkJob(
  services: Ports,
  id: string,
  actor: Actor,
): Promise<Result<BulkJobView, Problem>> {
  const job = await findBulkJob(services.db, id);
  if (job === null) return err(problem("not_found"));
  if (job.status === "running") return err(problem("bulk_job_running"));
  const matched = await countUndoable(services.db, id);
  if (matched === 0 || job.undoes !== null) return err(problem("bulk_not_undoable"));
  const { action, filter } = job;
  const undo = { id: derivedId("job", 0, "undo", id), action, filter, undoes: id, matched };
  return begin(services, undo, actor, services.nowMs());
}

async function begin(
  services: Ports,
  given: Pick<BulkJobRow, "id" | "action" | "filter" | "undoes" | "matched">,
  actor: Actor,
  nowMs: number,
): Promise<Result<BulkJobView, Problem>> {
  const row: BulkJobRow = {
    ...given,
    status: "running",
    done: 0,
    refused: 0,
    position: null,
    createdBy: actor.principalId,
    createdAtMs: nowMs,
    endedAtMs: null,
  };
  const message = outboxRow("fulfillment", { type: "bulk.step", job_id: row.id, position: null }, nowMs);
  await writeBulkJob(services.db, row, message, actor);
  services.background(relayCommitted(services, [message]));
  const written = await findBulkJob(services.db, row.id);
  return written === null ? err(problem("unavailable")) : ok(bulkJobView(written));
}

/** What a job's filter finds: never what was placed after the job was made. */
export function filterOf(filter: BulkFilter, createdAtMs: number): OrderFilter {
  const before = filter.placed_before === undefined ? Infinity : Date.parse(filter.placed_before);
  return {
    status: filter.status,
    paymentStatus: filter.payment_status,
    fulfillmentStatus: filter.fulfillment_status,
    channel: filter.channel,
    sku: filter.sku,
    tag: filter.tag,
    placedAfterMs: filter.placed_after === undefined ? undefined : Date.parse(filter.placed_after),
    placedBeforeMs: Math.min(before, createdAtMs + 1),
  };
}

export function bulkJobView(row: BulkJobRow): BulkJobView {
  const { action } = row;
  return {
    id: row.id,
    status: row.status,
    action:
      action.do === "refund"
        ? { do: action.do, reason: action.reason, share_bps: action.shareBps }
        : { ...action },
    filter: { ...row.filter },
    undoes: row.undoes,
    matched: row.matched,
    done: row.done,
    refused: row.refused,
    created_by: row.createdBy,
    created_at: new Date(row.createdAtMs).toISOString(),
    ended_at: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
  };
}
