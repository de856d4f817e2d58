import type { ContactView, MessageDetailView, MessageView, RuleView } from "../../contract/messages.ts";
import { readIdentity, readSetting } from "../../db/brands.ts";
import { readRecipient, type BuyerContactRow, type ContactRuleRow } from "../../db/contact-rules.ts";
import type { MessageRow } from "../../db/messages.ts";
import { readOrder } from "../../db/orders.ts";
import { messageTypes } from "../../domain/messages/message.ts";
import { writeMail, type MailServices } from "./write-mail.ts";

export function messageView(row: MessageRow): MessageView {
  return {
    id: row.id,
    template: row.template,
    status: row.status,
    reason: row.reason,
    order: row.orderId,
    customer: row.customerId,
    about: row.about,
    brand: row.brand,
    language: row.language,
    attempts: row.attempts,
    next_attempt_at: row.status === "pending" ? timestamp(row.nextAttemptAtMs) : null,
    provider: row.provider,
    provider_reference: row.providerReference,
    outcome: row.outcome,
    created_at: timestamp(row.createdAtMs),
    ended_at: row.endedAtMs === null ? null : timestamp(row.endedAtMs),
  };
}

/** A message with what it says. Nothing of that is stored, so it is written as the order is now. */
export async function messageDetailView(services: MailServices, row: MessageRow): Promise<MessageDetailView> {
  const { code, identity } = await readIdentity(services.db, row.brand);
  const [setting, recipient, aggregate] = await Promise.all([
    readSetting(services.db, code, row.template),
    row.customerId === null ? null : readRecipient(services.db, row.customerId),
    row.orderId === null ? null : readOrder(services.db, row.orderId),
  ]);
  if (row.orderId !== null && aggregate === null) return { ...messageView(row), mail: null };
  const isOptional = messageTypes[row.template].class === "optional";
  const language = row.language ?? identity.language;
  const mail = await writeMail(services, row, {
    aggregate,
    recipient,
    identity,
    setting,
    language,
    // The real one would refuse messages for the buyer.
    unsubscribe: isOptional ? "https://example.com/unsubscribe" : null,
  });
  return { ...messageView(row), mail };
}

export function ruleView(customerId: string, row: ContactRuleRow | null): RuleView {
  const at = (timeMs: number | null | undefined) => (timeMs == null ? null : timestamp(timeMs));
  return {
    customer: customerId,
    opted_out_at: at(row?.optedOutAtMs),
    suppressed_at: at(row?.suppressedAtMs),
    suppressed_because: row?.suppressedBecause ?? null,
  };
}

export function contactView({
  buyer,
  customerId,
  brand,
  language,
  createdAtMs,
}: BuyerContactRow): ContactView {
  return { buyer, customer: customerId, brand, language, created_at: timestamp(createdAtMs) };
}

function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
