import type { ChannelSyncMessage, StockNews } from "../../contract/queue.ts";
import { readShortOrders } from "../../db/channel-orders.ts";
import { findConnection } from "../../db/connections.ts";
import { projectStock, readProjected } from "../../db/stock-projection.ts";
import type { EngineEvent } from "../../domain/events/event.ts";
import { hasRunLow, stockStateOf } from "../../domain/inventory/stock-state.ts";
import { versionTimeMs } from "../../domain/inventory/stock-version.ts";
import type { Services } from "../services.ts";
import { alignShow } from "../use-cases/align-show.ts";
import { openChannel } from "../use-cases/channel-access.ts";
import { compareConnection } from "../use-cases/compare-quantities.ts";
import { handOver } from "../use-cases/hand-over.ts";
import { fetchOrder, pollConnection } from "../use-cases/poll-orders.ts";
import { publishEvents } from "../use-cases/publish-events.ts";
import { pullConnection } from "../use-cases/pull-deliveries.ts";
import { pushAtOnce, pushQuantities } from "../use-cases/push-quantities.ts";
import { StepImpossible } from "../use-cases/step-failure.ts";
import { tellCanceled, tellShipped } from "../use-cases/tell-channel.ts";
import { noteWanted } from "../use-cases/want-quantities.ts";
import { buyerEvents } from "./buyer-events.ts";

/** Orders that are tried again because of one batch of news; more news brings the others. */
const SHORT_ORDERS_MAX = 100;

/**
 * Takes what SKU objects said of their stock into the projection, works out what each channel is to show, and has
 * orders tried again that wait for units. Late and repeated news change nothing.
 */
export async function handleStockNews(messages: ReadonlyArray<StockNews>, services: Services): Promise<void> {
  const newest = new Map<string, StockNews>();
  for (const message of messages) {
    if (message.version > (newest.get(message.sku)?.version ?? -1)) newest.set(message.sku, message);
  }
  const news = [...newest.values()];
  // Published first: a run that dies in between finds the same old state again, and publishes the same events.
  await publishEvents(services, await lowStockIn(services, news));
  await projectStock(services.db, news, services.nowMs());
  // After the acknowledgement: the listings are the record of what is to be told, and the cron asks for what is left.
  services.background(pushAtOnce(services, await noteWanted(services, news)));
  const arrived = news.filter(({ available }) => available > 0).map(({ sku }) => sku);
  const orderIds = await readShortOrders(services.db, arrived, SHORT_ORDERS_MAX);
  if (orderIds.length === 0) return;
  // Bare: the next news of the SKU finds them again.
  await services.send(
    "fulfillment",
    orderIds.map((orderId): unknown => ({ type: "order.commit_stock", order_id: orderId })),
  );
}

/** What ran low or out since the projection was last written. */
async function lowStockIn(
  services: Pick<Services, "db">,
  news: ReadonlyArray<StockNews>,
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

/** What happened to buyers, and what has to be done at or for a channel or a show. Any of it may come twice, late, or out of order. */
export async function handleChannelSync(message: ChannelSyncMessage, services: Services): Promise<void> {
  switch (message.type) {
    case "stock.changed":
      return handleStockNews([message], services);
    case "waitlist.offered":
    case "holds.expired":
      return publishEvents(services, buyerEvents(message));
    case "show.align":
      return alignShow(services, message.show, message.skus);
    case "channel.push":
      return pushQuantities(services, message.connection);
    case "channel.poll":
      return pollConnection(services, message.connection);
    case "channel.pull":
      return pullConnection(services, message.connection);
    case "channel.compare":
      return void (await compareConnection(services, message.connection));
    case "channel.order_changed":
      return fetchChanged(services, message.connection, message.external_id);
    case "channel.hand_over":
      return handOver(services, message.order_id, message.location);
    case "channel.tell_shipped":
      return tellShipped(services, message.shipment_id);
    case "channel.tell_canceled":
      return tellCanceled(services, message.order_id);
  }
}

async function fetchChanged(services: Services, connection: string, externalId: string): Promise<void> {
  const row = await findConnection(services.db, connection);
  // What comes while a connection is paused is polled when it goes on.
  if (row === null || row.status !== "active") return;
  const channel = await openChannel(services, row);
  if (channel === null) throw new StepImpossible(`the secrets of connection ${connection} cannot be read`);
  await fetchOrder(services, channel, externalId);
}
