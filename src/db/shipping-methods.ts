import { asc, eq, gt } from "drizzle-orm";

import { auditRow, type Actor } from "./audit.ts";
import { insertMany, type Db } from "./client.ts";
import { abortUnlessChanged, isAbort } from "./guard.ts";
import { auditLog, shippingMethod } from "./schema/index.ts";

export type ShippingMethodRow = typeof shippingMethod.$inferSelect;

export async function findShippingMethod(db: Db, code: string): Promise<ShippingMethodRow | null> {
  const [row] = await db.orm.select().from(shippingMethod).where(eq(shippingMethod.code, code));
  return row ?? null;
}

/** By code, which is their order. */
export function listShippingMethods(
  db: Db,
  after: string | null,
  limit: number,
): Promise<ReadonlyArray<ShippingMethodRow>> {
  return db.orm
    .select()
    .from(shippingMethod)
    .where(after === null ? undefined : gt(shippingMethod.code, after))
    .orderBy(asc(shippingMethod.code))
    .limit(limit);
}

/** @returns false where somebody else was faster: the row's version is one above the one it was read with. */
export async function writeShippingMethod(
  db: Db,
  { code, title, prices, isOffered, delivery, version }: ShippingMethodRow,
  actor: Actor,
  nowMs: number,
): Promise<boolean> {
  try {
    await db.d1.batch([
      db.d1
        .prepare(
          `INSERT INTO shipping_method (code, title, prices, is_offered, delivery, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
           ON CONFLICT (code) DO UPDATE SET title = ?2, prices = ?3, is_offered = ?4, delivery = ?5, version = ?6
           WHERE version = ?6 - 1`,
        )
        .bind(
          code,
          title,
          JSON.stringify(prices),
          isOffered ? 1 : 0,
          delivery === null ? null : JSON.stringify(delivery),
          version,
        ),
      abortUnlessChanged(db),
      insertMany(db, auditLog, [
        auditRow(actor, "shipping_method.changed", `shipping_method:${code}`, { version }, nowMs),
      ]),
    ]);
    return true;
  } catch (error) {
    if (isAbort(error)) return false;
    throw error;
  }
}
