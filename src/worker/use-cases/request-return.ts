import { problem, type Problem } from "../../contract/problem.ts";
import type { ReturnRequest } from "../../contract/returns.ts";
import { auditRow, type Actor } from "../../db/audit.ts";
import { findLocation } from "../../db/catalogue.ts";
import { derivedId, eventRow } from "../../db/events.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import {
  readFinalSales,
  readReturnLines,
  readReturnPolicy,
  writeReturn,
  type ReturnLineRow,
  type ReturnRow,
} from "../../db/returns.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { policyRefusal, type ReturnPolicy, type ReturnWay } from "../../domain/returns/policy.ts";
import { openReturnStatuses } from "../../domain/returns/return.ts";
import type { ReturnServices } from "./return-step.ts";

export type RequestReturn = {
  readonly orderId: string;
  readonly request: ReturnRequest;
  readonly actor: Actor;
  /** Tells this call from any other on the same order: a repeat of it finds the return. */
  readonly mark: string;
};

/** How often an order that changes under our hands is read again. */
const TRIES_MAX = 8;

type Requested = { readonly row: ReturnRow; readonly lines: ReadonlyArray<ReturnLineRow> };

/**
 * Notes that units of an order are to come back, or are claimed; approves it at once where the policy says so. What a buyer has
 * brought to a store is there already: whoever stands at the counter approves it by taking it.
 */
export async function requestReturn(
  services: ReturnServices,
  { orderId, request, actor, mark }: RequestReturn,
): Promise<Result<Requested, Problem>> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const aggregate = await readOrder(services.db, orderId);
    if (aggregate === null) return err(problem("not_found"));
    const { order } = aggregate;
    const id = derivedId("ret", order.placedAtMs, orderId, mark);
    const known = await readReturnLines(
      services.db,
      aggregate.returns.map((each) => each.id),
    );
    const earlier = aggregate.returns.find((each) => each.id === id);
    if (earlier !== undefined) {
      return ok({ row: earlier, lines: known.filter(({ returnId }) => returnId === id) });
    }
    const drafted = draftLines(aggregate, known, id, request);
    if (!drafted.ok) return drafted;
    const nowMs = services.nowMs();
    const store = request.brought_to ?? null;
    if (store !== null && (await findLocation(services.db, store))?.type !== "store") {
      return err(problem("location_unknown", { location: store }));
    }
    if (store !== null && request.kind === "claim") {
      return err(
        problem("request_invalid", { errors: [{ pointer: "/kind", detail: "nothing comes back" }] }),
      );
    }
    const policy = await readReturnPolicy(services.db);
    const refusal = await refusalOf(
      services,
      policy,
      store === null ? "sent" : "brought",
      aggregate,
      drafted.value,
      nowMs,
    );
    if (refusal !== null && request.exception === undefined) return err(refusal);
    const isApproved = store !== null || (policy.approval === "automatic" && refusal === null);
    const lines =
      store === null
        ? drafted.value
        : drafted.value.map((line) => ({ ...line, receivedQuantity: line.quantity }));
    const row: ReturnRow = {
      id,
      orderId,
      channel: order.channel,
      externalId: null,
      kind: request.kind,
      status: store !== null ? "received" : isApproved ? "approved" : "requested",
      reason: request.exception ?? null,
      currency: order.currency,
      refundAmount: 0,
      location: store,
      carrier: null,
      trackingNumber: null,
      instructions: null,
      labelUrl: null,
      outcome: null,
      settlement: null,
      exchangeOrderId: null,
      createdAtMs: nowMs,
      version: 1,
    };
    const silence = request.notify ? {} : { notify: false };
    const data = { return: id, kind: request.kind, lines: request.lines, ...silence };
    const requested = eventRow(orderId, "return.requested", mark, data, actor.principalId, nowMs);
    const by = store === null ? "policy" : actor.principalId;
    const approved = eventRow(orderId, "return.approved", id, { return: id, ...silence }, by, nowMs);
    const arrived = { return: id, location: store, lines: "all", ...silence };
    const received = eventRow(orderId, "return.received", mark, arrived, actor.principalId, nowMs);
    const isWritten = await writeReturn(
      services.db,
      {
        orderId,
        version: order.version,
        row,
        lines,
        returned: [],
        events: [requested, ...(isApproved ? [approved] : []), ...(store === null ? [] : [received])],
        outbox: [],
        audit: auditRow(actor, "return.requested", `return:${id}`, data, nowMs),
        others: [],
      },
      nowMs,
    );
    if (isWritten) return ok({ row, lines });
  }
  return err(problem("unavailable"));
}

