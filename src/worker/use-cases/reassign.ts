import { eventRow, outboxRow } from "../../db/events.ts";
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
import { partOf, unitsNamed } from "./part-fulfillment.ts";

/** Units of a line of the order. */
export type NamedUnits = { readonly line: string; readonly quantity: number };

export type Rejection = {
  readonly reason: RejectionReason;
  /** What people wrote; stays out of events. */
  readonly note: string | null;
  /** Units that were not found; null where the location ships nothing of it. */
  readonly missing: ReadonlyArray<NamedUnits> | null;
};

/** More units were named than there are. */
export type UnitsRefusal = {
  readonly code: "quantity_unavailable";
  readonly line: string;
  readonly available: number;
};

export type ReassignRefusal = StepRefusal | UnitsRefusal;

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
  let unavailable: UnitsRefusal | null = null;
  const rejected = await takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    if (row === undefined) return err({ code: "not_found" });
    if (row.rejectedReason !== null) return ok({ change: null, value: snapshot });
    if (row.status === "canceled") return err({ code: "canceled" });
    const refusal = orderRefusal(snapshot.order) ?? givingBackRefusal(snapshot, row);
    if (refusal !== null) return err(refusal);
    unavailable = excessOf(row, rejection.missing);
    if (unavailable !== null) return err({ code: "too_early", status: "more is missing than was asked for" });
    return ok(reject(snapshot, row, rejection, actor, nowMs));
  });
  return unavailable === null ? rejected : err(unavailable);
}

/** @returns null where a location may give it away: nothing of it has a label yet. */
export function givingBackRefusal(
  { shipments }: FulfillmentSnapshot,
  row: FulfillmentOrder,
): StepRefusal | null {
  if (row.location === null || (row.status !== "open" && row.status !== "in_progress")) {
    return { code: "too_early", status: `fulfillment order ${row.status}` };
  }
  // A label is bought and paid for: it has to be voided first.
  const labeled = shipments.find(
    ({ fulfillmentOrderId, trackingNumber }) => fulfillmentOrderId === row.id && trackingNumber !== null,
  );
  return labeled === undefined ? null : { code: "too_early", status: `shipment ${labeled.status}` };
}

/** @param named - Null names all of it. */
export function excessOf(
  { lines }: FulfillmentOrder,
  named: ReadonlyArray<NamedUnits> | null,
): UnitsRefusal | null {
  const unitsOf = Map.groupBy(named ?? [], ({ line }) => line);
  for (const [line, units] of unitsOf) {
    const available = lines.find(({ orderLineId }) => orderLineId === line)?.quantity ?? 0;
    const quantity = units.reduce((sum, one) => sum + one.quantity, 0);
    if (quantity > available) return { code: "quantity_unavailable", line, available };
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
  const lacking = unitsNamed(missing);
  const found = partOf(
    row,
    { name: "found", location: row.location ?? "", quantityOf: (line) => line.quantity - lacking(line) },
    order.placedAtMs,
    nowMs,
  );
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

/** The location says that it ships it: from now on it is under way. Repeats are harmless. */
export function acceptFulfillmentOrder(services: StepPorts, id: string, actor: string) {
  return takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    const list = snapshot.pickLists.find(({ fulfillmentOrderId }) => fulfillmentOrderId === id);
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    // Without a pick list the units are not set aside yet, and another location may have to ship them.
    if (row?.status === "open" && list === undefined) {
      return err({ code: "too_early", status: "fulfillment order not allocated" });
    }
    const move = { from: "open", to: "in_progress", event: "fulfillment.accepted" } as const;
    return switchStatus(snapshot, id, move, actor, nowMs);
  });
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
  readonly event: "fulfillment.accepted" | "fulfillment.held" | "fulfillment.released";
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
