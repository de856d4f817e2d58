import type { Hono } from "hono";

import { exceptionOperations, type ExceptionView } from "../../contract/exceptions.ts";
import type { Problem } from "../../contract/problem.ts";
import { findException, listExceptions } from "../../db/exceptions.ts";
import type { Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { exceptionView, workException } from "../use-cases/work-exception.ts";

const CURSOR = /^\d{1,15} exc_[0-9a-z]{26}$/;

export function registerExceptions(app: Hono<AppEnv>): void {
  bind(app, exceptionOperations.listExceptions, async ({ services, query }) => {
    const { limit, cursor, status, kind, order, assignee } = query;
    const decoded = decodeCursor(cursor, CURSOR);
    if (!decoded.ok) return answerResult(decoded);
    const [raisedAtMs = "", id = ""] = decoded.value?.split(" ") ?? [];
    const after = decoded.value === null ? null : { raisedAtMs: Number(raisedAtMs), id };
    const filter = { status, kind, orderId: order, assignee };
    const rows = await listExceptions(services.db, filter, after, limit + 1);
    return answer(pageOf(rows, limit, (row) => `${row.raisedAtMs} ${row.id}`, exceptionView));
  });

  bind(app, exceptionOperations.getException, async ({ services, params }) => {
    const row = await findException(services.db, params.id);
    if (row === null) return refuse("not_found");
    return answer(exceptionView(row), { etag: etagOf(row.version) });
  });

  bind(app, exceptionOperations.assignException, async (call) => {
    const { services, params, body, ifMatch } = call;
    const work = { kind: "assign" as const, assignee: body.assignee };
    return worked(await workException(services, actorOf(call), params.id, work, ifMatch));
  });

  bind(app, exceptionOperations.resolveException, async (call) => {
    const { services, params, body, ifMatch } = call;
    const work = { kind: "resolve" as const, resolution: body.resolution };
    return worked(await workException(services, actorOf(call), params.id, work, ifMatch));
  });
}

function worked(result: Result<ExceptionView, Problem>) {
  return answerResult(result, ({ version }) => ({ etag: etagOf(version) }));
}
