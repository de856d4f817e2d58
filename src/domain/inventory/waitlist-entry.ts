import type { BuyerKey } from "../brand.ts";
import { composeId, decodeTimeMs } from "../ids.ts";
import type { HoldKey } from "./hold.ts";

export type WaitlistStatus = "waiting" | "offered" | "converted" | "lapsed" | "left";

/** The state machine of a waitlist entry as data. `domain.md`, "State machines". */
export const waitlistTransitions: Readonly<Record<WaitlistStatus, ReadonlyArray<WaitlistStatus>>> = {
  waiting: ["offered", "left"],
  offered: ["converted", "lapsed"],
  converted: [],
  lapsed: [],
  left: [],
};

/** How long an offer lasts where neither the buyer nor a drop says. */
export const OFFER_TTL_SECONDS_DEFAULT = 300;

/** A buyer in line for units of one SKU: those for everybody, or those of a drop. */
export type WaitlistEntry = {
  /** Also the key of the hold that is its offer. */
  readonly key: HoldKey;
  readonly buyer: BuyerKey;
  readonly quantity: number;
  readonly show: string | null;
  readonly ttlSeconds: number;
  readonly status: WaitlistStatus;
  /** The order of arrival. */
  readonly seq: number;
  /** Lottery: the place in the draw, lowest first; null where the order of arrival counts. */
  readonly rank: string | null;
  /** When the offer's hold was taken; null before. */
  readonly offeredAtMs: number | null;
  readonly createdAtMs: number;
};

/** An entry as its buyer is told of it: `position` 1 is next. Null where it is drawn, or no longer waits. */
export type WaitlistPlace = { readonly entry: WaitlistEntry; readonly position: number | null };

/** In the order of arrival. */
export function bySeq(a: WaitlistEntry, b: WaitlistEntry): number {
  return a.seq - b.seq;
}

/** Those who were drawn by their rank, then everybody else in the order of arrival. */
export function byRank(a: WaitlistEntry, b: WaitlistEntry): number {
  if (a.rank === b.rank) return a.seq - b.seq;
  if (a.rank === null || b.rank === null) return a.rank === null ? 1 : -1;
  return a.rank < b.rank ? -1 : 1;
}

const WAITLIST_ID = /^wtl_([0-9a-hjkmnp-tv-z]{10})([0-9a-hjkmnp-tv-z]{20})$/;

export function composeWaitlistId(entry: Pick<WaitlistEntry, "createdAtMs" | "key">): string {
  return composeId("wtl", entry.createdAtMs, entry.key);
}

/** @returns null where `id` is not the id of a waitlist entry. */
export function parseWaitlistId(id: string): { createdAtMs: number; key: HoldKey } | null {
  const match = WAITLIST_ID.exec(id);
  if (match === null) return null;
  const [, time = "", key = ""] = match;
  return { createdAtMs: decodeTimeMs(time), key };
}

/** Whether the place that was found stands for something else than what was asked for, under the same key. */
export function isOtherWish(
  entry: WaitlistEntry,
  wish: Pick<WaitlistEntry, "key" | "buyer" | "quantity" | "show">,
): boolean {
  if (entry.buyer !== wish.buyer) return true;
  return entry.key === wish.key && (entry.quantity !== wish.quantity || entry.show !== wish.show);
}
