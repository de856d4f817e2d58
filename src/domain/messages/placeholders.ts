import type { MessageTemplate } from "./message.ts";

/** What a merchant's text may name. Nothing else is filled in, and nothing is ever executed. */
export const placeholders = [
  "brand_name",
  "customer_name",
  "order_number",
  "tracking_number",
  "carrier",
  "date",
  "amount",
  "item",
  "quantity",
] as const;
export type Placeholder = (typeof placeholders)[number];

const always: ReadonlyArray<Placeholder> = ["brand_name", "customer_name"];
const ofParcels: ReadonlyArray<Placeholder> = ["tracking_number", "carrier"];

const ofTemplates: Partial<Record<MessageTemplate, ReadonlyArray<Placeholder>>> = {
  preorder: ["date"],
  shipped: ofParcels,
  out_for_delivery: ofParcels,
  delivered: ofParcels,
  return_resolved: ["amount"],
  refund: ["amount"],
  order_changed: ["amount"],
  waitlist_offer: ["item", "quantity", "date"],
};

/** What is known when this message is written. */
export function placeholdersOf(template: MessageTemplate): ReadonlyArray<Placeholder> {
  const ofOrder: ReadonlyArray<Placeholder> = template === "waitlist_offer" ? [] : ["order_number"];
  return [...always, ...ofOrder, ...(ofTemplates[template] ?? [])];
}

const NAMED = /\{([^{}]*)\}/g;

/** @returns What in a text is no placeholder of this message: unknown names, and braces that belong to none. */
export function unknownPlaceholders(template: MessageTemplate, text: string): ReadonlyArray<string> {
  const known: ReadonlyArray<string> = placeholdersOf(template);
  const unknown = [...text.matchAll(NAMED)]
    .map(([whole]) => whole)
    .filter((name) => !known.includes(name.slice(1, -1)));
  return /[{}]/.test(text.replaceAll(NAMED, "")) ? [...unknown, "{ or } alone"] : unknown;
}

export type PlaceholderValues = Readonly<Partial<Record<Placeholder, string>>>;

/** Fills a text in, once: what a value holds is not looked at again. Plain text; whoever shows it escapes it. */
export function fill(text: string, values: PlaceholderValues): string {
  return text.replaceAll(NAMED, (_, name: string) =>
    Object.hasOwn(values, name) ? (values[name as Placeholder] ?? "") : "",
  );
}
