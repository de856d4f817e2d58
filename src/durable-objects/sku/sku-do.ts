import { DurableObject } from "cloudflare:workers";

import type { ChannelSyncMessage } from "../../contract/queue.ts";
import type { LocationCode, Sku } from "../../domain/brand.ts";
import {
  convertHold,
  extendHold,
  releaseHold,
  startPaying,
  stopPaying,
} from "../../domain/inventory/change-hold.ts";
import type { HoldChangeRefusal, HoldRefusal, StockRefusal } from "../../domain/inventory/errors.ts";
import { isLive, type HoldKey, type HoldPart } from "../../domain/inventory/hold.ts";
import { moveStock } from "../../domain/inventory/move-stock.ts";
import {
  allocateStock,
  commitmentKey,
  commitStock,
  deallocateStock,
  releaseOrderStock,
  shipStock,
} from "../../domain/inventory/order-stock.ts";
import type {
  AllocateStock,
  CommitStock,
  ConfigureSku,
  Movement,
  MoveStock,
  ReleaseOrder,
  SkuPort,
  StockReport,
  Storing,
  SweepReport,
  TakeHold,
} from "../../domain/inventory/sku-port.ts";
import { SkuStock } from "../../domain/inventory/sku-stock.ts";
import { sweepReport } from "../../domain/inventory/sweep.ts";
import { takeHold } from "../../domain/inventory/take-holds.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { migrate } from "../shared/migrate.ts";
import { nameInObject } from "../shared/object-name.ts";
import { transact } from "../shared/transact.ts";
import { Turn } from "../shared/turn.ts";
import { skuMigrations } from "./migrations.ts";
import { SkuStore } from "./store.ts";

/** How long a change may wait for another one to be stored with: the pause in which a payment without a provider ends. */
const SAVE_SOON_MS = 500;
/** Stock news is told at most this often, however much changes. */
const PUBLISH_DELAY_MS = 1000;
/** A change younger than this may not have been told before a restart. */
const NEWS_MS = 60_000;
const PRUNED_ROWS_MAX = 5000;

/**
 * The truth of one SKU: its stock at every location, its holds, its ledger. Single-threaded and synchronous between
 * reading and writing, so that a decision and its write cannot be raced. Named by the SKU.
 */
