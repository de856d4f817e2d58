import { env } from "cloudflare:workers";

import {
  channelSyncMessageSchema,
  fulfillmentMessageSchema,
  openEnvelope,
  stockNewsSchema,
  type QueueName,
} from "../../src/contract/queue.ts";
import { findConnection } from "../../src/db/connections.ts";
import { deleteOutbox } from "../../src/db/outbox.ts";
import { handleChannelSync, handleStockNews } from "../../src/worker/queues/channel-sync.ts";
import { handleFulfillment } from "../../src/worker/queues/fulfillment.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { askChannels } from "../../src/worker/use-cases/ask-channels.ts";
import { openChannel } from "../../src/worker/use-cases/channel-access.ts";
import { channelPayments } from "../../src/worker/use-cases/channel-payments.ts";
import { stockView } from "../../src/worker/use-cases/move-stock.ts";
import { readChannelListings } from "../../src/worker/use-cases/read-listings.ts";
import { findChannelWebhook } from "../../src/worker/use-cases/receive-delivery.ts";
import { relayOutbox } from "../../src/worker/use-cases/relay-outbox.ts";
import { apiClient, seedKey, stockUp, type ApiClient } from "./api-client.ts";
import type { FakeShopify } from "./fake-shopify.ts";
import type { FakeWoo } from "./fake-woo.ts";

type Queued = { readonly queue: QueueName; readonly body: unknown };

/** The engine with its queues in hand and shops of our own around it. */
export class ChannelWorld {
  readonly queue: Array<Queued> = [];
  readonly shops: Array<{ readonly host: string; readonly fetch: (request: Request) => Promise<Response> }> =
    [];
  aheadMs = 0;
  fulfillmentMode: Services["fulfillmentMode"] = "automatic";
  /** Called with each message after it was handled, before that is noted; what it throws is a crash. */
  afterMessage: (body: unknown) => void = () => {};

  services(): Services {
    const background = (work: Promise<unknown>) => void this.#work.push(work.catch(() => {}));
    const services = createServices(env, background);
    return {
      ...services,
      // The engine's own queues run beside this world, without its network: their failures are not this world's.
      connection: (name) => services.connection(`world:${name}`),
      nowMs: () => Date.now() + this.aheadMs,
      send: async (queue, bodies) => void this.queue.push(...bodies.map((body) => ({ queue, body }))),
      fetchOutside: async (request) => {
        const { host } = new URL(request.url);
        const shop = this.shops.find((each) => each.host === host);
        if (shop === undefined) throw new TypeError(`no route to ${host}`);
        return shop.fetch(request);
      },
      paymentProvider: (name) => channelPayments(this.services(), name),
      pause: async (durationMs) => void (this.aheadMs += durationMs),
      fulfillmentMode: this.fulfillmentMode,
    };
  }
  readonly #work: Array<Promise<unknown>> = [];

