import type { Sql } from "../shared/sql.ts";

/** Two rounds of a gate and a little: one that says nothing for so long has nobody left, or is lost. */
const TOLD_FOR_MS = 150_000;

export class BoardStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  writeSockets(gate: string, sockets: number, nowMs: number): void {
    this.#sql.exec("DELETE FROM gate_sockets WHERE gate = ? OR told_at_ms < ?", gate, nowMs - TOLD_FOR_MS);
    if (sockets === 0) return;
    this.#sql.exec(
      "INSERT INTO gate_sockets (gate, sockets, told_at_ms) VALUES (?, ?, ?)",
      gate,
      sockets,
      nowMs,
    );
  }

  readSockets(nowMs: number): number {
    const [row] = this.#sql
      .exec<{ sockets: number }>(
        "SELECT coalesce(sum(sockets), 0) AS sockets FROM gate_sockets WHERE told_at_ms >= ?",
        nowMs - TOLD_FOR_MS,
      )
      .toArray();
    return row?.sockets ?? 0;
  }
}
