import type { Viewer } from "./seen-stock.ts";

/**
 * The platform does not say how much of what was sent still waits in its memory, so a reader has to prove that it reads:
 * after so much text it is sent a `check`, and answers `checked`. Who never does is dropped once much more was sent,
 * so that what waits for one socket is bounded.
 */
export type ReadingLimit = { readonly checkAfterChars: number; readonly dropAfterChars: number };

export const readingLimits: Readonly<Record<Viewer, ReadingLimit>> = {
  publishable: { checkAfterChars: 64_000, dropAfterChars: 512_000 },
  secret: { checkAfterChars: 1_000_000, dropAfterChars: 64_000_000 },
};

/** What a socket was sent, and up to where it is known to have read. */
export type Reading = {
  sentChars: number;
  provenChars: number;
  /** `sentChars` when the last check was sent, which is also its name; null while none is open. */
  checkedAtChars: number | null;
};

export function newReading(): Reading {
  return { sentChars: 0, provenChars: 0, checkedAtChars: null };
}

export type ReadingVerdict = "fine" | "check" | "drop";

/** Counts what is about to be sent. `check` asks the caller to send one, named `checkedAtChars`. */
export function countSent(reading: Reading, chars: number, limit: ReadingLimit): ReadingVerdict {
  reading.sentChars += chars;
  const unproven = reading.sentChars - reading.provenChars;
  if (unproven > limit.dropAfterChars) return "drop";
  if (unproven < limit.checkAfterChars || reading.checkedAtChars !== null) return "fine";
  reading.checkedAtChars = reading.sentChars;
  return "check";
}

/** An answer that names no open check proves nothing. */
export function proveReading(reading: Reading, name: number): void {
  if (reading.checkedAtChars !== name) return;
  reading.provenChars = name;
  reading.checkedAtChars = null;
}
