import type { Migration } from "../shared/migrate.ts";
import type { Sql } from "../shared/sql.ts";
import type { Attempt, BeginAttempt, Begun } from "./port.ts";

/** After this nobody is still at it: payment and database calls are bounded far below. */
export const ATTEMPT_LEASE_MS = 60_000;

export const attemptMigrations: ReadonlyArray<Migration> = [
  {
    id: "0001_attempt",
    statements: [
      `CREATE TABLE attempt (
         order_id TEXT PRIMARY KEY,
         attempt TEXT NOT NULL,
         home TEXT NOT NULL,
         hold_key TEXT NOT NULL,
         provider TEXT NOT NULL,
         payment_key TEXT NOT NULL,
         started_at_ms INTEGER NOT NULL,
         leased_until_ms INTEGER NOT NULL,
         is_revoked INTEGER NOT NULL DEFAULT 0 CHECK (is_revoked IN (0, 1))
       ) STRICT, WITHOUT ROWID`,
    ],
  },
];

type AttemptRow = {
  order_id: string;
  attempt: string;
  home: string;
  hold_key: string;
  provider: string;
  payment_key: string;
  started_at_ms: number;
  leased_until_ms: number;
  is_revoked: number;
};

/**
 * Attempts at placing an order that are not settled yet, on disk: after a crash they are the only thing that knows of
 * a payment whose order was never written.
 */
export class AttemptStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** @param nonce - Never given before: it keeps the payment of an attempt that is made again apart from the one taken back. */
  begin(wanted: BeginAttempt, nonce: string, nowMs: number): Begun {
    const row = this.#read(wanted.orderId);
    if (row === undefined) return { status: "begun", paymentKey: this.#insert(wanted, nonce, nowMs) };
    if (row.attempt !== wanted.attempt) return { status: "taken" };
    if (row.is_revoked === 1 || row.leased_until_ms > nowMs) return { status: "in_progress" };
    // The first caller is gone. The payment key stays, so that what it paid for is found and not paid again.
    this.#sql.exec(
      "UPDATE attempt SET leased_until_ms = ? WHERE order_id = ?",
      nowMs + ATTEMPT_LEASE_MS,
      wanted.orderId,
    );
    return { status: "begun", paymentKey: row.payment_key };
  }

  isCommittable(orderId: string, attempt: string): boolean {
    const row = this.#read(orderId);
    return row?.attempt === attempt && row.is_revoked === 0;
  }

  revoke(orderId: string, attempt: string): void {
    this.#sql.exec("UPDATE attempt SET is_revoked = 1 WHERE order_id = ? AND attempt = ?", orderId, attempt);
  }

  settle(orderId: string, attempt: string): void {
    this.#sql.exec("DELETE FROM attempt WHERE order_id = ? AND attempt = ?", orderId, attempt);
  }

  stale(nowMs: number, limit: number): Array<Attempt> {
    return this.#sql
      .exec<AttemptRow>(
        "SELECT * FROM attempt WHERE leased_until_ms <= ? ORDER BY leased_until_ms LIMIT ?",
        nowMs,
        limit,
      )
      .toArray()
      .map((row) => ({
        orderId: row.order_id,
        attempt: row.attempt,
        home: row.home,
        holdKey: row.hold_key,
        provider: row.provider,
        paymentKey: row.payment_key,
        startedAtMs: row.started_at_ms,
      }));
  }

  #read(orderId: string): AttemptRow | undefined {
    return this.#sql.exec<AttemptRow>("SELECT * FROM attempt WHERE order_id = ?", orderId).toArray()[0];
  }

  #insert(wanted: BeginAttempt, nonce: string, nowMs: number): string {
    const paymentKey = `${wanted.orderId}:${nonce}`;
    this.#sql.exec(
      "INSERT INTO attempt (order_id, attempt, home, hold_key, provider, payment_key, started_at_ms, leased_until_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      wanted.orderId,
      wanted.attempt,
      wanted.home,
      wanted.holdKey,
      wanted.provider,
      paymentKey,
      nowMs,
      nowMs + ATTEMPT_LEASE_MS,
    );
    return paymentKey;
  }
}
