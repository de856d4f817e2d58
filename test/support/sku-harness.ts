import {
  convertHold,
  extendHold,
  releaseHold,
  startPaying,
  stopPaying,
} from "../../src/domain/inventory/change-hold.ts";
import type { HoldChangeRefusal, StockRefusal } from "../../src/domain/inventory/errors.ts";
import type { HoldKey, HoldPart } from "../../src/domain/inventory/hold.ts";
import { moveStock } from "../../src/domain/inventory/move-stock.ts";
import {
  allocateStock,
  commitmentKey,
  commitStock,
  deallocateStock,
  releaseOrderStock,
  shipStock,
} from "../../src/domain/inventory/order-stock.ts";
import type {
  AllocateStock,
  CommitStock,
  ConfigureSku,
  MoveStock,
  TakeHold,
} from "../../src/domain/inventory/sku-port.ts";
import { SkuStock } from "../../src/domain/inventory/sku-stock.ts";
import { takeHold } from "../../src/domain/inventory/take-holds.ts";
import { err, type Result } from "../../src/domain/result.ts";
import { migrate } from "../../src/durable-objects/shared/migrate.ts";
import type { Sql } from "../../src/durable-objects/shared/sql.ts";
import { skuMigrations } from "../../src/durable-objects/sku/migrations.ts";
import { SkuStore } from "../../src/durable-objects/sku/store.ts";
import { nodeSql } from "./node-sql.ts";

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
      const facts = {
        resolved: this.store.readHolds(
          commands.map(({ key }) => key),
          stock.sku,
        ),
        boughtBy: this.store.readBought(commands.map((command) => command.buyer)),
      };
      return commands.map((command) => takeHold(stock, command, facts, nowMs));
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
    return this.#decide((stock, nowMs) =>
      allocateStock(stock, command, this.store.readAllocation(command.allocationId), nowMs),
    );
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

  #find(key: HoldKey): HoldPart | null {
    return this.stock.hold(key) ?? this.store.readHold(key, this.stock.sku);
  }

  #decide<Outcome>(decision: (stock: SkuStock, nowMs: number) => Outcome): Outcome {
    const crash = this.crashNext;
    this.crashNext = null;
    const nowMs = this.stock.now(this.nowMs);
    this.sql.exec("BEGIN");
    try {
      this.stock.expireDue(nowMs);
      this.#save();
      const outcome = decision(this.stock, nowMs);
      this.#save();
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
