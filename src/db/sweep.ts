import type { Sku } from "../domain/brand.ts";
import { insertMany, type Db } from "./client.ts";
import { auditLog } from "./schema/platform.ts";

/** The SKUs whose objects were compared with the orders longest ago. */
export async function readSkusToSweep(db: Db, limit: number): Promise<ReadonlyArray<Sku>> {
  const { results } = await db.d1
    .prepare("SELECT sku FROM sku ORDER BY swept_at_ms LIMIT ?1")
    .bind(limit)
    .all<{ sku: Sku }>();
  return results.map(({ sku }) => sku);
}

export async function writeSwept(
  db: Db,
  skus: ReadonlyArray<Sku>,
  audit: ReadonlyArray<typeof auditLog.$inferInsert>,
  nowMs: number,
): Promise<void> {
  await db.d1.batch([
    db.d1
      .prepare("UPDATE sku SET swept_at_ms = ?2 WHERE sku IN (SELECT value FROM json_each(?1))")
      .bind(JSON.stringify(skus), nowMs),
    insertMany(db, auditLog, audit, "nothing"),
  ]);
}
