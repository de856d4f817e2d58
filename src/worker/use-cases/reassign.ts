import { derivedId, eventRow, outboxRow } from "../../db/events.ts";
import type { Raised } from "../../db/exceptions.ts";
import type { FulfillmentOrder, FulfillmentSnapshot } from "../../db/fulfillment.ts";
import type { RejectionReason } from "../../domain/fulfillment/fulfillment.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import {
  changeOf,
  orderRefusal,
  takeStepOf,
  type Decision,
  type StepPorts,
  type StepRefusal,
} from "./fulfillment-step.ts";

export type Missing = { readonly line: string; readonly quantity: number };

export type Rejection = {
  readonly reason: RejectionReason;
  /** What people wrote; stays out of events. */
  readonly note: string | null;
  /** Units that were not found; null where the location ships nothing of it. */
  readonly missing: ReadonlyArray<Missing> | null;
};

export type ReassignRefusal =
  | StepRefusal
  | { readonly code: "quantity_unavailable"; readonly line: string; readonly available: number };

/**
 * A location gives a fulfillment order back. Its units are planned again, and not there: the router passes over whoever
 * gave something of this order back. After a short pick what was found stays, as a fulfillment order of its own: a SKU's
 * object knows an allocation as a whole, so the smaller one needs a new name.
 */
export async function rejectFulfillmentOrder(
  services: StepPorts,
  id: string,
  rejection: Rejection,
  actor: string,
): Promise<Result<FulfillmentSnapshot, ReassignRefusal>> {
  let unavailable: Extract<ReassignRefusal, { code: "quantity_unavailable" }> | null = null;
  const rejected = await takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    if (row === undefined) return err({ code: "not_found" });
    if (row.rejectedReason !== null) return ok({ change: null, value: snapshot });
    if (row.status === "canceled") return err({ code: "canceled" });
    const refusal = orderRefusal(snapshot.order) ?? rejectionRefusal(snapshot, row);
    if (refusal !== null) return err(refusal);
    unavailable = excessOf(row, rejection.missing);
    if (unavailable !== null) return err({ code: "too_early", status: "more is missing than was asked for" });
    return ok(reject(snapshot, row, rejection, actor, nowMs));
  });
  return unavailable === null ? rejected : err(unavailable);
}

function rejectionRefusal({ shipments }: FulfillmentSnapshot, row: FulfillmentOrder): StepRefusal | null {
  if (row.location === null || (row.status !== "open" && row.status !== "in_progress")) {
    return { code: "too_early", status: `fulfillment order ${row.status}` };
  }
  // A label is bought and paid for: it has to be voided first.
  const labeled = shipments.find(
    ({ fulfillmentOrderId, trackingNumber }) => fulfillmentOrderId === row.id && trackingNumber !== null,
  );
  return labeled === undefined ? null : { code: "too_early", status: `shipment ${labeled.status}` };
}

function excessOf({ lines }: FulfillmentOrder, missing: Rejection["missing"]) {
  for (const { line, quantity } of missing ?? []) {
    const asked = lines.find(({ orderLineId }) => orderLineId === line)?.quantity ?? 0;
    if (quantity > asked) return { code: "quantity_unavailable", line, available: asked } as const;
  }
  return null;
}

function reject(
  snapshot: FulfillmentSnapshot,
  row: FulfillmentOrder,
  { reason, note, missing }: Rejection,
  actor: string,
  nowMs: number,
): Decision<FulfillmentSnapshot> {
  const { order } = snapshot;
  const rejected: FulfillmentOrder = {
    ...row,
    status: "canceled",
    rejectedReason: reason,
    updatedAtMs: nowMs,
    version: row.version + 1,
  };
  const found = missing === null ? [] : foundOf(row, missing, order.placedAtMs, nowMs);
  const pickLists = snapshot.pickLists
    .filter(({ fulfillmentOrderId }) => fulfillmentOrderId === row.id)
    .map((list) => ({ ...list, status: "canceled" as const }));
  const shipments = snapshot.shipments
    .filter(({ fulfillmentOrderId }) => fulfillmentOrderId === row.id)
    .map((parcel) => ({ ...parcel, status: "canceled" as const, version: parcel.version + 1 }));
  const facts = { fulfillment_order: row.id, location: row.location, reason, missing };
  const isStockWrong = reason === "stock_missing" || missing !== null;
  const raised: Raised = {
    kind: "short_pick",
    subject: `fulfillment_order:${row.id}`,
    fact: "",
    orderId: order.id,
    data: { location: row.location, reason, missing, note },
  };
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [rejected, ...found],
      pickLists,
      shipments,
      events: [eventRow(order.id, "fulfillment.rejected", row.id, facts, actor, nowMs)],
      exceptions: isStockWrong ? [raised] : [],
      outbox: [outboxRow("fulfillment", { type: "order.route", order_id: order.id }, nowMs)],
    },
    nowMs,
  );
  return {
    change,
    value: { ...snapshot, fulfillmentOrders: replace(snapshot.fulfillmentOrders, rejected), pickLists },
  };
}

