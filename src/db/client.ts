import { getTableColumns, getTableName, type InferInsertModel } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

import * as schema from "./schema/index.ts";

/** D1, through drizzle for reading and single rows, and bare for the statements that take a whole batch at once. */
export type Db = { readonly d1: D1Database; readonly orm: DrizzleD1Database<typeof schema> };

const dbs = new WeakMap<D1Database, Db>();

/** One for each binding: reading the schema for it costs as much as a request. */
export function createDb(d1: D1Database): Db {
  let db = dbs.get(d1);
  if (db === undefined) {
    db = { d1, orm: drizzle(d1, { schema }) };
    dbs.set(d1, db);
  }
  return db;
}

/**
 * One statement for any number of rows: `INSERT … SELECT … FROM json_each(?1)`. D1 allows 100 bound parameters, and
 * its single writer pays by the statement.
 *
 * @param onConflict - `nothing` makes a repeated insert harmless.
 */
export function insertMany<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: ReadonlyArray<InferInsertModel<Table>>,
  onConflict: "fail" | "nothing" = "fail",
): D1PreparedStatement {
  // The WHERE is there for the parser: without it ON CONFLICT would be read as a join constraint.
  return writeMany(db, table, rows, onConflict === "nothing" ? " WHERE true ON CONFLICT DO NOTHING" : "");
}

/**
 * As {@link insertMany}, for tables with a version: a row replaces the one with the same key if that has the version
 * just before, and otherwise is left out, which `changes()` tells.
 *
 * @param kept - Columns that a replacement leaves as they are.
 */
export function succeedMany<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: ReadonlyArray<InferInsertModel<Table>>,
  key: string,
  kept: ReadonlyArray<string>,
): D1PreparedStatement {
  return replaceMany(db, table, rows, key, kept, `"${getTableName(table)}".version = excluded.version - 1`);
}

/** As {@link insertMany}, for projections: a row replaces the one with the same key if that has an older version. */
export function replaceOlderMany<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: ReadonlyArray<InferInsertModel<Table>>,
  key: string,
): D1PreparedStatement {
  return replaceMany(db, table, rows, key, [], `"${getTableName(table)}".version < excluded.version`);
}

function replaceMany<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: ReadonlyArray<InferInsertModel<Table>>,
  key: string,
  kept: ReadonlyArray<string>,
  condition: string,
): D1PreparedStatement {
  const assignments = Object.values(getTableColumns(table))
    .map((column) => column.name)
    .filter((name) => name !== key && !kept.includes(name))
    .map((name) => `"${name}" = excluded."${name}"`)
    .join(", ");
  return writeMany(
    db,
    table,
    rows,
    ` WHERE true ON CONFLICT ("${key}") DO UPDATE SET ${assignments} WHERE ${condition}`,
  );
}

function writeMany<Table extends SQLiteTable>(
  db: Db,
  table: Table,
  rows: ReadonlyArray<InferInsertModel<Table>>,
  tail: string,
): D1PreparedStatement {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => `"${column.name}"`).join(", ");
  const values = columns.map((_, index) => `value->>${index}`).join(", ");
  const encoded = rows.map((row) =>
    columns.map(([name, column]) => {
      const value = (row as Record<string, unknown>)[name] ?? column.default ?? null;
      return value === null ? null : column.mapToDriverValue(value);
    }),
  );
  return db.d1
    .prepare(`INSERT INTO "${getTableName(table)}" (${names}) SELECT ${values} FROM json_each(?1)${tail}`)
    .bind(JSON.stringify(encoded));
}
