import { sql, type SQL } from "drizzle-orm";

import {
  channels,
  fulfillmentStatuses,
  orderStatuses,
  paymentStatuses,
  type Channel,
  type FulfillmentStatus,
  type OrderStatus,
  type PaymentStatus,
} from "../domain/orders/order.ts";
import { searchWords } from "../domain/orders/search-words.ts";
import type { Db } from "./client.ts";

export type OrderFilter = {
  readonly status?: OrderStatus | undefined;
  readonly paymentStatus?: PaymentStatus | undefined;
  readonly fulfillmentStatus?: FulfillmentStatus | undefined;
  readonly channel?: Channel | undefined;
  readonly sku?: string | undefined;
  readonly tag?: string | undefined;
  readonly email?: string | undefined;
  readonly placedAfterMs?: number | undefined;
  readonly placedBeforeMs?: number | undefined;
  /**
   * An order's id, number or name in an outside system, a SKU, a tracking number, an e-mail address or its beginning, or
   * words of a customer's name, the last of which may be a beginning.
   */
  readonly q?: string | undefined;
};

/** Where a page ends: the last order on it. */
export type OrderCursor = { readonly placedAtMs: number; readonly id: string };

/** A list of so many orders beyond `after`, newest first. */
type Page = { readonly filter: OrderFilter; readonly after: OrderCursor | null; readonly limit: number };

const NEWEST_FIRST = sql.raw("ORDER BY placed_at_ms DESC, id DESC");
/** Fewer orders in the wanted states than this are looked at one by one; of more, the SKU's are. */
const FEW_ORDERS = 500;
/** A beginning that this many words of customers have is taken for a whole word. */
const WORDS_MAX = 20_000;

/**
 * The ids of matching orders, newest first. Whatever is asked is found along an index in the order that it is wanted in,
 * so that a page costs what is on it, and not how many orders there are. `docs/decisions/0021-order-search.md` says how.
 */
export async function matchingOrders(
  db: Db,
  filter: OrderFilter,
  after: OrderCursor | null,
  limit: number,
): Promise<SQL> {
  const page = { filter, after, limit };
  const { q, sku, email, tag } = filter;
  if (q !== undefined) return matchingText(page, q);
  if (email !== undefined) {
    return byCustomer(page, sql`SELECT id AS customer_id FROM customer WHERE email = ${email.toLowerCase()}`);
  }
  if (tag !== undefined) return byTag(page, tag);
  if (sku !== undefined) {
    const isByState = hasState(filter) && (await countStates(db, filter)) < FEW_ORDERS;
    return isByState ? byState(page) : bySku(page, sku);
  }
  return hasState(filter) ? byState(page) : byTime(page);
}

/** How many orders match, counted up to `max`, so that it never takes long. */
export async function countOrders(db: Db, filter: OrderFilter, max: number): Promise<number> {
  const { q, sku, email, tag, placedAfterMs, placedBeforeMs } = filter;
  const isStatesAlone = [q, sku, email, tag, placedAfterMs, placedBeforeMs].every(
    (asked) => asked === undefined,
  );
  if (isStatesAlone && hasState(filter)) return countStates(db, filter, max);
  const ids = await matchingOrders(db, filter, null, max);
  const [row] = await db.orm.all<{ count: number }>(sql`SELECT count(*) AS count FROM (${ids})`);
  return row?.count ?? 0;
}

function hasState({ status, paymentStatus, fulfillmentStatus, channel }: OrderFilter): boolean {
  return [status, paymentStatus, fulfillmentStatus, channel].some((asked) => asked !== undefined);
}

async function countStates(db: Db, filter: OrderFilter, max = FEW_ORDERS): Promise<number> {
  const [row] = await db.orm.all<{ count: number }>(
    sql`SELECT count(*) AS count FROM (SELECT 1 FROM (${combinations(filter)}) AS state CROSS JOIN orders AS o ON ${IN_STATE} LIMIT ${max})`,
  );
  return row?.count ?? 0;
}

const IN_STATE = sql.raw(
  "o.status = state.status AND o.payment_status = state.payment_status AND o.fulfillment_status = state.fulfillment_status AND o.channel = state.channel",
);

/** Those of the wanted combinations of states that some order is in. A few dozen, however many orders there are. */
function combinations({ status, paymentStatus, fulfillmentStatus, channel }: OrderFilter): SQL {
  const values = (all: ReadonlyArray<string>, asked: string | undefined) =>
    sql`json_each(${JSON.stringify(asked === undefined ? all : [asked])})`;
  return sql`SELECT s.value AS status, p.value AS payment_status, f.value AS fulfillment_status, c.value AS channel
    FROM ${values(orderStatuses, status)} AS s CROSS JOIN ${values(paymentStatuses, paymentStatus)} AS p
    CROSS JOIN ${values(fulfillmentStatuses, fulfillmentStatus)} AS f CROSS JOIN ${values(channels, channel)} AS c
    WHERE EXISTS (SELECT 1 FROM orders WHERE status = s.value)
      AND EXISTS (SELECT 1 FROM orders WHERE status = s.value AND payment_status = p.value)
      AND EXISTS (SELECT 1 FROM orders WHERE status = s.value AND payment_status = p.value AND fulfillment_status = f.value)`;
}

