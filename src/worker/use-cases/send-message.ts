import { readIdentity, readSetting } from "../../db/brands.ts";
import { readRecipient } from "../../db/contact-rules.ts";
import type { Raised } from "../../db/exceptions.ts";
import { claimMessage, settleMessage, type MessageOutcome, type MessageRow } from "../../db/messages.ts";
import { readOrder } from "../../db/orders.ts";
import { textIn } from "../../domain/messages/event-data.ts";
import { deliverableAddress, headLine } from "../../domain/messages/mail-line.ts";
import { messageTypes, type SkipReason } from "../../domain/messages/message.ts";
import { quietUntilMs } from "../../domain/messages/quiet-hours.ts";
import { nextSendAtMs, TOO_LATE_AFTER_MS } from "../../domain/messages/schedule.ts";
import { err } from "../../domain/result.ts";
import type { Mail, MailFailure, MailPort } from "../../integrations/mail/port.ts";
import { errorText } from "../error-text.ts";
import type { Services } from "../services.ts";
import { isSuperseded } from "./message-facts.ts";
import { writeMail, type MailServices } from "./write-mail.ts";

/** Longer than the longest that one attempt can take. */
const LEASE_MS = 60_000;
/** A message that ends whoever sends it, before anybody can note why, is given up after so many. */
const ATTEMPTS_MAX = 20;
/** What a refund's provider is given to answer before its buyer is told. */
const REFUND_WAIT_MS = 300_000;
const DAY_MS = 86_400_000;

type Ports = MailServices & Pick<Services, "nowMs" | "mail" | "connection">;

/** The name under which a provider's health is kept. */
function mailConnection({ provider }: MailPort): string {
  return `mail:${provider}`;
}

type Prepared =
  | { readonly kind: "skip"; readonly reason: SkipReason }
  | { readonly kind: "later"; readonly atMs: number }
  | { readonly kind: "failed"; readonly failure: MailFailure }
  | {
      readonly kind: "send";
      readonly mail: Omit<Mail, "key" | "isRepeat">;
      readonly language: MessageRow["language"];
    };

/**
 * Sends a message that is due, once: whoever comes meanwhile or again finds it taken or sent. A run that dies between
 * the provider's answer and our note of it leaves a message that is sent again a minute later, under the same key:
 * providers that know keys, or can be asked, send nothing twice; the others may. So a buyer may hear twice, and is
 * never left without.
 */
export async function sendMessage(services: Ports, id: string): Promise<void> {
  const { mail } = services;
  // Nothing is lost: it is due as long as nobody sends, and too late one day.
  if (mail === null) return;
  const row = await claimMessage(services.db, id, LEASE_MS, services.nowMs());
  if (row === null) return;
  const prepared = await prepareOnce(services, row, mail).catch((error: unknown): Prepared => {
    return { kind: "failed", failure: unexpected(row, error) };
  });
  const nowMs = services.nowMs();
  const settle = (outcome: Partial<MessageOutcome>, raised: ReadonlyArray<Raised> = []) =>
    settleMessage(services.db, row, { ...row, ...outcome }, raised, nowMs);
  switch (prepared.kind) {
    case "skip":
      return settle({ status: "skipped", reason: prepared.reason });
    case "later":
      // Nothing was tried.
      return settle({ attempts: row.attempts - 1, nextAttemptAtMs: prepared.atMs });
    case "failed": {
      const { outcome, raised } = afterFailure(row, mail, prepared.failure, nowMs);
      return settle(outcome, raised);
    }
    case "send": {
      const health = mail.isOutside ? services.connection(mailConnection(mail)) : null;
      const admission = (await health?.admitCall(nowMs)) ?? { isAdmitted: true as const };
      if (!admission.isAdmitted) {
        return settle({ attempts: row.attempts - 1, nextAttemptAtMs: nowMs + admission.retryAfterMs });
      }
      const sent = await mail
        .send({ ...prepared.mail, key: `${row.id}.${row.edition}`, isRepeat: row.attempts > 1 })
        .catch((error: unknown) => err(unexpected(row, error)));
      const isReached = sent.ok || sent.error.code !== "unavailable";
      if (isReached) await health?.recordSuccess(services.nowMs());
      else await health?.recordFailure(services.nowMs(), sent.error.reason);
      const common = { language: prepared.language, provider: mail.provider };
      if (sent.ok) {
        return settle({ ...common, status: "sent", reason: null, providerReference: sent.value });
      }
      const failure = afterFailure(row, mail, sent.error, services.nowMs());
      return settle({ ...common, ...failure.outcome }, failure.raised);
    }
  }
}

function unexpected({ id }: MessageRow, error: unknown): MailFailure {
  console.error(JSON.stringify({ message: "mail failed", mail: id, error: errorText(error) }));
  return { code: "unavailable", reason: "it could not be written or handed over", retryAfterMs: 0 };
}

async function prepareOnce(services: Ports, row: MessageRow, mail: MailPort): Promise<Prepared> {
  return row.attempts > ATTEMPTS_MAX
    ? failed("rejected", "whoever sent it did not come to an end")
    : prepare(services, row, mail);
}

