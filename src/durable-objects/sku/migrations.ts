import type { Migration } from "../shared/migrate.ts";

export const skuMigrations: ReadonlyArray<Migration> = [
  {
    id: "0001_stock_holds_ledger",
    statements: [
      `CREATE TABLE sku (
         only_row          INTEGER PRIMARY KEY CHECK (only_row = 1),
         sku               TEXT NOT NULL,
         buyer_limit       INTEGER CHECK (buyer_limit > 0),
         backorder_limit   INTEGER NOT NULL CHECK (backorder_limit >= 0)
       ) STRICT`,
      `CREATE TABLE location_stock (
         location      TEXT PRIMARY KEY,
         on_hand       INTEGER NOT NULL CHECK (on_hand >= 0),
         allocated     INTEGER NOT NULL CHECK (allocated >= 0),
         damaged       INTEGER NOT NULL CHECK (damaged >= 0),
         incoming      INTEGER NOT NULL CHECK (incoming >= 0),
         safety_target INTEGER NOT NULL CHECK (safety_target >= 0),
         changed_at_ms INTEGER NOT NULL,
         CHECK (allocated + damaged <= on_hand)
       ) STRICT, WITHOUT ROWID`,
      // One row written for an accepted hold: no rowid beside the key, and no index beside the table.
      `CREATE TABLE hold (
         key                TEXT PRIMARY KEY,
         buyer              TEXT NOT NULL,
         quantity           INTEGER NOT NULL CHECK (quantity > 0),
         status             TEXT NOT NULL CHECK (status IN ('active', 'paying', 'converted', 'released', 'expired')),
         ttl_seconds        INTEGER NOT NULL,
         location           TEXT,
         show               TEXT,
         home               TEXT,
         basket             TEXT,
         is_extended        INTEGER NOT NULL CHECK (is_extended IN (0, 1)),
         order_id           TEXT,
         paying_since_ms    INTEGER,
         committed_quantity INTEGER NOT NULL CHECK (committed_quantity BETWEEN 0 AND quantity),
         canceled_quantity  INTEGER NOT NULL CHECK (canceled_quantity BETWEEN 0 AND quantity),
         created_at_ms      INTEGER NOT NULL,
         expires_at_ms      INTEGER NOT NULL,
         resolved_at_ms     INTEGER,
         changed_at_ms      INTEGER NOT NULL,
         CHECK ((status IN ('active', 'paying')) = (resolved_at_ms IS NULL)),
         CHECK (committed_quantity = 0 OR status = 'converted')
       ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE allocation (
         id       TEXT PRIMARY KEY,
         order_id TEXT NOT NULL,
         hold_key TEXT NOT NULL,
         location TEXT NOT NULL,
         quantity INTEGER NOT NULL CHECK (quantity > 0),
         status   TEXT NOT NULL CHECK (status IN ('allocated', 'shipped', 'deallocated'))
       ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE movement (
         seq           INTEGER PRIMARY KEY,
         command_id    TEXT,
         kind          TEXT NOT NULL,
         location      TEXT,
         quantity      INTEGER NOT NULL,
         order_id      TEXT,
         allocation_id TEXT,
         reason        TEXT,
         at_ms         INTEGER NOT NULL
       ) STRICT`,
      // Only what people asked for has an id of its own to be found by again.
      `CREATE UNIQUE INDEX movement_by_command ON movement (command_id) WHERE command_id IS NOT NULL`,
      `CREATE TRIGGER movement_keeps BEFORE UPDATE ON movement BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END`,
      `CREATE TRIGGER movement_keeps_all BEFORE DELETE ON movement BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END`,
    ],
  },
  {
    id: "0002_drops_waitlist_gates",
    statements: [
      `ALTER TABLE hold ADD COLUMN is_secured INTEGER NOT NULL DEFAULT 1 CHECK (is_secured IN (0, 1))`,
      `ALTER TABLE hold ADD COLUMN device TEXT`,
      `ALTER TABLE hold ADD COLUMN arrived_at_ms INTEGER`,
      // What is counted of claims that leave no row is written now and then, beside the drop they were made in.
      `CREATE TABLE show_drop (
         show             TEXT PRIMARY KEY,
         quantity         INTEGER NOT NULL CHECK (quantity > 0),
         policy           TEXT NOT NULL CHECK (policy IN ('hold_on_claim', 'hold_on_checkout', 'first_paid', 'lottery')),
         buyer_limit      INTEGER CHECK (buyer_limit > 0),
         ttl_seconds      INTEGER NOT NULL CHECK (ttl_seconds > 0),
         opens_at_ms      INTEGER,
         ends_at_ms       INTEGER,
         closed_at_ms     INTEGER,
         draws_at_ms      INTEGER,
         drawn_at_ms      INTEGER,
         seed             TEXT,
         seed_hash        TEXT,
         claims           INTEGER NOT NULL DEFAULT 0,
         refused_sold_out INTEGER NOT NULL DEFAULT 0,
         refused_limit    INTEGER NOT NULL DEFAULT 0,
         sold_out_at_ms   INTEGER,
         changed_at_ms    INTEGER NOT NULL,
         CHECK ((policy = 'lottery') = (seed IS NOT NULL AND seed_hash IS NOT NULL))
       ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE waitlist (
         key           TEXT PRIMARY KEY,
         seq           INTEGER NOT NULL CHECK (seq > 0),
         buyer         TEXT NOT NULL,
         quantity      INTEGER NOT NULL CHECK (quantity > 0),
         show          TEXT,
         ttl_seconds   INTEGER NOT NULL,
         status        TEXT NOT NULL CHECK (status IN ('waiting', 'offered', 'converted', 'lapsed', 'left')),
         rank          TEXT,
         offered_at_ms INTEGER,
         is_told       INTEGER NOT NULL DEFAULT 0 CHECK (is_told IN (0, 1)),
         created_at_ms INTEGER NOT NULL,
         changed_at_ms INTEGER NOT NULL,
         CHECK (status IN ('waiting', 'left') OR offered_at_ms IS NOT NULL)
       ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE gate (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`,
    ],
  },
];
