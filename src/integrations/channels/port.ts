import type * as z from "zod";

import type { CurrencyCode } from "../../domain/brand.ts";
import type { ChannelOrder, ChannelRefusal, Platform } from "../../domain/channels/channel-order.ts";
import type { Result } from "../../domain/result.ts";
import type { SignatureRefusal } from "./signature.ts";

/** What a platform sent us, before anything of it is believed. */
export type Delivery = {
  /** The address it was sent to, which some platforms sign. */
  readonly url: string;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
};

/** An order as it was read. Where it could not be, its id may be known all the same. */
export type ReadOrder = {
  readonly externalId: string | null;
  readonly order: Result<ChannelOrder, ChannelRefusal>;
};

/** What a verified delivery says. */
export type DeliveryContent =
  | { readonly kind: "orders"; readonly orders: ReadonlyArray<ReadOrder> }
  /** Something happened to an order; what it is now has to be asked for. */
  | { readonly kind: "order_changed"; readonly externalId: string }
  | { readonly kind: "quantity"; readonly stockId: string; readonly quantity: number }
  /** A live show of the platform began, or is over. */
  | {
      readonly kind: "show";
      readonly showId: string;
      readonly state: "started" | "ended" | "cancelled";
      /** As the platform says, the same in each delivery; null where it does not. */
      readonly atMs: number | null;
    }
  /** The merchant has taken our access away. */
  | { readonly kind: "disconnected" }
  | { readonly kind: "ignored"; readonly because: string };

/** One account on a platform: what is configured, and what only we know. Both fit the adapter's schemas. */
export type ChannelAccess = {
  readonly connection: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly fetch: ChannelFetch;
  readonly nowMs: () => number;
};

/** As `fetch`, with a time limit; rejects where nothing answered in time. */
export type ChannelFetch = (request: Request) => Promise<Response>;

export type ChannelFailure =
  | { readonly code: "unavailable"; readonly reason: string }
  /** Too many calls: nothing more before then. */
  | { readonly code: "throttled"; readonly retryAfterMs: number }
  /** The platform says no: a person has to change something. */
  | { readonly code: "refused"; readonly reason: string };

/** Something for sale on a platform. */
export type Listing = {
  readonly externalId: string;
  readonly sku: string | null;
  readonly barcode: string | null;
  readonly title: string;
  /** Where the platform keeps its quantity, if that is not the listing itself. */
  readonly stockId: string | null;
  readonly quantity: number | null;
};

export type Page<Item> = { readonly items: ReadonlyArray<Item>; readonly next: string | null };

export type ChangedOrder = { readonly externalId: string; readonly updatedAtMs: number };

export type QuantityPush = {
  readonly listing: string;
  readonly stockId: string | null;
  readonly sku: string | null;
  /** Absolute. */
  readonly quantity: number;
  /** What the platform is believed to have; null where nobody knows. */
  readonly from: number | null;
  /** The same for the same push, so that a repeat is recognised where the platform can. */
  readonly key: string;
};

export type PushOutcome =
  /** With `quietMs`, it is taken and not carried out yet: anything told meanwhile could be overtaken by it. */
  | { readonly status: "set"; readonly quietMs?: number }
  /** It had another quantity than we believed: somebody sold or changed it meanwhile. */
  | { readonly status: "stale"; readonly actual: number }
  | { readonly status: "refused"; readonly reason: string };

/** What left, for the platform. */
export type ShippedParcel = {
  readonly orderId: string;
  readonly shipmentId: string;
  readonly carrier: string;
  readonly trackingNumber: string | null;
  readonly shippedAtMs: number;
  readonly lines: ReadonlyArray<{ readonly externalLineId: string; readonly quantity: number }>;
  /** Whether nothing of the order is left to ship after this. */
  readonly isLast: boolean;
};

/** Money that goes back to a buyer by the way it came, which only its platform knows. */
export type ChannelRefund = {
  /** Minor units. */
  readonly amount: number;
  readonly currency: CurrencyCode;
  /** What had gone back before, as far as we know: a platform that shows more has carried this one out. */
  readonly refundedBefore: number;
  /** The same for the same refund. */
  readonly key: string;
};

/** What lay in a queue of the platform's, and how to say that it was dealt with. */
export type Pulled = {
  readonly contents: ReadonlyArray<DeliveryContent>;
  readonly done: () => Promise<Result<null, ChannelFailure>>;
};

/** One platform: thin functions over its API, without a state of their own. */
export interface ChannelAdapter {
  readonly platform: Platform;
  readonly settings: z.ZodObject;
  readonly secrets: z.ZodObject;
  /** Listings in one call for quantities. */
  readonly pushMax: number;
  /** Listings in one call for their quantities, where that is another number. */
  readonly compareMax?: number;
  /** Revisions that the platform allows a listing in a day; null where it counts calls only. */
  readonly revisionsPerDay: number | null;
  verify(delivery: Delivery, access: ChannelAccess): Promise<Result<null, SignatureRefusal>>;
  read(delivery: Delivery, access: ChannelAccess): DeliveryContent;
  /** Answers a platform that asks, before it sends anything, whether this address is ours. */
  challenge?(url: URL, access: ChannelAccess): string | null;
  /** Asks who we are there, to see that address and secrets are right. */
  test(access: ChannelAccess): Promise<Result<{ readonly account: string }, ChannelFailure>>;
  readListings(access: ChannelAccess, cursor: string | null): Promise<Result<Page<Listing>, ChannelFailure>>;
  /** @returns null where the platform has no such order. */
  fetchOrder(
    access: ChannelAccess,
    externalId: string,
  ): Promise<Result<Result<ChannelOrder, ChannelRefusal> | null, ChannelFailure>>;
  /** Orders that changed at or after a time, the earliest first. */
  changedOrders(
    access: ChannelAccess,
    sinceMs: number,
    cursor: string | null,
  ): Promise<Result<Page<ChangedOrder>, ChannelFailure>>;
  /** @returns An outcome each, in order. */
  setQuantities(
    access: ChannelAccess,
    pushes: ReadonlyArray<QuantityPush>,
  ): Promise<Result<ReadonlyArray<PushOutcome>, ChannelFailure>>;
  /** By listing; those that the platform does not have are missing. */
  readQuantities(
    access: ChannelAccess,
    listings: ReadonlyArray<{ readonly listing: string; readonly stockId: string | null }>,
  ): Promise<Result<ReadonlyMap<string, number>, ChannelFailure>>;
  /** A repeat changes nothing. */
  tellShipped(
    access: ChannelAccess,
    externalId: string,
    parcel: ShippedParcel,
  ): Promise<Result<null, ChannelFailure>>;
  /** We cannot or will not send it. A repeat changes nothing. */
  tellCanceled(
    access: ChannelAccess,
    externalId: string,
    reason: string,
  ): Promise<Result<null, ChannelFailure>>;
  /** Fetches deliveries from where the platform puts them; null where the connection has no such place. */
  readonly pull?: (access: ChannelAccess) => Promise<Result<Pulled | null, ChannelFailure>>;
  /** A repeat pays nothing twice. Absent where the platform takes no refund by its API. */
  readonly tellRefunded?: (
    access: ChannelAccess,
    externalId: string,
    refund: ChannelRefund,
  ) => Promise<Result<null, ChannelFailure>>;
}
