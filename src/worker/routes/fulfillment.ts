import type { Hono } from "hono";

import { fulfillmentOperations, type FulfillmentOrderView } from "../../contract/fulfillment.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import { listPickLists, readLabel } from "../../db/fulfillment.ts";
import type { Result } from "../../domain/result.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse, type Answer } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { download } from "../http/download.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import type { Services } from "../services.ts";
import type { StepRefusal } from "../use-cases/fulfillment-step.ts";
import { connectionView, fulfillmentOrderView, pickListView } from "../use-cases/fulfillment-view.ts";
import { labelShipment } from "../use-cases/label-shipment.ts";
import { moveFulfillmentOrder } from "../use-cases/move-fulfillment.ts";
import { carrierConnection } from "../use-cases/parcel-to-ship.ts";
import { pickList } from "../use-cases/pick.ts";
import {
  acceptFulfillmentOrder,
  holdFulfillmentOrder,
  rejectFulfillmentOrder,
  releaseFulfillmentOrder,
  type ReassignRefusal,
} from "../use-cases/reassign.ts";
import { shipFulfillmentOrder } from "../use-cases/ship.ts";
import { trackShipment } from "../use-cases/track.ts";
import { packingSlipDocument, pickListDocument, zplLabelDocument } from "../use-cases/warehouse-documents.ts";
import { parcelAnswer, parcelOf, refused } from "./parcel-answer.ts";

const PICK_LIST_ID = /^pick_[0-9a-z]{26}$/;

