import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

import type { Db } from "./client.ts";
import type { FulfillmentLineRow, FulfillmentSnapshot } from "./fulfillment.ts";
import {
  fulfillmentOrder,
  fulfillmentOrderLine,
  orderLine,
  orders,
  pickList,
  shipment,
} from "./schema/index.ts";

const ASSIGNED = "SELECT id FROM fulfillment_order WHERE order_id = ?1";

/** Each part of a snapshot: which rows, and what they are sorted by. */
const parts = {
  order: part(orders, "id = ?1", "0"),
  lines: part(orderLine, "order_id = ?1", "position"),
  fulfillmentOrders: part(fulfillmentOrder, "order_id = ?1", "rowid"),
  fulfillmentLines: part(fulfillmentOrderLine, `fulfillment_order_id IN (${ASSIGNED})`, "id"),
  pickLists: part(pickList, `fulfillment_order_id IN (${ASSIGNED})`, "rowid"),
  shipments: part(shipment, "order_id = ?1", "rowid"),
};

/**
 * Everything in one statement, because each one costs a step as much as its rows do. Written once, not for each call.
 * Not a UNION: D1 takes five terms of one at most.
 */
const SNAPSHOT = `SELECT ${Object.entries(parts)
  .map(([name, { table, condition, position }]) => {
    const columns = columnsOf(table).map(([, column]) => `"${column.name}"`);
    return `(SELECT json_group_array(json_array(${[position, ...columns].join(", ")})) FROM ${getTableName(table)} WHERE ${condition}) AS "${name}"`;
  })
  .join(",\n")}`;

/** How the order is found that something belongs to. */
const orderIdOf = {
  order: "?1",
  fulfillment_order: "(SELECT order_id FROM fulfillment_order WHERE id = ?1)",
  pick_list:
    "(SELECT order_id FROM fulfillment_order WHERE id = (SELECT fulfillment_order_id FROM pick_list WHERE id = ?1))",
  shipment: "(SELECT order_id FROM shipment WHERE id = ?1)",
};

/** Rows of one part, each its position and then its columns, as JSON and in any order. */
type PartRows = string;

/** The order that something belongs to, and everything that is done to get it to the buyer, as of one moment. */
export async function readFulfillmentOf(
  db: Db,
  kind: keyof typeof orderIdOf,
  id: string,
): Promise<FulfillmentSnapshot | null> {
  const query = kind === "order" ? SNAPSHOT : SNAPSHOT.replaceAll("?1", orderIdOf[kind]);
  const found = await db.d1.prepare(query).bind(id).first<Record<keyof typeof parts, PartRows>>();
  const [order] = found === null ? [] : decode(orders, found.order);
  if (found === null || order === undefined) return null;
  const lines: ReadonlyArray<FulfillmentLineRow> = decode(fulfillmentOrderLine, found.fulfillmentLines);
  const linesOf = Map.groupBy(lines, ({ fulfillmentOrderId }) => fulfillmentOrderId);
  return {
    order,
    lines: decode(orderLine, found.lines),
    fulfillmentOrders: decode(fulfillmentOrder, found.fulfillmentOrders).map((row) => ({
      ...row,
      lines: linesOf.get(row.id) ?? [],
    })),
    pickLists: decode(pickList, found.pickLists),
    shipments: decode(shipment, found.shipments),
  };
}

function part(table: SQLiteTable, condition: string, position: string) {
  return { table, condition, position };
}

function columnsOf(table: SQLiteTable) {
  return Object.entries(getTableColumns(table));
}

function decode<Table extends SQLiteTable>(table: Table, rows: PartRows): Array<Table["$inferSelect"]> {
  const columns = columnsOf(table);
  return (JSON.parse(rows) as Array<ReadonlyArray<unknown>>)
    .toSorted(([a], [b]) => ((a as number | string) < (b as number | string) ? -1 : 1))
    .map(([, ...values]) => {
      const entries = columns.map(([name, column], index) => {
        const value = values[index] ?? null;
        return [name, value === null ? null : column.mapFromDriverValue(value)];
      });
      return Object.fromEntries(entries) as Table["$inferSelect"];
    });
}