/** The newest of each combination of states, and of these the newest. */
function byState(page: Page): SQL {
  const { filter, after, limit } = page;
  return sql`SELECT newest.id AS id, newest.placed_at_ms AS placed_at_ms
    FROM (${combinations(filter)}) AS state CROSS JOIN orders AS newest ON newest.rowid IN (
      SELECT o.rowid FROM orders AS o WHERE ${IN_STATE} AND ${isOnPage("o", filter, after)} AND ${hasSku(filter)}
      ORDER BY o.placed_at_ms DESC, o.id DESC LIMIT ${limit}
    ) ORDER BY newest.placed_at_ms DESC, newest.id DESC LIMIT ${limit}`;
}

function byTime({ filter, after, limit }: Page): SQL {
  return sql`SELECT id, placed_at_ms FROM orders AS o WHERE ${isOnPage("o", filter, after)} ${NEWEST_FIRST} LIMIT ${limit}`;
}

function byTag({ filter, after, limit }: Page, tag: string): SQL {
  return sql`SELECT o.id AS id, o.placed_at_ms AS placed_at_ms FROM order_tag AS t CROSS JOIN orders AS o ON o.id = t.order_id
    WHERE t.tag = ${tag} AND ${isOnPage("t", filter, after)} AND ${isInState(filter)} AND ${hasSku(filter)}
    ORDER BY t.placed_at_ms DESC, t.order_id DESC LIMIT ${limit}`;
}

/** An order with the SKU on two lines is one order. */
function bySku({ filter, after, limit }: Page, sku: string): SQL {
  return sql`SELECT o.id AS id, o.placed_at_ms AS placed_at_ms FROM order_line AS l CROSS JOIN orders AS o ON o.id = l.order_id
    WHERE l.sku = ${sku} AND ${isOnPage("l", filter, after)} AND ${isInState(filter)} AND ${sku === filter.sku ? sql`true` : hasSku(filter)} AND ${isOfCustomer(filter)}
    GROUP BY l.placed_at_ms, l.order_id ORDER BY l.placed_at_ms DESC, l.order_id DESC LIMIT ${limit}`;
}

function byCustomer({ filter, after, limit }: Page, customers: SQL): SQL {
  return sql`SELECT o.id AS id, o.placed_at_ms AS placed_at_ms FROM (${customers}) AS found
    CROSS JOIN orders AS o ON o.customer_id = found.customer_id
    WHERE ${isOnPage("o", filter, after)} AND ${isInState(filter)} AND ${hasSku(filter)} AND ${isOfCustomer(filter)}
    ${NEWEST_FIRST} LIMIT ${limit}`;
}

/** @param ids - A select of `order_id`s: a few. */
function byId({ filter, after, limit }: Page, ids: SQL): SQL {
  return sql`SELECT o.id AS id, o.placed_at_ms AS placed_at_ms FROM (${ids}) AS found CROSS JOIN orders AS o ON o.id = found.order_id
    WHERE ${isOnPage("o", filter, after)} AND ${isInState(filter)} AND ${hasSku(filter)} AND ${isOfCustomer(filter)}
    ${NEWEST_FIRST} LIMIT ${limit}`;
}

/** All that the text could mean, each along its own index. */
function matchingText(page: Page, asked: string): SQL {
  const q = asked.trim();
  const number = /^#?\d{1,15}$/.test(q) ? Number(q.replace("#", "")) : -1;
  const everyChannel = sql`(SELECT value FROM json_each(${JSON.stringify(channels)}))`;
  const ids = sql`SELECT id AS order_id FROM orders
    WHERE id = ${q} OR number = ${number} OR (channel IN ${everyChannel} AND external_id = ${q})`;
  // No more than five: the runtime's SQLite takes no longer chain of them.
  const ways = [
    byId(page, ids),
    byId(page, sql`SELECT order_id FROM shipment WHERE tracking_number = ${q}`),
    bySku(page, q),
    ...(q.includes("@") ? [byCustomer(page, customersByEmail(q.toLowerCase()))] : []),
    ...(q.includes("@") || searchWords(q).length === 0 ? [] : [byCustomer(page, customersByWords(q))]),
  ];
  const all = ways.map((way) => sql`SELECT * FROM (${way})`);
  return sql`SELECT id, placed_at_ms FROM (${sql.join(all, sql` UNION `)}) ${NEWEST_FIRST} LIMIT ${page.limit}`;
}

