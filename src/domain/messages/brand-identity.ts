import type { Language } from "./message.ts";
import type { QuietHours } from "./quiet-hours.ts";

/** Under which a brand stands whose orders name none. */
export const MAIN_BRAND = "main";

/** How a brand appears to its buyers. */
export type BrandIdentity = {
  readonly name: string;
  /** Whom messages come from; null while nothing can be sent but to the log. */
  readonly senderEmail: string | null;
  readonly replyTo: string | null;
  readonly logoUrl: string | null;
  /** `#rrggbb`. */
  readonly accentColor: string;
  /** Who the brand is, by law and otherwise. */
  readonly footer: string | null;
  /** For buyers of whom no language is known. */
  readonly language: Language;
  /** IANA name, for dates and quiet hours. */
  readonly timeZone: string;
  readonly quietHours: QuietHours | null;
  readonly links: BrandLinks;
};

/** Pages of the brand's own, with the placeholder that each may hold. */
export type BrandLinks = {
  /** `{order}` */
  readonly order: string | null;
  /** `{order}` */
  readonly pay: string | null;
  /** `{order}` */
  readonly review: string | null;
  /** `{hold}` */
  readonly offer: string | null;
  /** `{tracking_number}` */
  readonly tracking: string | null;
};

export const DEFAULT_IDENTITY: BrandIdentity = {
  name: "Our shop",
  senderEmail: null,
  replyTo: null,
  logoUrl: null,
  accentColor: "#1f6f5c",
  footer: null,
  language: "en",
  timeZone: "UTC",
  quietHours: null,
  links: { order: null, pay: null, review: null, offer: null, tracking: null },
};

/** A link with its placeholder filled in; null where the brand has none. */
export function linkTo(link: string | null, placeholder: string, value: string): string | null {
  return link === null ? null : link.replaceAll(`{${placeholder}}`, encodeURIComponent(value));
}

/** Whether dark text is read more easily on this colour than white (WCAG 2.2, relative luminance). */
export function isLight(color: string): boolean {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179;
}
