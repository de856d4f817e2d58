import { asc, eq } from "drizzle-orm";

import { dimensionsOf, type Dimensions, type ParcelSize } from "../domain/fulfillment/pack.ts";
import type { Db } from "./client.ts";
import { parcelSize } from "./schema/warehouse.ts";

export type ParcelSizeRow = typeof parcelSize.$inferSelect;

export async function putParcelSize(db: Db, row: ParcelSizeRow): Promise<void> {
  await db.orm.insert(parcelSize).values(row).onConflictDoUpdate({ target: parcelSize.code, set: row });
}

export async function listParcelSizes(db: Db): Promise<ReadonlyArray<ParcelSizeRow>> {
  return db.orm.select().from(parcelSize).orderBy(asc(parcelSize.code));
}

export async function deleteParcelSize(db: Db, code: string): Promise<ParcelSizeRow | null> {
  const [row] = await db.orm.delete(parcelSize).where(eq(parcelSize.code, code)).returning();
  return row ?? null;
}

/** What packing has to know of goods and cartons. */
export type PackingFacts = {
  readonly sizes: ReadonlyArray<ParcelSize>;
  /** By SKU; grams are null where nobody entered them. */
  readonly goods: ReadonlyMap<
    string,
    { readonly grams: number | null; readonly dimensions: Dimensions | null }
  >;
};

export async function readPackingFacts(db: Db, skus: ReadonlyArray<string>): Promise<PackingFacts> {
  const [goods, sizes] = await db.d1.batch<Record<string, unknown>>([
    db.d1
      .prepare(
        "SELECT sku, weight_grams AS grams, attributes FROM sku WHERE sku IN (SELECT value FROM json_each(?1))",
      )
      .bind(JSON.stringify(skus)),
    db.d1.prepare(
      "SELECT code, length_mm AS length, width_mm AS width, height_mm AS height, grams_max AS gramsMax, grams FROM parcel_size",
    ),
  ]);
  type Good = { readonly sku: string; readonly grams: number | null; readonly attributes: string };
  type Size = Omit<ParcelSize, "dimensions"> & Record<"length" | "width" | "height", number>;
  return {
    goods: new Map(
      ((goods?.results ?? []) as Array<Good>).map(({ sku, grams, attributes }) => [
        sku,
        { grams, dimensions: dimensionsOf(JSON.parse(attributes) as Record<string, string>) },
      ]),
    ),
    sizes: ((sizes?.results ?? []) as Array<Size>).map(
      ({ code, length, width, height, gramsMax, grams }) => ({
        code,
        dimensions: [length, width, height],
        gramsMax,
        grams,
      }),
    ),
  };
}
