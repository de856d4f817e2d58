import type { BulkFilter } from "../../contract/bulk.ts";
import {
  findBulkJob,
  listUndoable,
  writeBulkStep,
  type BulkItemRow,
  type BulkJobRow,
} from "../../db/bulk-jobs.ts";
import { outboxRow } from "../../db/events.ts";
import { listOrderPlaces } from "../../db/order-search.ts";
import type { OrderAction } from "../../domain/automation/action.ts";
import { filterOf } from "./bulk-job.ts";
import { carryOutAction, type ActionServices } from "./order-action.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { StepImpossible } from "./step-failure.ts";

/** Orders in one step: few enough for one message's time, however slow their payments are. */
const ORDERS_AT_ONCE = 20;

type Due = { readonly orderId: string; readonly position: string; readonly action: OrderAction };

/**
 * Deals with the next orders of a job, and asks for the step after it. A message that comes again, or late, finds that
 * the job stands elsewhere; a step that dies half-way starts over, and finds what it did done.
 */
export async function takeBulkStep(
  services: ActionServices,
  jobId: string,
  position: string | null,
): Promise<void> {
  const job = await findBulkJob(services.db, jobId);
  if (job === null) throw new StepImpossible("no such job");
  if (job.status !== "running" || job.position !== position) return;
  const due = await nextOf(services, job);
  const items: Array<BulkItemRow> = [];
  let failures = 0;
  for (const { orderId, action } of due) {
    try {
      items.push(await deal(services, job, orderId, action));
    } catch (error) {
      failures += 1;
      // Where nothing succeeds, it is not the orders: the step comes again.
      if (failures === due.length) throw error;
      items.push(
        itemOf(job.id, orderId, { outcome: "refused", reason: "failed", undo: null }, services.nowMs()),
      );
    }
  }
  const last = due.length < ORDERS_AT_ONCE ? undefined : due.at(-1);
  const nowMs = services.nowMs();
  const next =
    last === undefined
      ? null
      : {
          position: last.position,
          message: outboxRow(
            "fulfillment",
            { type: "bulk.step", job_id: jobId, position: last.position },
            nowMs,
          ),
        };
  await writeBulkStep(services.db, job, items, next, nowMs);
  if (next !== null) await relayCommitted(services, [next.message]);
}

async function nextOf({ db }: ActionServices, job: BulkJobRow): Promise<ReadonlyArray<Due>> {
  if (job.undoes !== null) {
    const items = await listUndoable(db, job.undoes, job.position ?? "", ORDERS_AT_ONCE);
    return items.flatMap(({ orderId, undo }) =>
      undo === null ? [] : [{ orderId, position: orderId, action: undo }],
    );
  }
  const [placedAtMs = "", id = ""] = job.position?.split(" ") ?? [];
  const after = job.position === null ? null : { placedAtMs: Number(placedAtMs), id };
  const filter = filterOf(job.filter as BulkFilter, job.createdAtMs);
  const places = await listOrderPlaces(db, filter, after, ORDERS_AT_ONCE);
  return places.map((place) => ({
    orderId: place.id,
    position: `${place.placedAtMs} ${place.id}`,
    action: job.action,
  }));
}

async function deal(
  services: ActionServices,
  job: BulkJobRow,
  orderId: string,
  action: OrderAction,
): Promise<BulkItemRow> {
  const done = await carryOutAction(services, action, {
    orderId,
    actor: { principalId: job.createdBy, requestId: job.id },
    mark: job.id,
  });
  const outcome = done.ok
    ? { outcome: "done" as const, reason: null, undo: job.undoes === null ? done.value : null }
    : { outcome: "refused" as const, reason: done.error, undo: null };
  return itemOf(job.id, orderId, outcome, services.nowMs());
}

function itemOf(
  jobId: string,
  orderId: string,
  outcome: Pick<BulkItemRow, "outcome" | "reason" | "undo">,
  atMs: number,
): BulkItemRow {
  return { jobId, orderId, ...outcome, atMs };
}
