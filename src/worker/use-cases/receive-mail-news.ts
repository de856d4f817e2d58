import { suppress } from "../../db/contact-rules.ts";
import { noteOutcome } from "../../db/messages.ts";
import type { WebhookFinder } from "./inbound-webhook.ts";

/** Mail providers that tell what became of mails. */
export const mailWebhook: WebhookFinder = (services, connection) => {
  const read = services.mailWebhook(connection);
  if (read === null) return null;
  return async ({ bytes, headers }) => {
    const nowMs = services.nowMs();
    const news = read(bytes, headers, nowMs);
    if (!news.ok) return { status: news.error.code };
    if (news.value === null) return { status: "accepted" };
    const { reference, outcome } = news.value;
    const message = await noteOutcome(services.db, reference, outcome);
    // Whoever writes on to a dead address, or to somebody who complained, soon reaches nobody any more.
    if (message?.customerId != null && outcome !== "delivered") {
      await suppress(services.db, message.customerId, outcome, nowMs);
    }
    return { status: "accepted" };
  };
};