/** Only what has left can come back, and each unit once. */
function draftLines(
  { order, lines, returns }: OrderAggregate,
  known: ReadonlyArray<ReturnLineRow>,
  returnId: string,
  request: ReturnRequest,
): Result<ReadonlyArray<ReturnLineRow>, Problem> {
  const open = new Set(returns.filter(({ status }) => openReturnStatuses.has(status)).map(({ id }) => id));
  // What was replaced or paid back without coming back is neither claimed nor sent back again.
  const done = new Set(
    returns
      .filter(({ kind, status }) => kind === "claim" && (status === "resolved" || status === "closed"))
      .map(({ id }) => id),
  );
  const drafted: Array<ReturnLineRow> = [];
  for (const wanted of request.lines) {
    const line = lines.find(({ id }) => id === wanted.line);
    if (line === undefined || drafted.some(({ orderLineId }) => orderLineId === wanted.line)) {
      return err(problem("order_line_unknown", { line: wanted.line }));
    }
    const awaited = known.reduce(
      (sum, each) =>
        each.orderLineId === line.id && open.has(each.returnId)
          ? // What is back already counts as returned.
            sum + each.quantity - each.restockedQuantity - each.damagedQuantity - each.qualityControlQuantity
          : sum,
      0,
    );
    const claimed = known.reduce(
      (sum, each) => (each.orderLineId === line.id && done.has(each.returnId) ? sum + each.quantity : sum),
      0,
    );
    const available = line.fulfilledQuantity - line.returnedQuantity - awaited - claimed;
    if (wanted.quantity > available) {
      return err(problem("quantity_unavailable", { line: line.id, available: Math.max(0, available) }));
    }
    drafted.push({
      id: derivedId("rline", order.placedAtMs, returnId, line.id),
      returnId,
      orderLineId: line.id,
      sku: line.sku,
      quantity: wanted.quantity,
      amount: 0,
      reason: wanted.reason,
      receivedQuantity: 0,
      restockedQuantity: 0,
      damagedQuantity: 0,
      qualityControlQuantity: 0,
      missingQuantity: 0,
    });
  }
  return ok(drafted);
}

async function refusalOf(
  services: ReturnServices,
  policy: ReturnPolicy,
  way: ReturnWay,
  { shipments }: OrderAggregate,
  lines: ReadonlyArray<ReturnLineRow>,
  nowMs: number,
): Promise<Problem | null> {
  const final = await readFinalSales(
    services.db,
    lines.map(({ sku }) => sku),
  );
  const isAllDelivered = shipments.every(
    ({ status, deliveredAtMs }) => status === "canceled" || deliveredAtMs !== null,
  );
  const delivered = shipments.flatMap(({ deliveredAtMs }) => (deliveredAtMs === null ? [] : [deliveredAtMs]));
  const refusal = policyRefusal(
    policy,
    way,
    isAllDelivered && delivered.length > 0 ? Math.max(...delivered) : null,
    lines.map(({ orderLineId, sku }) => ({ line: orderLineId ?? "", isFinalSale: final.has(sku) })),
    nowMs,
  );
  if (refusal === null) return null;
  switch (refusal.code) {
    case "final_sale":
      return problem("return_not_allowed", { because: "final_sale", line: refusal.line });
    case "in_store":
      return problem("return_not_allowed", { because: "in_store" });
    case "window_over":
      return problem("return_not_allowed", {
        because: "window_over",
        ended_at: new Date(refusal.endedAtMs).toISOString(),
      });
  }
}
