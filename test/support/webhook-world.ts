import { env } from "cloudflare:workers";

import type { DeliveryOutcome, WebhookMessage } from "../../src/integrations/webhooks/port.ts";
import { createServices, type Services } from "../../src/worker/services.ts";
import { deliverWebhooks } from "../../src/worker/use-cases/deliver-webhooks.ts";
import { createEndpoint } from "../../src/worker/use-cases/webhook-endpoints.ts";

const HOUR_MS = 3_600_000;
const answering = (httpStatus: number): DeliveryOutcome => ({
  httpStatus,
  error: null,
  response: "",
  retryAfterMs: 0,
  durationMs: 1,
});

let keys = 0;

/** Endpoints with receivers that do as they are told, and a queue that a test delivers by hand, under a clock of its own. */
export class WebhookWorld {
  nowMs = Date.now();
  /** Everything that reached a receiver, in order. */
  readonly received: Array<WebhookMessage> = [];
  /** What each receiver answers next, by its URL; 200 where nothing is said. */
  readonly answers = new Map<string, Array<number | "no answer">>();
  readonly asked: Array<{ readonly endpointId: string; readonly delaySeconds: number }> = [];

  services(overrides: Partial<Services> = {}): Services {
    return {
      ...createServices(env, () => {}),
      nowMs: () => this.nowMs,
      webhookTargets: "public",
      send: async (queue, bodies, delaySeconds = 0) => {
        if (queue !== "webhooks") return;
        for (const body of bodies as ReadonlyArray<{ endpoint_id: string }>) {
          this.asked.push({ endpointId: body.endpoint_id, delaySeconds });
        }
      },
      webhooks: {
        send: async (message) => {
          this.received.push(message);
          const answer = this.answers.get(message.url)?.shift() ?? 200;
          return answer === "no answer"
            ? { ...answering(0), httpStatus: null, error: "no answer in time" }
            : answering(answer);
        },
      },
      ...overrides,
    };
  }

  /** @returns The endpoint's id, its URL and its secret. */
  async endpoint(name: string, events: ReadonlyArray<string>) {
    const url = `https://${name}.shop.example.com/hooks`;
    keys += 1;
    const created = await createEndpoint(
      this.services(),
      { principalId: "key_test", requestId: `req_${name}` },
      { key: name, scope: `test ${name} ${keys}`, bodyHash: "x" },
      { url, events: [...events], status: "enabled" },
      `whsec_${Buffer.from(name.padEnd(24, "-")).toString("base64")}`,
    );
    if (!created.ok || created.value.secret === null) throw new Error(JSON.stringify(created));
    return { id: created.value.id, url, secret: created.value.secret };
  }

  /** Delivers what was asked for, delayed or not, until nothing is. */
  async deliver(overrides: Partial<Services> = {}): Promise<void> {
    for (let next = this.asked.shift(); next !== undefined; next = this.asked.shift()) {
      this.nowMs += next.delaySeconds * 1000;
      await deliverWebhooks(this.services(overrides), next.endpointId);
    }
  }

  /** Hours pass, in steps that no retry can hide in. */
  async pass(hours: number, step: () => Promise<void>): Promise<void> {
    for (let quarter = 0; quarter < hours * 4; quarter += 1) {
      this.nowMs += HOUR_MS / 4;
      await step();
      await this.deliver();
    }
  }
}
