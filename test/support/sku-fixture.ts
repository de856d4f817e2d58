import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import type { JoinWaitlist, PutDrop, TakeHold } from "../../src/domain/inventory/sku-port.ts";
import { OFFER_TTL_SECONDS_DEFAULT } from "../../src/domain/inventory/waitlist-entry.ts";

export const MUG = "MUG" as Sku;
export const BERLIN = "BER" as LocationCode;
export const ROTTERDAM = "RTM" as LocationCode;

export function buyer(name: string): BuyerKey {
  return name as BuyerKey;
}

/** A request for one unit by a buyer of its own, where the test does not say otherwise. */
export function takeHoldCommand(key: string, rest: Partial<TakeHold> = {}): TakeHold {
  return {
    key,
    buyer: buyer(`buyer-${key}`),
    quantity: 1,
    ttlSeconds: 600,
    location: null,
    show: null,
    home: null,
    basket: null,
    device: null,
    arrivedAtMs: null,
    isGuarded: false,
    ...rest,
  };
}

/** A drop of three units that is open for ever, where the test does not say otherwise. */
export function putDropCommand(show: string, rest: Partial<PutDrop> = {}): PutDrop {
  return {
    show,
    quantity: 3,
    policy: "hold_on_claim",
    buyerLimit: null,
    ttlSeconds: 600,
    opensAtMs: 0,
    endsAtMs: null,
    drawsAtMs: null,
    ...rest,
  };
}

export function joinWaitlistCommand(key: string, rest: Partial<JoinWaitlist> = {}): JoinWaitlist {
  return {
    key,
    buyer: buyer(`buyer-${key}`),
    quantity: 1,
    show: null,
    ttlSeconds: OFFER_TTL_SECONDS_DEFAULT,
    ...rest,
  };
}
