import type { LocationCode, Sku } from "../brand.ts";
import type { HoldStatus } from "./hold.ts";

/** Why a hold is refused, in order of precedence. Refusals are answers, not failures. */
export type HoldRefusal =
  | { readonly code: "sku_unknown"; readonly sku: Sku }
  /** The same key was used with other content. */
  | { readonly code: "idempotency_key_reused"; readonly sku: Sku }
  | { readonly code: "limit_reached"; readonly sku: Sku; readonly limit: number; readonly counted: number }
  | { readonly code: "sold_out"; readonly sku: Sku; readonly requested: number; readonly available: number };

/** Why an existing hold cannot be changed, in order of precedence. */
export type HoldChangeRefusal =
  | { readonly code: "hold_unknown" }
  | { readonly code: "hold_expired"; readonly expiredAtMs: number }
  | { readonly code: "hold_resolved"; readonly status: HoldStatus; readonly orderId: string | null }
  /** Another order is being paid from this hold. */
  | { readonly code: "hold_paying"; readonly orderId: string }
  | { readonly code: "hold_not_extendable"; readonly reason: "already_extended" | "life_exceeded" };

/** Why stock cannot be moved, in order of precedence. */
export type StockRefusal =
  | { readonly code: "sku_unknown"; readonly sku: Sku }
  | { readonly code: "movement_id_reused"; readonly sku: Sku }
  /** Units to be taken away are promised to holds or orders, or are not there. */
  | {
      readonly code: "stock_insufficient";
      readonly sku: Sku;
      readonly location: LocationCode | null;
      readonly requested: number;
      readonly available: number;
    }
  | { readonly code: "allocation_unknown"; readonly sku: Sku };
