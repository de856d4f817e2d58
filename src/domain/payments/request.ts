export const paymentRequestKinds = ["capture", "void", "refund"] as const;
export type PaymentRequestKind = (typeof paymentRequestKinds)[number];

/** `pending` until the provider has answered each part; `failed` where it refused one of them. */
export const paymentRequestStatuses = ["pending", "succeeded", "failed"] as const;
