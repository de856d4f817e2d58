import type { ClaimCounters, DropRows, ResolvedSums } from "../../domain/inventory/drop-book.ts";
import type { Drop, DropPolicy } from "../../domain/inventory/drop.ts";
import type { Sql, SqlRow } from "../shared/sql.ts";

type DropRow = SqlRow & {
  show: string;
  quantity: number;
  policy: string;
  buyer_limit: number | null;
  ttl_seconds: number;
  opens_at_ms: number | null;
  ends_at_ms: number | null;
  closed_at_ms: number | null;
  draws_at_ms: number | null;
  drawn_at_ms: number | null;
  seed: string | null;
  seed_hash: string | null;
  claims: number;
  refused_sold_out: number;
  refused_limit: number;
  sold_out_at_ms: number | null;
};

/** Kendall's τ is computed over this many awards at most, the first by key: a sample, because keys are digests. */
const AWARDS_MAX = 100_000;

/** SQL for the drops of one SKU. */
export class DropStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  readDrops(): ReadonlyArray<DropRows> {
    const drops = this.#sql.exec<DropRow>("SELECT * FROM show_drop").toArray();
    if (drops.length === 0) return [];
    const sums = this.#readResolved();
    return drops.map((row) => ({
      drop: toDrop(row),
      counters: {
        claims: row.claims,
        refusedSoldOut: row.refused_sold_out,
        refusedLimit: row.refused_limit,
        soldOutAtMs: row.sold_out_at_ms,
      },
      resolved: sums.get(row.show) ?? {
        paidHolds: 0,
        soldUnits: 0,
        expiredHolds: 0,
        releasedHolds: 0,
        recycledUnits: 0,
      },
    }));
  }

  writeDrops(drops: ReadonlyArray<Drop>, atMs: number): void {
    for (const drop of drops) {
      this.#sql.exec(
        `INSERT INTO show_drop (show, quantity, policy, buyer_limit, ttl_seconds, opens_at_ms, ends_at_ms, closed_at_ms,
           draws_at_ms, drawn_at_ms, seed, seed_hash, changed_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (show) DO UPDATE SET quantity = excluded.quantity, policy = excluded.policy,
           buyer_limit = excluded.buyer_limit, ttl_seconds = excluded.ttl_seconds, opens_at_ms = excluded.opens_at_ms,
           ends_at_ms = excluded.ends_at_ms, closed_at_ms = excluded.closed_at_ms, draws_at_ms = excluded.draws_at_ms,
           drawn_at_ms = excluded.drawn_at_ms, seed = excluded.seed, seed_hash = excluded.seed_hash,
           changed_at_ms = excluded.changed_at_ms`,
        drop.show,
        drop.quantity,
        drop.policy,
        drop.buyerLimit,
        drop.ttlSeconds,
        drop.opensAtMs,
        drop.endsAtMs,
        drop.closedAtMs,
        drop.drawsAtMs,
        drop.drawnAtMs,
        drop.seed,
        drop.seedHash,
        atMs,
      );
    }
  }

  writeCounters(counters: ReadonlyArray<{ readonly show: string } & ClaimCounters>): void {
    for (const { show, claims, refusedSoldOut, refusedLimit, soldOutAtMs } of counters) {
      this.#sql.exec(
        `UPDATE show_drop SET claims = ?, refused_sold_out = ?, refused_limit = ?, sold_out_at_ms = ? WHERE show = ?`,
        claims,
        refusedSoldOut,
        refusedLimit,
        soldOutAtMs,
        show,
      );
    }
  }

  /** For each hold taken in the show, when its claim arrived and when it was awarded. */
  readAwards(show: string): ReadonlyArray<readonly [number, number]> {
    return this.#sql
      .exec<{ arrived_at_ms: number; created_at_ms: number }>(
        "SELECT arrived_at_ms, created_at_ms FROM hold WHERE show = ? AND arrived_at_ms IS NOT NULL LIMIT ?",
        show,
        AWARDS_MAX,
      )
      .toArray()
      .map((row) => [row.arrived_at_ms, row.created_at_ms]);
  }

  #readResolved(): Map<string, ResolvedSums> {
    const rows = this.#sql
      .exec<
        SqlRow & {
          show: string;
          paid: number;
          sold: number;
          expired: number;
          released: number;
          recycled: number;
        }
      >(
        `SELECT show,
                sum(status = 'converted') AS paid,
                sum(CASE WHEN status = 'converted' THEN quantity - canceled_quantity ELSE 0 END) AS sold,
                sum(status = 'expired') AS expired,
                sum(status = 'released') AS released,
                sum(CASE WHEN status = 'converted' THEN canceled_quantity
                         WHEN status IN ('expired', 'released') THEN quantity * is_secured ELSE 0 END) AS recycled
         FROM hold WHERE show IS NOT NULL AND status NOT IN ('active', 'paying') GROUP BY show`,
      )
      .toArray();
    return new Map(
      rows.map((row) => [
        row.show,
        {
          paidHolds: row.paid,
          soldUnits: row.sold,
          expiredHolds: row.expired,
          releasedHolds: row.released,
          recycledUnits: row.recycled,
        },
      ]),
    );
  }
}

function toDrop(row: DropRow): Drop {
  return {
    show: row.show,
    quantity: row.quantity,
    policy: row.policy as DropPolicy,
    buyerLimit: row.buyer_limit,
    ttlSeconds: row.ttl_seconds,
    opensAtMs: row.opens_at_ms,
    endsAtMs: row.ends_at_ms,
    closedAtMs: row.closed_at_ms,
    drawsAtMs: row.draws_at_ms,
    drawnAtMs: row.drawn_at_ms,
    seed: row.seed,
    seedHash: row.seed_hash,
  };
}