export class SkuDurableObject extends DurableObject<Env> implements SkuPort {
  readonly #store: SkuStore;
  readonly #turn = new Turn();
  /** Null until the SKU is configured. Nothing is written before, so that asking for made-up SKUs costs no storage. */
  #stock: SkuStock | null = null;
  /** Whether a key may belong to a resolved hold. Spares a look-up for each hold of a SKU that never had one. */
  #hasResolvedHolds = false;
  #publishedVersion = 0;
  #isTelling = false;
  #isSavingSoon = false;
  #alarmAtMs: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new SkuStore(ctx.storage.sql);
    const isKnown =
      ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'sku'").toArray().length > 0;
    if (!isKnown) return;
    transact(ctx.storage, () => migrate(ctx.storage.sql, skuMigrations));
    this.#load();
    // A persisted alarm is not trusted: it may have been given up after failures.
    this.#arm(Date.now());
  }

  async configure(command: ConfigureSku): Promise<StockReport> {
    // Memory is read again below, and may know what was to be stored soon.
    if (this.#stock !== null) this.#decide(() => null);
    transact(this.ctx.storage, () => {
      migrate(this.ctx.storage.sql, skuMigrations);
      this.#store.writeConfig(command);
    });
    this.#load();
    return this.#known().report();
  }

  takeHolds(commands: ReadonlyArray<TakeHold>): Promise<Array<Result<HoldPart, HoldRefusal>>> {
    return this.#turn.together(() => {
      if (this.#stock === null) return commands.map(() => err({ code: "sku_unknown", sku: this.#sku() }));
      return this.#decide((stock, nowMs) => {
        const isLimited = stock.buyerLimit !== null && this.#hasResolvedHolds;
        const facts = {
          resolved: this.#hasResolvedHolds
            ? this.#store.readHolds(
                commands.map(({ key }) => key),
                stock.sku,
              )
            : new Map<HoldKey, HoldPart>(),
          boughtBy: isLimited ? this.#store.readBought(commands.map(({ buyer }) => buyer)) : new Map(),
        };
        return commands.map((command) => takeHold(stock, command, facts, nowMs));
      });
    });
  }

  async readHold(key: HoldKey): Promise<HoldPart | null> {
    return this.#stock === null ? null : this.#decide((stock) => this.#find(stock, key));
  }

  async releaseHold(key: HoldKey): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => releaseHold(stock, part, nowMs));
  }

  async extendHold(key: HoldKey, ttlSeconds: number): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => extendHold(stock, part, ttlSeconds, nowMs));
  }

  async startPaying(
    key: HoldKey,
    orderId: string,
    storing?: Storing,
  ): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => startPaying(stock, part, orderId, nowMs), storing);
  }

  async stopPaying(key: HoldKey, orderId: string): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => stopPaying(stock, part, orderId, nowMs));
  }

  async convertHold(
    key: HoldKey,
    orderId: string,
    storing?: Storing,
  ): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => convertHold(stock, part, orderId, nowMs), storing);
  }

  async commit(command: CommitStock): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) =>
      commitStock(stock, command, this.#find(stock, commitmentKey(command.orderId)), nowMs),
    );
  }

  async releaseOrder({ orderId, holdKey }: ReleaseOrder): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) =>
      releaseOrderStock(stock, orderId, this.#store.readHoldOfOrder(orderId, holdKey, stock.sku), nowMs),
    );
  }

  async allocate(command: AllocateStock): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) =>
      allocateStock(stock, command, this.#store.readAllocation(command.allocationId), nowMs),
    );
  }

  async deallocate({
    allocationId,
  }: {
    readonly allocationId: string;
  }): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) => {
      const allocation = this.#store.readAllocation(allocationId);
      const commitment = allocation === null ? null : this.#find(stock, allocation.holdKey);
      return deallocateStock(stock, allocation, commitment, nowMs);
    });
  }

  async ship({
    allocationId,
  }: {
    readonly allocationId: string;
  }): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) =>
      shipStock(stock, this.#store.readAllocation(allocationId), nowMs),
    );
  }

  async move(commands: ReadonlyArray<MoveStock>): Promise<Array<Result<StockReport, StockRefusal>>> {
    // In order, each by itself: a later movement may repeat the id of an earlier one.
    return Promise.all(
      commands.map((command) =>
        this.#changeStock((stock, nowMs) =>
          moveStock(stock, command, this.#store.readMovement(command.id), nowMs),
        ),
      ),
    );
  }

  async setSafetyStock(location: LocationCode, quantity: number): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock) => {
      stock.putSafetyTarget(location, quantity);
      return ok(null);
    });
  }

  async stock(): Promise<StockReport | null> {
    if (this.#stock === null) return null;
    this.#decide(() => null);
    return this.#known().report();
  }

  async movements({
    afterSeq,
    limit,
  }: {
    readonly afterSeq: number;
    readonly limit: number;
  }): Promise<ReadonlyArray<Movement>> {
    if (this.#stock === null) return [];
    this.#decide(() => null);
    return this.#store.readMovements(afterSeq, limit);
  }

  async sweep({ pruneBeforeMs }: { readonly pruneBeforeMs: number }): Promise<SweepReport | null> {
    if (this.#stock === null) return null;
    const nowMs = this.#decide((_stock, now) => now);
    this.#store.prune(pruneBeforeMs, PRUNED_ROWS_MAX);
    return sweepReport(this.#known(), nowMs);
  }

  /** Cleans up. Nothing is decided here: late, twice or never, the stock stays right. */
  override async alarm(): Promise<void> {
    this.#alarmAtMs = null;
    try {
      if (this.#stock !== null) this.#decide(() => null);
    } catch (error) {
      // A handler that throws six times is never called again, so it does not throw: it is armed again below.
      console.error(JSON.stringify({ message: "stock alarm failed", error: String(error) }));
    } finally {
      this.#arm(Date.now());
    }
  }

  /** Tells what changed in the last second. News that a crash swallows are told by the sweep. */
  async #tell(): Promise<void> {
    this.#isTelling = false;
    try {
      if (this.#stock === null) return;
      this.#decide(() => null);
      await this.#publish(this.#stock.report());
    } catch (error) {
      console.error(JSON.stringify({ message: "stock news failed", error: String(error) }));
    } finally {
      this.#arm(Date.now());
    }
  }

  async #publish(report: StockReport): Promise<void> {
    if (report.version <= this.#publishedVersion) return;
    const message: ChannelSyncMessage = {
      type: "stock.changed",
      sku: report.sku,
      available: report.available,
      held: report.held,
      committed: report.committed,
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
    await this.env.CHANNEL_SYNC_QUEUE.send(message, { contentType: "json" });
    this.#publishedVersion = report.version;
  }

  #changeHold(
    key: HoldKey,
    change: (stock: SkuStock, part: HoldPart, nowMs: number) => Result<HoldPart, HoldChangeRefusal>,
    storing: Storing = "at_once",
  ): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#turn.together(() => {
      if (this.#stock === null) return err({ code: "hold_unknown" });
      return this.#decide((stock, nowMs) => {
        const part = this.#find(stock, key);
        return part === null ? err({ code: "hold_unknown" }) : change(stock, part, nowMs);
      }, storing);
    });
  }

  #changeStock(
    change: (stock: SkuStock, nowMs: number) => Result<null, StockRefusal>,
  ): Promise<Result<StockReport, StockRefusal>> {
    return this.#turn.together(() => {
      if (this.#stock === null) return err({ code: "sku_unknown", sku: this.#sku() });
      const result = this.#decide(change);
      return result.ok ? ok(this.#known().report()) : result;
    });
  }

  #find(stock: SkuStock, key: HoldKey): HoldPart | null {
    return stock.hold(key) ?? this.#store.readHold(key, stock.sku);
  }

  /**
   * Ends what is due, decides, and stores what changed. Where storing fails, memory is thrown away and read again: it
   * must never know more than the rows, but for what may be stored soon.
   */
  #decide<Outcome>(
    decision: (stock: SkuStock, nowMs: number) => Outcome,
    storing: Storing = "at_once",
  ): Outcome {
    const stock = this.#known();
    const nowMs = stock.now(Date.now());
    try {
      // What expires, and what was to be stored soon, is stored first, so that the decision reads it in the store as well.
      const isDue = (stock.nextEndMs() ?? Infinity) <= nowMs;
      stock.expireDue(nowMs);
      if (isDue || storing === "at_once") this.#save(stock);
      const outcome = decision(stock, nowMs);
      if (storing === "at_once") this.#save(stock);
      else this.#saveSoon();
      return outcome;
    } catch (error) {
      this.#load();
      throw error;
    } finally {
      this.#arm(nowMs);
    }
  }

  #save(stock: SkuStock): void {
    const changes = stock.takeChanges();
    if (changes === null) return;
    transact(this.ctx.storage, () => this.#store.write(changes));
    this.#hasResolvedHolds ||= [...changes.updatedHolds, ...changes.insertedHolds].some(
      ({ status }) => !isLive(status),
    );
  }

  /** What is put off stays in memory, where decisions look first, and goes with the next change that is stored at once. */
  #saveSoon(): void {
    if (this.#isSavingSoon) return;
    this.#isSavingSoon = true;
    setTimeout(() => {
      this.#isSavingSoon = false;
      try {
        if (this.#stock !== null) this.#decide(() => null);
      } catch (error) {
        console.error(JSON.stringify({ message: "stock not stored soon", error: String(error) }));
      }
    }, SAVE_SOON_MS);
  }

  /** What this object is named by, configured or not. */
  #sku(): Sku {
    return nameInObject(this.ctx.id.name ?? "") as Sku;
  }

  #known(): SkuStock {
    if (this.#stock === null) throw new Error("the SKU is not configured");
    return this.#stock;
  }

  #load(): void {
    const rows = this.#store.readRows();
    this.#stock = rows === null ? null : new SkuStock(rows);
    this.#hasResolvedHolds = rows !== null && this.#store.hasResolvedHolds();
    // What changed just before a crash may not have been told; what is older was.
    const isNews = rows !== null && rows.lastAtMs > Date.now() - NEWS_MS;
    this.#publishedVersion = isNews ? 0 : (this.#stock?.version ?? 0);
  }

  /**
   * Sees to it that somebody comes back: for the next hold that ends by an alarm, which is a written row, so one that is
   * early enough is left alone; for news by a timer, which costs nothing and may be lost.
   */
  #arm(nowMs: number): void {
    const stock = this.#stock;
    if (stock === null) return;
    if (stock.version > this.#publishedVersion && !this.#isTelling) {
      this.#isTelling = true;
      setTimeout(() => void this.#tell(), PUBLISH_DELAY_MS);
    }
    const endMs = stock.nextEndMs();
    if (endMs === null || (this.#alarmAtMs !== null && this.#alarmAtMs <= endMs)) return;
    this.#alarmAtMs = Math.max(endMs, nowMs);
    void this.ctx.storage.setAlarm(this.#alarmAtMs);
  }
}
