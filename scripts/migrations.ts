import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import type { Miniflare } from "miniflare";
import { unstable_splitSqlQuery } from "wrangler";

export type LocalDatabase = Awaited<ReturnType<Miniflare["getD1Database"]>>;

/**
 * Applies what is new in `folder`, each file in one transaction. Keeps wrangler's own table, so that
 * `wrangler d1 migrations` and this agree about what was applied.
 */
export async function applyMigrations(database: LocalDatabase, folder: string): Promise<void> {
  await database
    .prepare(
      `CREATE TABLE IF NOT EXISTS d1_migrations (
         id INTEGER PRIMARY KEY AUTOINCREMENT,
         name TEXT UNIQUE,
         applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
       )`,
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));

  for (const name of listMigrations(folder).filter((file) => !applied.has(file))) {
    const statements = unstable_splitSqlQuery(readFileSync(path.join(folder, name), "utf8"));
    await database.batch([
      ...statements.map((statement) => database.prepare(statement)),
      database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}

/** In the order they are applied. */
export function listMigrations(folder: string): ReadonlyArray<string> {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
}
