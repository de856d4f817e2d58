import type { Hono } from "hono";

import { catalogueOperations } from "../../contract/catalogue.ts";
import { findLocation, findSkus, listLocations, listSkus } from "../../db/catalogue.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { hasMediaType } from "../http/body.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { importSkus, readCsv, readNdjson } from "../use-cases/import-skus.ts";
import { locationView, putLocation } from "../use-cases/put-location.ts";
import { putSku, skuView } from "../use-cases/put-skus.ts";

const CODE = /^[A-Za-z0-9._:-]{1,64}$/;
const etag = ({ version }: { readonly version: number }) => ({ etag: etagOf(version) });

export function registerCatalogue(app: Hono<AppEnv>): void {
  registerLocations(app);

  // Before the routes with a SKU in their path, which would take "import" for one.
  bind(app, catalogueOperations.importSkus, async (call) => {
    const rows = hasMediaType(call.request, ["text/csv"]) ? readCsv(call.rawBody) : readNdjson(call.rawBody);
    return answer(await importSkus(call.services, actorOf(call), rows));
  });

  bind(app, catalogueOperations.putSku, async (call) => {
    const wanted = { sku: call.params.sku, ...call.body };
    return answerResult(await putSku(call.services, actorOf(call), wanted, call.ifMatch), etag);
  });

  bind(app, catalogueOperations.getSku, async (call) => {
    const [record] = await findSkus(call.services.db, [call.params.sku]);
    if (record === undefined) return refuse("sku_unknown", { sku: call.params.sku });
    return answer(skuView(record), etag(record.row));
  });

  bind(app, catalogueOperations.listSkus, async (call) => {
    const { limit, cursor } = call.query;
    const after = decodeCursor(cursor, CODE);
    if (!after.ok) return answerResult(after);
    const records = await listSkus(call.services.db, after.value, limit + 1);
    return answer(pageOf(records, limit, ({ row }) => row.sku, skuView));
  });
}

function registerLocations(app: Hono<AppEnv>): void {
  bind(app, catalogueOperations.putLocation, async (call) =>
    answerResult(
      await putLocation(call.services, actorOf(call), call.params.code, call.body, call.ifMatch),
      etag,
    ),
  );

  bind(app, catalogueOperations.getLocation, async (call) => {
    const row = await findLocation(call.services.db, call.params.code);
    return row === null ? refuse("not_found") : answer(locationView(row), etag(row));
  });

  bind(app, catalogueOperations.listLocations, async (call) => {
    const { limit, cursor } = call.query;
    const after = decodeCursor(cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listLocations(call.services.db, after.value, limit + 1);
    return answer(pageOf(rows, limit, (row) => row.code, locationView));
  });
}
