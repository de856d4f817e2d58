import { getTableColumns, type InferInsertModel } from "drizzle-orm";

import { customerWords } from "../domain/orders/search-words.ts";
import type { StoredAnswer } from "./answers.ts";
import { insertMany, type Db } from "./client.ts";
import { derivedId } from "./events.ts";
import type { OutboxRow } from "./outbox.ts";
import {
  auditLog,
  customerWord,
  orderEvent,
  orderLine,
  orders,
  outbox,
  payment,
  paymentTransaction,
  type customer,
} from "./schema/index.ts";

/** The first order's number. */
const NUMBER_FIRST = 1001;

export type CustomerRow = InferInsertModel<typeof customer>;

/** Everything that is written when an order is placed: all of it or nothing. The number is given out by the database. */
export type NewOrder = {
  readonly order: Omit<InferInsertModel<typeof orders>, "number">;
  readonly customer: CustomerRow | null;
  readonly lines: ReadonlyArray<typeof orderLine.$inferSelect>;
  readonly transactions: ReadonlyArray<InferInsertModel<typeof paymentTransaction>>;
  /** Payments that the order waits for. The client token is for the answer only. */
  readonly payments?: ReadonlyArray<
    InferInsertModel<typeof payment> & { readonly clientToken: string | null }
  >;
  /** The first is `order.placed`; its id tells this placement from any other of the same order. */
  readonly events: ReadonlyArray<InferInsertModel<typeof orderEvent>>;
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly audit: ReadonlyArray<InferInsertModel<typeof auditLog>>;
  /** The answer to keep under the caller's idempotency key; the number is put into its body. */
  readonly answer: StoredAnswer | null;
};

/** A customer's id follows from the e-mail address, so that nobody has to look before writing. */
export function customerIdOf(email: string): string {
  return derivedId("cus", 0, email.toLowerCase());
}

/** What the search finds a customer by. */
export function customerWordRows({
  id,
  name,
  email,
}: CustomerRow): ReadonlyArray<InferInsertModel<typeof customerWord>> {
  return customerWords(name ?? null, email ?? null).map((word) => ({ word, customerId: id }));
}

/** The id of the event that marks this placement of an order, and no other attempt at it. */
export function placementMark(order: NewOrder): string {
  return order.events[0]?.id ?? "";
}

/** One statement per table for any number of orders, to be run as one batch. The last one answers {@link PlacedRow}s. */
export function insertOrders(
  db: Db,
  newOrders: ReadonlyArray<NewOrder>,
  nowMs: number,
): Array<D1PreparedStatement> {
  const all = <Row>(pick: (order: NewOrder) => ReadonlyArray<Row>) => newOrders.flatMap(pick);
  const payments = all((order) => order.payments ?? []);
  const customers = all(({ customer }) => (customer === null ? [] : [customer]));
  return [
    // Few orders wait for a payment, so most batches are spared the statement.
    ...(payments.length === 0 ? [] : [insertMany(db, payment, payments)]),
    upsertCustomers(db, customers),
    insertMany(db, customerWord, customers.flatMap(customerWordRows), "nothing"),
    insertNumbered(
      db,
      newOrders.map(({ order }) => order),
    ),
    insertMany(
      db,
      orderLine,
      all(({ lines }) => lines),
    ),
    insertMany(
      db,
      paymentTransaction,
      all(({ transactions }) => transactions),
    ),
    insertMany(
      db,
      orderEvent,
      all(({ events }) => events),
    ),
    insertMany(
      db,
      outbox,
      all((order) => order.outbox),
    ),
    insertMany(
      db,
      auditLog,
      all(({ audit }) => audit),
    ),
    insertAnswers(db, newOrders, nowMs),
    selectPlaced(db, newOrders.map(placementMark)),
  ];
}

export type PlacedRow = { readonly id: string; readonly number: number; readonly mark: string };

/** Which of these placements are in the database. */
export function selectPlaced(db: Db, marks: ReadonlyArray<string>): D1PreparedStatement {
  return db.d1
    .prepare(
      `SELECT orders.id, orders.number, order_event.id AS mark FROM json_each(?1)
       JOIN order_event ON order_event.id = json_each.value
       JOIN orders ON orders.id = order_event.order_id`,
    )
    .bind(JSON.stringify(marks));
}

/** Adds what is newly known of a customer; what is known already stays. */
export function upsertCustomers(db: Db, rows: ReadonlyArray<CustomerRow>): D1PreparedStatement {
  return db.d1
    .prepare(
      `INSERT INTO customer (id, email, name, phone, created_at_ms)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4 FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET name = coalesce(excluded.name, name), phone = coalesce(excluded.phone, phone)
       WHERE (excluded.name IS NOT NULL AND excluded.name IS NOT name)
          OR (excluded.phone IS NOT NULL AND excluded.phone IS NOT phone)`,
    )
    .bind(JSON.stringify(rows.map((row) => [row.id, row.email, row.name, row.phone, row.createdAtMs])));
}

/** Gives each order the next number, in the order they stand in. */
export function insertNumbered(db: Db, rows: ReadonlyArray<NewOrder["order"]>): D1PreparedStatement {
  const columns = Object.entries(getTableColumns(orders));
  const names = columns.map(([, column]) => `"${column.name}"`).join(", ");
  const values = columns
    .map(([name], index) =>
      // The subquery sees the table as it was before the statement, and `key` counts the rows of it.
      name === "number"
        ? `coalesce((SELECT max(number) FROM orders), ${NUMBER_FIRST - 1}) + 1 + key`
        : `value->>${index}`,
    )
    .join(", ");
  const encoded = rows.map((row) =>
    columns.map(([name, column]) => {
      const value = (row as Record<string, unknown>)[name] ?? null;
      return value === null ? null : column.mapToDriverValue(value);
    }),
  );
  return db.d1
    .prepare(`INSERT INTO orders (${names}) SELECT ${values} FROM json_each(?1)`)
    .bind(JSON.stringify(encoded));
}

function insertAnswers(db: Db, newOrders: ReadonlyArray<NewOrder>, nowMs: number): D1PreparedStatement {
  const rows = newOrders.flatMap(({ order, answer }) =>
    answer === null ? [] : [[answer.scope, answer.bodyHash, answer.status, answer.body, order.id]],
  );
  return db.d1
    .prepare(
      `INSERT INTO idempotency (scope, body_hash, status, body, created_at_ms)
       SELECT value->>0, value->>1, value->>2,
         json_set(value->>3, '$.number', (SELECT number FROM orders WHERE orders.id = value->>4)), ?2
       FROM json_each(?1)`,
    )
    .bind(JSON.stringify(rows), nowMs);
}
