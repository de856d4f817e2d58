import { and, desc, eq, inArray, lt, sql } from "drizzle-orm";

import { DEFAULT_POLICY, type ReturnPolicy } from "../domain/returns/policy.ts";
import type { ReturnStatus } from "../domain/returns/return.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import type { NewOrder } from "./new-orders.ts";
import type { OutboxRow } from "./outbox.ts";
import {
  auditLog,
  orderEvent,
  orderReturn,
  outbox,
  returnLine,
  returnPolicy,
  storeCredit,
} from "./schema/index.ts";

export type ReturnRow = typeof orderReturn.$inferSelect;
export type ReturnLineRow = typeof returnLine.$inferSelect;
export type StoreCreditRow = typeof storeCredit.$inferSelect;

export async function readReturnPolicy(db: Db): Promise<ReturnPolicy> {
  const [row] = await db.orm.select().from(returnPolicy).where(eq(returnPolicy.code, "default"));
  // What was set before a rule was known follows the default of that rule.
  return { ...DEFAULT_POLICY, ...row?.policy };
}

export async function writeReturnPolicy(
  db: Db,
  policy: ReturnPolicy,
  audit: typeof auditLog.$inferInsert,
  nowMs: number,
): Promise<void> {
  await db.d1.batch([
    db.d1
      .prepare(
        `INSERT INTO return_policy (code, policy, updated_at_ms, version) VALUES ('default', ?1, ?2, 1)
         ON CONFLICT (code) DO UPDATE SET policy = excluded.policy, updated_at_ms = excluded.updated_at_ms, version = version + 1`,
      )
      .bind(JSON.stringify(policy), nowMs),
    insertMany(db, auditLog, [audit]),
  ]);
}

export async function findReturn(db: Db, id: string): Promise<ReturnRow | null> {
  const [row] = await db.orm.select().from(orderReturn).where(eq(orderReturn.id, id));
  return row ?? null;
}

/** Newest first; ids sort by their time. */
export function listReturns(
  db: Db,
  status: ReturnStatus | undefined,
  after: string | null,
  limit: number,
): Promise<ReadonlyArray<ReturnRow>> {
  return db.orm
    .select()
    .from(orderReturn)
    .where(
      and(
        status === undefined ? undefined : eq(orderReturn.status, status),
        after === null ? undefined : lt(orderReturn.id, after),
      ),
    )
    .orderBy(desc(orderReturn.id))
    .limit(limit);
}

export function readReturnLines(
  db: Db,
  returnIds: ReadonlyArray<string>,
): Promise<ReadonlyArray<ReturnLineRow>> {
  return db.orm
    .select()
    .from(returnLine)
    .where(inArray(returnLine.returnId, sql`(SELECT value FROM json_each(${JSON.stringify(returnIds)}))`))
    .orderBy(sql`rowid`);
}

/** The return whose label has this number; the newest, because numbers are used again. */
export async function findReturnByTrackingNumber(
  db: Db,
  carrier: string,
  trackingNumber: string,
): Promise<string | null> {
  return db.d1
    .prepare(
      "SELECT id FROM order_return WHERE tracking_number = ?2 AND carrier = ?1 ORDER BY created_at_ms DESC LIMIT 1",
    )
    .bind(carrier, trackingNumber)
    .first<string>("id");
}

/** SKUs whose sale is final. */
export async function readFinalSales(db: Db, skus: ReadonlyArray<string>): Promise<ReadonlySet<string>> {
  const { results } = await db.d1
    .prepare(
      "SELECT sku FROM sku WHERE attributes->>'$.final_sale' = 'true' AND sku IN (SELECT value FROM json_each(?1))",
    )
    .bind(JSON.stringify(skus))
    .all<{ sku: string }>();
  return new Set(results.map(({ sku }) => sku));
}

export function readStoreCredit(db: Db, customerId: string): Promise<ReadonlyArray<StoreCreditRow>> {
  return db.orm
    .select()
    .from(storeCredit)
    .where(eq(storeCredit.customerId, customerId))
    .orderBy(storeCredit.createdAtMs, sql`rowid`);
}

export type ReturnChange = {
  readonly orderId: string;
  /** The order's, as it was read: whoever changes anything of an order raises it. */
  readonly version: number;
  readonly row: ReturnRow;
  readonly lines: ReadonlyArray<ReturnLineRow>;
  /** Units of the order's lines that are back, by line. */
  readonly returned: ReadonlyArray<{ readonly line: string; readonly quantity: number }>;
  readonly events: NewOrder["events"];
  readonly outbox: ReadonlyArray<OutboxRow>;
  readonly audit: typeof auditLog.$inferInsert;
  /** What else stands or falls with it. */
  readonly others: ReadonlyArray<D1PreparedStatement>;
};

/**
 * Writes a return as it is to be, unless its order changed since it was read.
 *
 * @returns Whether it was written.
 */
export async function writeReturn(db: Db, change: ReturnChange, nowMs: number): Promise<boolean> {
  const { orderId, version, row, lines, returned } = change;
  try {
    await db.d1.batch([
      db.d1
        .prepare("UPDATE orders SET version = version + 1, updated_at_ms = ?3 WHERE id = ?1 AND version = ?2")
        .bind(orderId, version, nowMs),
      abortUnlessChanged(db),
      db.d1.prepare("DELETE FROM order_return WHERE id = ?1").bind(row.id),
      insertMany(db, orderReturn, [row]),
      db.d1.prepare("DELETE FROM return_line WHERE return_id = ?1").bind(row.id),
      insertMany(db, returnLine, lines),
      db.d1
        .prepare(
          `UPDATE order_line SET returned_quantity = returned_quantity + now.value->>1
           FROM json_each(?1) AS now WHERE order_line.id = now.value->>0`,
        )
        .bind(JSON.stringify(returned.map(({ line, quantity }) => [line, quantity]))),
      insertMany(db, orderEvent, change.events),
      insertMany(db, outbox, change.outbox, "nothing"),
      insertMany(db, auditLog, [change.audit]),
      ...change.others,
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
