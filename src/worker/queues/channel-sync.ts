import type { ChannelSyncMessage } from "../../contract/queue.ts";
import { projectStock, readProjected } from "../../db/stock-projection.ts";
import type { EngineEvent } from "../../domain/events/event.ts";
import { versionTimeMs } from "../../domain/inventory/sku-stock.ts";
import { hasRunLow, stockStateOf } from "../../domain/inventory/stock-state.ts";
import type { Services } from "../services.ts";
import { publishEvents } from "../use-cases/publish-events.ts";

/** Takes what SKU objects said of their stock into the projection. Late and repeated news change nothing. */
export async function handleChannelSync(
  messages: ReadonlyArray<ChannelSyncMessage>,
  services: Pick<Services, "db" | "nowMs" | "send" | "background">,
): Promise<void> {
  const newest = new Map<string, ChannelSyncMessage>();
  for (const message of messages) {
    if (message.version > (newest.get(message.sku)?.version ?? -1)) newest.set(message.sku, message);
  }
  const news = [...newest.values()];
  // Published first: a run that dies in between finds the same old state again, and publishes the same events.
  await publishEvents(services, await lowStockIn(services, news));
  await projectStock(services.db, news, services.nowMs());
}

/** What ran low or out since the projection was last written. */
async function lowStockIn(
  services: Pick<Services, "db">,
  news: ReadonlyArray<ChannelSyncMessage>,
): Promise<Array<EngineEvent>> {
  const before = await readProjected(
    services.db,
    news.map(({ sku }) => sku),
  );
  return news.flatMap(({ sku, available, version }) => {
    const known = before.get(sku);
    if (known === undefined || known.version >= version || !hasRunLow(known.available, available)) return [];
    const data = { sku, available, state: stockStateOf(available) };
    // The version's own time, not the clock's: the same news is the same event, whenever it is handled.
    const occurredAtMs = versionTimeMs(version);
    return [{ type: "stock.low", subject: sku, fact: String(version), data, occurredAtMs }];
  });
}
