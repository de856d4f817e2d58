import { decimalsOf } from "../money.ts";
import type { BrandIdentity } from "./brand-identity.ts";
import type { Action, Block, Fact, Item, MessageContent, Total } from "./content.ts";
import type { MessageFacts, OrderFacts } from "./facts.ts";
import { cut, headLine } from "./mail-line.ts";
import type { Language, MessageTemplate, MessageText } from "./message.ts";
import { fill, type PlaceholderValues } from "./placeholders.ts";
import { textsByLanguage } from "./texts/by-language.ts";
import type { MessageTexts } from "./texts/texts.ts";

const TITLE_CHARACTERS_MAX = 120;
const NAME_CHARACTERS_MAX = 60;
/** Of an order of hundreds of lines: the rest is on its page. */
const ITEMS_MAX = 50;

type Voice = {
  readonly language: Language;
  readonly texts: MessageTexts;
  readonly timeZone: string;
  readonly currency: string;
};

/** Writes a message: everything that is said, in one language, in no form yet. */
export function composeMessage(
  template: MessageTemplate,
  facts: MessageFacts,
  brand: BrandIdentity,
  language: Language,
  own: MessageText,
): MessageContent {
  const texts = textsByLanguage[language];
  const voice = { language, texts, timeZone: brand.timeZone, currency: facts.order?.currency ?? "EUR" };
  const values = valuesOf(facts, brand, voice);
  const built = texts.templates[template];
  const say = (text: string): string => fill(text, values);
  const { labels } = texts;
  const intro = say(own.intro ?? built.intro);
  const isKnown = facts.customerName !== null;
  return {
    subject: headLine(say(own.subject ?? built.subject)),
    preview: headLine(intro, 140),
    heading: headLine(say(own.heading ?? built.heading)),
    paragraphs: [
      say(isKnown ? labels.greetingNamed : labels.greeting),
      ...intro.split(/\n{2,}/),
      ...sentencesOf(template, facts, texts).map(say),
    ],
    action: actionOf(template, facts, labels, say),
    blocks: blocksOf(template, facts, voice),
    footer: [
      say(template === "waitlist_offer" ? labels.becauseWaitlist : labels.becauseOrder),
      ...(brand.footer ?? "").split("\n").filter((line) => line.trim() !== ""),
    ],
    unsubscribe:
      facts.links.unsubscribe === null ? null : { label: labels.optOut, url: facts.links.unsubscribe },
  };
}

function valuesOf(facts: MessageFacts, brand: BrandIdentity, voice: Voice): PlaceholderValues {
  const { order, parcel, offer, amount, waiting } = facts;
  const dates = waiting.flatMap(({ fromMs }) => (fromMs === null ? [] : [fromMs]));
  const date = offer?.expiresAtMs ?? (dates.length === 0 ? null : Math.max(...dates));
  return {
    brand_name: brand.name,
    customer_name: headLine(facts.customerName ?? voice.texts.labels.customer, NAME_CHARACTERS_MAX),
    order_number: order === null ? "" : `#${order.number}`,
    tracking_number: parcel?.trackingNumber ?? "",
    carrier: parcel?.carrier ?? "",
    date: date === null ? "" : dateText(date, voice, offer === null ? "day" : "minute"),
    amount: amount === null ? "" : moneyText(Math.abs(amount), voice),
    item: titleText(offer?.title ?? ""),
    quantity: String(offer?.quantity ?? ""),
  };
}

function sentencesOf(
  template: MessageTemplate,
  facts: MessageFacts,
  { sentences }: MessageTexts,
): Array<string> {
  const { amount } = facts;
  if (template === "order_canceled") return amount === null ? [] : [sentences.canceledMoney];
  if (template === "order_changed" && amount !== null && amount !== 0) {
    return [amount > 0 ? sentences.changeOwed : sentences.changeBack];
  }
  if (template === "return_approved" && facts.return?.labelUrl != null) return [sentences.labelAttached];
  return template === "return_resolved" ? outcomeSentences(facts, sentences) : [];
}

