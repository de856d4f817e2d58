import { de } from "./texts/de.ts";
import { en } from "./texts/en.ts";
import { es } from "./texts/es.ts";
import { fr } from "./texts/fr.ts";
import { ja } from "./texts/ja.ts";

/** Every sentence of the widget. `{n}` is a number. */
export type Texts = { readonly [Name in keyof typeof en]: string };

const languages: { readonly [language: string]: Texts } = { en, de, fr, es, ja };

/**
 * @param wanted - BCP 47 tags, most wanted first.
 * @returns The first language that we speak, else English.
 */
export function textsFor(wanted: ReadonlyArray<string>): {
  readonly language: string;
  readonly texts: Texts;
} {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0] ?? "";
    const texts = Object.hasOwn(languages, language) ? languages[language] : undefined;
    if (texts !== undefined) return { language: tag, texts };
  }
  return { language: "en", texts: en };
}

export function fill(text: string, n: number | string): string {
  return text.replace("{n}", String(n));
}
