import type { PreviewView } from "../../contract/messages.ts";
import { problem, type Problem } from "../../contract/problem.ts";
import { readIdentity, readSetting } from "../../db/brands.ts";
import { readOrder, type OrderAggregate } from "../../db/orders.ts";
import type { BrandIdentity } from "../../domain/messages/brand-identity.ts";
import { textIn } from "../../domain/messages/event-data.ts";
import type { MessageFacts } from "../../domain/messages/facts.ts";
import { deliverableAddress, headLine } from "../../domain/messages/mail-line.ts";
import { messageTypes, type Language, type MessageTemplate } from "../../domain/messages/message.ts";
import { sampleFacts } from "../../domain/messages/sample.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { Services } from "../services.ts";
import { orderMessageFacts } from "./message-facts.ts";
import { asciiDomain } from "./send-message.ts";
import { formOf, type WrittenMail } from "./write-mail.ts";

export type PreviewRequest = {
  readonly brand: string;
  readonly template: MessageTemplate;
  /** By default the brand's. */
  readonly language: Language | undefined;
  /** By default a sample. */
  readonly orderId: string | undefined;
};

type Ports = Pick<Services, "db" | "nowMs" | "mailForm">;
type Previewed = WrittenMail & { readonly identity: BrandIdentity; readonly language: Language };

/** Writes a message of an order, or of a sample, with nobody to send it to. */
export async function previewMessage(
  services: Ports,
  request: PreviewRequest,
): Promise<Result<PreviewView, Problem>> {
  const written = await writePreview(services, request);
  if (!written.ok) return written;
  const { subject, html, text, identity, language } = written.value;
  const from = `${identity.name} <${identity.senderEmail ?? "no sender is set"}>`;
  return ok({ subject, html, text, language, from, is_sample: request.orderId === undefined });
}

async function writePreview(
  services: Ports,
  { brand, template, language: wanted, orderId }: PreviewRequest,
): Promise<Result<Previewed, Problem>> {
  const { code, identity } = await readIdentity(services.db, brand);
  const [setting, aggregate] = await Promise.all([
    readSetting(services.db, code, template),
    orderId === undefined ? null : readOrder(services.db, orderId),
  ]);
  if (orderId !== undefined && aggregate === null) return err(problem("not_found"));
  const language = wanted ?? aggregate?.order.language ?? identity.language;
  // A link that would refuse messages for somebody is not shown to anybody else.
  const unsubscribe = messageTypes[template].class === "optional" ? "https://example.com/unsubscribe" : null;
  const facts = await factsOf(services, aggregate, template, identity, unsubscribe);
  return ok({ ...formOf(services, template, facts, { identity, setting, language }), identity, language });
}

/** What the order does not have yet is shown from the sample: its parcel, its return. */
async function factsOf(
  services: Ports,
  aggregate: OrderAggregate | null,
  template: MessageTemplate,
  identity: BrandIdentity,
  unsubscribe: string | null,
): Promise<MessageFacts> {
  const sample = sampleFacts(template, identity, unsubscribe, services.nowMs());
  if (aggregate === null || template === "waitlist_offer") return sample;
  const subject = { template, about: newestOf(aggregate, template), data: {} };
  const facts = await orderMessageFacts(services, aggregate, subject, identity, unsubscribe);
  return {
    ...facts,
    parcel: facts.parcel ?? sample.parcel,
    waiting: facts.waiting.length === 0 ? sample.waiting : facts.waiting,
    return: facts.return ?? sample.return,
    amount: facts.amount ?? sample.amount,
  };
}

function newestOf(
  { shipments, returns, paymentRequests, events }: OrderAggregate,
  template: MessageTemplate,
): string {
  if (template.startsWith("return_")) return returns.at(-1)?.id ?? "";
  if (template === "refund") return paymentRequests.findLast(({ kind }) => kind === "refund")?.id ?? "";
  if (template === "order_changed") {
    return textIn(events.findLast(({ type }) => type === "order.changed")?.data ?? {}, "change");
  }
  return shipments.at(-1)?.id ?? "";
}

/** Sends a message to somebody who looks at it. The address is kept nowhere. */
export async function testMessage(
  services: Ports & Pick<Services, "mail">,
  request: PreviewRequest & { readonly to: string; readonly key: string },
): Promise<Result<{ readonly provider: string; readonly provider_reference: string | null }, Problem>> {
  const { mail } = services;
  const written = await writePreview(services, request);
  if (!written.ok) return written;
  const { identity, subject, html, text } = written.value;
  const sender = identity.senderEmail ?? (mail?.isOutside === false ? "shop@localhost" : null);
  if (mail === null || sender === null) return err(problem("mail_not_configured"));
  const to = deliverableAddress(request.to, asciiDomain);
  if (to === null)
    return err(problem("mail_refused", { reason: "the address is none that mail can be sent to" }));
  const sent = await mail.send({
    key: request.key,
    from: { email: sender, name: headLine(identity.name, 70) },
    to,
    replyTo: identity.replyTo,
    subject,
    html,
    text,
    headers: {},
    tag: request.template,
    isRepeat: false,
  });
  if (sent.ok) return ok({ provider: mail.provider, provider_reference: sent.value });
  if (sent.error.code === "unavailable") return err(problem("unavailable", { reason: sent.error.reason }));
  return err(problem("mail_refused", { reason: sent.error.reason }));
}