function outcomeSentences(facts: MessageFacts, sentences: MessageTexts["sentences"]): Array<string> {
  const hasAmount = (facts.amount ?? 0) > 0;
  const outcome = facts.return?.outcome ?? null;
  if (outcome === "replacement") return [sentences.outcomeReplacement];
  const isExchanged = outcome === "exchange" ? [sentences.outcomeExchange] : [];
  if (outcome === null || !hasAmount) return isExchanged;
  return [
    ...isExchanged,
    outcome === "store_credit" ? sentences.outcomeStoreCredit : sentences.outcomeRefund,
  ];
}

function actionOf(
  template: MessageTemplate,
  { links, parcel, offer, amount, ...facts }: MessageFacts,
  labels: MessageTexts["labels"],
  say: (text: string) => string,
): Action | null {
  const to = (label: string, url: string | null | undefined): Action | null =>
    url === null || url === undefined ? null : { label: say(label), url };
  const toOrder = to(labels.viewOrder, links.order);
  if (template === "review_request") return to(labels.rate, links.review);
  if (template === "waitlist_offer") return to(labels.claim, offer?.url);
  if (template === "shipped" || template === "out_for_delivery") {
    return to(labels.trackParcel, parcel?.trackingUrl) ?? toOrder;
  }
  if (template === "return_approved") return to(labels.printLabel, facts.return?.labelUrl) ?? toOrder;
  const isOwed = template === "order_changed" && (amount ?? 0) > 0;
  return (isOwed ? to(labels.pay, links.pay) : null) ?? toOrder;
}

function blocksOf(template: MessageTemplate, facts: MessageFacts, voice: Voice): Array<Block> {
  const { labels } = voice.texts;
  const { order, parcel, waiting } = facts;
  const blocks: Array<Block> = [];
  if (parcel !== null) blocks.push(...parcelBlocks(parcel, labels));
  if (facts.return !== null) blocks.push(...returnBlocks(facts.return, labels));
  if (waiting.length > 0) {
    const items = waiting.slice(0, ITEMS_MAX).map(({ title, quantity, fromMs }) => ({
      title: titleText(title),
      quantity: quantityText(quantity),
      note: fromMs === null ? labels.noDate : fill(labels.from, { date: dateText(fromMs, voice, "day") }),
    }));
    blocks.push({ kind: "items", title: labels.waiting, items, totals: [] });
  }
  if (order !== null && (template === "order_confirmation" || template === "order_changed")) {
    blocks.push(orderBlock(order, facts.amount, voice));
    const address = addressLines(order.address, voice.language);
    if (address.length > 0) blocks.push({ kind: "text", title: labels.shipTo, lines: address });
  }
  if (facts.offer !== null) {
    const until: Fact = { label: labels.until, value: dateText(facts.offer.expiresAtMs, voice, "minute") };
    blocks.push({ kind: "facts", facts: [until] });
  }
  if (order !== null) blocks.push({ kind: "facts", facts: orderFacts(template, order, facts.amount, voice) });
  return blocks;
}

function parcelBlocks(
  parcel: NonNullable<MessageFacts["parcel"]>,
  labels: MessageTexts["labels"],
): Array<Block> {
  const facts: Array<Fact> = [
    { label: labels.carrier, value: parcel.carrier },
    ...(parcel.trackingNumber === null
      ? []
      : [{ label: labels.trackingNumber, value: parcel.trackingNumber }]),
  ];
  return [
    { kind: "facts", facts },
    { kind: "items", title: labels.parcel, items: itemsOf(parcel.lines), totals: [] },
  ];
}

