import type { Rate, RateChoice } from "../../domain/fulfillment/choose-rate.ts";
import type { TrackingStatus } from "../../domain/fulfillment/fulfillment.ts";
import type { Address } from "../../domain/orders/order.ts";
import type { Result } from "../../domain/result.ts";

/** A parcel as carriers price it. */
export type ParcelToShip = {
  readonly from: Address;
  readonly to: Address;
  readonly weightGrams: number;
  /** The day on which the carrier gets it. */
  readonly shipAtMs: number;
};

export type LabelRequest = ParcelToShip & {
  /** Our name for the label. A repeat with the same one buys nothing and answers as the first did. */
  readonly reference: string;
  readonly orderNumber: number;
  readonly choice: RateChoice;
  /**
   * When this label was first asked for, where it was: it may be bought, and its answer lost, so it is looked for
   * first. Null where nobody has asked yet.
   */
  readonly askedSinceMs: number | null;
};

/** What a label is found by. */
export type LabelQuery = Pick<LabelRequest, "reference" | "shipAtMs"> & { readonly askedSinceMs: number };

export type Label = {
  readonly trackingNumber: string;
  /** The carrier's own name for the purchase, for what is asked of it later. */
  readonly carrierReference: string;
  readonly service: string;
  readonly format: "pdf";
  /** A 4 × 6 inch page. */
  readonly content: Uint8Array;
};

/** A label that was bought, for calls about it. */
export type BoughtLabel = {
  readonly trackingNumber: string;
  /** Null for labels from before it was kept. */
  readonly carrierReference: string | null;
};

export type CarrierFailure =
  /** The carrier says no: a person has to change something. */
  | { readonly code: "refused"; readonly reason: string }
  /** It asked for quiet. */
  | { readonly code: "throttled"; readonly retryAfterMs: number }
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
export type CarrierWebhookReader = (delivery: {
  readonly bytes: Uint8Array;
  readonly headers: Headers;
  /** The address it was sent to. */
  readonly url: string;
}) => Result<CarrierNews | null, { readonly code: "forged" | "malformed" }>;

export const addressVerdicts = ["deliverable", "corrected", "undeliverable", "unchecked"] as const;

export type AddressCheck = {
  /** `corrected`: deliverable as `suggestion` says. `unchecked`: the carrier knows nothing of this country. */
  readonly verdict: (typeof addressVerdicts)[number];
  readonly suggestion: Partial<Address> | null;
  readonly messages: ReadonlyArray<string>;
};

/** One carrier account. */
export interface CarrierPort {
  readonly carrier: string;
  /** Buying again under the same reference is the same purchase, whenever and however often. */
  readonly isRepeatable: boolean;
  /** Whether it can be asked where a parcel is. */
  readonly knowsTracking: boolean;
  /** What it asks for shipping a parcel now. Buys nothing. */
  rates(parcel: ParcelToShip): Promise<Result<ReadonlyArray<Rate>, CarrierFailure>>;
  buyLabel(request: LabelRequest): Promise<Result<Label, CarrierFailure>>;
  /** The label that an earlier attempt bought, if it did. */
  findLabel(query: LabelQuery): Promise<Result<BoughtLabel | null, CarrierFailure>>;
  /** Gives a label back. A repeat succeeds. */
  voidLabel(label: BoughtLabel): Promise<Result<null, CarrierFailure>>;
  /** What the carrier says happened to the parcel so far, oldest first. */
  track(label: BoughtLabel): Promise<Result<ReadonlyArray<TrackingUpdate>, CarrierFailure>>;
  checkAddress(address: Address): Promise<Result<AddressCheck, CarrierFailure>>;
}
