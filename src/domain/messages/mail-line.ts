/** Longer than any mail client shows. */
const SUBJECT_CHARACTERS_MAX = 160;

// Marks that turn or hide what follows them: a name could make a subject read as something else.
const INVISIBLE = /[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * Text as one line of a mail's head: nothing in it can begin another line, turn the reading direction, or go on for
 * ever. What is cut ends in an ellipsis.
 */
export function headLine(text: string, charactersMax = SUBJECT_CHARACTERS_MAX): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(INVISIBLE, "")
    .replaceAll(/ {2,}/g, " ");
  return cut(line.trim(), charactersMax);
}

/** At most so many characters as people count them. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const characters = Array.from(text);
  if (characters.length <= charactersMax) return text;
  return `${characters
    .slice(0, charactersMax - 1)
    .join("")
    .trimEnd()}…`;
}

const LOCAL_PART = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$/;
const DOMAIN =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+$/;

/**
 * An address as every provider takes it: a domain in other scripts as its ASCII form (RFC 5891).
 *
 * @param toAscii - Of a domain; null where it is none.
 * @returns null where no provider could deliver to it, or it is more than an address.
 */
export function deliverableAddress(
  address: string,
  toAscii: (domain: string) => string | null,
): string | null {
  const at = address.lastIndexOf("@");
  const local = address.slice(0, at);
  const domain = toAscii(address.slice(at + 1));
  if (at < 1 || domain === null || !DOMAIN.test(domain) || !LOCAL_PART.test(local)) return null;
  if (local.startsWith(".") || local.endsWith(".") || local.includes("..")) return null;
  return `${local}@${domain}`;
}
