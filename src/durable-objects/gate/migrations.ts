import type { Migration } from "../shared/migrate.ts";

/** Append-only. */
export const gateMigrations: ReadonlyArray<Migration> = [
  {
    id: "0001_kept",
    statements: [
      // What has to outlive a gate's sleep and fits no socket's attachment. Written when the gate is quiet.
      "CREATE TABLE kept (kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID",
    ],
  },
];
