import type { Hono } from "hono";

import type { Problem } from "../../contract/problem.ts";
import { returnOperations, type ReturnPolicyBody, type ReturnView } from "../../contract/returns.ts";
import { auditRow } from "../../db/audit.ts";
import { readLabel } from "../../db/fulfillment.ts";
import {
  findReturn,
  listReturns,
  readReturnLines,
  readReturnPolicy,
  readStoreCredit,
  writeReturnPolicy,
} from "../../db/returns.ts";
import { invariant } from "../../domain/invariant.ts";
import type { Result } from "../../domain/result.ts";
import type { ReturnPolicy } from "../../domain/returns/policy.ts";
import type { AppEnv } from "../app.ts";
import { answer, answerResult, refuse, type Answer } from "../http/answer.ts";
import { bind, type Call } from "../http/bind.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { actorOf } from "../http/principal.ts";
import { requestReturn } from "../use-cases/request-return.ts";
import { buyReturnLabel } from "../use-cases/return-label.ts";
import {
  readReturnSnapshot,
  returnView,
  settlementView,
  type ReturnSnapshot,
} from "../use-cases/return-step.ts";
import { proposeSettlement, resolveReturn } from "../use-cases/settle-return.ts";
import { approveReturn, inspectReturn, moveReturn, receiveReturn } from "../use-cases/work-return.ts";

const RETURN_ID = /^ret_[0-9a-z]{26}$/;

export function registerReturns(app: Hono<AppEnv>): void {
  registerPolicy(app);
  registerReading(app);
  registerSteps(app);

  bind(app, returnOperations.requestReturn, async (call) => {
    const { services, params, body } = call;
    const { actor, mark } = askedBy(call);
    const requested = await requestReturn(services, { orderId: params.id, request: body, actor, mark });
    if (!requested.ok) return { ok: false, problem: requested.error };
    return answer(returnView(requested.value.row, requested.value.lines));
  });

  bind(app, returnOperations.previewReturn, async ({ services, params, body }) => {
    const snapshot = await readReturnSnapshot(services, params.id);
    if (snapshot === null) return refuse("not_found");
    const proposed = await proposeSettlement(services, snapshot, body);
    if (!proposed.ok) return { ok: false, problem: proposed.error };
    return answer(settlementView(proposed.value.settlement, snapshot.row.currency));
  });

  bind(app, returnOperations.resolveReturn, async (call) =>
    taken(await resolveReturn(call.services, askedBy(call, call.body.notify), call.body)),
  );
}

function registerPolicy(app: Hono<AppEnv>): void {
  bind(app, returnOperations.getReturnPolicy, async ({ services }) =>
    answer(policyBody(await readReturnPolicy(services.db))),
  );

  bind(app, returnOperations.putReturnPolicy, async (call) => {
    const { services, body } = call;
    const nowMs = services.nowMs();
    const policy: ReturnPolicy = {
      windowDays: body.window_days,
      restockingFeeBps: body.restocking_fee_bps,
      restockingFeeBpsByReason: Object.fromEntries(
        body.restocking_fees_by_reason.map(({ reason, fee_bps }) => [reason, fee_bps]),
      ),
      returnShippingFees: Object.fromEntries(
        body.return_shipping_fees.map(({ currency, amount }) => [currency, amount]),
      ),
      feeExemptReasons: body.fee_exempt_reasons,
      approval: body.approval,
      inStore: body.in_store,
    };
    const entry = auditRow(actorOf(call), "return_policy.set", "return_policy:default", { ...policy }, nowMs);
    await writeReturnPolicy(services.db, policy, entry, nowMs);
    return answer(policyBody(policy));
  });
}

