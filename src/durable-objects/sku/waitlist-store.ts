import type { BuyerKey } from "../../domain/brand.ts";
import type { HoldKey } from "../../domain/inventory/hold.ts";
import type { WaitlistEntry, WaitlistStatus } from "../../domain/inventory/waitlist-entry.ts";
import type { WaitlistRows } from "../../domain/inventory/waitlist.ts";
import type { Sql, SqlRow, SqlValue } from "../shared/sql.ts";

type EntryRow = SqlRow & {
  key: string;
  seq: number;
  buyer: string;
  quantity: number;
  show: string | null;
  ttl_seconds: number;
  status: string;
  rank: string | null;
  offered_at_ms: number | null;
  created_at_ms: number;
};

const OPEN = "status IN ('waiting', 'offered')";

/** SQL for who waits for one SKU, and for the gates that are told about it. */
export class WaitlistStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  readRows(): WaitlistRows {
    const [last] = this.#sql
      .exec<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM waitlist")
      .toArray();
    return {
      open: this.#entries(`SELECT * FROM waitlist WHERE ${OPEN} ORDER BY seq`),
      lastSeq: last?.seq ?? 0,
      ended: this.#sql
        .exec<{ show: string; status: string; entries: number }>(
          `SELECT show, status, count(*) AS entries FROM waitlist WHERE show IS NOT NULL AND NOT ${OPEN} GROUP BY show, status`,
        )
        .toArray()
        .map((row) => ({ ...row, status: row.status as WaitlistStatus })),
    };
  }

  read(key: HoldKey): WaitlistEntry | null {
    return this.#entries("SELECT * FROM waitlist WHERE key = ?", key)[0] ?? null;
  }

  /** Every entry that a lottery drew, or will draw. */
  readDraw(show: string): ReadonlyArray<WaitlistEntry> {
    return this.#entries("SELECT * FROM waitlist WHERE show = ? AND rank IS NOT NULL", show);
  }

  /** A part of them, in order. Who asks for the whole of a large one asks often, and decisions come in between. */
  readDrawPage(
    show: string,
    order: "arrival" | "rank",
    page: { readonly afterPosition: number; readonly limit: number },
  ): { readonly entries: ReadonlyArray<WaitlistEntry>; readonly entryCount: number } {
    const [counted] = this.#sql
      .exec<{ entries: number }>(
        "SELECT count(*) AS entries FROM waitlist WHERE show = ? AND rank IS NOT NULL",
        show,
      )
      .toArray();
    return {
      entryCount: counted?.entries ?? 0,
      entries: this.#entries(
        `SELECT * FROM waitlist WHERE show = ? AND rank IS NOT NULL
         ORDER BY ${order === "rank" ? "rank, seq" : "seq"} LIMIT ? OFFSET ?`,
        show,
        page.limit,
        page.afterPosition,
      ),
    };
  }

  /** Offers that live and that nobody outside was told of yet. */
  readUntold(): ReadonlyArray<WaitlistEntry> {
    return this.#entries("SELECT * FROM waitlist WHERE status = 'offered' AND is_told = 0");
  }

  markTold(keys: ReadonlyArray<HoldKey>): void {
    this.#sql.exec(
      "UPDATE waitlist SET is_told = 1 WHERE key IN (SELECT value FROM json_each(?))",
      JSON.stringify(keys),
    );
  }

  write(entries: ReadonlyArray<WaitlistEntry>, atMs: number): void {
    if (entries.length === 0) return;
    const rows = entries.map((entry) => [
      entry.key,
      entry.seq,
      entry.buyer,
      entry.quantity,
      entry.show,
      entry.ttlSeconds,
      entry.status,
      entry.rank,
      entry.offeredAtMs,
      entry.createdAtMs,
      atMs,
    ]);
    const columns = Array.from({ length: 11 }, (_, index) => `value->>${index}`).join(", ");
    this.#sql.exec(
      `INSERT INTO waitlist (key, seq, buyer, quantity, show, ttl_seconds, status, rank, offered_at_ms, created_at_ms,
         changed_at_ms) SELECT ${columns} FROM json_each(?) WHERE true
       ON CONFLICT (key) DO UPDATE SET status = excluded.status, offered_at_ms = excluded.offered_at_ms,
         changed_at_ms = excluded.changed_at_ms`,
      JSON.stringify(rows),
    );
  }

  readGates(): ReadonlyArray<string> {
    return this.#sql
      .exec<{ name: string }>("SELECT name FROM gate")
      .toArray()
      .map(({ name }) => name);
  }

  addGate(name: string): void {
    this.#sql.exec("INSERT INTO gate (name) VALUES (?) ON CONFLICT DO NOTHING", name);
  }

  removeGate(name: string): void {
    this.#sql.exec("DELETE FROM gate WHERE name = ?", name);
  }

  /** Forgets entries that came to nothing and belong to no draw, a bounded number at a time. */
  prune(changedBeforeMs: number, rowsMax: number): void {
    this.#sql.exec(
      `DELETE FROM waitlist WHERE key IN (
         SELECT key FROM waitlist WHERE NOT ${OPEN} AND show IS NULL AND changed_at_ms < ? LIMIT ?)`,
      changedBeforeMs,
      rowsMax,
    );
  }

  #entries(query: string, ...bindings: ReadonlyArray<SqlValue>): Array<WaitlistEntry> {
    return this.#sql
      .exec<EntryRow>(query, ...bindings)
      .toArray()
      .map((row) => ({
        key: row.key,
        buyer: row.buyer as BuyerKey,
        quantity: row.quantity,
        show: row.show,
        ttlSeconds: row.ttl_seconds,
        status: row.status as WaitlistStatus,
        seq: row.seq,
        rank: row.rank,
        offeredAtMs: row.offered_at_ms,
        createdAtMs: row.created_at_ms,
      }));
  }
}
