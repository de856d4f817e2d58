import { DurableObject } from "cloudflare:workers";

import type { LocationCode, Sku } from "../../domain/brand.ts";
import { closeDrop, drawDrop, drawOf, dropReport, putDrop } from "../../domain/inventory/change-drop.ts";
import {
  convertHold,
  extendHold,
  releaseHold,
  secureHold,
  startPaying,
  stopPaying,
} from "../../domain/inventory/change-hold.ts";
import type { DropReport } from "../../domain/inventory/drop.ts";
import type {
  DropRefusal,
  HoldChangeRefusal,
  HoldRefusal,
  StockRefusal,
  WaitlistRefusal,
} from "../../domain/inventory/errors.ts";
import type { HoldKey, HoldPart } from "../../domain/inventory/hold.ts";
import { joinWaitlist, leaveWaitlist, placeOf } from "../../domain/inventory/join-waitlist.ts";
import { liveHolds } from "../../domain/inventory/live-holds.ts";
import { moveStock } from "../../domain/inventory/move-stock.ts";
import {
  allocateStock,
  changeOrderStock,
  commitmentKey,
  commitStock,
  deallocateStock,
  releaseOrderStock,
  shipStock,
} from "../../domain/inventory/order-stock.ts";
import type {
  AllocateStock,
  ChangeOrderStock,
  CommitStock,
  ConfigureSku,
  Draw,
  DrawPage,
  JoinWaitlist,
  LatestMovements,
  LedgerPage,
  Movement,
  MoveStock,
  PutDrop,
  ReleaseOrder,
  SkuNews,
  SkuPort,
  StockReport,
  Storing,
  SweepReport,
  TakeHold,
} from "../../domain/inventory/sku-port.ts";
import type { SkuStock } from "../../domain/inventory/sku-stock.ts";
import { sweepReport } from "../../domain/inventory/sweep.ts";
import { takeHold } from "../../domain/inventory/take-holds.ts";
import type { WaitlistPlace } from "../../domain/inventory/waitlist-entry.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import { nameInObject } from "../shared/object-name.ts";
import { Turn } from "../shared/turn.ts";
import { DropReports } from "./drop-reports.ts";
import { readClaims, writeOutcomes } from "./hold-text.ts";
import { SkuKeeper, type PastFacts } from "./keeper.ts";
import { SkuNewsDesk } from "./news-desk.ts";
import { makeSeed } from "./seed.ts";

const PRUNED_ROWS_MAX = 5000;

/**
 * The truth of one SKU: its stock at every location, its holds, drops and waitlists, its ledger. Single-threaded and
 * synchronous between reading and writing, so that a decision and its write cannot be raced. Named by the SKU.
 */
