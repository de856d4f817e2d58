import type { ChannelSyncMessage } from "../../contract/queue.ts";
import { projectStock } from "../../db/stock-projection.ts";
import type { Services } from "../services.ts";

/** Takes what SKU objects said of their stock into the projection. Late and repeated news change nothing. */
export async function handleChannelSync(
  messages: ReadonlyArray<ChannelSyncMessage>,
  services: Pick<Services, "db" | "nowMs">,
): Promise<void> {
  const newest = new Map<string, ChannelSyncMessage>();
  for (const message of messages) {
    if (message.version > (newest.get(message.sku)?.version ?? -1)) newest.set(message.sku, message);
  }
  await projectStock(services.db, [...newest.values()], services.nowMs());
}
