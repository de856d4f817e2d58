import type { Hono } from "hono";

import { platformOperations } from "../../contract/platform.ts";
import { listAuditEntries } from "../../db/audit.ts";
import { listDeadLetters, ping, readGauges } from "../../db/operations-board.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { openApiDocument } from "../http/openapi.ts";
import { actorOf } from "../http/principal.ts";
import { prometheusText } from "../http/prometheus.ts";
import { deadLetterView, replayDeadLetter } from "../use-cases/replay-dead-letter.ts";

const ID = /^[A-Za-z0-9._:-]{1,128}$/;

export function registerPlatform(app: Hono<AppEnv>): void {
  bind(app, platformOperations.getHealth, async (call) =>
    (await ping(call.services.db)) ? answer({ status: "ok" as const }) : refuse("unavailable"),
  );

  bind(app, platformOperations.getMetrics, async (call) => {
    const text = prometheusText(await readGauges(call.services.db, call.services.nowMs()));
    return answer(new Response(text, { headers: { "content-type": "text/plain; version=0.0.4" } }));
  });

  bind(app, platformOperations.getOpenApi, async () => answer(openApiDocument()));

  bind(app, platformOperations.listAuditEntries, async ({ services, query }) => {
    const before = decodeCursor(query.cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listAuditEntries(services.db, query.subject, before.value, query.limit + 1);
    return answer(
      pageOf(
        rows,
        query.limit,
        ({ id }) => id,
        ({ atMs, requestId, ...entry }) => ({
          ...entry,
          at: new Date(atMs).toISOString(),
          request_id: requestId,
        }),
      ),
    );
  });

  bind(app, platformOperations.listDeadLetters, async (call) => {
    const { limit, cursor } = call.query;
    const before = decodeCursor(cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listDeadLetters(call.services.db, before.value, limit + 1);
    return answer(pageOf(rows, limit, (row) => row.id, deadLetterView));
  });

  bind(app, platformOperations.replayDeadLetter, async (call) =>
    answerResult(await replayDeadLetter(call.services, actorOf(call), call.params.id)),
  );
}
