import type { CurrencyCode } from "../brand.ts";
import type { Address, Channel } from "../orders/order.ts";

/** Platforms with an adapter. What they are called as the channel of an order, {@link channelOf} says. */
export const platforms = [
  "shopify",
  "woocommerce",
  "amazon",
  "ebay",
  "tiktok",
  "square",
  "whatnot",
  "csv",
] as const;
export type Platform = (typeof platforms)[number];

/** A till's orders are those of any till. */
export function channelOf(platform: Platform): Channel {
  return platform === "square" ? "pos" : platform;
}

/**
 * What an order's platform says of it.
 * `reserved`: keep the units, send nothing yet (unpaid, held, under review).
 * `open`: ours to ship.
 * `fulfilled`: the goods have left already, by somebody else's hands or at a till.
 */
export type ChannelOrderState = "reserved" | "open" | "fulfilled" | "canceled";

/**
 * Which of two messages about one order says more. Platforms stamp by the second, so what cannot be taken back (money
 * returned, a cancel) counts next, and at last the content itself, so that any order of arrival ends the same.
 */
export type ChannelOrderVersion = {
  readonly updatedAtMs: number;
  readonly rank: number;
  readonly digest: string;
};

export type ChannelOrderLine = {
  /** The line's name on the platform, exact beyond 2^53. */
  readonly externalId: string;
  /** The platform's variant, listing or product; null where it names none. */
  readonly listing: string | null;
  readonly sku: string | null;
  readonly barcode: string | null;
  readonly title: string;
  /** Units still wanted, one or more. */
  readonly quantity: number;
  /** Minor units for all of the line, as stated: with tax where the order's prices have it. */
  readonly gross: number;
  readonly discount: number;
  readonly tax: number;
  /** False for what no warehouse ships: downloads, gift cards, protection plans. */
  readonly isPhysical: boolean;
};

/** An order as a platform states it, in our words and minor units. Nothing of it has been decided yet. */
export type ChannelOrder = {
  readonly externalId: string;
  /** What people call it there: `#1001`. */
  readonly name: string | null;
  /** The platform's live show that it was bought in. */
  readonly show?: string | null;
  readonly version: Omit<ChannelOrderVersion, "digest">;
  readonly placedAtMs: number;
  readonly state: ChannelOrderState;
  readonly currency: CurrencyCode;
  readonly lines: ReadonlyArray<ChannelOrderLine>;
  readonly hasTaxIncluded: boolean;
  readonly shipping: number;
  readonly shippingTax: number;
  /** What the buyer pays altogether; the rest is made to add up to it. */
  readonly total: number;
  readonly captured: number;
  readonly refunded: number;
  readonly email: string | null;
  readonly customerName: string | null;
  readonly phone: string | null;
  readonly shippingAddress: Address | null;
  readonly shippingMethod: string | null;
  /** The platform's location, for orders of a till. */
  readonly location: string | null;
  /** The platform stores and ships the goods itself, from stock that is not ours. */
  readonly isShippedByPlatform: boolean;
};

/** Why an order was not taken, each with what a person needs to act. */
export const channelRefusals = [
  "unreadable",
  "status_unknown",
  "sku_unmatched",
  "amounts_differ",
  "quantity_fractional",
  "location_unknown",
] as const;
export type ChannelRefusalCode = (typeof channelRefusals)[number];
export type ChannelRefusal = { readonly code: ChannelRefusalCode; readonly detail: string };

/** @returns Above zero where `a` says more than `b`. */
export function compareVersions(a: ChannelOrderVersion, b: ChannelOrderVersion): number {
  if (a.updatedAtMs !== b.updatedAtMs) return a.updatedAtMs - b.updatedAtMs;
  if (a.rank !== b.rank) return a.rank - b.rank;
  return a.digest === b.digest ? 0 : a.digest > b.digest ? 1 : -1;
}

/** The part of a version that tells apart two states of one second. A cancel outweighs any money, and money any shipment. */
export function rankOf(facts: {
  readonly state: ChannelOrderState;
  readonly captured: number;
  readonly refunded: number;
}): number {
  const byState: Readonly<Record<ChannelOrderState, number>> = {
    reserved: 0,
    open: 1,
    fulfilled: 2,
    canceled: 8,
  };
  return byState[facts.state] + (facts.refunded > 0 ? 4 : 0);
}

/** What a table says of a word from outside; words like `constructor` are in no table. */
export function ownValue<Value>(
  table: Readonly<Record<string, Value>> | undefined,
  word: string,
): Value | undefined {
  return table !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}
