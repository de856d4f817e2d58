import type { Hono } from "hono";

import type { Problem } from "../../contract/problem.ts";
import { showOperations, type ShowView } from "../../contract/shows.ts";
import { listShows } from "../../db/shows.ts";
import type { Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf, callerOf } from "../http/principal.ts";
import { closeShow, drawShow, openShow } from "../use-cases/change-show.ts";
import { putShow } from "../use-cases/put-show.ts";
import { readDraw, readDrawForPages } from "../use-cases/read-draw.ts";
import { readShow, readShowForPages, showSummaryView } from "../use-cases/read-show.ts";

const CODE = /^[A-Za-z0-9._:-]{1,64}$/;
const POSITION = /^\d{1,9}$/;

export function registerShows(app: Hono<AppEnv>): void {
  bind(app, showOperations.putShow, async (call) =>
    withEtag(await putShow(call.services, actorOf(call), call.params.code, call.body, call.ifMatch)),
  );

  bind(app, showOperations.listShows, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, CODE);
    if (!after.ok) return answerResult(after);
    const records = await listShows(services.db, after.value, query.limit + 1);
    const nowMs = services.nowMs();
    return answer(
      pageOf(
        records,
        query.limit,
        ({ show }) => show.code,
        (record) => showSummaryView(record, nowMs),
      ),
    );
  });

  bind(app, showOperations.getShow, async (call) => {
    const read = callerOf(call).kind === "secret" ? readShow : readShowForPages;
    return withEtag(await read(call.services, call.params.code));
  });

  bind(app, showOperations.openShow, async (call) =>
    withEtag(await openShow(call.services, actorOf(call), call.params.code)),
  );
  bind(app, showOperations.closeShow, async (call) =>
    withEtag(await closeShow(call.services, actorOf(call), call.params.code)),
  );
  bind(app, showOperations.drawShow, async (call) =>
    withEtag(await drawShow(call.services, actorOf(call), call.params.code)),
  );

  bind(app, showOperations.getDraw, async (call) => {
    const { limit, cursor } = call.query;
    const after = decodeCursor(cursor, POSITION);
    if (!after.ok) return answerResult(after);
    const page = { afterPosition: Number(after.value ?? 0), limit };
    const read = callerOf(call).kind === "secret" ? readDraw : readDrawForPages;
    return answerResult(await read(call.services, call.params, page));
  });
}

function withEtag(result: Result<ShowView, Problem>) {
  return answerResult(result, ({ version }) => ({ etag: etagOf(version) }));
}
