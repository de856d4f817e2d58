import type { Migration } from "../shared/migrate.ts";

export const boardMigrations: ReadonlyArray<Migration> = [
  {
    id: "0001_gate_sockets",
    statements: [
      `CREATE TABLE gate_sockets (
         gate       TEXT PRIMARY KEY,
         sockets    INTEGER NOT NULL CHECK (sockets > 0),
         told_at_ms INTEGER NOT NULL
       ) STRICT, WITHOUT ROWID`,
    ],
  },
];
