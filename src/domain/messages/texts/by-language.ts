import type { Language } from "../message.ts";
import { german } from "./de.ts";
import { english } from "./en.ts";
import { spanish } from "./es.ts";
import { french } from "./fr.ts";
import { japanese } from "./ja.ts";
import type { MessageTexts } from "./texts.ts";

export const textsByLanguage: Readonly<Record<Language, MessageTexts>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  ja: japanese,
};
