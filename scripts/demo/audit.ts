import type { LocationCode } from "../../src/domain/brand.ts";
import { type LedgerQuantities, replayLedger } from "../../src/domain/inventory/ledger.ts";
import type { MovementKind } from "../../src/domain/inventory/sku-port.ts";
import { type Api, expectSuccess, listAll } from "../api.ts";

type LedgerEntry = {
  readonly kind: MovementKind;
  readonly location: LocationCode | null;
  readonly quantity: number;
};
export type Stock = {
  readonly available: number;
  readonly held: number;
  readonly committed: number;
  readonly ring_fenced: number;
  readonly version: number;
  readonly locations: ReadonlyArray<{
    readonly location: LocationCode;
    readonly on_hand: number;
    readonly allocated: number;
    readonly safety_stock: number;
    readonly damaged: number;
  }>;
};

/** The ledger is read in pages, and orders move on meanwhile: it is read again until the stock stood still. */
const READS_MAX = 40;

/**
 * Replays the ledger of a SKU from zero and compares it with what its object says, the quantity identity included.
 *
 * @returns What does not agree, in words; nothing where all does.
 */
export async function auditSku(api: Api, sku: string): Promise<ReadonlyArray<string>> {
  const read = async () => (await expectSuccess(api("GET", `/v1/skus/${sku}/stock`))) as unknown as Stock;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const stock = await read();
    const ledger = await listAll<LedgerEntry>(api, `/v1/skus/${sku}/movements?limit=200`);
    if ((await read()).version === stock.version) return compareStock(sku, stock, replayLedger(ledger));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return [`${sku}: the stock did not stand still long enough to be compared`];
}

function compareStock(sku: string, stock: Stock, replayed: LedgerQuantities): ReadonlyArray<string> {
  const wrong: Array<string> = [];
  const compare = (what: string, said: number, counted: number) => {
    if (said !== counted) wrong.push(`${sku}: ${what} is ${said}, the ledger says ${counted}`);
  };

  compare("committed", stock.committed, replayed.committed);
  let sellable = 0;
  for (const { location, on_hand, allocated, damaged, safety_stock } of stock.locations) {
    const counted = replayed.locations.get(location) ?? { onHand: 0, allocated: 0, damaged: 0 };
    compare(`on_hand at ${location}`, on_hand, counted.onHand);
    compare(`allocated at ${location}`, allocated, counted.allocated);
    compare(`damaged at ${location}`, damaged, counted.damaged);
    sellable += on_hand - allocated - damaged - safety_stock;
    if (Math.min(on_hand, allocated, damaged) < 0)
      wrong.push(`${sku}: a quantity at ${location} is negative`);
  }
  compare("available", stock.available, sellable - stock.held - stock.committed - stock.ring_fenced);
  return wrong;
}