/** Reads what is to be said and to whom, and whether it may be and still is so. */
async function prepare(services: Ports, row: MessageRow, mail: MailPort): Promise<Prepared> {
  const { template, customerId } = row;
  const nowMs = services.nowMs();
  const type = messageTypes[template];
  const { code, identity } = await readIdentity(services.db, row.brand);
  const [setting, recipient, aggregate] = await Promise.all([
    readSetting(services.db, code, template),
    customerId === null ? null : readRecipient(services.db, customerId),
    row.orderId === null ? null : readOrder(services.db, row.orderId),
  ]);
  const skip = (reason: SkipReason): Prepared => ({ kind: "skip", reason });
  if (!setting.isOn) return skip("template_off");
  const email = recipient?.customer?.email ?? null;
  if (email === null || customerId === null) return skip("no_address");
  if (recipient?.rule?.suppressedAtMs != null) return skip("suppressed");
  if (row.orderId !== null && (aggregate === null || isSuperseded(aggregate, row))) return skip("superseded");
  if (template === "waitlist_offer" && offerEndMs(row) <= nowMs) return skip("superseded");
  if (nowMs > row.dueAtMs + TOO_LATE_AFTER_MS) return skip("too_late");
  const isOptional = type.class === "optional";
  if (isOptional && recipient?.rule?.optedOutAtMs != null) return skip("opted_out");
  if (isOptional && services.unsubscribe === null) return skip("no_opt_out");

  const quietMs = type.urgency === "now" ? null : quietUntilMs(identity.quietHours, identity.timeZone, nowMs);
  if (quietMs !== null) return { kind: "later", atMs: quietMs };
  const request = aggregate?.paymentRequests.find(({ id }) => id === row.about);
  if (template === "refund" && request?.status === "failed") return skip("superseded");
  if (template === "refund" && request?.status === "pending") {
    return { kind: "later", atMs: nowMs + REFUND_WAIT_MS };
  }

  const to = deliverableAddress(email, asciiDomain);
  if (to === null) return failed("rejected", "the address is none that mail can be sent to");
  const sender = identity.senderEmail ?? (mail.isOutside ? null : "shop@localhost");
  if (sender === null) return failed("misconfigured", `brand ${code} has no sender_email`);
  const language = row.language ?? identity.language;
  const unsubscribe = isOptional
    ? (services.unsubscribe?.linkFor({ customerId, brand: code, language }) ?? null)
    : null;
  const written = await writeMail(services, row, {
    aggregate,
    recipient,
    identity,
    setting,
    language,
    unsubscribe,
  });
  return {
    kind: "send",
    language,
    mail: {
      from: { email: sender, name: headLine(identity.name, 70) },
      to,
      replyTo: identity.replyTo,
      subject: written.subject,
      html: written.html,
      text: written.text,
      headers: headersOf(row, unsubscribe),
      tag: template,
    },
  };
}

function failed(code: "rejected" | "misconfigured", reason: string): Prepared {
  return { kind: "failed", failure: { code, reason } };
}

/** RFC 8058: a mailbox can refuse such messages for its owner with one call. */
function headersOf({ id }: MessageRow, unsubscribe: string | null): Record<string, string> {
  return {
    "X-Holdfast-Message": id,
    ...(unsubscribe === null
      ? {}
      : { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
  };
}

function offerEndMs({ data }: Pick<MessageRow, "data">): number {
  return Date.parse(textIn(data, "expires_at")) || 0;
}

/** A domain as the name system has it; null where it is none. */
export function asciiDomain(domain: string): string | null {
  // A URL's host may be more than a name: an address in brackets, a port, a path.
  if (!/^[^\s/?#@:[\]\\%]+$/.test(domain)) return null;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return null;
  }
}

function afterFailure(
  row: MessageRow,
  { provider }: MailPort,
  failure: MailFailure,
  nowMs: number,
): { readonly outcome: Partial<MessageOutcome>; readonly raised: ReadonlyArray<Raised> } {
  const { code, reason } = failure;
  if (code === "suppressed") return { outcome: { status: "skipped", reason: "suppressed" }, raised: [] };
  const askedForMs = failure.code === "unavailable" ? failure.retryAfterMs : 0;
  const nextMs = code === "rejected" ? null : nextSendAtMs(row.attempts, nowMs, askedForMs, Math.random());
  const raised: Array<Raised> = [];
  if (code === "misconfigured") {
    raised.push({
      kind: "mail_misconfigured",
      subject: `connection:mail:${provider}`,
      // Once a day, however many messages meet it.
      fact: String(Math.floor(nowMs / DAY_MS)),
      orderId: null,
      data: { provider, reason },
    });
  }
  if (nextMs !== null) return { outcome: { reason, nextAttemptAtMs: nextMs }, raised };
  return { outcome: { status: "failed", reason }, raised: [...raised, failedException(row, reason)] };
}

function failedException({ id, template, orderId, edition }: MessageRow, reason: string): Raised {
  return {
    kind: "message_failed",
    subject: `message:${id}`,
    fact: String(edition),
    orderId,
    data: { message: id, template, reason },
  };
}
