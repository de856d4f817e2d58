import type { StockView } from "../../contract/stock.ts";
import { readRules } from "../../db/connections.ts";
import { readListedSkus, readListingsOf, wantQuantities } from "../../db/listings.ts";
import { readProjected } from "../../db/stock-projection.ts";
import { channelQuantity } from "../../domain/channels/allocation.ts";
import type { Services } from "../services.ts";

type Ports = Pick<Services, "db" | "send">;
type Available = Pick<StockView, "sku" | "available" | "version">;

/** Works out what each listing of these SKUs is to show, and has their platforms told. */
export async function wantStock(services: Ports, skus: ReadonlyArray<string>): Promise<void> {
  if (skus.length === 0) return;
  const known = await readProjected(services.db, [...new Set(skus)]);
  await wantAvailable(
    services,
    [...known].map(([sku, stock]) => ({ sku, ...stock })),
  );
}

const SKUS_PAGE = 200;

/** Works out everything that a connection sells anew: its rule changed, or it goes on after a pause. */
export async function wantConnection(services: Ports, code: string): Promise<void> {
  let after = "";
  for (;;) {
    const skus = await readListedSkus(services.db, code, after, SKUS_PAGE);
    await wantStock(services, skus);
    after = skus.at(-1) ?? "";
    if (skus.length < SKUS_PAGE) return;
  }
}

async function wantAvailable(services: Ports, news: ReadonlyArray<Available>): Promise<void> {
  await askToPush(services, await noteWanted(services, news));
}

/**
 * As {@link wantStock}, from news that is at hand, without having anybody told. Late and repeated news changes nothing.
 *
 * @returns The connections whose platforms are to be told.
 */
export async function noteWanted(
  services: Pick<Ports, "db">,
  news: ReadonlyArray<Available>,
): Promise<ReadonlyArray<string>> {
  const bySku = new Map(news.map((each) => [each.sku, each]));
  const listings = await readListingsOf(services.db, [...bySku.keys()]);
  if (listings.length === 0) return [];
  const rules = await readRules(services.db);
  const wanted = listings.flatMap(({ connection, listing, sku, rule }) => {
    const stock = bySku.get(sku ?? "");
    const allocation = rule ?? rules.get(connection);
    if (stock === undefined || allocation === undefined) return [];
    return [
      { connection, listing, quantity: channelQuantity(stock.available, allocation), version: stock.version },
    ];
  });
  await wantQuantities(services.db, wanted);
  return [...new Set(wanted.map(({ connection }) => connection))];
}

/**
 * One message a connection, however many listings wait: whoever gets it tells all that there is by then. It travels
 * bare, since the listings themselves are the record, and the cron asks again for what is left.
 */
export async function askToPush(
  services: Pick<Services, "send">,
  connections: ReadonlyArray<string>,
): Promise<void> {
  const unique = [...new Set(connections)];
  if (unique.length === 0) return;
  await services.send(
    "channel-sync",
    unique.map((connection): unknown => ({ type: "channel.push", connection })),
  );
}