export function registerFulfillment(app: Hono<AppEnv>): void {
  bind(app, fulfillmentOperations.getFulfillmentOrder, ({ services, params }) =>
    fulfillmentOrderAnswer(services, params.id),
  );

  bind(app, fulfillmentOperations.shipFulfillmentOrder, async (call) => {
    const { services, params } = call;
    const snapshot = await readFulfillmentOf(services.db, "fulfillment_order", params.id);
    const row = snapshot?.fulfillmentOrders.find(({ id }) => id === params.id);
    if (!matches(call.ifMatch, row?.version ?? null)) return refuse("precondition_failed");
    return parcelAnswer(services, await shipFulfillmentOrder(services, params.id, actorOf(call).principalId));
  });

  bind(app, fulfillmentOperations.rejectFulfillmentOrder, async (call) =>
    reassigned(call, ({ services, body }) => {
      const { reason, note = null, lines = null } = body;
      const rejection = { reason, note, missing: lines };
      return rejectFulfillmentOrder(services, call.params.id, rejection, actorOf(call).principalId);
    }),
  );

  bind(app, fulfillmentOperations.acceptFulfillmentOrder, async (call) =>
    reassigned(call, ({ services, params }) =>
      acceptFulfillmentOrder(services, params.id, actorOf(call).principalId),
    ),
  );

  bind(app, fulfillmentOperations.moveFulfillmentOrder, async (call) => {
    const { services, params, body } = call;
    const before = await readFulfillmentOf(services.db, "fulfillment_order", params.id);
    const row = before?.fulfillmentOrders.find(({ id }) => id === params.id);
    if (!matches(call.ifMatch, row?.version ?? null)) return refuse("precondition_failed");
    const move = { to: body.location, lines: body.lines ?? null };
    const moved = await moveFulfillmentOrder(services, params.id, move, actorOf(call).principalId);
    if (moved.ok) return fulfillmentOrderAnswer(services, moved.value);
    const { code, ...facts } = moved.error;
    if (code === "stock_insufficient" || code === "location_unknown" || code === "quantity_unavailable") {
      return refuse(code, facts);
    }
    return refused(moved.error as StepRefusal);
  });

  bind(app, fulfillmentOperations.holdFulfillmentOrder, async (call) =>
    reassigned(call, ({ services, params }) =>
      holdFulfillmentOrder(services, params.id, actorOf(call).principalId),
    ),
  );

  bind(app, fulfillmentOperations.releaseFulfillmentOrder, async (call) =>
    reassigned(call, ({ services, params }) =>
      releaseFulfillmentOrder(services, params.id, actorOf(call).principalId),
    ),
  );

  bind(app, fulfillmentOperations.listPickLists, async ({ services, query }) => {
    const { limit, cursor, location, status } = query;
    const after = decodeCursor(cursor, PICK_LIST_ID);
    if (!after.ok) return answerResult(after);
    const rows = await listPickLists(services.db, { location, status }, after.value, limit + 1);
    return answer(pageOf(rows, limit, ({ id }) => id, pickListView));
  });

  bind(app, fulfillmentOperations.markPicked, async (call) =>
    parcelAnswer(call.services, await pickList(call.services, call.params.id, actorOf(call).principalId)),
  );

  bind(app, fulfillmentOperations.getShipment, async ({ services, params }) => {
    const parcel = await parcelOf(services, params.id);
    if (parcel === null) return refuse("not_found");
    return parcelAnswer(services, { ok: true, value: parcel });
  });

  bind(app, fulfillmentOperations.getLabel, async ({ services, params }) => {
    const label = await readLabel(services.db, params.id);
    if (label === null) return refuse("not_found");
    return answer(download(label.content, "application/pdf", `${params.id}.pdf`));
  });

  bind(app, fulfillmentOperations.getZplLabel, async ({ services, params }) => {
    const label = await zplLabelDocument(services, params.id);
    if (label === null) return refuse("not_found");
    return answer(download(label, "text/plain; charset=utf-8", `${params.id}.zpl`));
  });

  bind(app, fulfillmentOperations.getPackingSlip, async ({ services, params }) => {
    const slip = await packingSlipDocument(services, params.id);
    if (slip === null) return refuse("not_found");
    return answer(download(slip, "application/pdf", `${params.id}-packing-slip.pdf`));
  });

  bind(app, fulfillmentOperations.getPickListDocument, async ({ services, params }) => {
    const list = await pickListDocument(services, params.id);
    return list === null
      ? refuse("not_found")
      : answer(download(list, "application/pdf", `${params.id}.pdf`));
  });

  bind(app, fulfillmentOperations.buyLabel, async (call) => {
    const { services, params } = call;
    const parcel = await parcelOf(services, params.id);
    if (!matches(call.ifMatch, parcel?.version ?? null)) return refuse("precondition_failed");
    return parcelAnswer(services, await labelShipment(services, params.id, actorOf(call).principalId));
  });

  bind(app, fulfillmentOperations.trackShipment, async (call) => {
    const { services, params, body } = call;
    const parcel = await parcelOf(services, params.id);
    if (!matches(call.ifMatch, parcel?.version ?? null)) return refuse("precondition_failed");
    const news = {
      status: body.status,
      occurredAtMs: Date.parse(body.occurred_at),
      message: body.message ?? null,
    };
    return parcelAnswer(services, await trackShipment(services, params.id, news, actorOf(call).principalId));
  });

  bind(app, fulfillmentOperations.getConnection, async ({ services, params }) => {
    const { name } = params;
    const carrier = services.carrier(name.replace(/^carrier:/, ""));
    if (carrier === null || carrierConnection(carrier.carrier) !== name) return refuse("not_found");
    return answer(connectionView(name, await services.connection(name).readHealth(), services.nowMs()));
  });
}

type ReassignCall = {
  readonly services: Services;
  readonly params: { readonly id: string };
  readonly ifMatch: string | undefined;
};

/** A step with a fulfillment order as a whole, answered with what it is now. */
async function reassigned<Of extends ReassignCall>(
  call: Of,
  step: (call: Of) => Promise<Result<unknown, ReassignRefusal>>,
): Promise<Answer<FulfillmentOrderView>> {
  const { services, params, ifMatch } = call;
  const before = await readFulfillmentOf(services.db, "fulfillment_order", params.id);
  const row = before?.fulfillmentOrders.find(({ id }) => id === params.id);
  if (!matches(ifMatch, row?.version ?? null)) return refuse("precondition_failed");
  const taken = await step(call);
  if (!taken.ok) {
    const { error } = taken;
    if (error.code !== "quantity_unavailable") return refused(error);
    return refuse("quantity_unavailable", { line: error.line, available: error.available });
  }
  return fulfillmentOrderAnswer(services, params.id);
}

async function fulfillmentOrderAnswer(
  services: Pick<Services, "db">,
  id: string,
): Promise<Answer<FulfillmentOrderView>> {
  const after = await readFulfillmentOf(services.db, "fulfillment_order", id);
  const view = after === null ? null : fulfillmentOrderView(after, id);
  return view === null ? refuse("not_found") : answer(view, { etag: etagOf(view.version) });
}
