import type { ReturnReason } from "./return.ts";

const DAY_MS = 86_400_000;

/** What a shop allows. Fees are none unless somebody sets them. */
export type ReturnPolicy = {
  /** Days from delivery; null takes things back for ever. */
  readonly windowDays: number | null;
  /** Of what was paid for a unit, in basis points. */
  readonly restockingFeeBps: number;
  /** In place of the fee above, for some reasons. */
  readonly restockingFeeBpsByReason: Readonly<Partial<Record<ReturnReason, number>>>;
  /** Minor units by currency; a currency that is missing costs nothing. */
  readonly returnShippingFees: Readonly<Record<string, number>>;
  /** Reasons that are not the buyer's fault cost no fees. */
  readonly feeExemptReasons: ReadonlyArray<ReturnReason>;
  /** Whether what the policy allows is approved without a person. */
  readonly approval: "automatic" | "manual";
  /** Whether stores take back what was bought elsewhere. What is brought there costs no return shipping. */
  readonly inStore: "accepted" | "refused";
};

export const DEFAULT_POLICY: ReturnPolicy = {
  windowDays: 30,
  restockingFeeBps: 0,
  restockingFeeBpsByReason: {},
  returnShippingFees: {},
  feeExemptReasons: ["not_as_described", "wrong_item", "damaged", "defective", "missing", "late"],
  approval: "manual",
  inStore: "accepted",
};

/** By parcel, or to the counter of a store. */
export type ReturnWay = "sent" | "brought";

export type PolicyRefusal =
  | { readonly code: "window_over"; readonly endedAtMs: number }
  | { readonly code: "final_sale"; readonly line: string }
  | { readonly code: "in_store" };

/**
 * Whether a policy allows a return, brought to a store or sent. What was not delivered yet, as far as anybody knows, has all its time left.
 *
 * @returns The first reason against it; null where there is none.
 */
export function policyRefusal(
  { windowDays, inStore }: ReturnPolicy,
  way: ReturnWay,
  deliveredAtMs: number | null,
  lines: ReadonlyArray<{ readonly line: string; readonly isFinalSale: boolean }>,
  nowMs: number,
): PolicyRefusal | null {
  const final = lines.find(({ isFinalSale }) => isFinalSale);
  if (final !== undefined) return { code: "final_sale", line: final.line };
  if (way === "brought" && inStore === "refused") return { code: "in_store" };
  if (windowDays === null || deliveredAtMs === null) return null;
  const endedAtMs = deliveredAtMs + windowDays * DAY_MS;
  return nowMs > endedAtMs ? { code: "window_over", endedAtMs } : null;
}

/**
 * The fees of a return for these reasons: one line that is the shop's fault frees the parcel's shipping, and what was brought to a
 * store had none.
 */
export function feesFor(
  policy: ReturnPolicy,
  currency: string,
  reasons: ReadonlyArray<ReturnReason>,
  way: ReturnWay,
): { readonly restockingFeeBps: ReadonlyArray<number>; readonly shippingFee: number } {
  const isExempt = (reason: ReturnReason) => policy.feeExemptReasons.includes(reason);
  return {
    restockingFeeBps: reasons.map((reason) => feeOf(policy, reason)),
    shippingFee: way === "brought" || reasons.some(isExempt) ? 0 : (policy.returnShippingFees[currency] ?? 0),
  };
}

/** A fee that is set for a reason stands, whatever else the policy says of it. */
function feeOf(policy: ReturnPolicy, reason: ReturnReason): number {
  const own = policy.restockingFeeBpsByReason[reason];
  if (own !== undefined) return own;
  return policy.feeExemptReasons.includes(reason) ? 0 : policy.restockingFeeBps;
}
