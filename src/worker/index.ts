import { WorkerEntrypoint } from "cloudflare:workers";

import { gatherDatabase } from "../db/gathered.ts";
import { createApp } from "./app.ts";
import { dispatchBatch } from "./queues/dispatch.ts";
import { runScheduled } from "./scheduled/dispatch.ts";
import { createServices } from "./services.ts";

export { BoardDurableObject } from "./dashboard/board-do.ts";
export { ConnectionDurableObject } from "../durable-objects/connection/connection-do.ts";
export { GateDurableObject } from "../durable-objects/gate/gate-do.ts";
export { OrderDeskDurableObject } from "../durable-objects/order-desk/order-desk-do.ts";
export { SkuDurableObject } from "../durable-objects/sku/sku-do.ts";

const app = createApp();

export default class HoldfastWorker extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Response | Promise<Response> {
    return app.fetch(request, this.env, this.ctx);
  }

  override async queue(batch: MessageBatch): Promise<void> {
    // All messages of a batch read and write side by side, so they share their calls.
    const env = { ...this.env, DB: gatherDatabase(this.env.DB) };
    await dispatchBatch(
      batch,
      createServices(env, (work) => this.ctx.waitUntil(work)),
    );
  }

  override async scheduled(controller: ScheduledController): Promise<void> {
    await runScheduled(
      controller.cron,
      createServices(this.env, (work) => this.ctx.waitUntil(work)),
    );
  }
}
