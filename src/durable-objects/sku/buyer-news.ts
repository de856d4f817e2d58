import type { ChannelSyncMessage } from "../../contract/queue.ts";
import type { BuyerKey, Sku } from "../../domain/brand.ts";
import { composeHoldId, type HoldKey } from "../../domain/inventory/hold.ts";
import type { SkuEvent } from "../../domain/inventory/sku-port.ts";
import type { SkuStock } from "../../domain/inventory/sku-stock.ts";
import { composeWaitlistId } from "../../domain/inventory/waitlist-entry.ts";
import type { Sql, SqlRow } from "../shared/sql.ts";
import type { WaitlistStore } from "./waitlist-store.ts";

/** Holds in one message, and messages in one call: a queue takes 128 KB and 256 KB. */
const HOLDS_MAX = 100;
const MESSAGES_MAX = 10;
/** What a queue that takes nothing can leave waiting here. The oldest is forgotten first. */
const EXPIRED_MAX = 20_000;

type ExpiredHold = {
  readonly key: HoldKey;
  readonly buyer: BuyerKey;
  readonly show: string | null;
  readonly createdAtMs: number;
  readonly expiredAtMs: number;
};

type Send = (messages: ReadonlyArray<ChannelSyncMessage>) => Promise<void>;

/**
 * What happened to buyers and the queue has to be told. Offers are marked in their rows once they were told; expiries are
 * many, and only remembered: after a restart those of the last minute are told again, and the same event twice is one.
 */
export class BuyerNews {
  readonly #waitlist: WaitlistStore;
  #expired: ReadonlyArray<ExpiredHold> = [];
  #mayHaveOffers = false;

  constructor(waitlist: WaitlistStore) {
    this.#waitlist = waitlist;
  }

  get isEmpty(): boolean {
    return this.#expired.length === 0 && !this.#mayHaveOffers;
  }

  notice(events: ReadonlyArray<SkuEvent>): void {
    if (events.length === 0) return;
    this.#mayHaveOffers ||= events.some(({ type }) => type === "offered");
    const expired = events.flatMap(({ type, hold }) => {
      // A basket ends with its home part, whose id is the hold's.
      if (type !== "expired" || hold.home !== null) return [];
      const { key, buyer, show, createdAtMs, resolvedAtMs, expiresAtMs } = hold;
      return [{ key, buyer, show, createdAtMs, expiredAtMs: resolvedAtMs ?? expiresAtMs }];
    });
    this.#expired = [...this.#expired, ...expired].slice(-EXPIRED_MAX);
  }

  /** What may not have been told before a restart is to be told again. */
  recall(stock: SkuStock, sql: Sql, sinceMs: number): void {
    this.#mayHaveOffers = !stock.waitlist.offered().next().done;
    const expired = sql
      .exec<
        SqlRow & {
          key: string;
          buyer: string;
          show: string | null;
          created_at_ms: number;
          resolved_at_ms: number;
        }
      >(
        `SELECT key, buyer, show, created_at_ms, resolved_at_ms FROM hold
         WHERE status = 'expired' AND home IS NULL AND resolved_at_ms >= ? LIMIT ?`,
        sinceMs,
        EXPIRED_MAX,
      )
      .toArray()
      .map((row) => ({
        key: row.key,
        buyer: row.buyer as BuyerKey,
        show: row.show,
        createdAtMs: row.created_at_ms,
        expiredAtMs: row.resolved_at_ms,
      }));
    this.#expired = [...this.#expired, ...expired].slice(-EXPIRED_MAX);
  }

  /** Tells everything. What was not taken is told the next time. */
  async tell(stock: SkuStock, send: Send): Promise<void> {
    this.#mayHaveOffers = false;
    const told = this.#waitlist.readUntold();
    const expired = this.#expired;
    this.#expired = [];
    try {
      const messages = [...offerMessages(stock, told), ...expiryMessages(stock.sku, expired)];
      for (let start = 0; start < messages.length; start += MESSAGES_MAX) {
        await send(messages.slice(start, start + MESSAGES_MAX));
      }
    } catch (error) {
      this.#mayHaveOffers = true;
      this.#expired = [...expired, ...this.#expired].slice(-EXPIRED_MAX);
      throw error;
    }
    if (told.length > 0) this.#waitlist.markTold(told.map(({ key }) => key));
  }
}

function offerMessages(
  stock: SkuStock,
  entries: ReturnType<WaitlistStore["readUntold"]>,
): ReadonlyArray<ChannelSyncMessage> {
  return entries.flatMap((entry) => {
    const hold = stock.hold(entry.key);
    // Nobody needs to hear of an offer that has lapsed.
    if (hold === undefined || entry.offeredAtMs === null) return [];
    return [
      {
        type: "waitlist.offered" as const,
        sku: stock.sku,
        show: entry.show,
        buyer: entry.buyer,
        waitlist: composeWaitlistId(entry),
        hold: composeHoldId(hold.createdAtMs, hold.key, stock.sku),
        quantity: entry.quantity,
        offered_at_ms: entry.offeredAtMs,
        expires_at_ms: hold.expiresAtMs,
      },
    ];
  });
}

function expiryMessages(sku: Sku, expired: ReadonlyArray<ExpiredHold>): ReadonlyArray<ChannelSyncMessage> {
  return Array.from({ length: Math.ceil(expired.length / HOLDS_MAX) }, (_, index) => ({
    type: "holds.expired" as const,
    sku,
    holds: expired
      .slice(index * HOLDS_MAX, (index + 1) * HOLDS_MAX)
      .map(({ key, buyer, show, createdAtMs, expiredAtMs }) => ({
        id: composeHoldId(createdAtMs, key, sku),
        buyer,
        show,
        expired_at_ms: expiredAtMs,
      })),
  }));
}
