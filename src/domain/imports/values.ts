import { AMOUNT_MAX } from "../money.ts";

/** Text as people mean it: no control characters, single spaces, well formed, at most `lengthMax` characters. */
export function cleanText(text: string, lengthMax: number): string {
  return text
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, lengthMax)
    .toWellFormed();
}

/** @returns An integer, or null where the text is not one. `6.0` is 6: spreadsheets write numbers that way. */
export function parseInteger(text: string): number | null {
  const match = /^\s*([+-]?\d{1,15})(?:[.,]0+)?\s*$/.exec(text);
  return match === null ? null : Number(match[1]);
}

/** Which character stands before the decimals. `auto`: the last of both kinds; a lone comma groups thousands only in `1,234`. */
export type DecimalStyle = "auto" | "comma";

const AMOUNT = /^([+-]?)(\d{0,15})(?:\.(\d{0,12}))?$/;

/**
 * A decimal amount in minor units, rounded half away from zero.
 *
 * @param exponent - Decimals of the currency: 2 for EUR, 0 for JPY.
 * @returns null where the text is no amount or too large; `isExact` is false where it had to be rounded.
 */
export function parseAmount(
  text: string,
  exponent: number,
  style: DecimalStyle,
): { readonly amount: number; readonly isExact: boolean } | null {
  const match = AMOUNT.exec(withDecimalPoint(text, style));
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = ""] = match;
  if (whole === "" && fraction === "") return null;
  const digits = Number(whole + fraction.slice(0, exponent).padEnd(exponent, "0"));
  const rest = fraction.slice(exponent);
  const amount = digits + (rest >= "5" ? 1 : 0);
  if (amount > AMOUNT_MAX) return null;
  return { amount: sign === "-" && amount > 0 ? -amount : amount, isExact: !/[1-9]/.test(rest) };
}

function withDecimalPoint(text: string, style: DecimalStyle): string {
  if (!text.includes(",")) return text.trim();
  const trimmed = text.trim();
  const comma = trimmed.lastIndexOf(",");
  const point = trimmed.lastIndexOf(".");
  if (point > comma) return trimmed.replaceAll(",", "");
  const isGrouping = style === "auto" && point === -1 && /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(trimmed);
  if (isGrouping) return trimmed.replaceAll(",", "");
  return trimmed.replaceAll(".", "").replace(",", ".");
}

const ISO_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$/i;
const US_TIME = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/;

/**
 * A point in time as exports write it: ISO 8601 with or without `T`, seconds and zone, or `month/day/year hour:minute`.
 * Without a zone it is UTC.
 *
 * @returns Milliseconds since the epoch, or null. Only 1970 to 9999.
 */
export function parseTimeMs(text: string): number | null {
  const trimmed = text.trim();
  const iso = ISO_TIME.exec(trimmed);
  if (iso !== null) {
    const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = iso;
    const localMs = civilTimeMs(year, month, day, hour, minute, second);
    const zoneMs = zoneOffsetMs(zone);
    if (localMs === null || zoneMs === null) return null;
    const timeMs = localMs + Number(fraction.slice(0, 3).padEnd(3, "0")) - zoneMs;
    return timeMs >= 0 ? timeMs : null;
  }
  const us = US_TIME.exec(trimmed);
  if (us === null) return null;
  const [, month, day, year, hour, minute, second] = us;
  return civilTimeMs(year, month, day, hour, minute, second);
}

function zoneOffsetMs(zone: string): number | null {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  if (minutes > 14 * 60) return null;
  return (match[1] === "-" ? -minutes : minutes) * 60_000;
}

function civilTimeMs(...parts: ReadonlyArray<string | undefined>): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    part === undefined ? 0 : Number(part),
  );
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  return ((daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
