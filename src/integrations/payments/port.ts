import type { CurrencyCode } from "../../domain/brand.ts";
import type { TransactionKind } from "../../domain/payments/ledger.ts";
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
  readonly idempotencyKey: string;
};

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
  authorize(request: AuthorizeRequest): Promise<Result<ReadonlyArray<PaymentEntry>, PaymentFailure>>;
  capture(request: FollowUpRequest): Promise<Result<PaymentEntry, PaymentFailure>>;
  void(request: FollowUpRequest): Promise<Result<PaymentEntry, PaymentFailure>>;
  refund(request: FollowUpRequest): Promise<Result<PaymentEntry, PaymentFailure>>;
  /**
   * Takes back whatever {@link PaymentPort.authorize} did under this key, and keeps it from doing anything later; nothing
   * was done is a success too. For an order that was never placed, so that no payment outlives it.
   */
  abandon(request: AbandonRequest): Promise<Result<null, PaymentFailure>>;
}
