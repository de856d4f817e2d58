import { isLive, type HoldPart } from "../../src/domain/inventory/hold.ts";
import { replayLedger } from "../../src/domain/inventory/ledger.ts";
import type { SkuHarness } from "../support/sku-harness.ts";
import { promise } from "./promise.ts";

export type HoldRow = {
  readonly key: string;
  readonly buyer: string;
  readonly quantity: number;
  readonly status: HoldPart["status"];
  readonly canceled_quantity: number;
  readonly show: string | null;
  readonly is_secured: number;
};

type DropRow = {
  show: string;
  quantity: number;
  policy: string;
  buyer_limit: number | null;
  opens_at_ms: number | null;
  ends_at_ms: number | null;
  closed_at_ms: number | null;
  drawn_at_ms: number | null;
};

/** Counts the drops of one SKU from the stored rows, with arithmetic of its own. */
export class DropAudit {
  readonly #sku: SkuHarness;
  readonly #holds: ReadonlyArray<HoldRow>;

  constructor(sku: SkuHarness, holds: ReadonlyArray<HoldRow>) {
    this.#sku = sku;
    this.#holds = holds;
  }

  /** @returns Units behind fences that nobody holds or has bought. */
  check(): number {
    const { stock, store } = this.#sku;
    let fenced = 0;
    let standing = 0;
    for (const drop of readDrops(this.#sku)) {
      const holds = this.#holds.filter(({ show }) => show === drop.show);
      const used = holds.reduce((sum, hold) => sum + usedUnits(hold), 0);
      if (drop.closed_at_ms === null) {
        promise(used <= drop.quantity, "I2 a drop oversold", { drop, used });
        fenced += drop.quantity - used;
        standing += drop.quantity;
        promise(
          stock.drops.left(drop.show) === drop.quantity - used,
          "I1 what is left of a drop is miscounted",
          {
            drop,
            used,
            left: stock.drops.left(drop.show),
          },
        );
        promise(
          drop.ends_at_ms === null || stock.now(0) < drop.ends_at_ms,
          "I4 a drop outlived its end",
          drop,
        );
      } else promise(stock.drops.left(drop.show) === 0, "I1 a closed drop keeps units", drop);
      const tally = stock.drops.tally(drop.show);
      promise(
        tally.holds === holds.length &&
          tally.paidHolds === holds.filter(({ status }) => status === "converted").length,
        "a drop's figures are not what its rows say",
        { tally, rows: holds.length },
      );
      this.#checkLimits(drop, holds);
    }
    const replayed = replayLedger(store.readMovements(0, 1_000_000)).fenced;
    promise(replayed === standing, "ledger: fences do not replay", { replayed, standing });
    return fenced;
  }

  #checkLimits(drop: DropRow, holds: ReadonlyArray<HoldRow>): void {
    if (drop.buyer_limit === null) return;
    const units = new Map<string, number>();
    for (const hold of holds) units.set(hold.buyer, (units.get(hold.buyer) ?? 0) + countedUnits(hold));
    for (const [buyer, counted] of units)
      promise(counted <= drop.buyer_limit, "I11 a buyer passed the limit of a drop", {
        drop,
        buyer,
        counted,
      });
  }
}

type EntryRow = {
  key: string;
  seq: number;
  buyer: string;
  quantity: number;
  show: string | null;
  status: string;
  rank: string | null;
  offered_at_ms: number | null;
  created_at_ms: number;
};

/** I14 and the order of the line: nobody waits for units that are there, and nobody is overtaken by a wish that is no smaller. */
export function checkWaitlist(sku: SkuHarness, holds: ReadonlyArray<HoldRow>): void {
  const { stock, sql } = sku;
  const entries = sql.exec<EntryRow>("SELECT * FROM waitlist ORDER BY seq").toArray();
  if (entries.length === 0) return;
  const nowMs = stock.now(0);
  const drops = readDrops(sku);
  for (const entry of entries.filter(({ status }) => status === "waiting")) {
    const drop = drops.find(({ show }) => show === entry.show);
    const isOpen =
      entry.show === null ||
      (drop !== undefined &&
        drop.closed_at_ms === null &&
        drop.opens_at_ms !== null &&
        drop.opens_at_ms <= nowMs &&
        (drop.policy !== "lottery" || drop.drawn_at_ms !== null));
    promise(
      !isOpen || entry.quantity > stock.left(entry.show),
      "I14 a buyer waits for units that are there",
      entry,
    );
    const overtaker = entries.find(
      (other) =>
        other.show === entry.show &&
        isBehind(other, entry) &&
        other.offered_at_ms !== null &&
        other.offered_at_ms >= entry.created_at_ms &&
        other.quantity >= entry.quantity,
    );
    promise(overtaker === undefined, "the line: somebody was overtaken", { entry, overtaker });
  }
  for (const entry of entries) {
    const hold = holds.find(({ key }) => key === entry.key);
    const isOfferLive = hold !== undefined && isLive(hold.status);
    promise((entry.status === "offered") === isOfferLive, "I3 an offer and its hold differ", { entry, hold });
    promise(
      entry.status !== "converted" || hold?.status === "converted",
      "I3 an offer was not bought",
      entry,
    );
  }
}

/** By rank where both were drawn; who was drawn stands before who was not. */
function isBehind(other: EntryRow, entry: EntryRow): boolean {
  if (other.rank === null || entry.rank === null) {
    return other.rank === entry.rank ? other.seq > entry.seq : other.rank === null;
  }
  return other.rank > entry.rank;
}

function readDrops(sku: SkuHarness): ReadonlyArray<DropRow> {
  return sku.sql.exec<DropRow>("SELECT * FROM show_drop").toArray();
}

function usedUnits(hold: HoldRow): number {
  if (isLive(hold.status)) return hold.is_secured === 1 ? hold.quantity : 0;
  return hold.status === "converted" ? hold.quantity - hold.canceled_quantity : 0;
}

function countedUnits(hold: HoldRow): number {
  if (isLive(hold.status)) return hold.quantity;
  return hold.status === "converted" ? hold.quantity - hold.canceled_quantity : 0;
}
