import type { ChannelSyncMessage } from "../../contract/queue.ts";
import type { SkuNews, StockReport } from "../../domain/inventory/sku-port.ts";
import { gateNamed } from "../gate/client.ts";
import { BuyerNews } from "./buyer-news.ts";
import { GateNews, newsOf } from "./gate-news.ts";
import type { SkuKeeper } from "./keeper.ts";

/** Stock news goes to the queue at most this often, however much changes. */
const PUBLISH_EVERY_MS = 1000;
/** The first change after a quiet time waits only for what comes with it: channels hear of it within two seconds. */
const PUBLISH_DELAY_MS = 50;
/** A change younger than this may not have been told before a restart. */
const NEWS_MS = 60_000;

/**
 * Sees to it that others hear of what changed, and that somebody comes back when something is due. Gates are told within a
 * tenth of a second; the channel-sync queue within one; the alarm is for what ends, opens or is drawn by itself.
 */
export class SkuNewsDesk {
  readonly #storage: DurableObjectStorage;
  readonly #env: Env;
  readonly #keeper: SkuKeeper;
  readonly #gates: GateNews;
  readonly #buyers: BuyerNews;
  #publishedVersion = 0;
  #publishedAtMs = 0;
  #isPublishing = false;
  #alarmAtMs: number | null = null;

  constructor(storage: DurableObjectStorage, env: Env, keeper: SkuKeeper) {
    this.#storage = storage;
    this.#env = env;
    this.#keeper = keeper;
    this.#gates = new GateNews(
      (gate, news) => tellGate(env, gate, news),
      (gate) => keeper.store.waitlist.removeGate(gate),
    );
    this.#buyers = new BuyerNews(keeper.store.waitlist);
    this.restart();
  }

  /** What the object does when it begins to be: a persisted alarm is not trusted, it may have been given up after failures. */
  restart(): void {
    const { stock, store, lastStoredAtMs } = this.#keeper;
    if (stock === null) return;
    for (const gate of store.waitlist.readGates()) this.#gates.add(gate);
    // What changed just before a crash may not have been told; what is older was.
    const newsSinceMs = Date.now() - NEWS_MS;
    this.#publishedVersion = lastStoredAtMs > newsSinceMs ? 0 : stock.version;
    if (lastStoredAtMs > newsSinceMs) this.#buyers.recall(stock, this.#storage.sql, newsSinceMs);
    this.notice(Date.now());
  }

  /** Called after each decision. */
  notice(nowMs: number): void {
    const { stock } = this.#keeper;
    if (stock === null) return;
    const events = stock.takeEvents();
    this.#gates.notice(stock, events, nowMs, () => this.#keeper.stock);
    this.#buyers.notice(events);
    const hasNews = stock.version > this.#publishedVersion || !this.#buyers.isEmpty;
    if (hasNews && !this.#isPublishing) {
      this.#isPublishing = true;
      const waitMs = Math.max(PUBLISH_DELAY_MS, this.#publishedAtMs + PUBLISH_EVERY_MS - nowMs);
      setTimeout(() => void this.#publish(), waitMs);
    }
    // An alarm is a written row, so one that is early enough is left alone.
    const dueMs = stock.nextDueMs(nowMs);
    if (dueMs === null || (this.#alarmAtMs !== null && this.#alarmAtMs <= dueMs)) return;
    this.#alarmAtMs = Math.max(dueMs, nowMs);
    void this.#storage.setAlarm(this.#alarmAtMs);
  }

  alarmRang(): void {
    this.#alarmAtMs = null;
  }

  watch(gate: string): SkuNews {
    this.#keeper.store.waitlist.addGate(gate);
    this.#gates.add(gate);
    const stock = this.#keeper.known();
    const offers = [...stock.waitlist.offered()].flatMap(({ key, buyer }) => {
      const hold = stock.hold(key);
      return hold?.status === "active" ? [{ type: "offered" as const, buyer, hold }] : [];
    });
    return newsOf(stock, offers, Date.now());
  }

  unwatch(gate: string): void {
    this.#keeper.store.waitlist.removeGate(gate);
    this.#gates.remove(gate);
  }

  /** Tells the queue what changed in the last second. News that a crash swallows are told by the next start, or by the sweep. */
  async #publish(): Promise<void> {
    this.#isPublishing = false;
    try {
      if (this.#keeper.stock === null) return;
      this.#keeper.decide(() => null);
      const stock = this.#keeper.known();
      this.#keeper.store.drops.writeCounters(stock.drops.takeChangedCounters());
      await this.#buyers.tell(stock, (messages) => this.#send(messages));
      const report = stock.report();
      if (report.version <= this.#publishedVersion) return;
      // Only what was sent counts: a look that finds nothing new must not put off the next change.
      this.#publishedAtMs = Date.now();
      await this.#send([stockChanged(report)]);
      this.#publishedVersion = report.version;
    } catch (error) {
      console.error(JSON.stringify({ message: "stock news failed", error: String(error) }));
    } finally {
      this.notice(Date.now());
    }
  }

  async #send(messages: ReadonlyArray<ChannelSyncMessage>): Promise<void> {
    await this.#env.CHANNEL_SYNC_QUEUE.sendBatch(
      messages.map((body) => ({ body, contentType: "json" as const })),
    );
  }
}

function stockChanged(report: StockReport): ChannelSyncMessage {
  return {
    type: "stock.changed",
    sku: report.sku,
    available: report.available,
    held: report.held,
    committed: report.committed,
    ring_fenced: report.ringFenced,
    locations: report.locations.map((at) => ({
      location: at.location,
      on_hand: at.onHand,
      allocated: at.allocated,
      safety_stock: at.safetyStock,
      damaged: at.damaged,
      incoming: at.incoming,
    })),
    version: report.version,
  };
}

async function tellGate(env: Env, gate: string, news: SkuNews): Promise<void> {
  await gateNamed(env, gate).tell(news);
}
