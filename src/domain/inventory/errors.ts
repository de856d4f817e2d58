import type { LocationCode, Sku } from "../brand.ts";
import type { DropStatus } from "./drop.ts";
import type { HoldStatus } from "./hold.ts";
import type { WaitlistPlace } from "./waitlist-entry.ts";

/** Why a hold is refused, in order of precedence. Refusals are answers, not failures. */
export type HoldRefusal =
  | { readonly code: "sku_unknown"; readonly sku: Sku }
  /** The same key was used with other content. */
  | { readonly code: "idempotency_key_reused"; readonly sku: Sku }
  /** The show has no drop of this SKU, or it is not open. `opensAtMs` is null where nobody has said when it will. */
  | {
      readonly code: "drop_not_open";
      readonly sku: Sku;
      readonly show: string;
      readonly status: DropStatus | null;
      readonly opensAtMs: number | null;
    }
  /** Too many live holds, or too many holds that came to nothing, for a caller who is not trusted. */
  | {
      readonly code: "rate_limited";
      readonly sku: Sku;
      readonly reason: "live_holds" | "unpaid_holds";
      readonly retryAfterSeconds: number;
    }
  | { readonly code: "limit_reached"; readonly sku: Sku; readonly limit: number; readonly counted: number }
  /** The buyer is in line already, or has just entered a lottery. */
  | { readonly code: "waitlisted"; readonly sku: Sku; readonly place: WaitlistPlace }
  | { readonly code: "sold_out"; readonly sku: Sku; readonly requested: number; readonly available: number };

/** Why an existing hold cannot be changed, in order of precedence. */
export type HoldChangeRefusal =
  | { readonly code: "hold_unknown" }
  | { readonly code: "hold_expired"; readonly expiredAtMs: number }
  | { readonly code: "hold_resolved"; readonly status: HoldStatus; readonly orderId: string | null }
  /** Another order is being paid from this hold. */
  | { readonly code: "hold_paying"; readonly orderId: string }
  | { readonly code: "hold_not_extendable"; readonly reason: "already_extended" | "life_exceeded" }
  /** The hold had no units set aside yet, and they are gone. */
  | { readonly code: "sold_out"; readonly sku: Sku; readonly requested: number; readonly available: number };

/** Why a drop cannot be set up, in order of precedence. */
export type DropRefusal =
  | { readonly code: "sku_unknown"; readonly sku: Sku }
  | { readonly code: "drop_closed"; readonly sku: Sku; readonly show: string }
  /** What is open or drawn already can no longer be changed in this way. */
  | { readonly code: "drop_under_way"; readonly sku: Sku; readonly show: string }
  /** `available` is how many units can be fenced in, or, below that, must stay fenced in. */
  | {
      readonly code: "stock_insufficient";
      readonly sku: Sku;
      readonly location: null;
      readonly requested: number;
      readonly available: number;
    };

/** Why a buyer cannot be put in line, in order of precedence. */
export type WaitlistRefusal = Extract<
  HoldRefusal,
  { readonly code: "sku_unknown" | "drop_not_open" | "limit_reached" }
>;

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