  /** What a platform sends to `/webhooks/{code}`. */
  async deliver(code: string, message: { bytes: Uint8Array; headers: Headers }): Promise<string> {
    const handler = await findChannelWebhook(this.services(), code);
    if (handler === null) return "not found";
    const { status } = await handler({
      connection: code,
      url: `https://holdfast.test/webhooks/${code}`,
      ...message,
    });
    await Promise.all(this.#work);
    return status;
  }

  /** Lets SKU objects say what they have, as they do a second after a change. */
  async news(skus: ReadonlyArray<string>): Promise<void> {
    for (const sku of skus) {
      const stock = await this.services()
        .sku(sku as never)
        .stock();
      if (stock !== null)
        this.queue.push({ queue: "channel-sync", body: { type: "stock.changed", ...stockView(stock) } });
    }
  }

  /** Handles what is in the queues until they are empty. What fails comes again, five times at most. */
  async run(): Promise<ReadonlyArray<string>> {
    const failures: Array<string> = [];
    const attempts = new Map<string, number>();
    for (let count = 0; count < 20_000; count += 1) {
      await Promise.all(this.#work);
      await this.#handleNews();
      const next = this.queue.shift();
      if (next === undefined) return failures;
      const { message, outboxId } = openEnvelope(next.body);
      const services = this.services();
      try {
        if (next.queue === "fulfillment")
          await handleFulfillment(fulfillmentMessageSchema.parse(message), services);
        if (next.queue === "channel-sync")
          await handleChannelSync(channelSyncMessageSchema.parse(message), services);
        this.afterMessage(message);
        if (outboxId !== null) await deleteOutbox(services.db, [outboxId]);
      } catch (error) {
        const text = JSON.stringify(message);
        const tries = (attempts.get(text) ?? 0) + 1;
        attempts.set(text, tries);
        failures.push(`${text}: ${(error as Error).message}`);
        if (tries < 5) this.queue.push(next);
      }
    }
    throw new Error("the queues do not come to rest");
  }

  /** News that wait together are handled together, as the queue's batches are. */
  async #handleNews(): Promise<void> {
    const waiting = this.queue.map(({ body }) => stockNewsSchema.safeParse(body).data);
    const count = waiting.findIndex((news) => news === undefined);
    const batch = waiting.slice(0, count < 0 ? waiting.length : count).filter((news) => news !== undefined);
    if (batch.length < 2) return;
    const taken = this.queue.splice(0, batch.length);
    try {
      await handleStockNews(batch, this.services());
      for (const news of batch) this.afterMessage(news);
    } catch {
      // Whoever died with the batch is followed by another delivery of it.
      this.queue.push(...taken);
    }
    await Promise.all(this.#work);
  }

  /** The queues, the news that came of them, and the cron, until all is quiet. */
  async settle(skus: ReadonlyArray<string>): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await this.run();
      await this.news(skus);
      await this.run();
      this.aheadMs += 61_000;
      await askChannels(this.services());
      await relayOutbox(this.services());
      await this.run();
    }
  }

  async available(sku: string): Promise<number> {
    return (
      (
        await this.services()
          .sku(sku as never)
          .stock()
      )?.available ?? Number.NaN
    );
  }
}

/** A key, a warehouse and some SKUs. */
export async function channelApi(skus: Readonly<Record<string, number>>): Promise<ApiClient> {
  await seedKey("sk_test_channels");
  const api = apiClient("sk_test_channels");
  for (const [sku, quantity] of Object.entries(skus)) await stockUp(api, sku, quantity);
  return api;
}

export async function connectShopify(
  api: ApiClient,
  world: ChannelWorld,
  shop: FakeShopify,
  code: string,
  extra: Record<string, unknown> = {},
): Promise<void> {
  world.shops.push({ host: shop.shop, fetch: shop.fetch });
  const made = await api.put(`/v1/channels/${code}`, {
    platform: "shopify",
    name: "Our shop",
    settings: { shop: shop.shop, location_id: shop.locationId },
    secrets: { webhook_secret: shop.secret, access_token: shop.token },
    ...extra,
  });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
}

export async function connectWoo(
  api: ApiClient,
  world: ChannelWorld,
  shop: FakeWoo,
  code: string,
  extra: Record<string, unknown> = {},
): Promise<void> {
  world.shops.push({ host: new URL(shop.url).host, fetch: shop.fetch });
  const made = await api.put(`/v1/channels/${code}`, {
    platform: "woocommerce",
    name: "Our other shop",
    settings: { url: shop.url },
    secrets: { webhook_secret: shop.secret, consumer_key: shop.key, consumer_secret: shop.keySecret },
    ...extra,
  });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
}

/** Reads a shop's listings as the API does, with the world's own network. */
export async function readListings(world: ChannelWorld, code: string) {
  const services = world.services();
  const row = await findConnection(services.db, code);
  const channel = row === null ? null : await openChannel(services, row);
  if (channel === null) throw new Error("no such channel");
  const report = await readChannelListings(services, channel, null);
  if (!report.ok) throw new Error(report.error);
  return report.value;
}
