import type { Hono } from "hono";

import { deliveryOperations, type DeliveryPerformanceView } from "../../contract/delivery.ts";
import { countPromises, type PromiseCounts } from "../../db/delivery-promises.ts";
import { findShippingMethod, listShippingMethods } from "../../db/shipping-methods.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse } from "../http/answer.ts";
import { bind } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { etagOf } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { putShippingMethod, shippingMethodView } from "../use-cases/put-shipping-method.ts";
import { readDeliveryOptions } from "../use-cases/read-delivery-options.ts";

const CODE = /^[A-Za-z0-9._:-]{1,64}$/;

export function registerDelivery(app: Hono<AppEnv>): void {
  bind(app, deliveryOperations.putShippingMethod, async (call) =>
    answerResult(
      await putShippingMethod(call.services, actorOf(call), call.params.code, call.body, call.ifMatch),
      ({ version }) => ({ etag: etagOf(version) }),
    ),
  );

  bind(app, deliveryOperations.getShippingMethod, async ({ services, params }) => {
    const row = await findShippingMethod(services.db, params.code);
    return row === null
      ? refuse("not_found")
      : answer(shippingMethodView(row), { etag: etagOf(row.version) });
  });

  bind(app, deliveryOperations.listShippingMethods, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, CODE);
    if (!after.ok) return answerResult(after);
    const rows = await listShippingMethods(services.db, after.value, query.limit + 1);
    return answer(pageOf(rows, query.limit, ({ code }) => code, shippingMethodView));
  });

  bind(app, deliveryOperations.listDeliveryOptions, async ({ services, query }) =>
    answerResult(await readDeliveryOptions(services, query)),
  );

  bind(app, deliveryOperations.getDeliveryPerformance, async ({ services, query }) => {
    const nowMs = services.nowMs();
    const span = {
      sinceMs: Date.parse(query.since),
      untilMs: query.until === undefined ? nowMs + 1 : Date.parse(query.until),
    };
    return answer(performanceOf(await countPromises(services.db, span, nowMs)));
  });
}

function performanceOf(methods: ReadonlyArray<PromiseCounts>): DeliveryPerformanceView {
  const sum = (of: (counts: PromiseCounts) => number) => methods.reduce((total, one) => total + of(one), 0);
  return {
    ...figuresOf({
      method: "",
      promised: sum(({ promised }) => promised),
      delivered: sum(({ delivered }) => delivered),
      kept: sum(({ kept }) => kept),
      overdue: sum(({ overdue }) => overdue),
    }),
    methods: methods.map((counts) => ({ method: counts.method, ...figuresOf(counts) })),
  };
}

function figuresOf({ promised, delivered, kept, overdue }: PromiseCounts) {
  return {
    promised,
    delivered,
    kept,
    late: delivered - kept,
    overdue,
    kept_bps: delivered === 0 ? null : Math.round((kept / delivered) * 10_000),
  };
}
