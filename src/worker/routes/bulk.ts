import type { Hono } from "hono";

import { bulkOperations, type BulkItemView } from "../../contract/bulk.ts";
import {
  findBulkJob,
  listBulkItems,
  listBulkJobs,
  stopBulkJob,
  type BulkItemRow,
} from "../../db/bulk-jobs.ts";
import type { OrderAction } from "../../domain/automation/action.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { actorOf } from "../http/principal.ts";
import { actOnOrders } from "../use-cases/act-on-orders.ts";
import { bulkJobView, createBulkJob, undoBulkJob } from "../use-cases/bulk-job.ts";
import { actionOf } from "../use-cases/rules.ts";

const JOB = /^\d{1,15} [A-Za-z0-9._:-]{1,128}$/;
const ORDER = /^[A-Za-z0-9._:-]{1,128}$/;

export function registerBulk(app: Hono<AppEnv>): void {
  bind(app, bulkOperations.bulkOrders, async (call) => {
    const { services, body, idempotency } = call;
    invariant(idempotency !== null, "the operation requires a key");
    const results = await actOnOrders(services, {
      action: actionOf(body.action) as OrderAction,
      orderIds: body.ids,
      actor: actorOf(call),
      mark: idempotency.scope,
    });
    return answer({ results: [...results] });
  });

  bind(app, bulkOperations.createBulkJob, async (call) => {
    const { services, body, idempotency } = call;
    invariant(idempotency !== null, "the operation requires a key");
    return answerResult(await createBulkJob(services, body, actorOf(call), idempotency.scope));
  });

  bind(app, bulkOperations.getBulkJob, async ({ services, params }) => {
    const row = await findBulkJob(services.db, params.id);
    return row === null ? refuse("not_found") : answer(bulkJobView(row));
  });

  bind(app, bulkOperations.listBulkJobs, async ({ services, query }) => {
    const cursor = decodeCursor(query.cursor, JOB);
    if (!cursor.ok) return answerResult(cursor);
    const [createdAtMs = "", id = ""] = cursor.value?.split(" ") ?? [];
    const after = cursor.value === null ? null : { createdAtMs: Number(createdAtMs), id };
    const rows = await listBulkJobs(services.db, after, query.limit + 1);
    return answer(pageOf(rows, query.limit, (row) => `${row.createdAtMs} ${row.id}`, bulkJobView));
  });

  bind(app, bulkOperations.listBulkItems, async ({ services, params, query }) => {
    const after = decodeCursor(query.cursor, ORDER);
    if (!after.ok) return answerResult(after);
    const rows = await listBulkItems(
      services.db,
      params.id,
      query.outcome,
      after.value ?? "",
      query.limit + 1,
    );
    return answer(pageOf(rows, query.limit, ({ orderId }) => orderId, itemView));
  });

  bind(app, bulkOperations.stopBulkJob, async (call) => {
    const { services, params } = call;
    if ((await findBulkJob(services.db, params.id)) === null) return refuse("not_found");
    await stopBulkJob(services.db, params.id, actorOf(call), services.nowMs());
    const row = await findBulkJob(services.db, params.id);
    return row === null ? refuse("not_found") : answer(bulkJobView(row));
  });

  bind(app, bulkOperations.undoBulkJob, async (call) =>
    answerResult(await undoBulkJob(call.services, call.params.id, actorOf(call))),
  );
}

function itemView({ orderId, outcome, reason, undo, atMs }: BulkItemRow): BulkItemView {
  return {
    order: orderId,
    outcome,
    reason,
    can_be_undone: undo !== null,
    at: new Date(atMs).toISOString(),
  };
}
