import type { FulfillmentMessage } from "../../contract/queue.ts";
import { outboxRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import {
  commitFulfillment,
  type FulfillmentChange,
  type FulfillmentOrder,
  type FulfillmentSnapshot,
} from "../../db/fulfillment.ts";
import type { OutboxRow } from "../../db/outbox.ts";
import { progressOf } from "../../domain/fulfillment/progress.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { relayCommitted } from "./relay-outbox.ts";
import { RetryLater } from "./step-failure.ts";

/** Who takes the steps that nobody asked for over HTTP. */
export const SYSTEM_ACTOR = "system";
/** How often a step looks again after somebody else changed the order. */
const ATTEMPTS_MAX = 8;

/** Why a step is not taken, in order of precedence. */
export type StepRefusal =
  | { readonly code: "not_found" }
  /** The order or the thing itself was canceled. */
  | { readonly code: "canceled" }
  /** A step before it is still missing, or the order is on hold. */
  | { readonly code: "too_early"; readonly status: string }
  /** A carrier said no: a person has to change something. */
  | { readonly code: "carrier_refused" };

export type StepPorts = Pick<
  Services,
  "db" | "send" | "nowMs" | "fulfillmentMode" | "carrierOfParcels" | "shippingMethods"
>;

/** What a step decides: what to write, or null where it was taken already, and what to answer. */
export type Decision<Value> = { readonly change: FulfillmentChange | null; readonly value: Value };

/**
 * Takes one step of an order on its way to the buyer: read, decide, write unless the order changed meanwhile, else
 * again from the start. `decide` may call outside systems only with ids that make repeats harmless.
 *
 * @param id - Of something that belongs to the order.
 */
export async function takeStepOf<Value>(
  services: StepPorts,
  kind: "fulfillment_order" | "pick_list" | "shipment",
  id: string,
  decide: (snapshot: FulfillmentSnapshot, nowMs: number) => Promise<Result<Decision<Value>, StepRefusal>>,
): Promise<Result<Value, StepRefusal>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const snapshot = await readFulfillmentOf(services.db, kind, id);
    if (snapshot === null) return err({ code: "not_found" });
    const nowMs = services.nowMs();
    const decision = await decide(snapshot, nowMs);
    if (!decision.ok) return decision;
    const { change, value } = decision.value;
    if (change === null) return ok(value);
    if (await commitFulfillment(services.db, snapshot, change, nowMs)) {
      await relayCommitted(services, change.outbox ?? []);
      return ok(value);
    }
  }
  throw new RetryLater("the order changed too often meanwhile");
}

/** The message of the next step, where nobody has to ask for it. */
export function nextStep(
  services: Pick<Services, "fulfillmentMode">,
  message: FulfillmentMessage,
  nowMs: number,
): Array<OutboxRow> {
  return services.fulfillmentMode === "automatic" ? [outboxRow("fulfillment", message, nowMs)] : [];
}

/** @returns null where goods of this order may be moved. */
export function orderRefusal({ status }: FulfillmentSnapshot["order"]): StepRefusal | null {
  if (status === "placed" || status === "completed") return null;
  return status === "canceled" ? { code: "canceled" } : { code: "too_early", status: `order ${status}` };
}

/** Rows with some of them replaced, and new ones at the end. */
export function replaced<Row extends { readonly id: string }>(
  rows: ReadonlyArray<Row>,
  changed: ReadonlyArray<Row>,
): Array<Row> {
  const byId = new Map(changed.map((row) => [row.id, row]));
  const kept = rows.map((row) => byId.get(row.id) ?? row);
  const known = new Set(rows.map(({ id }) => id));
  return [...kept, ...changed.filter(({ id }) => !known.has(id))];
}

/** A change to some fulfillment orders and lines, with what it means for the order as a whole. */
export function changeOf(
  snapshot: FulfillmentSnapshot,
  parts: Omit<FulfillmentChange, "order">,
  nowMs: number,
): FulfillmentChange {
  const { order } = snapshot;
  const lines = parts.lines ?? snapshot.lines;
  const assignments: ReadonlyArray<FulfillmentOrder> = replaced(
    snapshot.fulfillmentOrders,
    parts.fulfillmentOrders ?? [],
  );
  const { fulfillmentStatus, isDelivered } = progressOf(lines, assignments);
  const isCompleted = isDelivered && order.status === "placed";
  return {
    ...parts,
    order: {
      status: isCompleted ? "completed" : order.status,
      fulfillmentStatus: fulfillmentStatus,
      completedAtMs: isCompleted ? nowMs : order.completedAtMs,
    },
  };
}

/** The order as this change leaves it, unless somebody else has changed it meanwhile. */
export function afterChange(
  snapshot: FulfillmentSnapshot,
  change: FulfillmentChange,
  nowMs: number,
): FulfillmentSnapshot {
  const { order, fulfillmentOrders, pickLists, shipments } = snapshot;
  return {
    order: { ...order, ...change.order, updatedAtMs: nowMs, version: order.version + 1 },
    lines: change.lines ?? snapshot.lines,
    fulfillmentOrders: replaced(fulfillmentOrders, change.fulfillmentOrders ?? []),
    pickLists: replaced(pickLists, change.pickLists ?? []),
    shipments: replaced(shipments, change.shipments ?? []),
  };
}
