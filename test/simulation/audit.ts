import { holdEndsAtMs, isLive, type HoldPart } from "../../src/domain/inventory/hold.ts";
import { replayLedger } from "../../src/domain/inventory/ledger.ts";
import type { SkuHarness } from "../support/sku-harness.ts";
import { checkWaitlist, DropAudit } from "./drop-audit.ts";
import { promise } from "./promise.ts";

/**
 * What must be true of one SKU after every event. It counts from the stored rows alone, with arithmetic of its own, and
 * compares what the object believes.
 */
export class SkuAudit {
  readonly #sku: SkuHarness;
  readonly #final = new Map<string, string>();
  #lastVersion = 0;
  #lastAvailable = Number.NaN;

  constructor(sku: SkuHarness) {
    this.#sku = sku;
  }

  check(limit: number): void {
    const { stock, sql, store } = this.#sku;
    const report = stock.report();
    const holds = sql
      .exec<{
        key: string;
        buyer: string;
        quantity: number;
        status: HoldPart["status"];
        committed_quantity: number;
        canceled_quantity: number;
        created_at_ms: number;
        expires_at_ms: number;
        location: string | null;
        show: string | null;
        is_secured: number;
        order_id: string | null;
      }>("SELECT * FROM hold")
      .toArray();

    let held = 0;
    let committed = 0;
    const byBuyer = new Map<string, number>();
    const promisedAt = new Map<string, number>();
    const ordersByHold = new Map<string, number>();
    for (const hold of holds) {
      const liveUnits = isLive(hold.status) ? hold.quantity : 0;
      const heldUnits = hold.is_secured === 1 ? liveUnits : 0;
      held += heldUnits;
      committed += hold.committed_quantity;
      if (hold.location !== null)
        promisedAt.set(
          hold.location,
          (promisedAt.get(hold.location) ?? 0) + heldUnits + hold.committed_quantity,
        );
      const counted = liveUnits + (hold.status === "converted" ? hold.quantity - hold.canceled_quantity : 0);
      // What is committed again after its hold expired was limited when it was held.
      if (!hold.key.startsWith("order:")) byBuyer.set(hold.buyer, (byBuyer.get(hold.buyer) ?? 0) + counted);
      const final = this.#final.get(hold.key);
      promise(final === undefined || final === hold.status, "I3 a resolved hold changed", hold);
      if (!isLive(hold.status)) this.#final.set(hold.key, hold.status);
      const part = { status: hold.status, createdAtMs: hold.created_at_ms, expiresAtMs: hold.expires_at_ms };
      promise(
        !isLive(hold.status) || holdEndsAtMs(part) <= hold.created_at_ms + 7_200_000,
        "I4 a hold lives too long",
        hold,
      );
      promise(
        !isLive(hold.status) || stock.now(0) < hold.created_at_ms + 7_200_000,
        "I4 a hold outlived its longest life",
        hold,
      );
      promise(
        hold.status !== "active" || stock.now(0) < hold.expires_at_ms,
        "I4 an expired hold counts",
        hold,
      );
      if (hold.order_id !== null && hold.status === "converted")
        ordersByHold.set(hold.order_id, (ordersByHold.get(hold.order_id) ?? 0) + 1);
    }

    promise(
      report.held === held && report.committed === committed,
      "I1 held and committed are what the rows say",
      { report, held, committed },
    );
    let sellable = 0;
    for (const at of report.locations) {
      sellable += at.onHand - at.allocated - at.safetyStock - at.damaged;
      const free =
        at.onHand - at.allocated - at.safetyStock - at.damaged - (promisedAt.get(at.location) ?? 0);
      promise(
        Math.min(at.onHand, at.allocated, at.safetyStock, at.damaged, free) >= 0,
        "I1 a quantity is negative",
        { at, free },
      );
    }
    const fenced = new DropAudit(this.#sku, holds).check();
    promise(report.ringFenced === fenced, "I1 fenced units are what the rows say", { report, fenced });
    promise(
      report.available === sellable - held - committed - fenced,
      "I1 available is what is left",
      report,
    );
    promise(report.available >= 0, "I2 oversold", report);
    for (const [buyer, units] of byBuyer) {
      promise(units <= limit, "I11 a buyer passed the limit", { buyer, units });
      const liveUnits = holds
        .filter((hold) => hold.buyer === buyer && isLive(hold.status))
        .reduce((sum, hold) => sum + hold.quantity, 0);
      promise(stock.heldBy(buyer as HoldPart["buyer"]) === liveUnits, "I11 a buyer's holds are miscounted", {
        buyer,
        liveUnits,
      });
    }
    for (const [order, commitments] of ordersByHold)
      promise(commitments === 1, "I6 an order took stock twice", { order });

    checkWaitlist(this.#sku, holds);

    const ledger = replayLedger(store.readMovements(0, 1_000_000));
    promise(ledger.committed === committed, "ledger: committed does not replay", {
      replayed: ledger.committed,
      committed,
    });
    for (const at of report.locations) {
      const replayed = ledger.locations.get(at.location);
      promise(
        replayed?.onHand === at.onHand &&
          replayed.allocated === at.allocated &&
          replayed.damaged === at.damaged,
        "ledger: a location does not replay",
        { at, replayed },
      );
    }

    promise(report.version >= this.#lastVersion, "I12 a version went backwards", {
      report,
      before: this.#lastVersion,
    });
    promise(
      report.version > this.#lastVersion || report.available === this.#lastAvailable,
      "I12 a change kept its version",
      report,
    );
    this.#lastVersion = report.version;
    this.#lastAvailable = report.available;
  }
}
