import type { readRecipient } from "../../db/contact-rules.ts";
import type { OrderAggregate } from "../../db/orders.ts";
import { linkTo, type BrandIdentity } from "../../domain/messages/brand-identity.ts";
import { composeMessage } from "../../domain/messages/compose.ts";
import type { MessageContent } from "../../domain/messages/content.ts";
import { numberIn, textIn } from "../../domain/messages/event-data.ts";
import type { MessageFacts } from "../../domain/messages/facts.ts";
import type { Language, MessageSetting, MessageTemplate } from "../../domain/messages/message.ts";
import type { Services } from "../services.ts";
import { orderMessageFacts, type MessageSubject } from "./message-facts.ts";

export type MailServices = Pick<Services, "db" | "mailForm" | "unsubscribe">;

export type MailParts = {
  readonly aggregate: OrderAggregate | null;
  readonly recipient: Awaited<ReturnType<typeof readRecipient>> | null;
  readonly identity: BrandIdentity;
  readonly setting: MessageSetting;
  readonly language: Language;
  /** Where the buyer says that they want no more of these. */
  readonly unsubscribe: string | null;
};

export type WrittenMail = { readonly subject: string; readonly html: string; readonly text: string };

/** Writes a message in both of its forms. */
export async function writeMail(
  services: MailServices,
  subject: MessageSubject,
  parts: MailParts,
): Promise<WrittenMail> {
  const { aggregate, recipient, identity, unsubscribe } = parts;
  const facts =
    aggregate === null
      ? await offerFacts(services, subject, recipient?.customer?.name ?? null, identity, unsubscribe)
      : await orderMessageFacts(services, aggregate, subject, identity, unsubscribe);
  return formOf(services, subject.template, facts, parts);
}

export function formOf(
  { mailForm }: Pick<Services, "mailForm">,
  template: MessageTemplate,
  facts: MessageFacts,
  { identity, setting, language }: Pick<MailParts, "identity" | "setting" | "language">,
): WrittenMail {
  const content: MessageContent = composeMessage(
    template,
    facts,
    identity,
    language,
    setting.texts[language] ?? {},
  );
  return {
    subject: content.subject,
    html: mailForm.html(content, identity, language),
    text: mailForm.text(content),
  };
}

async function offerFacts(
  { db }: MailServices,
  { data }: MessageSubject,
  customerName: string | null,
  identity: BrandIdentity,
  unsubscribe: string | null,
): Promise<MessageFacts> {
  const sku = textIn(data, "sku");
  const hold = textIn(data, "hold");
  const title = await db.d1.prepare("SELECT title FROM sku WHERE sku = ?1").bind(sku).first<string>("title");
  return {
    customerName,
    order: null,
    parcel: null,
    waiting: [],
    return: null,
    amount: null,
    offer: {
      title: title ?? sku,
      quantity: numberIn(data, "quantity"),
      expiresAtMs: Date.parse(textIn(data, "expires_at")) || 0,
      url: linkTo(identity.links.offer, "hold", hold),
    },
    links: { order: null, pay: null, review: null, unsubscribe },
  };
}
