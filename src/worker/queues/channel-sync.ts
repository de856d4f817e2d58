import type { ChannelSyncMessage } from "../../contract/queue.ts";
import { projectStock } from "../../db/stock-projection.ts";
import type { Services } from "../services.ts";

/** Takes what a SKU object said of its stock into the projection. Late and repeated news change nothing. */
export async function handleChannelSync(
  message: ChannelSyncMessage,
  services: Pick<Services, "db" | "nowMs">,
): Promise<void> {
  await projectStock(services.db, [message], services.nowMs());
}
