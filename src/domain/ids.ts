import { invariant } from "./invariant.ts";

/** Crockford's base 32, lower case: it sorts as its numbers do and has no letters to confuse. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_LENGTH = 10;

/** Ten characters that sort by time, good until the year 10889. */
export function encodeTimeMs(timeMs: number): string {
  invariant(Number.isSafeInteger(timeMs) && timeMs >= 0, `not a time: ${timeMs}`);
  let rest = timeMs;
  let text = "";
  for (let digit = 0; digit < TIME_LENGTH; digit += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** @returns NaN where `text` is not what {@link encodeTimeMs} writes. */
export function decodeTimeMs(text: string): number {
  if (text.length !== TIME_LENGTH) return Number.NaN;
  let timeMs = 0;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return Number.NaN;
    timeMs = timeMs * 32 + digit;
  }
  return timeMs;
}

/** The first `length` base-32 characters of `bytes`, five bits each. */
export function encodeBytes(bytes: Uint8Array, length: number): string {
  invariant(bytes.length * 8 >= length * 5, "not enough bytes");
  let text = "";
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff;
    bitCount += 8;
    while (bitCount >= 5 && text.length < length) {
      bitCount -= 5;
      text += ALPHABET.charAt((bits >> bitCount) & 31);
    }
  }
  return text;
}

export type IdPrefix =
  | "hold"
  | "wtl"
  | "ord"
  | "line"
  | "txn"
  | "evt"
  | "ful"
  | "fline"
  | "pick"
  | "shp"
  | "trk"
  | "ret"
  | "rline"
  | "cus"
  | "key"
  | "aud"
  | "dlq"
  | "out"
  | "mov"
  | "imp"
  | "exc"
  | "preq"
  | "ppart"
  | "news"
  | "cred"
  | "chg"
  | "req"
  | "whe"
  | "whd"
  | "wha"
  | "cmp"
  | "wave"
  | "scan"
  | "mft"
  | "run"
  | "job"
  | "msg";

/** A public id: `prefix_` + ten characters of time + a tail that makes it unique. */
export function composeId(prefix: IdPrefix, timeMs: number, tail: string): string {
  return `${prefix}_${encodeTimeMs(timeMs)}${tail}`;
}

/** The time in an id that {@link composeId} made; zero where there is none. */
export function idTimeMs(id: string): number {
  const start = id.indexOf("_") + 1;
  const timeMs = decodeTimeMs(id.slice(start, start + TIME_LENGTH));
  return Number.isNaN(timeMs) ? 0 : timeMs;
}