/** Sorts after every text that begins in the same way. */
const LAST = "\u{10FFFF}";

function customersByEmail(beginning: string): SQL {
  return sql`SELECT id AS customer_id FROM customer WHERE email >= ${beginning} AND email < ${beginning + LAST}`;
}

function customersByWords(text: string): SQL {
  const words = searchWords(text);
  const beginning = customersByBeginning(words.at(-1) ?? "");
  const [first, ...others] = words.slice(0, -1);
  if (first === undefined) return beginning;
  const has = others.map(
    (word) =>
      sql`AND EXISTS (SELECT 1 FROM customer_word AS other WHERE other.word = ${word} AND other.customer_id = one.customer_id)`,
  );
  return sql`SELECT one.customer_id AS customer_id FROM customer_word AS one
    WHERE one.word = ${first} ${sql.join(has, sql` `)} AND one.customer_id IN (${beginning})`;
}

function customersByWord(word: string): SQL {
  return sql`SELECT customer_id FROM customer_word WHERE word = ${word}`;
}

/** A beginning of too many words stands for itself alone, so that no search looks at half of all customers. */
function customersByBeginning(word: string): SQL {
  // In scripts that write a word with one sign or two, these are words; in others, the beginnings of too many.
  if (/^[a-z0-9]{1,2}$/.test(word)) return customersByWord(word);
  const longer = sql`word > ${word} AND word < ${word + LAST}`;
  return sql`${customersByWord(word)} UNION SELECT customer_id FROM customer_word WHERE ${longer}
    AND (SELECT count(*) FROM (SELECT 1 FROM customer_word WHERE ${longer} LIMIT ${WORDS_MAX})) < ${WORDS_MAX}`;
}

/** Ids of matching orders, newest first, and where each stands in that order. */
export async function listOrderPlaces(
  db: Db,
  filter: OrderFilter,
  after: OrderCursor | null,
  limit: number,
): Promise<ReadonlyArray<OrderCursor>> {
  const ids = await matchingOrders(db, filter, after, limit);
  const rows = await db.orm.all<{ id: string; placed_at_ms: number }>(ids);
  return rows.map(({ id, placed_at_ms: placedAtMs }) => ({ id, placedAtMs }));
}

/** @param alias - Of the table that is walked: orders, their lines, or their tags. */
function isOnPage(
  alias: "o" | "l" | "t",
  { placedAfterMs, placedBeforeMs }: OrderFilter,
  after: OrderCursor | null,
): SQL {
  const at = sql.raw(`${alias}.placed_at_ms`);
  const id = sql.raw(alias === "o" ? "o.id" : `${alias}.order_id`);
  return allOf([
    placedAfterMs === undefined ? null : sql`${at} > ${placedAfterMs}`,
    placedBeforeMs === undefined ? null : sql`${at} < ${placedBeforeMs}`,
    // The first part lets an index begin there; a comparison of pairs would be used for its first column only.
    after === null
      ? null
      : sql`${at} <= ${after.placedAtMs} AND (${at} < ${after.placedAtMs} OR ${id} < ${after.id})`,
  ]);
}

function isInState({ status, paymentStatus, fulfillmentStatus, channel, tag }: OrderFilter): SQL {
  return allOf([
    status === undefined ? null : sql`o.status = ${status}`,
    paymentStatus === undefined ? null : sql`o.payment_status = ${paymentStatus}`,
    fulfillmentStatus === undefined ? null : sql`o.fulfillment_status = ${fulfillmentStatus}`,
    channel === undefined ? null : sql`o.channel = ${channel}`,
    tag === undefined
      ? null
      : sql`EXISTS (SELECT 1 FROM order_tag WHERE order_tag.order_id = o.id AND order_tag.tag = ${tag})`,
  ]);
}

function hasSku({ sku }: OrderFilter): SQL {
  return sku === undefined
    ? sql`true`
    : sql`EXISTS (SELECT 1 FROM order_line WHERE order_line.sku = ${sku} AND order_line.placed_at_ms = o.placed_at_ms AND order_line.order_id = o.id)`;
}

function isOfCustomer({ email }: OrderFilter): SQL {
  return email === undefined
    ? sql`true`
    : sql`o.customer_id IN (SELECT id FROM customer WHERE email = ${email.toLowerCase()})`;
}

function allOf(conditions: ReadonlyArray<SQL | null>): SQL {
  const asked = conditions.filter((condition) => condition !== null);
  return asked.length === 0 ? sql`true` : sql.join(asked, sql` AND `);
}
