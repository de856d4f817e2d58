import type { BuyerKey, LocationCode, Sku } from "../brand.ts";
import { composeId, decodeTimeMs } from "../ids.ts";

/** Bounds of a hold's time to live. Counted from the moment the SKU's object takes it. */
export const HOLD_TTL_SECONDS_DEFAULT = 600;
export const HOLD_TTL_SECONDS_MIN = 15;
export const HOLD_TTL_SECONDS_MAX = 3600;
/** A hold that is extended, or whose payment is under way, ends this long after it was taken at the latest. */
export const HOLD_LIFE_SECONDS_MAX = 7200;

export type HoldStatus = "active" | "paying" | "converted" | "released" | "expired";

/** The state machine of a hold as data. `domain.md`, "State machines". */
export const holdTransitions: Readonly<Record<HoldStatus, ReadonlyArray<HoldStatus>>> = {
  active: ["paying", "released", "expired"],
  paying: ["converted", "active", "released", "expired"],
  converted: [],
  released: [],
  expired: [],
};

/** Twenty base-32 characters: a digest of who asked and with which idempotency key. The same in every SKU of a basket. */
export type HoldKey = string;

export type HoldLine = { readonly sku: Sku; readonly quantity: number };

/** The part of a hold that one SKU's object owns. */
export type HoldPart = {
  readonly key: HoldKey;
  readonly sku: Sku;
  readonly buyer: BuyerKey;
  readonly quantity: number;
  readonly status: HoldStatus;
  readonly ttlSeconds: number;
  readonly location: LocationCode | null;
  /** The show the hold was taken in. */
  readonly show: string | null;
  /** The SKU whose part knows the whole basket; null in that part itself. */
  readonly home: Sku | null;
  /** Every line of the basket, in the home part of a hold over several SKUs; null otherwise. */
  readonly basket: ReadonlyArray<HoldLine> | null;
  /** Whether units are set aside. In some drops a claim is a hold that has none yet. */
  readonly isSecured: boolean;
  readonly device: string | null;
  readonly arrivedAtMs: number | null;
  readonly isExtended: boolean;
  /** The order that is being paid, or was placed, from this hold. */
  readonly orderId: string | null;
  readonly payingSinceMs: number | null;
  /** Units of a converted hold that wait for a location. */
  readonly committedQuantity: number;
  /** Units of a converted hold that were canceled since: they no longer count against the buyer's limit. */
  readonly canceledQuantity: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly resolvedAtMs: number | null;
};

export function isLive(status: HoldStatus): boolean {
  return status === "active" || status === "paying";
}

/** Worst first: a basket is only as good as its worst part. */
const statusesWorstFirst: ReadonlyArray<HoldStatus> = [
  "expired",
  "released",
  "converted",
  "paying",
  "active",
];

export function worstStatus(parts: ReadonlyArray<Pick<HoldPart, "status">>): HoldStatus {
  return statusesWorstFirst.find((status) => parts.some((part) => part.status === status)) ?? "active";
}

/** When a live hold ends by itself: at its expiry, or, while it is being paid, at the end of its longest life. */
export function holdEndsAtMs(part: Pick<HoldPart, "status" | "createdAtMs" | "expiresAtMs">): number {
  return part.status === "paying" ? part.createdAtMs + HOLD_LIFE_SECONDS_MAX * 1000 : part.expiresAtMs;
}

const HOLD_ID = /^hold_([0-9a-hjkmnp-tv-z]{10})([0-9a-hjkmnp-tv-z]{20})\.(.{1,64})$/;

/**
 * The public id of a hold: time, key and home SKU. It names the object that knows the hold, so that no index has to
 * be written, and whoever holds it may act on the hold, so that it is not guessable.
 */
export function composeHoldId(createdAtMs: number, key: HoldKey, home: Sku): string {
  return `${composeId("hold", createdAtMs, key)}.${home}`;
}

/** @returns null where `id` is not a hold id; the SKU in it is still to be checked. */
export function parseHoldId(id: string): { createdAtMs: number; key: HoldKey; home: string } | null {
  const match = HOLD_ID.exec(id);
  if (match === null) return null;
  const [, time = "", key = "", home = ""] = match;
  return { createdAtMs: decodeTimeMs(time), key, home };
}
