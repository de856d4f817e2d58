import type { BuyerKey, LocationCode, Sku } from "../../src/domain/brand.ts";
import type { TakeHold } from "../../src/domain/inventory/sku-port.ts";

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
    ...rest,
  };
}
