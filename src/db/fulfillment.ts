import { and, asc, eq, inArray, sql } from "drizzle-orm";

import type { FulfillmentStatus, OrderStatus } from "../domain/orders/order.ts";
import { insertMany, type Db } from "./client.ts";
import { insertPromise, type DeliveryPromiseRow } from "./delivery-promises.ts";
import { insertExceptions, type Raised } from "./exceptions.ts";
import { abortUnlessAllChanged, isAbort } from "./guard.ts";
import { closeLabelPurchase } from "./label-purchases.ts";
import type { OutboxRow } from "./outbox.ts";
import {
  fulfillmentOrder,
  fulfillmentOrderLine,
  orderEvent,
  orderLine,
  type orders,
  outbox,
  pickList,
  shipment,
  trackingEvent,
} from "./schema/index.ts";

export type FulfillmentLineRow = typeof fulfillmentOrderLine.$inferSelect;
export type FulfillmentOrderRow = typeof fulfillmentOrder.$inferSelect;
export type PickListRow = typeof pickList.$inferSelect;
export type ShipmentRow = typeof shipment.$inferSelect;
export type TrackingEventRow = typeof trackingEvent.$inferSelect;
export type FulfillmentOrder = FulfillmentOrderRow & { readonly lines: ReadonlyArray<FulfillmentLineRow> };

/** An order and everything that is done to get it to the buyer, as of one moment. */
export type FulfillmentSnapshot = {
  readonly order: typeof orders.$inferSelect;
  readonly lines: ReadonlyArray<typeof orderLine.$inferSelect>;
  readonly fulfillmentOrders: ReadonlyArray<FulfillmentOrder>;
  readonly pickLists: ReadonlyArray<PickListRow>;
  readonly shipments: ReadonlyArray<ShipmentRow>;
};

/** What one step changes. Rows stand for themselves as they are to be, whether they are there or not. */
export type FulfillmentChange = {
  readonly order: {
    readonly status: OrderStatus;
    readonly fulfillmentStatus: FulfillmentStatus;
    readonly completedAtMs: number | null;
  };
  readonly lines?: FulfillmentSnapshot["lines"];
  readonly fulfillmentOrders?: ReadonlyArray<FulfillmentOrder>;
  readonly pickLists?: ReadonlyArray<PickListRow>;
  readonly shipments?: ReadonlyArray<ShipmentRow>;
  readonly label?: { readonly shipmentId: string; readonly format: string; readonly content: Uint8Array };
  /** A label that was given back, with its place among those of the parcel, where it was bought under a name of its own. */
  readonly voidedLabel?: { readonly shipmentId: string; readonly sequence: number | null };
  readonly trackingEvents?: ReadonlyArray<TrackingEventRow>;
  readonly events?: ReadonlyArray<typeof orderEvent.$inferInsert>;
  readonly exceptions?: ReadonlyArray<Raised>;
  readonly outbox?: ReadonlyArray<OutboxRow>;
  /** When the order is to arrive, unless that was promised before. */
  readonly promise?: DeliveryPromiseRow | null;
  /** Since when fulfillment orders count against the capacity of their locations; absent where it does not matter. */
  readonly capacitySinceMs?: number;
};

/**
 * Writes a step, all of it or nothing, unless the order changed since it was read. Every step and every cancel raises
 * the order's version, so that whoever decided on an older state has to look again.
 *
 * @returns false where the order changed meanwhile, or a location got more to do than it can; nothing is written then.
 */
