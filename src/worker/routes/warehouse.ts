import type { Hono } from "hono";

import { packingOperations } from "../../contract/packing.ts";
import { warehouseOperations } from "../../contract/warehouse.ts";
import { knownLocations } from "../../db/catalogue.ts";
import { findManifest, listManifests, readManifestParcels } from "../../db/manifests.ts";
import {
  deleteParcelSize,
  listParcelSizes,
  putParcelSize,
  type ParcelSizeRow,
} from "../../db/parcel-sizes.ts";
import { cancelWave, listBins, listWaves, putBins, readPickWork } from "../../db/waves.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind, type IdempotencyFacts } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { download } from "../http/download.ts";
import { actorOf } from "../http/principal.ts";
import { parcelView } from "../use-cases/fulfillment-view.ts";
import { createManifest, manifestView } from "../use-cases/manifests.ts";
import { packFulfillmentOrder } from "../use-cases/pack.ts";
import { manifestDocument, waveDocument } from "../use-cases/warehouse-documents.ts";
import { createWave, finishPicking, scanGoods, waveView, type Asked } from "../use-cases/waves.ts";

const ID = /^[A-Za-z0-9._:-]{1,128}$/;

export function registerWarehouse(app: Hono<AppEnv>): void {
  registerBins(app);
  registerWaves(app);
  registerPicking(app);
  registerPacking(app);
  registerManifests(app);
}

/** @throws where the operation takes no key, which is a mistake in its declaration. */
function askedBy(call: {
  readonly idempotency: IdempotencyFacts | null;
  readonly principal: Parameters<typeof actorOf>[0]["principal"];
  readonly requestId: string;
}): Asked {
  invariant(call.idempotency !== null, "the operation takes a key");
  return { request: call.idempotency.scope, actor: actorOf(call).principalId };
}

function registerBins(app: Hono<AppEnv>): void {
  bind(app, warehouseOperations.putBins, async ({ services, params, body }) => {
    const location = params.code;
    if (!(await knownLocations(services.db, [location])).has(location)) {
      return refuse("location_unknown", { location });
    }
    const placed = body.bins.flatMap(({ sku, zone, bin }) =>
      zone === null || bin === null ? [] : [{ location, sku, zone, bin }],
    );
    const removed = body.bins
      .filter(({ zone, bin }) => zone === null || bin === null)
      .map(({ sku }) => sku as string);
    await putBins(services.db, location, placed, removed);
    return answer({ placed: placed.length, removed: removed.length });
  });

  bind(app, warehouseOperations.listBins, async ({ services, params, query }) => {
    const after = decodeCursor(query.cursor, ID);
    if (!after.ok) return answerResult(after);
    const rows = await listBins(services.db, params.code, after.value, query.limit + 1);
    return answer(
      pageOf(
        rows,
        query.limit,
        ({ sku }) => sku,
        ({ sku, zone, bin }) => ({ sku, zone, bin }),
      ),
    );
  });
}

function registerWaves(app: Hono<AppEnv>): void {
  bind(app, warehouseOperations.createWave, async (call) => {
    const { location, pick_lists: pickLists = null, zones = null, size } = call.body;
    const choice = { pickLists, zones, sizeMax: size };
    const made = await createWave(call.services, location, choice, askedBy(call));
    const view = made.ok ? waveView(made.value, null) : null;
    if (!made.ok) return answerResult(made);
    return view === null ? refuse("not_found") : answer(view);
  });

  bind(app, warehouseOperations.listWaves, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, ID);
    if (!after.ok) return answerResult(after);
    const { location, status, limit } = query;
    const rows = await listWaves(services.db, { location, status }, after.value, limit + 1);
    return answer(
      pageOf(
        rows,
        limit,
        ({ id }) => id,
        (row) => ({
          id: row.id,
          location: row.location,
          status: row.status,
          created_at: new Date(row.createdAtMs).toISOString(),
          ended_at: row.endedAtMs === null ? null : new Date(row.endedAtMs).toISOString(),
        }),
      ),
    );
  });

  bind(app, warehouseOperations.getWave, async ({ services, params, query }) => {
    const work = await readPickWork(services.db, "wave", params.id);
    const view = work === null ? null : waveView(work, query.zone ?? null);
    return view === null ? refuse("not_found") : answer(view);
  });

  bind(app, warehouseOperations.getWaveDocument, async ({ services, params, query }) => {
    const document = await waveDocument(services, params.id, query.zone ?? null);
    return document === null
      ? refuse("not_found")
      : answer(download(document, "application/pdf", `${params.id}.pdf`));
  });

  bind(app, warehouseOperations.cancelWave, async ({ services, params }) => {
    const isCanceled = await cancelWave(services.db, params.id, services.nowMs());
    const work = await readPickWork(services.db, "wave", params.id);
    const view = work === null ? null : waveView(work, null);
    if (view === null) return refuse("not_found");
    return isCanceled || view.status === "canceled"
      ? answer(view)
      : refuse("order_state_conflict", { because: view.status });
  });
}

