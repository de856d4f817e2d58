import type { Hono } from "hono";

import { orderOperations, type OrderListQuery, type OrderView } from "../../contract/orders.ts";
import type { OrderFilter } from "../../db/order-search.ts";
import { listOrders, readOrder } from "../../db/orders.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { ownerOf } from "../http/acting-buyer.ts";
import { answer, refuse, type Answer } from "../http/answer.ts";
import { bind, type Call } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf, callerOf } from "../http/principal.ts";
import { cancelOrder } from "../use-cases/cancel-order.ts";
import { cancelUnits } from "../use-cases/cancel-units.ts";
import { holdOrder } from "../use-cases/hold-order.ts";
import { orderDetailView, orderSummaryView, orderView } from "../use-cases/order-view.ts";
import { placeOrder } from "../use-cases/place-order.ts";

const CURSOR = /^\d{1,15} [A-Za-z0-9._:-]{1,128}$/;

export function registerOrders(app: Hono<AppEnv>): void {
  bind(app, orderOperations.placeOrder, async (call) => {
    const { idempotency, requestId, body, services } = call;
    invariant(idempotency !== null, "the operation requires a key");
    const placed = await placeOrder(services, {
      request: body,
      principal: callerOf(call),
      owner: ownerOf(call),
      idempotency,
      requestId,
    });
    if (!placed.ok) return { ok: false, problem: placed.error };
    return {
      ...answer(placed.value, { etag: etagOf(placed.value.version) }),
      isStored: true as const,
    };
  });

  bind(app, orderOperations.listOrders, async ({ query, services }) => {
    const cursor = decodeCursor(query.cursor, CURSOR);
    if (!cursor.ok) return { ok: false, problem: cursor.error };
    const [placedAtMs = "", id = ""] = cursor.value?.split(" ") ?? [];
    const after = cursor.value === null ? null : { placedAtMs: Number(placedAtMs), id };
    const heads = await listOrders(services.db, filterOf(query), after, query.limit + 1);
    return answer(
      pageOf(heads, query.limit, ({ order }) => `${order.placedAtMs} ${order.id}`, orderSummaryView),
    );
  });

  bind(app, orderOperations.getOrder, async ({ params, services }) => {
    const order = await readOrder(services.db, params.id);
    if (order === null) return refuse("not_found");
    return answer(orderDetailView(order), { etag: etagOf(order.order.version) });
  });

  bind(app, orderOperations.cancelOrder, async (call) => {
    const { params, body, services, idempotency, ifMatch, requestId } = call;
    invariant(idempotency !== null, "the operation requires a key");
    const { lines, ...wish } = body;
    if (lines !== undefined) {
      const { reason, refund, restock, notify } = wish;
      const asked = {
        orderId: params.id,
        lines,
        reason,
        refund,
        restock,
        notify,
        actor: actorOf(call),
        mark: idempotency.scope,
      };
      const changed = await cancelUnits(services, asked, (version) => matches(ifMatch, version));
      if (!changed.ok) return { ok: false, problem: changed.error };
      const view = orderView(changed.value);
      return answer(view, { etag: etagOf(view.version) });
    }
    const canceled = await cancelOrder(services, {
      ...wish,
      orderId: params.id,
      actor: callerOf(call).id,
      requestId,
      mark: idempotency.scope,
      isVersionAcceptable: (version) => matches(ifMatch, version),
    });
    if (!canceled.ok) return { ok: false, problem: canceled.error };
    const view = orderView(canceled.value);
    return answer(view, { etag: etagOf(view.version) });
  });

  bind(app, orderOperations.holdOrder, (call) => held(call, call.body.reason));
  bind(app, orderOperations.releaseOrder, (call) => held(call, null));
}

type HoldCall = Pick<
  Call<(typeof orderOperations)["releaseOrder"]>,
  "params" | "services" | "idempotency" | "ifMatch" | "principal" | "requestId"
>;

async function held(call: HoldCall, reason: string | null): Promise<Answer<OrderView>> {
  const { params, services, idempotency, ifMatch } = call;
  invariant(idempotency !== null, "the operation requires a key");
  const outcome = await holdOrder(services, {
    orderId: params.id,
    reason,
    actor: actorOf(call),
    mark: idempotency.scope,
    isVersionAcceptable: (version) => matches(ifMatch, version),
  });
  if (!outcome.ok) return { ok: false, problem: outcome.error };
  const view = orderView(outcome.value);
  return answer(view, { etag: etagOf(view.version) });
}

function filterOf(query: OrderListQuery): OrderFilter {
  return {
    status: query.status,
    paymentStatus: query.payment_status,
    fulfillmentStatus: query.fulfillment_status,
    channel: query.channel,
    sku: query.sku,
    tag: query.tag,
    email: query.email,
    placedAfterMs: query.placed_after === undefined ? undefined : Date.parse(query.placed_after),
    placedBeforeMs: query.placed_before === undefined ? undefined : Date.parse(query.placed_before),
    q: query.q,
  };
}
