import type { BuyerKey } from "../brand.ts";
import { holdEndsAtMs, isLive, type HoldPart } from "./hold.ts";

/** A live hold as somebody sees it who watches: without its id, which lets whoever knows it act on the hold. */
export type LiveHold = {
  readonly buyer: BuyerKey;
  readonly quantity: number;
  readonly status: "active" | "paying";
  readonly isSecured: boolean;
  readonly createdAtMs: number;
  readonly endsAtMs: number;
};

/**
 * Those that end soonest.
 *
 * @param show - Null for those that were taken outside any show.
 */
export function liveHolds(
  holds: Iterable<HoldPart>,
  { show, limit }: { readonly show: string | null; readonly limit: number },
): ReadonlyArray<LiveHold> {
  return [...holds]
    .filter((part) => isLive(part.status) && part.show === show)
    .map((part) => ({
      buyer: part.buyer,
      quantity: part.quantity,
      status: part.status === "paying" ? ("paying" as const) : ("active" as const),
      isSecured: part.isSecured,
      createdAtMs: part.createdAtMs,
      endsAtMs: holdEndsAtMs(part),
    }))
    .sort((one, other) => one.endsAtMs - other.endsAtMs)
    .slice(0, limit);
}
