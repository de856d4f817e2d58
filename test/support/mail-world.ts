import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";

import { createDb, insertMany } from "../../src/db/client.ts";
import { skipToNow } from "../../src/db/event-log.ts";
import { eventRow } from "../../src/db/events.ts";
import { orderEvent } from "../../src/db/schema/index.ts";
import type { OrderEventType } from "../../src/domain/orders/order.ts";
import { err, ok } from "../../src/domain/result.ts";
import type { Mail, MailFailure, MailPort } from "../../src/integrations/mail/port.ts";
import { dispatchBatch } from "../../src/worker/queues/dispatch.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { relayDueMessages, relayMessages } from "../../src/worker/use-cases/relay-messages.ts";
import { apiClient } from "./api-client.ts";

const HOUR_MS = 3_600_000;
const ROUNDS_MAX = 50;

/** What a provider does with the next mail. `lost`: it goes out, and the answer is lost. */
export type Fate = MailFailure["code"] | "lost" | "sent";

/** A provider that knows keys, as Resend does: what it has sent under one it does not send again. */
export class PostOffice implements MailPort {
  readonly provider = "post-office";
  isOutside = true;
  /** What arrived at mailboxes. */
  readonly delivered: Array<Mail> = [];
  /** Every call, repeats too. */
  calls = 0;
  fates: Array<Fate> = [];

  async send(mail: Mail): ReturnType<MailPort["send"]> {
    this.calls += 1;
    const fate = this.fates.shift() ?? "sent";
    if (fate === "unavailable") {
      return err({ code: fate, reason: "answered 503", retryAfterMs: 0 });
    }
    if (fate !== "sent" && fate !== "lost") return err({ code: fate, reason: `said ${fate}` });
    if (!this.delivered.some(({ key }) => key === mail.key)) this.delivered.push(mail);
    if (fate === "lost") return err({ code: "unavailable", reason: "did not answer", retryAfterMs: 0 });
    return ok(`po-${mail.key}`);
  }

  subjects(): ReadonlyArray<string> {
    return this.delivered.map(({ subject }) => subject);
  }

  tags(): ReadonlyArray<string> {
    return this.delivered.map(({ tag }) => tag);
  }
}

/** Deals with a batch before it is delivered: repeats, shuffles. */
type Post = (batch: ReadonlyArray<unknown>) => ReadonlyArray<unknown>;

/** Messages to buyers on the real database, with a queue that a test delivers by hand, under a clock of its own. */
export class MailWorld {
  nowMs = Date.now();
  readonly post = new PostOffice();
  readonly queue: Array<unknown> = [];
  #facts = 0;

  services(overrides: Partial<Services> = {}): Services {
    return {
      ...createServices(env, () => {}),
      nowMs: () => this.nowMs,
      mail: this.post,
      send: async (queue, bodies) => {
        if (queue === "notifications") this.queue.push(...bodies);
      },
      ...overrides,
    };
  }

  /** Forgets what happened before. */
  async begin(): Promise<void> {
    const db = createDb(env.DB);
    await env.DB.batch([
      ...[
        "message",
        "brand",
        "message_setting",
        "contact_rule",
        "buyer_contact",
        "exception",
        "dead_letter",
      ].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
      ...skipToNow(db, "notifications", "true"),
    ]);
  }

  /** Something happens to an order. */
  async happen(
    orderId: string,
    type: OrderEventType,
    data: Record<string, unknown> = {},
    fact?: string,
  ): Promise<void> {
    this.#facts += 1;
    const row = eventRow(orderId, type, fact ?? `fact-${this.#facts}`, data, "system", this.nowMs);
    await insertMany(createDb(env.DB), orderEvent, [row]).run();
  }

  /** Delivers what the queue has until it is empty. @returns How many messages were put off or given up by it. */
  async deliver(overrides: Partial<Services> = {}, post: Post = (batch) => batch): Promise<number> {
    let retried = 0;
    for (let round = 0; round < ROUNDS_MAX && this.queue.length > 0; round += 1) {
      const bodies = post(this.queue.splice(0));
      const messages = bodies.map((body, index) => ({
        id: `m-${round}-${index}`,
        body,
        attempts: 1,
        timestamp: new Date(this.nowMs),
      }));
      const batch = createMessageBatch("holdfast-notifications", messages);
      await dispatchBatch(batch, this.services(overrides));
      const result = await getQueueResult(batch, createExecutionContext());
      retried += result.retryMessages.length;
    }
    return retried;
  }

  /** What the cron does each minute, and its messages. */
  async tick(overrides: Partial<Services> = {}): Promise<void> {
    await relayMessages(this.services(overrides));
    await relayDueMessages(this.services(overrides));
    await this.deliver(overrides);
  }

  /** Hours pass. The cron runs whenever something has come due. */
  async pass(hours: number): Promise<void> {
    const endMs = this.nowMs + hours * HOUR_MS;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const nextMs = await env.DB.prepare(
        "SELECT min(next_attempt_at_ms) AS next FROM message WHERE status = 'pending'",
      ).first<number>("next");
      if (nextMs === null || nextMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, nextMs);
      await this.tick();
    }
    this.nowMs = endMs;
    await this.tick();
  }

  async rows(): Promise<Array<Record<string, unknown>>> {
    const { results } = await env.DB.prepare(
      "SELECT id, template, status, reason, attempts, order_id FROM message ORDER BY rowid",
    ).all();
    return results;
  }
}

/** The API, whose steps nobody follows: what happens next is the test's to say. */
export function quietApi(key: string) {
  const nowhere = { send: async () => {}, sendBatch: async () => {} };
  return apiClient(key, {
    FULFILLMENT_QUEUE: nowhere,
    CHANNEL_SYNC_QUEUE: nowhere,
    NOTIFICATIONS_QUEUE: nowhere,
  });
}