function replace(rows: ReadonlyArray<FulfillmentOrder>, row: FulfillmentOrder): Array<FulfillmentOrder> {
  return rows.map((one) => (one.id === row.id ? row : one));
}

/** What was found, planned at the same location under a new name; none where nothing was. */
function foundOf(
  row: FulfillmentOrder,
  missing: ReadonlyArray<Missing>,
  placedAtMs: number,
  nowMs: number,
): Array<FulfillmentOrder> {
  const id = derivedId("ful", placedAtMs, row.id, "found");
  const lines = row.lines.flatMap((line) => {
    const lacking = missing
      .filter((one) => one.line === line.orderLineId)
      .reduce((sum, { quantity }) => sum + quantity, 0);
    const quantity = line.quantity - lacking;
    return quantity <= 0
      ? []
      : [
          {
            ...line,
            id: derivedId("fline", placedAtMs, id, line.orderLineId),
            fulfillmentOrderId: id,
            quantity,
          },
        ];
  });
  if (lines.length === 0) return [];
  return [{ ...row, id, status: "open", createdAtMs: nowMs, updatedAtMs: nowMs, version: 1, lines }];
}

/** Nobody is to pick it for now. Repeats are harmless. */
export function holdFulfillmentOrder(services: StepPorts, id: string, actor: string) {
  return takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) =>
    switchStatus(snapshot, id, { from: "open", to: "on_hold", event: "fulfillment.held" }, actor, nowMs),
  );
}

/** It goes on: to the pickers, or from the queue it waited in back to the router. Repeats are harmless. */
export function releaseFulfillmentOrder(services: StepPorts, id: string, actor: string) {
  return takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    if (row?.status !== "incomplete") {
      const move = { from: "on_hold", to: "open", event: "fulfillment.released" } as const;
      return switchStatus(snapshot, id, move, actor, nowMs);
    }
    if (row.queue === null) return ok({ change: null, value: snapshot });
    const released = { ...row, queue: null, updatedAtMs: nowMs, version: row.version + 1 };
    const { id: orderId } = snapshot.order;
    const change = changeOf(
      snapshot,
      {
        fulfillmentOrders: [released],
        events: [
          eventRow(
            orderId,
            "fulfillment.released",
            `${id} ${row.version}`,
            { fulfillment_order: id },
            actor,
            nowMs,
          ),
        ],
        outbox: [outboxRow("fulfillment", { type: "order.route", order_id: orderId }, nowMs)],
      },
      nowMs,
    );
    const value = { ...snapshot, fulfillmentOrders: replace(snapshot.fulfillmentOrders, released) };
    return ok({ change, value });
  });
}

type Switch = {
  readonly from: FulfillmentOrder["status"];
  readonly to: FulfillmentOrder["status"];
  readonly event: "fulfillment.held" | "fulfillment.released";
};

function switchStatus(
  snapshot: FulfillmentSnapshot,
  id: string,
  { from, to, event }: Switch,
  actor: string,
  nowMs: number,
): Result<Decision<FulfillmentSnapshot>, StepRefusal> {
  const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
  if (row === undefined) return err({ code: "not_found" });
  if (row.status === to) return ok({ change: null, value: snapshot });
  if (row.status === "canceled") return err({ code: "canceled" });
  const refusal = orderRefusal(snapshot.order);
  if (refusal !== null) return err(refusal);
  if (row.status !== from) return err({ code: "too_early", status: `fulfillment order ${row.status}` });
  const switched = { ...row, status: to, updatedAtMs: nowMs, version: row.version + 1 };
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [switched],
      events: [
        eventRow(snapshot.order.id, event, `${id} ${row.version}`, { fulfillment_order: id }, actor, nowMs),
      ],
    },
    nowMs,
  );
  const value = { ...snapshot, fulfillmentOrders: replace(snapshot.fulfillmentOrders, switched) };
  return ok({ change, value });
}
