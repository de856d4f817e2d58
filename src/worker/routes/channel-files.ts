import type { Hono } from "hono";

import { channelFileOperations } from "../../contract/channel-files.ts";
import { findConnection } from "../../db/connections.ts";
import type { AppEnv } from "../app.ts";
import { answer, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { quantitiesFile, shipmentsFile } from "../use-cases/channel-files.ts";

export function registerChannelFiles(app: Hono<AppEnv>): void {
  bind(app, channelFileOperations.getChannelQuantities, async ({ services, params }) => {
    const row = await findConnection(services.db, params.code);
    return row === null ? refuse("not_found") : answer(file(await quantitiesFile(services, row)));
  });

  bind(app, channelFileOperations.getChannelShipments, async ({ services, params, query }) => {
    const row = await findConnection(services.db, params.code);
    if (row === null) return refuse("not_found");
    const sinceMs = query.since === undefined ? null : Date.parse(query.since);
    return answer(file(await shipmentsFile(services, row, sinceMs)));
  });
}

function file(text: string): Response {
  return new Response(text, {
    headers: { "content-type": "text/csv; charset=utf-8", "cache-control": "private, no-store" },
  });
}