export class SkuDurableObject extends DurableObject<Env> implements SkuPort {
  readonly #keeper: SkuKeeper;
  readonly #news: SkuNewsDesk;
  /** By show, as it was a moment ago. */
  readonly #dropReports = new DropReports();
  readonly #turn = new Turn();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#keeper = new SkuKeeper(ctx.storage, (nowMs) => this.#news.notice(nowMs));
    this.#news = new SkuNewsDesk(ctx.storage, env, this.#keeper);
  }

  async configure(command: ConfigureSku): Promise<StockReport> {
    this.#keeper.configure(command);
    this.#news.restart();
    return this.#keeper.known().report();
  }

  takeHolds(commands: ReadonlyArray<TakeHold>): Promise<Array<Result<HoldPart, HoldRefusal>>> {
    return this.#turn.together(() => {
      const keeper = this.#keeper;
      if (keeper.stock === null) return commands.map(() => err({ code: "sku_unknown", sku: this.#sku() }));
      return keeper.decide(
        (stock, nowMs, past) => {
          const resolved = keeper.hasResolvedHolds
            ? keeper.store.readHolds(
                commands.map(({ key }) => key),
                stock.sku,
              )
            : new Map<HoldKey, HoldPart>();
          return commands.map((command) => takeHold(stock, command, { resolved, ...past }, nowMs));
        },
        { buyers: commands.map(({ buyer }) => buyer) },
      );
    });
  }

  /** As `takeHolds`, with one text each way; see `hold-text.ts`. */
  async takeHoldsInText(text: string): Promise<string> {
    const claims = readClaims(text);
    return writeOutcomes(await this.takeHolds(claims), claims);
  }

  async readHold(key: HoldKey): Promise<HoldPart | null> {
    return this.#keeper.stock === null ? null : this.#keeper.decide(() => this.#keeper.find(key));
  }

  async releaseHold(key: HoldKey): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => releaseHold(stock, part, nowMs));
  }

  async extendHold(key: HoldKey, ttlSeconds: number): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part, nowMs) => extendHold(stock, part, ttlSeconds, nowMs));
  }

  async secureHold(key: HoldKey): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#changeHold(key, (stock, part) => secureHold(stock, part));
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
      commitStock(stock, command, this.#keeper.find(commitmentKey(command.orderId)), nowMs),
    );
  }

  async releaseOrder({ orderId, holdKey }: ReleaseOrder): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) => {
      const part = this.#keeper.store.readHoldOfOrder(orderId, holdKey, stock.sku);
      return releaseOrderStock(stock, orderId, part, nowMs);
    });
  }

  async changeOrder(command: ChangeOrderStock): Promise<Result<StockReport, StockRefusal>> {
    const { id, orderId, holdKey, fromHolds } = command;
    const { store } = this.#keeper;
    return this.#changeStock((stock, nowMs) => {
      const part = stock.holdOfOrder(orderId) ?? store.readHoldOfOrder(orderId, holdKey, stock.sku);
      const held = fromHolds.flatMap((key) => this.#keeper.find(key) ?? []);
      return changeOrderStock(stock, command, { earlier: store.readMovement(id), part, held }, nowMs);
    });
  }

  async allocate(command: AllocateStock): Promise<Result<StockReport, StockRefusal>> {
    const { store } = this.#keeper;
    return this.#changeStock((stock, nowMs) => {
      const earlier = store.readAllocation(command.allocationId);
      const replaced = command.replaces === undefined ? null : store.readAllocation(command.replaces);
      return allocateStock(stock, command, { earlier, replaced }, nowMs);
    });
  }

  async deallocate(command: { readonly allocationId: string }): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) => {
      const allocation = this.#keeper.store.readAllocation(command.allocationId);
      const commitment = allocation === null ? null : this.#keeper.find(allocation.holdKey);
      return deallocateStock(stock, allocation, commitment, nowMs);
    });
  }

  async ship(command: { readonly allocationId: string }): Promise<Result<StockReport, StockRefusal>> {
    return this.#changeStock((stock, nowMs) =>
      shipStock(stock, this.#keeper.store.readAllocation(command.allocationId), nowMs),
    );
  }

  async move(commands: ReadonlyArray<MoveStock>): Promise<Array<Result<StockReport, StockRefusal>>> {
    // In order, each by itself: a later movement may repeat the id of an earlier one.
    return Promise.all(
      commands.map((command) =>
        this.#changeStock((stock, nowMs) =>
          moveStock(stock, command, this.#keeper.store.readMovement(command.id), nowMs),
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

  putDrop(command: PutDrop): Promise<Result<DropReport, DropRefusal>> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return err({ code: "sku_unknown", sku: this.#sku() });
      const put = this.#keeper.decide((stock, nowMs) => putDrop(stock, command, makeSeed, nowMs));
      return put.ok ? ok(this.#reportDrop(command.show, "state") as DropReport) : put;
    });
  }

  closeDrop(show: string): Promise<DropReport | null> {
    return this.#changeDrop(show, closeDrop);
  }

  drawDrop(show: string): Promise<DropReport | null> {
    return this.#changeDrop(show, drawDrop);
  }

  async readDrop(show: string, detail: "state" | "figures"): Promise<DropReport | null> {
    return this.#keeper.stock === null ? null : this.#reportDrop(show, detail);
  }

  async readDraw(show: string, page: DrawPage): Promise<Draw | null> {
    if (this.#keeper.stock === null) return null;
    return this.#keeper.decide((stock) => {
      const drop = stock.drops.find(show);
      if (drop === undefined) return null;
      const order = drop.drawnAtMs === null ? "arrival" : "rank";
      return drawOf(drop, this.#keeper.store.waitlist.readDrawPage(show, order, page));
    });
  }

  joinWaitlist(command: JoinWaitlist): Promise<Result<WaitlistPlace, WaitlistRefusal>> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return err({ code: "sku_unknown", sku: this.#sku() });
      const ended = this.#keeper.store.waitlist.read(command.key);
      const joined = this.#keeper.decide((stock, nowMs, past) =>
        ended === null ? joinWaitlist(stock, command, past, nowMs) : ok(placeOf(stock, ended)),
      );
      // Units that are there were offered to the line before the answer.
      return joined.ok ? ok(this.#findPlace(joined.value.entry.key) ?? joined.value) : joined;
    });
  }

  leaveWaitlist(key: HoldKey): Promise<WaitlistPlace | null> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return null;
      this.#keeper.decide((stock, nowMs) => {
        const entry = stock.waitlist.find(key);
        if (entry !== undefined) leaveWaitlist(stock, entry, nowMs);
      });
      return this.#findPlace(key);
    });
  }

  async readWaitlist(key: HoldKey): Promise<WaitlistPlace | null> {
    if (this.#keeper.stock === null) return null;
    this.#keeper.decide(() => null);
    return this.#findPlace(key);
  }

  async liveHolds(asked: { readonly show: string | null; readonly limit: number }) {
    return this.#keeper.stock === null
      ? null
      : this.#keeper.decide((stock) => liveHolds(stock.openHolds(), asked));
  }

  async watch(gate: string): Promise<SkuNews | null> {
    if (this.#keeper.stock === null) return null;
    this.#keeper.decide(() => null);
    return this.#news.watch(gate);
  }

  async unwatch(gate: string): Promise<void> {
    if (this.#keeper.stock !== null) this.#news.unwatch(gate);
  }

  async stock(): Promise<StockReport | null> {
    if (this.#keeper.stock === null) return null;
    this.#keeper.decide(() => null);
    return this.#keeper.known().report();
  }

  async movements(page: LedgerPage): Promise<ReadonlyArray<Movement>> {
    if (this.#keeper.stock === null) return [];
    this.#keeper.decide(() => null);
    return this.#keeper.store.readMovements(page.afterSeq, page.limit);
  }

  async latestMovements(page: LatestMovements): Promise<ReadonlyArray<Movement>> {
    if (this.#keeper.stock === null) return [];
    this.#keeper.decide(() => null);
    return this.#keeper.store.readLatestMovements(page);
  }

  async sweep({ pruneBeforeMs }: { readonly pruneBeforeMs: number }): Promise<SweepReport | null> {
    if (this.#keeper.stock === null) return null;
    const nowMs = this.#keeper.decide((_stock, now) => now);
    this.#keeper.store.prune(pruneBeforeMs, PRUNED_ROWS_MAX);
    this.#keeper.store.waitlist.prune(pruneBeforeMs, PRUNED_ROWS_MAX);
    return sweepReport(this.#keeper.known(), nowMs);
  }

  /** Cleans up. Nothing is decided here: late, twice or never, the stock stays right. */
  override async alarm(): Promise<void> {
    this.#news.alarmRang();
    try {
      if (this.#keeper.stock !== null) this.#keeper.decide(() => null);
    } catch (error) {
      // A handler that throws six times is never called again, so it does not throw: it is armed again below.
      console.error(JSON.stringify({ message: "stock alarm failed", error: String(error) }));
    } finally {
      this.#news.notice(Date.now());
    }
  }

  #changeHold(
    key: HoldKey,
    change: (stock: SkuStock, part: HoldPart, nowMs: number) => Result<HoldPart, HoldChangeRefusal>,
    storing: Storing = "at_once",
  ): Promise<Result<HoldPart, HoldChangeRefusal>> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return err({ code: "hold_unknown" });
      return this.#keeper.decide(
        (stock, nowMs) => {
          const part = this.#keeper.find(key);
          return part === null ? err({ code: "hold_unknown" }) : change(stock, part, nowMs);
        },
        { storing },
      );
    });
  }

  #changeStock(
    change: (stock: SkuStock, nowMs: number, past: PastFacts) => Result<null, StockRefusal>,
  ): Promise<Result<StockReport, StockRefusal>> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return err({ code: "sku_unknown", sku: this.#sku() });
      const result = this.#keeper.decide(change);
      return result.ok ? ok(this.#keeper.known().report()) : result;
    });
  }

  #changeDrop(
    show: string,
    change: (stock: SkuStock, show: string, nowMs: number) => void,
  ): Promise<DropReport | null> {
    return this.#turn.together(() => {
      if (this.#keeper.stock === null) return null;
      this.#keeper.decide((stock, nowMs) => change(stock, show, nowMs));
      return this.#reportDrop(show, "state");
    });
  }

  #reportDrop(show: string, detail: "state" | "figures"): DropReport | null {
    return this.#keeper.decide((stock, nowMs) => {
      const drop = stock.drops.find(show);
      if (drop === undefined) return null;
      if (detail === "state") return dropReport(stock, drop, [], nowMs);
      return this.#dropReports.read(stock, drop, this.#keeper.store.drops, nowMs);
    });
  }

  #findPlace(key: HoldKey): WaitlistPlace | null {
    const stock = this.#keeper.known();
    const entry = stock.waitlist.find(key) ?? this.#keeper.store.waitlist.read(key);
    return entry === null ? null : placeOf(stock, entry);
  }

  /** What this object is named by, configured or not. */
  #sku(): Sku {
    return nameInObject(this.ctx.id.name ?? "") as Sku;
  }
}
