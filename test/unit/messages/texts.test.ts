import { describe, expect, test } from "vitest";

import {
  DEFAULT_IDENTITY,
  isLight,
  type BrandIdentity,
} from "../../../src/domain/messages/brand-identity.ts";
import { composeMessage } from "../../../src/domain/messages/compose.ts";
import type { MessageFacts } from "../../../src/domain/messages/facts.ts";
import { languages, messageTemplates } from "../../../src/domain/messages/message.ts";
import { fill, unknownPlaceholders } from "../../../src/domain/messages/placeholders.ts";
import { sampleFacts } from "../../../src/domain/messages/sample.ts";
import { textsByLanguage } from "../../../src/domain/messages/texts/by-language.ts";
import { mailHtml } from "../../../src/worker/messages/mail-html.tsx";
import { mailText } from "../../../src/worker/messages/mail-text.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 10);
const brand: BrandIdentity = {
  ...DEFAULT_IDENTITY,
  name: "Lumen & Co.",
  timeZone: "Europe/Berlin",
  footer: "Lumen GmbH\nBerlin",
  links: {
    order: "https://shop.example.com/orders/{order}",
    pay: "https://shop.example.com/pay/{order}",
    review: "https://shop.example.com/review/{order}",
    offer: "https://shop.example.com/offer/{hold}",
    tracking: null,
  },
};
const all = languages.flatMap((language) =>
  messageTemplates.map((template) => [language, template] as const),
);

describe.each(all)("%s %s", (language, template) => {
  const facts = sampleFacts(template, brand, "https://shop.example.com/unsubscribe", NOW_MS);
  const content = composeMessage(template, facts, brand, language, {});

  test("names only what is known then, and leaves nothing unsaid", () => {
    for (const text of Object.values(textsByLanguage[language].templates[template])) {
      expect(unknownPlaceholders(template, text)).toEqual([]);
    }
    const html = mailHtml(content, brand, language);
    const text = mailText(content);
    for (const form of [content.subject, html.replace(/<style>[\s\S]*?<\/style>/, ""), text]) {
      expect(form).not.toMatch(/[{}]|undefined|null|NaN|Invalid|\[object/);
    }
    expect(html).toContain(`<html lang="${language}"`);
    expect(html).toContain("Lumen &amp; Co.");
    // Whoever reads no HTML misses nothing.
    for (const url of html.matchAll(/href="([^"]+)"/g))
      expect(text).toContain(url[1]?.replaceAll("&amp;", "&"));
  });
});

test("a buyer's own language shows in dates, amounts and countries", () => {
  const facts = sampleFacts("order_confirmation", brand, null, NOW_MS);
  const said = (language: (typeof languages)[number]) =>
    mailText(composeMessage("order_confirmation", facts, brand, language, {}));
  expect(said("en")).toContain("€205.18");
  expect(said("en")).toContain("November 20, 2026");
  expect(said("de")).toMatch(/205,18\s€/);
  expect(said("de")).toContain("Vereinigtes Königreich");
  expect(said("ja")).toContain("2026年11月20日");
  const yen = { ...facts, order: facts.order === null ? null : { ...facts.order, currency: "JPY" } };
  expect(mailText(composeMessage("order_confirmation", yen, brand, "en", {}))).toContain("¥20,518");
});

describe("hostile input", () => {
  const nasty = `<img src=x onerror=alert(1)>"'&\r\nBcc: everybody@example.com\u202Egpj.exe`;
  const facts: MessageFacts = {
    ...sampleFacts("order_confirmation", brand, null, NOW_MS),
    customerName: nasty,
    order: {
      number: 1,
      placedAtMs: NOW_MS,
      currency: "EUR",
      lines: [
        { title: nasty, quantity: 1, total: 100 },
        { title: "🦊".repeat(4_000), quantity: 1, total: 100 },
        ...Array.from({ length: 500 }, (_, index) => ({ title: `line ${index}`, quantity: 1, total: 1 })),
      ],
      subtotal: 700,
      discountTotal: 0,
      shippingTotal: 0,
      taxTotal: 0,
      total: 700,
      address: { country: "<script>", name: nasty, line1: nasty },
    },
  };

  test("stays text in HTML, one line in a subject, and of bounded length", () => {
    const content = composeMessage("order_confirmation", facts, brand, "en", {
      subject: "Hi {customer_name}",
      heading: "<b>{customer_name}</b>",
      intro: "<script>alert(1)</script>\n\nsecond",
    });
    expect(content.subject).toBe(`Hi <img src=x onerror=alert(1)>"'& Bcc: everybody@example.comg…`);
    expect(content.subject).not.toMatch(/[\p{Cc}\u202E]/u);
    const html = mailHtml(content, brand, "en");
    expect(html).not.toMatch(/<img|<script|<b>/);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html.match(/🦊/gu)?.length).toBeLessThanOrEqual(120);
    // 50 of the lines, and how many there are beside them.
    expect(mailText(content)).toContain("+ 452");
    expect(html.length).toBeLessThan(102_400);
  });

  test("what a value holds is never filled in again", () => {
    expect(
      fill("{customer_name} {order_number}", { customer_name: "{order_number}", order_number: "#7" }),
    ).toBe("{order_number} #7");
  });
});

test.each([
  ["{order_number}", []],
  ["{customer_name} at {brand_name}", []],
  ["{tracking_number}", ["{tracking_number}"]],
  ["{constructor}", ["{constructor}"]],
  ["{}", ["{}"]],
  ["{{order_number}}", ["{ or } alone"]],
  ["a } b", ["{ or } alone"]],
])("a merchant's text for a confirmation: %s", (text, unknown) => {
  expect(unknownPlaceholders("order_confirmation", text)).toEqual(unknown);
});

test("writing on a brand's colour is dark or light, whichever is read more easily", () => {
  expect([isLight("#ffffff"), isLight("#ffd400"), isLight("#1f6f5c"), isLight("#000000")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
