import { createHash } from "node:crypto";

import type { BuyerKey } from "../../domain/brand.ts";
import { isLive, type HoldKey, type HoldPart } from "../../domain/inventory/hold.ts";
import type { Digest } from "../../domain/inventory/join-waitlist.ts";
import type { Bought } from "../../domain/inventory/limits.ts";
import { settle } from "../../domain/inventory/settle.ts";
import type { ConfigureSku, Storing } from "../../domain/inventory/sku-port.ts";
import { SkuStock } from "../../domain/inventory/sku-stock.ts";
import { migrate } from "../shared/migrate.ts";
import { transact } from "../shared/transact.ts";
import { skuMigrations } from "./migrations.ts";
import { SkuStore } from "./store.ts";

/** How long a change may wait for another one to be stored with: the pause in which a payment without a provider ends. */
const SAVE_SOON_MS = 500;

/** What a decision may ask of the past. */
export type PastFacts = { readonly bought: Bought; readonly digest: Digest };

type DecideOptions = { readonly buyers?: ReadonlyArray<BuyerKey>; readonly storing?: Storing };

export const digest: Digest = (text) => createHash("sha256").update(text).digest("hex");

/**
 * Keeps one SKU's stock in memory and on disk the same. Everything here is synchronous: nothing is awaited between reading
 * and writing.
 */
export class SkuKeeper {
  readonly store: SkuStore;
  readonly #storage: DurableObjectStorage;
  readonly #onChange: (nowMs: number) => void;
  /** Null until the SKU is configured. Nothing is written before, so that asking for made-up SKUs costs no storage. */
  #stock: SkuStock | null = null;
  /** Whether a key may belong to a resolved hold. Spares a look-up for each hold of a SKU that never had one. */
  #hasResolvedHolds = false;
  /** When anything was last stored, as far as the rows say. */
  #lastStoredAtMs = 0;
  #isSavingSoon = false;

  /** @param onChange - Called after each decision, whatever came of it. */
  constructor(storage: DurableObjectStorage, onChange: (nowMs: number) => void) {
    this.#storage = storage;
    this.#onChange = onChange;
    this.store = new SkuStore(storage.sql);
    const isKnown = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'sku'").toArray().length > 0;
    if (!isKnown) return;
    transact(storage, () => migrate(storage.sql, skuMigrations));
    this.#load();
  }

  get stock(): SkuStock | null {
    return this.#stock;
  }

  get hasResolvedHolds(): boolean {
    return this.#hasResolvedHolds;
  }

  get lastStoredAtMs(): number {
    return this.#lastStoredAtMs;
  }

  /** @throws Error before the SKU is configured. */
  known(): SkuStock {
    if (this.#stock === null) throw new Error("the SKU is not configured");
    return this.#stock;
  }

  configure(command: ConfigureSku): void {
    // Memory is read again below, and may know what was to be stored soon.
    if (this.#stock !== null) this.decide(() => null);
    transact(this.#storage, () => {
      migrate(this.#storage.sql, skuMigrations);
      this.store.writeConfig(command);
    });
    this.#load();
  }

  find(key: HoldKey): HoldPart | null {
    const stock = this.known();
    return stock.hold(key) ?? this.store.readHold(key, stock.sku);
  }

  /**
   * Does what is due, decides, gives what was freed to those who wait, and stores what changed. Where storing fails, memory
   * is thrown away and read again: it must never know more than the rows, but for what may be stored soon.
   *
   * @param buyers - Whose purchases the decision will ask for: read at once.
   */
  decide<Outcome>(
    decision: (stock: SkuStock, nowMs: number, facts: PastFacts) => Outcome,
    { buyers = [], storing = "at_once" }: DecideOptions = {},
  ): Outcome {
    const stock = this.known();
    const nowMs = stock.now(Date.now());
    const bought = this.#boughtBy(buyers);
    const settleNow = () => {
      // What was to be stored soon, and what came due, is stored first, so that decisions read it in the store as well.
      this.#save(stock);
      settle(stock, bought, nowMs);
      this.#save(stock);
    };
    try {
      if (storing === "at_once" || (stock.nextDueMs(nowMs) ?? Infinity) <= nowMs) settleNow();
      const outcome = decision(stock, nowMs, { bought, digest });
      if (storing === "at_once") settleNow();
      else this.#saveSoon();
      return outcome;
    } catch (error) {
      this.#load();
      throw error;
    } finally {
      this.#onChange(nowMs);
    }
  }

  #save(stock: SkuStock): void {
    const changes = stock.takeChanges();
    if (changes === null) return;
    transact(this.#storage, () => this.store.write(changes));
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
        if (this.#stock !== null) this.decide(() => null);
      } catch (error) {
        console.error(JSON.stringify({ message: "stock not stored soon", error: String(error) }));
      }
    }, SAVE_SOON_MS);
  }

  /** Asks the store once for each buyer, and not at all while nobody can have bought anything. */
  #boughtBy(buyers: ReadonlyArray<BuyerKey>): Bought {
    const known = new Map<string, number>();
    const asked = new Set<BuyerKey>();
    const ask = (unasked: ReadonlyArray<BuyerKey>) => {
      for (const buyer of unasked) asked.add(buyer);
      for (const { buyer, show, quantity } of this.store.readBought(unasked)) {
        known.set(buyer, (known.get(buyer) ?? 0) + quantity);
        if (show !== null) known.set(`${buyer} ${show}`, quantity);
      }
    };
    return (buyer, show) => {
      if (!this.#hasResolvedHolds) return 0;
      if (!asked.has(buyer)) ask(asked.size === 0 ? [...new Set([...buyers, buyer])] : [buyer]);
      return known.get(show === null ? buyer : `${buyer} ${show}`) ?? 0;
    };
  }

  #load(): void {
    const rows = this.store.readRows();
    this.#stock = rows === null ? null : new SkuStock(rows);
    this.#hasResolvedHolds = rows !== null && this.store.hasResolvedHolds();
    this.#lastStoredAtMs = rows?.lastAtMs ?? 0;
  }
}
