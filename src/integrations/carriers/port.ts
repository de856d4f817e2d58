import type { TrackingStatus } from "../../domain/fulfillment/fulfillment.ts";
import type { Address } from "../../domain/orders/order.ts";
import type { Result } from "../../domain/result.ts";

export type LabelRequest = {
  /** Our name for the parcel. A repeat with the same one buys nothing and answers as the first did. */
  readonly shipmentId: string;
  readonly orderNumber: number;
  readonly from: Address;
  readonly to: Address;
  readonly weightGrams: number;
  readonly service: string | null;
};

export type Label = {
  readonly trackingNumber: string;
  readonly service: string;
  readonly format: "pdf";
  /** A 4 × 6 inch page. */
  readonly content: Uint8Array;
};

export type CarrierFailure =
  /** The carrier says no: a person has to change something. */
  | { readonly code: "refused"; readonly reason: string }
  | { readonly code: "unavailable"; readonly reason: string };

export type TrackingUpdate = {
  readonly status: TrackingStatus;
  readonly message: string;
  readonly occurredAtMs: number;
};

/** What a carrier tells of one parcel by itself: all it knows so far, oldest first. */
export type CarrierNews = {
  readonly trackingNumber: string;
  readonly updates: ReadonlyArray<TrackingUpdate>;
};

/** Checks who sent a webhook, over its bytes, and reads it. Null tells nothing of a parcel. */
export type CarrierWebhookReader = (
  bytes: Uint8Array,
  headers: Headers,
) => Result<CarrierNews | null, { readonly code: "forged" | "malformed" }>;

/** One carrier account. */
export interface CarrierPort {
  readonly carrier: string;
  buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>>;
  voidLabel(trackingNumber: string): Promise<Result<null, CarrierFailure>>;
  /** What the carrier says happened to the parcel so far, oldest first. */
  track(trackingNumber: string): Promise<Result<ReadonlyArray<TrackingUpdate>, CarrierFailure>>;
}
