import { desc, eq, lt } from "drizzle-orm";

import { auditRow, type Actor } from "./audit.ts";
import type { Db } from "./client.ts";
import type { OutboxRow } from "./outbox.ts";
import { auditLog, deadLetter, outbox } from "./schema/platform.ts";

export type DeadLetterRow = typeof deadLetter.$inferSelect;

/** One figure for each combination of labels. */
export type Gauge = {
  readonly name: string;
  readonly help: string;
  readonly samples: ReadonlyArray<{
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }>;
};

type Counted = { readonly label: string; readonly value: number };

/** What an operator watches. Labels are our own words, never what a caller sent. */
export async function readGauges(db: Db, nowMs: number): Promise<Array<Gauge>> {
  const [orders, payments, fulfillments, outboxRows, outboxAge, deadLetters, skus, locations, keys] =
    await db.d1.batch<Counted>([
      db.d1.prepare("SELECT status AS label, count(*) AS value FROM orders GROUP BY status"),
      db.d1.prepare("SELECT payment_status AS label, count(*) AS value FROM orders GROUP BY payment_status"),
      db.d1.prepare(
        "SELECT fulfillment_status AS label, count(*) AS value FROM orders GROUP BY fulfillment_status",
      ),
      db.d1.prepare("SELECT queue AS label, count(*) AS value FROM outbox GROUP BY queue"),
      db.d1
        .prepare(
          "SELECT '' AS label, max(0, ?1 - coalesce(min(created_at_ms), ?1)) / 1000.0 AS value FROM outbox",
        )
        .bind(nowMs),
      db.d1.prepare(
        "SELECT queue AS label, count(*) AS value FROM dead_letter WHERE replayed_at_ms IS NULL GROUP BY queue",
      ),
      db.d1.prepare("SELECT '' AS label, count(*) AS value FROM sku"),
      db.d1.prepare("SELECT '' AS label, count(*) AS value FROM location"),
      db.d1.prepare(
        "SELECT kind AS label, count(*) AS value FROM api_key WHERE revoked_at_ms IS NULL GROUP BY kind",
      ),
    ]);
  return [
    gauge("holdfast_orders", "Orders by status.", "status", orders),
    gauge("holdfast_orders_by_payment", "Orders by payment status.", "payment_status", payments),
    gauge(
      "holdfast_orders_by_fulfillment",
      "Orders by fulfillment status.",
      "fulfillment_status",
      fulfillments,
    ),
    gauge("holdfast_outbox_rows", "Messages committed and not yet handled, by queue.", "queue", outboxRows),
    gauge("holdfast_outbox_age_seconds", "Age of the oldest message not yet handled.", null, outboxAge),
    gauge("holdfast_dead_letters", "Messages given up and not replayed, by queue.", "queue", deadLetters),
    gauge("holdfast_skus", "SKUs in the catalogue.", null, skus),
    gauge("holdfast_locations", "Locations.", null, locations),
    gauge("holdfast_keys", "Live keys by kind.", "kind", keys),
  ];
}

function gauge(
  name: string,
  help: string,
  label: string | null,
  result: D1Result<Counted> | undefined,
): Gauge {
  return {
    name,
    help,
    samples: (result?.results ?? []).map((row) => ({
      labels: label === null ? {} : { [label]: row.label },
      value: row.value,
    })),
  };
}

/** Whether the database answers. */
export async function ping(db: Db): Promise<boolean> {
  try {
    return (await db.d1.prepare("SELECT 1 AS one").first<number>("one")) === 1;
  } catch {
    return false;
  }
}

/** Newest first. Ids are ordered by time. */
export async function listDeadLetters(
  db: Db,
  beforeId: string | null,
  limit: number,
): Promise<Array<DeadLetterRow>> {
  return db.orm
    .select()
    .from(deadLetter)
    .where(beforeId === null ? undefined : lt(deadLetter.id, beforeId))
    .orderBy(desc(deadLetter.id))
    .limit(limit);
}

export async function findDeadLetter(db: Db, id: string): Promise<DeadLetterRow | null> {
  const [row] = await db.orm.select().from(deadLetter).where(eq(deadLetter.id, id));
  return row ?? null;
}

/** @param again - What is sent because of it. */
export async function markReplayed(
  db: Db,
  id: string,
  actor: Actor,
  again: OutboxRow,
  nowMs: number,
): Promise<void> {
  await db.orm.batch([
    db.orm.update(deadLetter).set({ replayedAtMs: nowMs }).where(eq(deadLetter.id, id)),
    db.orm.insert(outbox).values(again),
    db.orm.insert(auditLog).values(auditRow(actor, "dead_letter.replayed", `dead_letter:${id}`, {}, nowMs)),
  ]);
}
