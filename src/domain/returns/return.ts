export const returnStatuses = [
  "requested",
  "approved",
  "declined",
  "in_transit",
  "received",
  "inspected",
  "resolved",
  "closed",
  "canceled",
] as const;
export type ReturnStatus = (typeof returnStatuses)[number];

/** The state machine of a return as data. Receiving in parts stays in `received`. */
export const returnTransitions: Readonly<Record<ReturnStatus, ReadonlyArray<ReturnStatus>>> = {
  requested: ["approved", "declined", "canceled"],
  // A claim is resolved without goods coming back.
  approved: ["in_transit", "received", "resolved", "canceled"],
  declined: [],
  in_transit: ["received", "canceled"],
  received: ["received", "inspected"],
  inspected: ["resolved"],
  resolved: ["closed"],
  closed: [],
  canceled: [],
};

/** What is still under way: its units cannot be returned a second time. */
export const openReturnStatuses: ReadonlySet<ReturnStatus> = new Set([
  "requested",
  "approved",
  "in_transit",
  "received",
  "inspected",
]);

export const returnReasons = [
  "changed_mind",
  "too_small",
  "too_large",
  "not_as_described",
  "wrong_item",
  "damaged",
  "defective",
  "missing",
  "late",
  "other",
] as const;
export type ReturnReason = (typeof returnReasons)[number];

export const returnOutcomes = ["refund", "store_credit", "exchange", "replacement"] as const;

/** What became of the units of a line that were sent back. */
export type Inspection = {
  /** Back on sale. */
  readonly restock: number;
  /** There, and not to be sold. */
  readonly damaged: number;
  /** There, and somebody has yet to say. */
  readonly qualityControl: number;
  /** In no parcel. */
  readonly missing: number;
};