function registerPicking(app: Hono<AppEnv>): void {
  bind(app, warehouseOperations.scanIntoWave, async (call) =>
    answerResult(
      await scanGoods(call.services, { kind: "wave", id: call.params.id }, call.body, askedBy(call)),
    ),
  );

  bind(app, warehouseOperations.scanPickList, async (call) =>
    answerResult(
      await scanGoods(call.services, { kind: "pick_list", id: call.params.id }, call.body, askedBy(call)),
    ),
  );

  bind(app, warehouseOperations.finishWave, async (call) => {
    const of = { kind: "wave", id: call.params.id } as const;
    return answerResult(await finishPicking(call.services, of, call.body.missing, actorOf(call).principalId));
  });

  bind(app, warehouseOperations.finishPickList, async (call) => {
    const of = { kind: "pick_list", id: call.params.id } as const;
    return answerResult(await finishPicking(call.services, of, call.body.missing, actorOf(call).principalId));
  });
}

function parcelSizeView(row: ParcelSizeRow) {
  const { code, name, lengthMm, widthMm, heightMm, gramsMax, grams } = row;
  return {
    code,
    name,
    length_mm: lengthMm,
    width_mm: widthMm,
    height_mm: heightMm,
    max_grams: gramsMax,
    grams,
  };
}

function registerPacking(app: Hono<AppEnv>): void {
  bind(app, packingOperations.putParcelSize, async ({ services, params, body }) => {
    const row = {
      code: params.code,
      name: body.name,
      lengthMm: body.length_mm,
      widthMm: body.width_mm,
      heightMm: body.height_mm,
      gramsMax: body.max_grams,
      grams: body.grams,
    };
    await putParcelSize(services.db, row);
    return answer(parcelSizeView(row));
  });

  bind(app, packingOperations.listParcelSizes, async ({ services }) =>
    answer({ data: (await listParcelSizes(services.db)).map(parcelSizeView) }),
  );

  bind(app, packingOperations.deleteParcelSize, async ({ services, params }) => {
    const row = await deleteParcelSize(services.db, params.code);
    return row === null ? refuse("not_found") : answer(parcelSizeView(row));
  });

  bind(app, packingOperations.packFulfillmentOrder, async (call) => {
    const { services, params, body } = call;
    const wanted = body.parcels?.map(({ size = null, lines }) => ({ size, lines })) ?? null;
    const packed = await packFulfillmentOrder(services, params.id, wanted, actorOf(call).principalId);
    return packed.ok
      ? answer({ data: packed.value.map((row) => parcelView(row, [])) })
      : answerResult(packed);
  });
}

function registerManifests(app: Hono<AppEnv>): void {
  bind(app, packingOperations.createManifest, async (call) => {
    const made = await createManifest(call.services, call.body, askedBy(call));
    return made.ok ? answer(manifestView(made.value)) : answerResult(made);
  });

  bind(app, packingOperations.listManifests, async ({ services, query }) => {
    const before = decodeCursor(query.cursor, ID);
    if (!before.ok) return answerResult(before);
    const rows = await listManifests(services.db, query.location, before.value, query.limit + 1);
    return answer(
      pageOf(
        rows,
        query.limit,
        ({ id }) => id,
        ({ id, location, carrier, createdAtMs }) => ({
          id,
          location,
          carrier,
          created_at: new Date(createdAtMs).toISOString(),
        }),
      ),
    );
  });

  bind(app, packingOperations.getManifest, async ({ services, params }) => {
    const row = await findManifest(services.db, params.id);
    if (row === null) return refuse("not_found");
    return answer(manifestView({ row, parcels: await readManifestParcels(services.db, row.id) }));
  });

  bind(app, packingOperations.getManifestDocument, async ({ services, params }) => {
    const document = await manifestDocument(services, params.id);
    return document === null
      ? refuse("not_found")
      : answer(download(document, "application/pdf", `${params.id}.pdf`));
  });
}
