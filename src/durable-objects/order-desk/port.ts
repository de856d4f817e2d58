import type { CheckoutFacts, CheckoutQuery } from "../../db/checkout.ts";
import type { NewOrder } from "../../db/new-orders.ts";
import type { HoldKey } from "../../domain/inventory/hold.ts";

/** One try at placing an order from a hold. Whoever has begun one is alone with that order until it is settled. */
export type Attempt = {
  readonly orderId: string;
  /** Who tries: follows from the caller's idempotency key, so that a retry is the same attempt. */
  readonly attempt: string;
  readonly home: string;
  readonly holdKey: HoldKey;
  readonly provider: string;
  /** What the payment is asked for with. Another attempt never has the same one, so no payment is answered twice. */
  readonly paymentKey: string;
  readonly startedAtMs: number;
};

export type BeginAttempt = Omit<Attempt, "paymentKey" | "startedAtMs">;

/** The attempt, and what it has to know of the database, which the desk reads for many at once. */
export type BeginPlacement = {
  readonly attempt: BeginAttempt;
  readonly checkout: Omit<CheckoutQuery, "orderId">;
};

export type BegunPlacement =
  /** Facts are null where the database did not answer; the attempt is begun all the same. */
  | {
      readonly status: "begun";
      readonly paymentKey: string;
      readonly facts: CheckoutFacts | null;
    }
  | Exclude<Begun, { readonly status: "begun" }>
  /** Nothing was begun: too many wait. */
  | { readonly status: "overloaded" };

export type Begun =
  | { readonly status: "begun"; readonly paymentKey: string }
  /** The same attempt is still being made, or is being undone. */
  | { readonly status: "in_progress" }
  /** Another attempt at this order is being made. */
  | { readonly status: "taken" };

export type CommitOutcome =
  | { readonly status: "committed"; readonly number: number }
  /** Nothing was written: too many orders wait. */
  | { readonly status: "overloaded" }
  /** Nothing was written, and nothing will be: the attempt was revoked or the database refuses the rows. */
  | { readonly status: "refused" }
  /** The database did not say, and cannot be asked now. */
  | { readonly status: "unknown" };

export type Revoked =
  /** From here on the attempt cannot be committed. */
  | { readonly status: "revoked" }
  /** Its rows are on their way to the database. */
  | { readonly status: "committing" };

/** Where orders are written to D1, many at a time, and where attempts at placing one are kept apart. */
export interface OrderDesk {
  begin(placement: BeginPlacement): Promise<BegunPlacement>;
  /** Writes the order and ends the attempt. Repeats answer as the first did. */
  commit(command: { readonly attempt: string; readonly order: NewOrder }): Promise<CommitOutcome>;
  /** Fences an attempt off before it is undone. */
  revoke(attempt: { readonly orderId: string; readonly attempt: string }): Promise<Revoked>;
  /** Forgets an attempt that was undone or came to nothing. */
  settle(attempt: { readonly orderId: string; readonly attempt: string }): Promise<void>;
  /** Attempts that were begun so long ago that whoever began them is gone. */
  stale(limit: number): Promise<ReadonlyArray<Attempt>>;
}
