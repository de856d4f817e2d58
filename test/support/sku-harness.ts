import { createHash } from "node:crypto";

import type { BuyerKey } from "../../src/domain/brand.ts";
import {
  closeDrop,
  drawDrop,
  dropReport,
  putDrop,
  type LotterySeed,
} from "../../src/domain/inventory/change-drop.ts";
import {
  convertHold,
  extendHold,
  releaseHold,
  secureHold,
  startPaying,
  stopPaying,
} from "../../src/domain/inventory/change-hold.ts";
import type { Drop, DropReport } from "../../src/domain/inventory/drop.ts";
import type {
  DropRefusal,
  HoldChangeRefusal,
  StockRefusal,
  WaitlistRefusal,
} from "../../src/domain/inventory/errors.ts";
import type { HoldKey, HoldPart } from "../../src/domain/inventory/hold.ts";
import {
  joinWaitlist,
  leaveWaitlist,
  placeOf,
  type Digest,
} from "../../src/domain/inventory/join-waitlist.ts";
import type { Bought } from "../../src/domain/inventory/limits.ts";
import { moveStock } from "../../src/domain/inventory/move-stock.ts";
import {
  allocateStock,
  changeOrderStock,
  commitmentKey,
  commitStock,
  deallocateStock,
  releaseOrderStock,
  shipStock,
} from "../../src/domain/inventory/order-stock.ts";
import { settle } from "../../src/domain/inventory/settle.ts";
import type {
  AllocateStock,
  CommitStock,
  ConfigureSku,
  JoinWaitlist,
  MoveStock,
  PutDrop,
  TakeHold,
} from "../../src/domain/inventory/sku-port.ts";
import { SkuStock } from "../../src/domain/inventory/sku-stock.ts";
import { takeHold } from "../../src/domain/inventory/take-holds.ts";
import type { WaitlistPlace } from "../../src/domain/inventory/waitlist-entry.ts";
import { err, ok, type Result } from "../../src/domain/result.ts";
import { migrate } from "../../src/durable-objects/shared/migrate.ts";
import type { Sql } from "../../src/durable-objects/shared/sql.ts";
import { skuMigrations } from "../../src/durable-objects/sku/migrations.ts";
import { SkuStore } from "../../src/durable-objects/sku/store.ts";
import { nodeSql } from "./node-sql.ts";

const digest: Digest = (text) => createHash("sha256").update(text).digest("hex");

/** The object died; whoever called it does not know whether it decided. */
export class Crash extends Error {}

/**
 * The pure decisions over the real store on real SQLite, in Node and with a clock of its own: what the Durable Object
 * does, without workerd. `restart` forgets everything that was not stored.
 */
export class SkuHarness {
  nowMs = 1_800_000_000_000;
  /** Makes the next decision die before or after its transaction commits. */
  crashNext: "before" | "after" | null = null;
  readonly sql: Sql = nodeSql();
  readonly store: SkuStore = new SkuStore(this.sql);
  stock: SkuStock;
  #seeds = 0;

  constructor(config: ConfigureSku) {
    migrate(this.sql, skuMigrations);
    this.store.writeConfig(config);
    this.stock = this.#load();
  }

  restart(): void {
    this.stock = this.#load();
  }

