import type { CurrencyCode } from "../../domain/brand.ts";
import type { TransactionKind } from "../../domain/payments/ledger.ts";
import type { PaymentState } from "../../domain/payments/provider-state.ts";
import type { Result } from "../../domain/result.ts";

/** What moved at the provider, ready for the order's ledger. */
export type PaymentEntry = {
  readonly kind: TransactionKind;
  /** Minor units. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  /** The provider's own name for it. No two movements have the same. */
  readonly reference: string;
  /** The reference of the entry it acts on. Absent for what a follow-up was asked to act on. */
  readonly parentReference?: string;
};

export type PaymentFailure =
  /** The payer's side said no: asking again changes nothing. */
  | { readonly code: "declined"; readonly reason: string }
  /** Nobody knows whether it happened; ask again with the same key. */
  | { readonly code: "unavailable"; readonly reason: string };

/** A payment that is not made yet: its payer, or its provider, has something to do first. */
export type AwaitedPayment = {
  /** The provider's own name for the payment. */
  readonly reference: string;
  readonly status: "requires_action" | "pending";
  /** Where the payer has to go; null where a page does it with `clientToken`, or there is only to wait. */
  readonly redirectUrl: string | null;
  /** What the provider's own script on a page needs. */
  readonly clientToken: string | null;
};

/** What an authorization came to: what moved, or what it waits for. */
export type Authorized = {
  readonly entries: ReadonlyArray<PaymentEntry>;
  readonly awaited: AwaitedPayment | null;
};

export type AuthorizeRequest = {
  readonly orderId: string;
  readonly amount: number;
  readonly currency: CurrencyCode;
  /** `automatic` captures in the same step; `manual` leaves the capture to the shipment. */
  readonly capture: "automatic" | "manual";
  /** The provider's own fields, as the caller sent them. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
};

export type FollowUpRequest = {
  readonly orderId: string;
  /** The reference of the authorization (capture, void) or the capture (refund). */
  readonly reference: string;
  readonly amount: number;
  readonly currency: CurrencyCode;
  /** Of a capture: what becomes of the rest of its authorization. */
  readonly remainder: "keep" | "release";
  readonly idempotencyKey: string;
};

/** What moved, all of it together as much as was asked for: in several parts where the provider moves no more at once. */
export type FollowedUp = Result<ReadonlyArray<PaymentEntry>, PaymentFailure>;

export type AbandonRequest = {
  readonly orderId: string;
  /** The key that the authorization was asked for with. */
  readonly idempotencyKey: string;
};

/**
 * One payment provider. Every call carries an idempotency key: a repeat answers as the first did. Every call ends within
 * 20 seconds, as `unavailable` if need be, because an attempt at an order is given up after a minute.
 */
export interface PaymentPort {
  readonly provider: string;
  /** Whether a yes is only the caller's word, which nobody outside vouches for. A page's word is not enough. */
  readonly isOnTrust: boolean;
  authorize(request: AuthorizeRequest): Promise<Result<Authorized, PaymentFailure>>;
  capture(request: FollowUpRequest): Promise<FollowedUp>;
  void(request: FollowUpRequest): Promise<FollowedUp>;
  refund(request: FollowUpRequest): Promise<FollowedUp>;
  /**
   * Takes back whatever {@link PaymentPort.authorize} did under this key, and keeps it from doing anything later; nothing
   * was done is a success too. For an order that was never placed, so that no payment outlives it.
   */
  abandon(request: AbandonRequest): Promise<Result<null, PaymentFailure>>;
  /** Null where nothing ever happens to a payment but what we ask for. */
  readonly remote: RemotePayments | null;
}

/** What a provider tells of payments by itself. */
export type PaymentNews = {
  /** The provider's name for this piece of news: the same news twice has the same. */
  readonly eventId: string;
  readonly reference: string;
  readonly orderId: string | null;
  /** Null where the provider has to be asked what has become of the payment. */
  readonly state: PaymentState | null;
};

/** A provider at which payments go on without us. */
export interface RemotePayments {
  /**
   * Checks that the provider sent these bytes, and reads them.
   *
   * @returns Null in place of news that are of no interest.
   */
  receive(
    bytes: Uint8Array,
    headers: Headers,
    nowMs: number,
  ): Promise<Result<PaymentNews | null, { readonly code: "forged" | "malformed" | "unavailable" }>>;
  /** What has become of a payment. Takes the next step where that is ours: a payer has approved, the money can be taken. */
  inquire(reference: string): Promise<Result<PaymentState, PaymentFailure>>;
  /** Keeps a payment that is not made from being made. One that is made stays, which the state tells. */
  withdraw(reference: string): Promise<Result<PaymentState, PaymentFailure>>;
}
