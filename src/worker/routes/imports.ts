import type { Hono } from "hono";

import { IMPORT_BYTES_MAX, importOperations } from "../../contract/imports.ts";
import type { AppEnv } from "../app.ts";
import { answer, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { hasMediaType } from "../http/body.ts";
import { gunzip } from "../http/gunzip.ts";
import { importOrders } from "../use-cases/import-orders.ts";

/** Files of orders shrink to a sixth; what holds more than this is no such file. */
const UNPACKED_BYTES_MAX = 10 * IMPORT_BYTES_MAX;

export function registerImports(app: Hono<AppEnv>): void {
  bind(app, importOperations.importOrders, async ({ query, principal, rawBody, request, services }) => {
    const encoding = request.headers.get("content-encoding") ?? "identity";
    if (encoding !== "gzip" && encoding !== "identity") return refuse("media_type_unsupported");
    const body = encoding === "gzip" ? gunzip(rawBody, UNPACKED_BYTES_MAX) : rawBody;
    const format = hasMediaType(request, ["text/csv"]) ? "csv" : "ndjson";
    const imported = await importOrders(services, { body, format, query, actor: principal?.id ?? "unknown" });
    if (imported.ok) return answer(imported.value);
    const { code, ...facts } = imported.error;
    return refuse(code, facts);
  });
}
