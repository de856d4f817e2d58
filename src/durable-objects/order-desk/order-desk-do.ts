import { DurableObject } from "cloudflare:workers";

import type { QueueName } from "../../contract/queue.ts";
import { createDb } from "../../db/client.ts";
import type { NewOrder } from "../../db/new-orders.ts";
import { encodeBytes } from "../../domain/ids.ts";
import { migrate } from "../shared/migrate.ts";
import { transact } from "../shared/transact.ts";
import { AttemptStore, attemptMigrations } from "./attempt-store.ts";
import { OrderDeskCore } from "./order-desk.ts";
import type { Attempt, BeginPlacement, BegunPlacement, CommitOutcome, Revoked } from "./port.ts";

/** Shell around {@link OrderDeskCore}: storage, bindings, RPC. */
export class OrderDeskDurableObject extends DurableObject<Env> {
  readonly #desk: OrderDeskCore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    transact(ctx.storage, () => migrate(ctx.storage.sql, attemptMigrations));
    const queues: Record<QueueName, Queue> = {
      fulfillment: env.FULFILLMENT_QUEUE,
      "channel-sync": env.CHANNEL_SYNC_QUEUE,
      notifications: env.NOTIFICATIONS_QUEUE,
      webhooks: env.WEBHOOKS_QUEUE,
    };
    this.#desk = new OrderDeskCore({
      db: createDb(env.DB),
      attempts: new AttemptStore(ctx.storage.sql),
      send: async (queue, bodies) => {
        await queues[queue].sendBatch(bodies.map((body) => ({ body, contentType: "json" as const })));
      },
      background: (work) => ctx.waitUntil(work),
      nowMs: () => Date.now(),
      wait: (forMs) => scheduler.wait(forMs),
      newNonce: () => encodeBytes(crypto.getRandomValues(new Uint8Array(10)), 16),
    });
  }

  begin(placement: BeginPlacement): Promise<BegunPlacement> {
    return this.#desk.begin(placement);
  }

  commit(command: { readonly attempt: string; readonly order: NewOrder }): Promise<CommitOutcome> {
    return this.#desk.commit(command);
  }

  revoke(attempt: { readonly orderId: string; readonly attempt: string }): Promise<Revoked> {
    return this.#desk.revoke(attempt);
  }

  settle(attempt: { readonly orderId: string; readonly attempt: string }): Promise<void> {
    return this.#desk.settle(attempt);
  }

  stale(limit: number): Promise<ReadonlyArray<Attempt>> {
    return this.#desk.stale(limit);
  }
}