function registerReading(app: Hono<AppEnv>): void {
  bind(app, returnOperations.listReturns, async ({ services, query }) => {
    const after = decodeCursor(query.cursor, RETURN_ID);
    if (!after.ok) return answerResult(after);
    const rows = await listReturns(services.db, query.status, after.value, query.limit + 1);
    const lines = await readReturnLines(
      services.db,
      rows.map(({ id }) => id),
    );
    return answer(
      pageOf(
        rows,
        query.limit,
        ({ id }) => id,
        (row) => returnView(row, lines),
      ),
    );
  });

  bind(app, returnOperations.getReturn, async ({ services, params }) => {
    const row = await findReturn(services.db, params.id);
    if (row === null) return refuse("not_found");
    return answer(returnView(row, await readReturnLines(services.db, [row.id])));
  });

  bind(app, returnOperations.getStoreCredit, async ({ services, params }) => {
    const rows = await readStoreCredit(services.db, params.id);
    const balances = new Map<string, number>();
    for (const { currency, amount } of rows) balances.set(currency, (balances.get(currency) ?? 0) + amount);
    return answer({
      customer: params.id,
      balances: [...balances].map(([currency, amount]) => ({ currency, amount })),
      entries: rows.map((row) => ({
        id: row.id,
        order: row.orderId,
        return: row.returnId,
        amount: row.amount,
        currency: row.currency,
        created_at: new Date(row.createdAtMs).toISOString(),
      })),
    });
  });
}

function registerSteps(app: Hono<AppEnv>): void {
  bind(app, returnOperations.approveReturn, async (call) =>
    taken(
      await approveReturn(call.services, askedBy(call, call.body.notify), {
        trackingNumber: call.body.tracking_number ?? null,
        labelUrl: call.body.label_url ?? null,
        instructions: call.body.instructions ?? null,
      }),
    ),
  );
  bind(app, returnOperations.declineReturn, async (call) =>
    taken(await moveReturn(call.services, askedBy(call, call.body.notify), "declined", call.body.reason)),
  );
  bind(app, returnOperations.cancelReturn, async (call) =>
    taken(await moveReturn(call.services, askedBy(call), "canceled", null)),
  );
  bind(app, returnOperations.closeReturn, async (call) =>
    taken(await moveReturn(call.services, askedBy(call), "closed", null)),
  );
  bind(app, returnOperations.receiveReturn, async (call) =>
    taken(
      await receiveReturn(
        call.services,
        askedBy(call, call.body.notify),
        call.body.location,
        call.body.lines ?? null,
      ),
    ),
  );
  bind(app, returnOperations.buyReturnLabel, async (call) => {
    const { location, weight_grams: weightGrams, service } = call.body;
    return taken(await buyReturnLabel(call.services, askedBy(call), { location, weightGrams, service }));
  });
  bind(app, returnOperations.getReturnLabel, async ({ services, params }) => {
    const label = await readLabel(services.db, params.id);
    if (label === null || !params.id.startsWith("ret_")) return refuse("not_found");
    return answer(
      new Response(label.content, {
        headers: {
          "content-type": "application/pdf",
          "content-disposition": `inline; filename="${params.id}.pdf"`,
          "cache-control": "private, no-store",
        },
      }),
    );
  });
  bind(app, returnOperations.inspectReturn, async (call) => {
    const lines = call.body.lines.map(({ line, restock, damaged, quality_control, missing }) => ({
      line,
      restock,
      damaged,
      qualityControl: quality_control,
      missing,
    }));
    return taken(await inspectReturn(call.services, askedBy(call), lines));
  });
}

type StepCall = Pick<
  Call<(typeof returnOperations)["closeReturn"]>,
  "params" | "idempotency" | "principal" | "requestId"
>;

/** @param notify - Of steps that the buyer may be told of. */
function askedBy(call: StepCall, notify = true) {
  const { params, idempotency } = call;
  invariant(idempotency !== null, "the operation requires a key");
  return { returnId: params.id, actor: actorOf(call), mark: idempotency.scope, notify };
}

function taken(step: Result<ReturnSnapshot, Problem>): Answer<ReturnView> {
  if (!step.ok) return { ok: false, problem: step.error };
  return answer(returnView(step.value.row, step.value.lines));
}

function policyBody(policy: ReturnPolicy): ReturnPolicyBody {
  return {
    window_days: policy.windowDays,
    restocking_fee_bps: policy.restockingFeeBps,
    restocking_fees_by_reason: Object.entries(policy.restockingFeeBpsByReason).map(([reason, fee_bps]) => ({
      reason: reason as ReturnPolicyBody["restocking_fees_by_reason"][number]["reason"],
      fee_bps,
    })),
    return_shipping_fees: Object.entries(policy.returnShippingFees).map(([currency, amount]) => ({
      currency: currency as ReturnPolicyBody["return_shipping_fees"][number]["currency"],
      amount,
    })),
    fee_exempt_reasons: [...policy.feeExemptReasons],
    approval: policy.approval,
    in_store: policy.inStore,
  };
}