function returnBlocks(
  back: NonNullable<MessageFacts["return"]>,
  labels: MessageTexts["labels"],
): Array<Block> {
  const blocks: Array<Block> = [
    { kind: "items", title: labels.returned, items: itemsOf(back.lines), totals: [] },
  ];
  if (back.instructions !== null) {
    blocks.push({ kind: "text", title: labels.instructions, lines: back.instructions.split("\n") });
  }
  if (back.reason !== null)
    blocks.push({ kind: "text", title: labels.reason, lines: back.reason.split("\n") });
  if (back.trackingNumber !== null) {
    blocks.push({ kind: "facts", facts: [{ label: labels.trackingNumber, value: back.trackingNumber }] });
  }
  return blocks;
}

function orderBlock(order: OrderFacts, amount: number | null, voice: Voice): Block {
  const { labels } = voice.texts;
  const total = (label: string, value: number): Total => ({
    label,
    amount: moneyText(value, voice),
    isSum: false,
  });
  const parts: Array<Total> = [
    total(labels.subtotal, order.subtotal),
    ...(order.discountTotal === 0 ? [] : [total(labels.discount, -order.discountTotal)]),
    total(labels.shipping, order.shippingTotal),
    ...(order.taxTotal === 0 ? [] : [total(labels.tax, order.taxTotal)]),
    { ...total(labels.total, order.total), isSum: true },
    ...(amount !== null && amount > 0 ? [{ ...total(labels.owed, amount), isSum: true }] : []),
  ];
  const items = order.lines.slice(0, ITEMS_MAX).map((line) => ({
    title: titleText(line.title),
    quantity: quantityText(line.quantity),
    note: moneyText(line.total, voice),
  }));
  const left = order.lines.length - items.length;
  const more = left > 0 ? [{ title: "…", quantity: `+ ${left}`, note: "" }] : [];
  return { kind: "items", title: labels.items, items: [...items, ...more], totals: parts };
}

function orderFacts(
  template: MessageTemplate,
  order: OrderFacts,
  amount: number | null,
  voice: Voice,
): Array<Fact> {
  const { labels } = voice.texts;
  const isPaidBack =
    amount !== null && (template === "refund" || template === "return_resolved") && amount > 0;
  return [
    ...(isPaidBack ? [{ label: labels.paidBack, value: moneyText(amount, voice) }] : []),
    { label: labels.order, value: `#${order.number}` },
    { label: labels.placedOn, value: dateText(order.placedAtMs, voice, "day") },
  ];
}

function itemsOf(lines: ReadonlyArray<{ readonly title: string; readonly quantity: number }>): Array<Item> {
  return lines
    .slice(0, ITEMS_MAX)
    .map(({ title, quantity }) => ({ title: titleText(title), quantity: quantityText(quantity), note: "" }));
}

function titleText(title: string): string {
  return headLine(title, TITLE_CHARACTERS_MAX);
}

function quantityText(quantity: number): string {
  return `× ${quantity}`;
}

function addressLines(address: OrderFacts["address"], language: Language): Array<string> {
  if (address === null) return [];
  const { name, line1, line2, postal_code: postalCode, city, region, country } = address;
  const place = [postalCode, city].filter(Boolean).join(" ");
  return [name, line1, line2, place, region, countryName(country, language)]
    .filter((line) => line !== undefined && line !== "")
    .map((line) => cut(headLine(line ?? ""), TITLE_CHARACTERS_MAX));
}

/** In the buyer's language; the code itself where nobody knows it. */
function countryName(country: string, language: Language): string {
  return /^[A-Z]{2}$/.test(country)
    ? (new Intl.DisplayNames(language, { type: "region" }).of(country) ?? country)
    : country;
}

function moneyText(amount: number, { language, currency }: Voice): string {
  const decimals = decimalsOf(currency);
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return format.format(amount / 10 ** decimals);
}

function dateText(timeMs: number, { language, timeZone }: Voice, exactTo: "day" | "minute"): string {
  const style = exactTo === "day" ? {} : { timeStyle: "short" as const };
  return new Intl.DateTimeFormat(language, { dateStyle: "long", ...style, timeZone }).format(timeMs);
}