export async function commitFulfillment(
  db: Db,
  snapshot: FulfillmentSnapshot,
  change: FulfillmentChange,
  nowMs: number,
): Promise<boolean> {
  const { id, version } = snapshot.order;
  const { status, fulfillmentStatus, completedAtMs } = change.order;
  const statements = [
    db.d1
      .prepare(
        `UPDATE orders SET status = ?3, fulfillment_status = ?4, completed_at_ms = ?5, updated_at_ms = ?6, version = version + 1
         WHERE id = ?1 AND version = ?2`,
      )
      .bind(id, version, status, fulfillmentStatus, completedAtMs, nowMs),
    abortUnlessAllChanged(db, 1),
    ...changeStatements(db, change, nowMs),
  ];
  try {
    await db.d1.batch(statements);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}

function changeStatements(db: Db, change: FulfillmentChange, nowMs: number): Array<D1PreparedStatement> {
  const statements: Array<D1PreparedStatement> = [];
  if (change.lines !== undefined) statements.push(updateLines(db, change.lines));
  const assignments = change.fulfillmentOrders ?? [];
  if (assignments.length > 0) {
    statements.push(
      deleteRows(db, "fulfillment_order", assignments),
      insertMany(db, fulfillmentOrder, assignments),
      db.d1
        .prepare(
          "DELETE FROM fulfillment_order_line WHERE fulfillment_order_id IN (SELECT value FROM json_each(?1))",
        )
        .bind(JSON.stringify(assignments.map((row) => row.id))),
      insertMany(
        db,
        fulfillmentOrderLine,
        assignments.flatMap((row) => row.lines),
      ),
    );
    if (change.capacitySinceMs !== undefined) {
      statements.push(abortIfOverCapacity(db, assignments, change.capacitySinceMs));
    }
  }
  const { pickLists = [], shipments = [], trackingEvents = [], events = [], label, voidedLabel } = change;
  if (pickLists.length > 0) {
    statements.push(deleteRows(db, "pick_list", pickLists), insertMany(db, pickList, pickLists));
  }
  if (shipments.length > 0) {
    statements.push(deleteRows(db, "shipment", shipments), insertMany(db, shipment, shipments));
  }
  if (label !== undefined) statements.push(insertLabel(db, label));
  if (voidedLabel !== undefined) statements.push(...voidStatements(db, voidedLabel));
  if (trackingEvents.length > 0) statements.push(insertMany(db, trackingEvent, trackingEvents, "nothing"));
  if (events.length > 0) statements.push(insertMany(db, orderEvent, events, "nothing"));
  if (change.exceptions !== undefined && change.exceptions.length > 0) {
    statements.push(insertExceptions(db, change.exceptions, nowMs));
  }
  if (change.promise !== undefined && change.promise !== null) {
    statements.push(insertPromise(db, change.promise));
  }
  if (change.outbox !== undefined && change.outbox.length > 0) {
    statements.push(insertMany(db, outbox, change.outbox, "nothing"));
  }
  return statements;
}

function voidStatements(
  db: Db,
  { shipmentId, sequence }: NonNullable<FulfillmentChange["voidedLabel"]>,
): Array<D1PreparedStatement> {
  const removed = db.d1.prepare("DELETE FROM shipment_label WHERE shipment_id = ?1").bind(shipmentId);
  return sequence === null ? [removed] : [removed, closeLabelPurchase(db, { shipmentId, sequence })];
}

/** Orders are routed at the same time, so the room that a plan counted on may be another's by the time it is written. */
function abortIfOverCapacity(
  db: Db,
  assignments: ReadonlyArray<FulfillmentOrder>,
  sinceMs: number,
): D1PreparedStatement {
  const locations = assignments.flatMap(({ location, status }) => (status === "open" ? [location] : []));
  return db.d1
    .prepare(
      `SELECT iif(EXISTS (
         SELECT 1 FROM location WHERE capacity_per_day IS NOT NULL AND code IN (SELECT value FROM json_each(?1))
           AND capacity_per_day < (
             SELECT count(*) FROM fulfillment_order
             WHERE fulfillment_order.location = location.code AND created_at_ms >= ?2 AND status <> 'canceled'
           )
       ), json('over capacity'), 1)`,
    )
    .bind(JSON.stringify(locations), sinceMs);
}

function deleteRows(
  db: Db,
  table: "fulfillment_order" | "pick_list" | "shipment",
  rows: ReadonlyArray<{ readonly id: string }>,
): D1PreparedStatement {
  return db.d1
    .prepare(`DELETE FROM ${table} WHERE id IN (SELECT value FROM json_each(?1))`)
    .bind(JSON.stringify(rows.map(({ id }) => id)));
}

function updateLines(db: Db, lines: FulfillmentSnapshot["lines"]): D1PreparedStatement {
  return db.d1
    .prepare(
      `UPDATE order_line SET fulfilled_quantity = now.value->>1, delivered_quantity = now.value->>2
       FROM json_each(?1) AS now WHERE order_line.id = now.value->>0`,
    )
    .bind(JSON.stringify(lines.map((line) => [line.id, line.fulfilledQuantity, line.deliveredQuantity])));
}

export async function readTracking(db: Db, shipmentId: string): Promise<ReadonlyArray<TrackingEventRow>> {
  const { results } = await db.d1
    .prepare(
      `SELECT id, shipment_id AS shipmentId, status, message, occurred_at_ms AS occurredAtMs FROM tracking_event
       WHERE shipment_id = ?1 ORDER BY occurred_at_ms, id`,
    )
    .bind(shipmentId)
    .all<TrackingEventRow>();
  return results;
}

/** Keeps a label: of a shipment, or of a return under the return's own id. */
export function insertLabel(db: Db, label: NonNullable<FulfillmentChange["label"]>): D1PreparedStatement {
  return db.d1
    .prepare(
      // As text, because D1 takes bytes as an array of numbers, several characters each.
      "INSERT INTO shipment_label (shipment_id, format, content) VALUES (?1, ?2, unhex(?3)) ON CONFLICT DO NOTHING",
    )
    .bind(label.shipmentId, label.format, Buffer.from(label.content).toString("hex"));
}

export async function readLabel(
  db: Db,
  shipmentId: string,
): Promise<{ readonly format: string; readonly content: Uint8Array } | null> {
  const row = await db.d1
    .prepare("SELECT format, content FROM shipment_label WHERE shipment_id = ?1")
    .bind(shipmentId)
    .first<{ format: string; content: ArrayBuffer | Array<number> }>();
  // D1 hands a blob over as an array of numbers.
  return row === null ? null : { format: row.format, content: new Uint8Array(row.content) };
}

/** The parcel that a carrier knows by this number; the newest, because numbers are used again after some months. */
export async function findShipmentByTrackingNumber(
  db: Db,
  carrier: string,
  trackingNumber: string,
): Promise<string | null> {
  return db.d1
    .prepare(
      "SELECT id FROM shipment WHERE tracking_number = ?2 AND carrier = ?1 ORDER BY created_at_ms DESC LIMIT 1",
    )
    .bind(carrier, trackingNumber)
    .first<string>("id");
}

export async function findOrderOfShipment(db: Db, id: string): Promise<string | null> {
  return db.d1.prepare("SELECT order_id FROM shipment WHERE id = ?1").bind(id).first<string>("order_id");
}

/** How many fulfillment orders each location was given since a moment. */
export async function countFulfillmentOrders(db: Db, sinceMs: number): Promise<ReadonlyMap<string, number>> {
  const { results } = await db.d1
    .prepare(
      `SELECT fulfillment_order.location AS location, count(*) AS count FROM location
       JOIN fulfillment_order ON fulfillment_order.location = location.code
       WHERE location.capacity_per_day IS NOT NULL AND fulfillment_order.created_at_ms >= ?1
         AND fulfillment_order.status <> 'canceled'
       GROUP BY fulfillment_order.location`,
    )
    .bind(sinceMs)
    .all<{ location: string; count: number }>();
  return new Map(results.map(({ location, count }) => [location, count]));
}

/** Orders that wait for stock, those looked at longest ago first; they count as looked at now. */
export async function takeIncomplete(
  db: Db,
  touchedBeforeMs: number,
  limit: number,
  nowMs: number,
): Promise<ReadonlyArray<string>> {
  const { results } = await db.d1
    .prepare(
      `UPDATE fulfillment_order SET updated_at_ms = ?3 WHERE id IN (
         SELECT id FROM fulfillment_order
         WHERE location IS NULL AND status = 'incomplete' AND queue IS NULL AND updated_at_ms < ?1
         ORDER BY updated_at_ms LIMIT ?2
       ) RETURNING order_id`,
    )
    .bind(touchedBeforeMs, limit, nowMs)
    .all<{ order_id: string }>();
  return results.map((row) => row.order_id);
}

export type PickListFilter = {
  readonly location?: string | undefined;
  readonly status?: PickListRow["status"] | undefined;
};

/** Oldest first: that is the order of picking. */
export async function listPickLists(
  db: Db,
  filter: PickListFilter,
  after: string | null,
  limit: number,
): Promise<ReadonlyArray<PickListRow & { readonly lines: ReadonlyArray<PickedLine> }>> {
  const { orm } = db;
  const rows = await orm
    .select()
    .from(pickList)
    .where(
      and(
        filter.location === undefined ? undefined : eq(pickList.location, filter.location),
        filter.status === undefined ? undefined : eq(pickList.status, filter.status),
        after === null ? undefined : sql`${pickList.id} > ${after}`,
      ),
    )
    .orderBy(asc(pickList.id))
    .limit(limit);
  return withPickedLines(db, rows);
}

export type PickedLine = {
  readonly fulfillmentOrderId: string;
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
};

async function withPickedLines(db: Db, rows: ReadonlyArray<PickListRow>) {
  if (rows.length === 0) return [];
  const ids = JSON.stringify(rows.map(({ fulfillmentOrderId }) => fulfillmentOrderId));
  const lines = await db.orm
    .select({
      fulfillmentOrderId: fulfillmentOrderLine.fulfillmentOrderId,
      sku: fulfillmentOrderLine.sku,
      title: orderLine.title,
      quantity: fulfillmentOrderLine.quantity,
    })
    .from(fulfillmentOrderLine)
    .innerJoin(orderLine, eq(orderLine.id, fulfillmentOrderLine.orderLineId))
    .where(inArray(fulfillmentOrderLine.fulfillmentOrderId, sql`(SELECT value FROM json_each(${ids}))`));
  const linesOf = Map.groupBy(lines, ({ fulfillmentOrderId }) => fulfillmentOrderId);
  return rows.map((row) => ({ ...row, lines: linesOf.get(row.fulfillmentOrderId) ?? [] }));
}
