import { findLocation } from "../../db/catalogue.ts";
import { eventRow, outboxRow } from "../../db/events.ts";
import { readFulfillmentOf } from "../../db/fulfillment-snapshot.ts";
import type { FulfillmentOrder, FulfillmentSnapshot } from "../../db/fulfillment.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import {
  changeOf,
  orderRefusal,
  takeStepOf,
  type Decision,
  type StepPorts,
  type StepRefusal,
} from "./fulfillment-step.ts";
import { mapInParallel } from "./in-parallel.ts";
import { partOf, unitsNamed } from "./part-fulfillment.ts";
import { excessOf, givingBackRefusal, type NamedUnits, type UnitsRefusal } from "./reassign.ts";
import { routeOrder, unitsBySku } from "./route-order.ts";

type Ports = StepPorts & Pick<Services, "sku" | "addressChecker">;

export type Move = {
  readonly to: LocationCode;
  /** Null moves all of it. */
  readonly lines: ReadonlyArray<NamedUnits> | null;
};

export type MoveRefusal =
  | StepRefusal
  | UnitsRefusal
  | { readonly code: "location_unknown"; readonly location: string }
  | {
      readonly code: "stock_insufficient";
      readonly sku: string;
      readonly location: string;
      readonly requested: number;
      readonly available: number;
    };

/**
 * Another location ships a fulfillment order, or some of its units. What moves and what stays become fulfillment orders of
 * their own and take over the units of the old one in the SKU objects, each in one decision. The plan is written first,
 * as the router does it, so that whoever dies in between leaves a plan that the router finishes.
 *
 * The location may be full for today, and older orders may wait for its units: who moves by hand has decided.
 *
 * @returns The id of what is at the new location now.
 */
export async function moveFulfillmentOrder(
  services: Ports,
  id: string,
  move: Move,
  actor: string,
): Promise<Result<string, MoveRefusal>> {
  let refused: Exclude<MoveRefusal, StepRefusal> | null = null;
  let orderId = "";
  const planned = await takeStepOf(services, "fulfillment_order", id, async (snapshot, nowMs) => {
    orderId = snapshot.order.id;
    const row = snapshot.fulfillmentOrders.find((one) => one.id === id);
    if (row === undefined) return err({ code: "not_found" });
    const earlier = movedBefore(snapshot, row, move);
    if (earlier !== null) return ok({ change: null, value: earlier });
    const refusal = movingRefusal(snapshot, row);
    if (refusal !== null) return err(refusal);
    refused = excessOf(row, move.lines) ?? (await targetRefusal(services, row, move));
    // Said below in full: a step knows fewer reasons.
    if (refused !== null) return err({ code: "too_early", status: "refused" });
    return ok(plan(snapshot, row, move, actor, nowMs));
  });
  if (!planned.ok) return refused === null ? planned : err(refused);
  await routeOrder(services, orderId);
  const after = await readFulfillmentOf(services.db, "order", orderId);
  const moved = after?.fulfillmentOrders.find((row) => row.id === planned.value);
  if (moved !== undefined && moved.status !== "canceled") return ok(moved.id);
  // Others were faster at the new location, and the router has looked for another one.
  const [line] = moved?.lines ?? [];
  return err({
    code: "stock_insufficient",
    sku: line?.sku ?? "",
    location: move.to,
    requested: line?.quantity ?? 0,
    available: 0,
  });
}

/** A repeat finds what the first one made. */
function movedBefore(snapshot: FulfillmentSnapshot, row: FulfillmentOrder, { to }: Move): string | null {
  if (row.location === to && row.status !== "canceled") return row.id;
  const made = snapshot.fulfillmentOrders.find(
    ({ replaces, location, status }) => replaces === row.id && location === to && status !== "canceled",
  );
  return made?.id ?? null;
}

/** What has no location yet may be given one by hand. */
function movingRefusal(snapshot: FulfillmentSnapshot, row: FulfillmentOrder): StepRefusal | null {
  if (row.status === "canceled") return { code: "canceled" };
  const refusal = orderRefusal(snapshot.order);
  if (refusal !== null) return refusal;
  return row.status === "incomplete" ? null : givingBackRefusal(snapshot, row);
}

async function targetRefusal(
  services: Ports,
  row: FulfillmentOrder,
  { to, lines }: Move,
): Promise<Exclude<MoveRefusal, StepRefusal | UnitsRefusal> | null> {
  const location = await findLocation(services.db, to);
  if (location === null || !location.ships) return { code: "location_unknown", location: to };
  const named = unitsNamed(lines);
  const wanted = unitsBySku(row.lines.map((line) => ({ ...line, quantity: named(line) })));
  const lacking = await mapInParallel([...wanted], async ([sku, requested]) => {
    const report = await services.sku(sku as Sku).stock();
    const here = report?.locations.find((one) => one.location === to)?.allocatable ?? 0;
    const available = Math.max(0, here);
    return requested <= available
      ? null
      : ({ code: "stock_insufficient", sku, location: to, requested, available } as const);
  });
  return lacking.find((one) => one !== null) ?? null;
}

function plan(
  snapshot: FulfillmentSnapshot,
  row: FulfillmentOrder,
  { to, lines }: Move,
  actor: string,
  nowMs: number,
): Decision<string> {
  const { id: orderId, placedAtMs } = snapshot.order;
  const named = unitsNamed(lines);
  const moved = partOf(
    row,
    { name: `moved ${row.version}`, location: to, quantityOf: named },
    placedAtMs,
    nowMs,
  );
  // What has no location is planned by the router, which closes it once nothing of it is left.
  const rest =
    row.location === null
      ? []
      : partOf(
          row,
          {
            name: "stayed",
            location: row.location,
            quantityOf: (line) => line.quantity - named(line),
          },
          placedAtMs,
          nowMs,
        );
  const old = { ...row, status: "canceled" as const, updatedAtMs: nowMs, version: row.version + 1 };
  const isOurs = ({ fulfillmentOrderId }: { readonly fulfillmentOrderId: string }) =>
    fulfillmentOrderId === row.id;
  const facts = { fulfillment_order: row.id, from: row.location, to, moved: moved.map(({ id }) => id) };
  const change = changeOf(
    snapshot,
    {
      fulfillmentOrders: [...(row.location === null ? [] : [old]), ...moved, ...rest],
      pickLists: snapshot.pickLists.filter(isOurs).map((list) => ({ ...list, status: "canceled" as const })),
      shipments: snapshot.shipments
        .filter(isOurs)
        .map((parcel) => ({ ...parcel, status: "canceled" as const, version: parcel.version + 1 })),
      events: [eventRow(orderId, "fulfillment.moved", `${row.id} ${row.version}`, facts, actor, nowMs)],
      outbox: [outboxRow("fulfillment", { type: "order.route", order_id: orderId }, nowMs)],
    },
    nowMs,
  );
  return { change, value: moved[0]?.id ?? row.id };
}