  takeHolds(commands: ReadonlyArray<TakeHold>): ReturnType<typeof takeHold>[] {
    return this.#decide((stock, nowMs) => {
      const keys = commands.map(({ key }) => key);
      const facts = { resolved: this.store.readHolds(keys, stock.sku), bought: this.#bought, digest };
      return commands.map((command) => takeHold(stock, command, facts, nowMs));
    });
  }

  putDrop(command: PutDrop): Result<Drop, DropRefusal> {
    return this.#decide((stock, nowMs) => putDrop(stock, command, () => this.#makeSeed(), nowMs));
  }

  closeDrop(show: string): void {
    this.#decide((stock, nowMs) => closeDrop(stock, show, nowMs));
  }

  drawDrop(show: string): void {
    this.#decide((stock, nowMs) => drawDrop(stock, show, nowMs));
  }

  secure(key: HoldKey) {
    return this.changeHold(key, secureHold);
  }

  join(command: JoinWaitlist): Result<WaitlistPlace, WaitlistRefusal> {
    const joined = this.#decide((stock, nowMs) =>
      joinWaitlist(stock, command, { bought: this.#bought, digest }, nowMs),
    );
    // Units that are there were offered to the line before the answer.
    return joined.ok ? ok(this.place(joined.value.entry.key) ?? joined.value) : joined;
  }

  leave(key: HoldKey): WaitlistPlace | null {
    this.#decide((stock, nowMs) => {
      const entry = stock.waitlist.find(key);
      if (entry !== undefined) leaveWaitlist(stock, entry, nowMs);
    });
    return this.place(key);
  }

  place(key: HoldKey): WaitlistPlace | null {
    this.#decide(() => null);
    const entry = this.stock.waitlist.find(key) ?? this.store.waitlist.read(key);
    return entry === null ? null : placeOf(this.stock, entry);
  }

  dropReport(show: string): DropReport {
    return this.#decide((stock, nowMs) => {
      const drop = stock.drops.find(show);
      if (drop === undefined) throw new Error(`no drop in ${show}`);
      return dropReport(stock, drop, this.store.drops.readAwards(show), nowMs);
    });
  }

  changeHold(
    key: HoldKey,
    change: (stock: SkuStock, part: HoldPart, nowMs: number) => Result<HoldPart, HoldChangeRefusal>,
  ): Result<HoldPart, HoldChangeRefusal> {
    return this.#decide((stock, nowMs) => {
      const part = this.#find(key);
      return part === null ? err({ code: "hold_unknown" }) : change(stock, part, nowMs);
    });
  }

  readHold(key: HoldKey): HoldPart | null {
    return this.#decide(() => this.#find(key));
  }

  release(key: HoldKey) {
    return this.changeHold(key, releaseHold);
  }

  extend(key: HoldKey, ttlSeconds: number) {
    return this.changeHold(key, (stock, part, nowMs) => extendHold(stock, part, ttlSeconds, nowMs));
  }

  startPaying(key: HoldKey, orderId: string) {
    return this.changeHold(key, (stock, part, nowMs) => startPaying(stock, part, orderId, nowMs));
  }

  stopPaying(key: HoldKey, orderId: string) {
    return this.changeHold(key, (stock, part, nowMs) => stopPaying(stock, part, orderId, nowMs));
  }

  convert(key: HoldKey, orderId: string) {
    return this.changeHold(key, (stock, part, nowMs) => convertHold(stock, part, orderId, nowMs));
  }

  commit(command: CommitStock): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) =>
      commitStock(stock, command, this.#find(commitmentKey(command.orderId)), nowMs),
    );
  }

  allocate(command: AllocateStock): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) => {
      const earlier = this.store.readAllocation(command.allocationId);
      const replaced = command.replaces === undefined ? null : this.store.readAllocation(command.replaces);
      return allocateStock(stock, command, { earlier, replaced }, nowMs);
    });
  }

  deallocate(allocationId: string): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) => {
      const allocation = this.store.readAllocation(allocationId);
      return deallocateStock(
        stock,
        allocation,
        allocation === null ? null : this.#find(allocation.holdKey),
        nowMs,
      );
    });
  }

  ship(allocationId: string): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) => shipStock(stock, this.store.readAllocation(allocationId), nowMs));
  }

  releaseOrder(orderId: string, holdKey: HoldKey | null): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) =>
      releaseOrderStock(stock, orderId, this.store.readHoldOfOrder(orderId, holdKey, stock.sku), nowMs),
    );
  }

  changeOrder(id: string, orderId: string, holdKey: HoldKey, quantity: number): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) => {
      const part = stock.holdOfOrder(orderId) ?? this.store.readHoldOfOrder(orderId, holdKey, stock.sku);
      const command = { id, orderId, holdKey, buyer: "changed" as BuyerKey, quantity, fromHolds: [] };
      const facts = { earlier: this.store.readMovement(id), part, held: [] };
      return changeOrderStock(stock, command, facts, nowMs);
    });
  }

  move(command: MoveStock): Result<null, StockRefusal> {
    return this.#decide((stock, nowMs) =>
      moveStock(stock, command, this.store.readMovement(command.id), nowMs),
    );
  }

  setSafetyStock(location: MoveStock["location"], quantity: number): void {
    this.#decide((stock) => stock.putSafetyTarget(location, quantity));
  }

  report() {
    this.#decide(() => null);
    return this.stock.report();
  }

  readonly #bought: Bought = (buyer, show) =>
    this.store
      .readBought([buyer])
      .filter((row) => show === null || row.show === show)
      .reduce((sum, { quantity }) => sum + quantity, 0);

  #makeSeed(): LotterySeed {
    this.#seeds += 1;
    const seed = `seed-${this.#seeds}`;
    return { seed, seedHash: digest(seed) };
  }

  #find(key: HoldKey): HoldPart | null {
    return this.stock.hold(key) ?? this.store.readHold(key, this.stock.sku);
  }

  #decide<Outcome>(decision: (stock: SkuStock, nowMs: number) => Outcome): Outcome {
    const crash = this.crashNext;
    this.crashNext = null;
    const nowMs = this.stock.now(this.nowMs);
    this.sql.exec("BEGIN");
    try {
      settle(this.stock, this.#bought, nowMs);
      this.#save();
      const outcome = decision(this.stock, nowMs);
      settle(this.stock, this.#bought, nowMs);
      this.#save();
      this.store.drops.writeCounters(this.stock.drops.takeChangedCounters());
      if (crash === "before") throw new Crash("before");
      this.sql.exec("COMMIT");
      if (crash === "after") throw new Crash("after");
      return outcome;
    } catch (error) {
      if (!(error instanceof Crash && error.message === "after")) this.sql.exec("ROLLBACK");
      this.restart();
      throw error;
    }
  }

  #save(): void {
    const changes = this.stock.takeChanges();
    if (changes !== null) this.store.write(changes);
  }

  #load(): SkuStock {
    const rows = this.store.readRows();
    if (rows === null) throw new Error("not configured");
    return new SkuStock(rows);
  }
}
