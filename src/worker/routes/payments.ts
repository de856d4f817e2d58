import type { Hono } from "hono";

import type { OrderView } from "../../contract/orders.ts";
import { paymentOperations } from "../../contract/payments.ts";
import { invariant } from "../../domain/invariant.ts";
import type { AppEnv } from "../app.ts";
import { answer, type Answer } from "../http/answer.ts";
import { bind, type Call } from "../http/bind.ts";
import { etagOf, matches } from "../http/etag.ts";
import { actorOf } from "../http/principal.ts";
import { askPayment, type PaymentWish } from "../use-cases/ask-payment.ts";
import { orderView } from "../use-cases/order-view.ts";
import { payOrder } from "../use-cases/pay-order.ts";

export function registerPayments(app: Hono<AppEnv>): void {
  bind(app, paymentOperations.captureOrder, (call) => {
    const { amount, remainder } = call.body;
    return asked(call, { kind: "capture", amount, remainder });
  });

  bind(app, paymentOperations.refundOrder, (call) => {
    const { body } = call;
    const { reason, notify } = body;
    if ("lines" in body) {
      const { lines, shipping } = body;
      return asked(call, { kind: "refund", reason, notify, wish: { kind: "lines", lines, shipping } });
    }
    const wish =
      body.amount === undefined ? { kind: "all" as const } : { kind: "amount" as const, amount: body.amount };
    return asked(call, { kind: "refund", reason, notify, wish });
  });

  bind(app, paymentOperations.voidOrder, (call) => asked(call, { kind: "void" }));
  registerPay(app);
}

function registerPay(app: Hono<AppEnv>): void {
  bind(app, paymentOperations.payOrder, async (call) => {
    const { services, params, body, idempotency } = call;
    invariant(idempotency !== null, "the operation requires a key");
    const paid = await payOrder(services, {
      orderId: params.id,
      request: body,
      actor: actorOf(call),
      mark: idempotency.scope,
    });
    if (!paid.ok) return { ok: false, problem: paid.error };
    const view = orderView(paid.value);
    return answer(view, { etag: etagOf(view.version) });
  });
}

type AnyCall = Pick<
  Call<(typeof paymentOperations)["voidOrder"]>,
  "params" | "services" | "idempotency" | "ifMatch" | "principal" | "requestId"
>;

async function asked(call: AnyCall, wish: PaymentWish): Promise<Answer<OrderView>> {
  const { services, params, idempotency, ifMatch } = call;
  invariant(idempotency !== null, "the operation requires a key");
  const outcome = await askPayment(services, {
    orderId: params.id,
    wish,
    actor: actorOf(call),
    mark: idempotency.scope,
    isVersionAcceptable: (version) => matches(ifMatch, version),
  });
  if (!outcome.ok) return { ok: false, problem: outcome.error };
  const view = orderView(outcome.value);
  return answer(view, { etag: etagOf(view.version) });
}
