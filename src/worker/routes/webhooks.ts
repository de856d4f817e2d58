import type { Hono } from "hono";

import { problem } from "../../contract/problem.ts";
import type { AppEnv } from "../app.ts";
import { jsonResponse, problemResponse } from "../http/answer.ts";
import { readBytes } from "../http/body.ts";
import type { Services } from "../services.ts";
import type { WebhookFinder, WebhookHandler } from "../use-cases/inbound-webhook.ts";
import { carrierWebhook } from "../use-cases/receive-carrier-news.ts";
import { answerChallenge, findChannelWebhook } from "../use-cases/receive-delivery.ts";
import { mailWebhook } from "../use-cases/receive-mail-news.ts";
import { paymentWebhook } from "../use-cases/receive-payment-news.ts";

/** More than any of the senders' largest messages. */
const WEBHOOK_BYTES_MAX = 1024 * 1024;

/** Who takes what outside systems send: the first that knows the connection. */
const finders: ReadonlyArray<WebhookFinder> = [
  paymentWebhook,
  carrierWebhook,
  mailWebhook,
  findChannelWebhook,
];

async function findHandler(services: Services, connection: string): Promise<WebhookHandler | null> {
  for (const find of finders) {
    const handler = await find(services, connection);
    if (handler !== null) return handler;
  }
  return null;
}

/**
 * `POST /webhooks/{connection}`: one door for every outside system. It is no operation of the public contract: whoever
 * knocks proves who it is by its own signature, over the bytes as they came.
 */
export function registerWebhooks(app: Hono<AppEnv>): void {
  // Some systems ask, before they send anything, whether the address is ours.
  app.get("/webhooks/:connection", async (c) => {
    const requestId = c.get("requestId");
    const answer = await answerChallenge(c.get("services"), c.req.param("connection"), new URL(c.req.url));
    return answer === null
      ? problemResponse(problem("not_found"), requestId)
      : jsonResponse(answer, 200, requestId);
  });

  app.post("/webhooks/:connection", async (c) => {
    const requestId = c.get("requestId");
    const services = c.get("services");
    const connection = c.req.param("connection");
    const handler = await findHandler(services, connection);
    if (handler === null) return problemResponse(problem("not_found"), requestId);
    const body = await readBytes(c.req.raw, WEBHOOK_BYTES_MAX);
    if (!body.ok) return problemResponse(problem(body.error), requestId);
    const { status } = await handler({
      connection,
      bytes: body.value,
      headers: c.req.raw.headers,
      url: c.req.url,
    });
    switch (status) {
      case "accepted":
        return jsonResponse("{}", 200, requestId);
      case "forged":
        return problemResponse(problem("unauthorized", { detail: "The signature does not fit." }), requestId);
      case "malformed":
        return problemResponse(problem("malformed"), requestId);
    }
  });
}
