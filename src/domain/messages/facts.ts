import type { Address } from "../orders/order.ts";

/** What a message is about. Absent parts are not said. */
export type MessageFacts = {
  readonly customerName: string | null;
  readonly order: OrderFacts | null;
  readonly parcel: ParcelFacts | null;
  /** Units that are not there yet. */
  readonly waiting: ReadonlyArray<WaitingLine>;
  readonly return: ReturnFacts | null;
  /** Minor units of the order's currency: paid back, or owed. */
  readonly amount: number | null;
  readonly offer: OfferFacts | null;
  readonly links: {
    readonly order: string | null;
    readonly pay: string | null;
    readonly review: string | null;
    readonly unsubscribe: string | null;
  };
};

export type OrderFacts = {
  readonly number: number;
  readonly placedAtMs: number;
  readonly currency: string;
  readonly lines: ReadonlyArray<{
    readonly title: string;
    readonly quantity: number;
    /** Minor units. */
    readonly total: number;
  }>;
  readonly subtotal: number;
  readonly discountTotal: number;
  readonly shippingTotal: number;
  readonly taxTotal: number;
  readonly total: number;
  readonly address: Address | null;
};

export type ParcelFacts = {
  readonly carrier: string;
  readonly trackingNumber: string | null;
  readonly trackingUrl: string | null;
  readonly lines: ReadonlyArray<{ readonly title: string; readonly quantity: number }>;
};

export type WaitingLine = {
  readonly title: string;
  readonly quantity: number;
  /** From when it is sold; null where nobody knows. */
  readonly fromMs: number | null;
};

export type ReturnFacts = {
  readonly lines: ReadonlyArray<{ readonly title: string; readonly quantity: number }>;
  readonly reason: string | null;
  readonly instructions: string | null;
  readonly labelUrl: string | null;
  readonly trackingNumber: string | null;
  readonly outcome: "refund" | "store_credit" | "exchange" | "replacement" | null;
};

export type OfferFacts = {
  readonly title: string;
  readonly quantity: number;
  readonly expiresAtMs: number;
  readonly url: string | null;
};
