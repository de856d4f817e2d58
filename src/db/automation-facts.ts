import type { Address, OrderStatus } from "../domain/orders/order.ts";
import type { Db } from "./client.ts";
import type { LoggedEvent } from "./event-log.ts";

/** An event with everything that is written of it. */
export type FullEvent = LoggedEvent & {
  readonly subject: string;
  readonly actor: string | null;
  readonly data: Readonly<Record<string, unknown>>;
};

type EventText = Omit<FullEvent, "data"> & { readonly data: string };

const ORDER_EVENT = `SELECT 'order_event' AS log, rowid AS position, id, type, order_id AS orderId, order_id AS subject,
  actor, data, occurred_at_ms AS occurredAtMs FROM order_event`;
const ENGINE_EVENT = `SELECT 'engine_event' AS log, rowid AS position, id, type, NULL AS orderId, subject,
  NULL AS actor, data, occurred_at_ms AS occurredAtMs FROM engine_event`;

function fullEvents(results: ReadonlyArray<EventText>): ReadonlyArray<FullEvent> {
  return results.map((row) => ({ ...row, data: JSON.parse(row.data) as Record<string, unknown> }));
}

/** What rules have not heard of, oldest first. */
export async function readEventsForRules(db: Db, limit: number): Promise<ReadonlyArray<FullEvent>> {
  const after = (log: string) =>
    `rowid > (SELECT position FROM event_cursor WHERE reader = 'automation' AND log = '${log}')`;
  const { results } = await db.d1
    .prepare(
      `SELECT * FROM (${ORDER_EVENT} WHERE ${after("order_event")} ORDER BY rowid LIMIT ?1)
       UNION ALL SELECT * FROM (${ENGINE_EVENT} WHERE ${after("engine_event")} ORDER BY rowid LIMIT ?1)`,
    )
    .bind(limit)
    .all<EventText>();
  return fullEvents(results);
}

/** The newest events of some types, newest first. */
export async function readPastEvents(
  db: Db,
  types: ReadonlyArray<string>,
  limit: number,
): Promise<ReadonlyArray<FullEvent>> {
  const ofTypes = "WHERE type IN (SELECT value FROM json_each(?1)) ORDER BY rowid DESC LIMIT ?2";
  const { results } = await db.d1
    .prepare(
      `SELECT * FROM (SELECT * FROM (${ORDER_EVENT} ${ofTypes}) UNION ALL SELECT * FROM (${ENGINE_EVENT} ${ofTypes}))
       ORDER BY occurredAtMs DESC LIMIT ?2`,
    )
    .bind(JSON.stringify(types), limit)
    .all<EventText>();
  return fullEvents(results);
}

/** An order as rules see it. Nothing personal but where the parcel goes, which leaves with no answer. */
export type OrderFacts = {
  readonly id: string;
  readonly total: number;
  readonly currency: string;
  readonly status: OrderStatus;
  readonly paymentStatus: string;
  readonly fulfillmentStatus: string;
  readonly channel: string;
  readonly connection: string | null;
  readonly shippingMethod: string | null;
  readonly holdReason: string | null;
  readonly cancelReason: string | null;
  readonly address: Partial<Address> | null;
  readonly lines: ReadonlyArray<readonly [sku: string, quantity: number]>;
  readonly tags: ReadonlyArray<string>;
};

export async function readOrderFacts(
  db: Db,
  ids: ReadonlyArray<string>,
): Promise<ReadonlyMap<string, OrderFacts>> {
  if (ids.length === 0) return new Map();
  const { results } = await db.d1
    .prepare(
      `SELECT id, total, currency, status, payment_status AS paymentStatus, fulfillment_status AS fulfillmentStatus, channel,
         shipping_method AS shippingMethod, hold_reason AS holdReason, cancel_reason AS cancelReason,
         shipping_address AS address,
         (SELECT connection FROM channel_order WHERE order_id = orders.id LIMIT 1) AS connection,
         (SELECT json_group_array(json_array(sku, quantity)) FROM order_line WHERE order_id = orders.id) AS lines,
         (SELECT json_group_array(tag) FROM order_tag WHERE order_id = orders.id) AS tags
       FROM orders WHERE id IN (SELECT value FROM json_each(?1))`,
    )
    .bind(JSON.stringify([...new Set(ids)]))
    .all<
      Omit<OrderFacts, "address" | "lines" | "tags"> & {
        readonly address: string | null;
        readonly lines: string;
        readonly tags: string;
      }
    >();
  return new Map(
    results.map((row) => [
      row.id,
      {
        ...row,
        address: row.address === null ? null : (JSON.parse(row.address) as Partial<Address>),
        lines: JSON.parse(row.lines) as OrderFacts["lines"],
        tags: JSON.parse(row.tags) as Array<string>,
      },
    ]),
  );
}
