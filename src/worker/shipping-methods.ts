import type { Db } from "../db/client.ts";
import { findShippingMethod, type ShippingMethodRow } from "../db/shipping-methods.ts";

/** Every order asks for its method as it is routed and packed; there are a handful, and they hardly change. */
const REMEMBERED_MS = 5_000;
const REMEMBERED_MAX = 200;

export type ShippingMethods = {
  /** As it was a few seconds ago at most; null where there is none of this code. */
  readonly find: (code: string) => Promise<ShippingMethodRow | null>;
  /** It was changed here. Elsewhere it is as it was for a few seconds more. */
  readonly forget: (code: string) => void;
};

export function rememberedShippingMethods(db: Db, nowMs: () => number): ShippingMethods {
  const remembered = new Map<string, { readonly row: ShippingMethodRow; readonly untilMs: number }>();
  return {
    find: async (code) => {
      const known = remembered.get(code);
      if (known !== undefined && known.untilMs > nowMs()) return known.row;
      const row = await findShippingMethod(db, code);
      if (remembered.size >= REMEMBERED_MAX) remembered.clear();
      // One that is asked for before it is set up must be there as soon as it is.
      if (row !== null) remembered.set(code, { row, untilMs: nowMs() + REMEMBERED_MS });
      return row;
    },
    forget: (code) => void remembered.delete(code),
  };
}
