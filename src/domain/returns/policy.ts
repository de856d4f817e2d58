import type { ReturnReason } from "./return.ts";

const DAY_MS = 86_400_000;

/** What a shop allows. Fees are none unless somebody sets them. */
export type ReturnPolicy = {
  /** Days from delivery; null takes things back for ever. */
  readonly windowDays: number | null;
  /** Of what was paid for a unit, in basis points. */
  readonly restockingFeeBps: number;
  /** Minor units by currency; a currency that is missing costs nothing. */
  readonly returnShippingFees: Readonly<Record<string, number>>;
  /** Reasons that are not the buyer's fault cost no fees. */
  readonly feeExemptReasons: ReadonlyArray<ReturnReason>;
  /** Whether what the policy allows is approved without a person. */
  readonly approval: "automatic" | "manual";
};

export const DEFAULT_POLICY: ReturnPolicy = {
  windowDays: 30,
  restockingFeeBps: 0,
  returnShippingFees: {},
  feeExemptReasons: ["not_as_described", "wrong_item", "damaged", "defective", "missing", "late"],
  approval: "manual",
};

export type PolicyRefusal =
  | { readonly code: "window_over"; readonly endedAtMs: number }
  | { readonly code: "final_sale"; readonly line: string };

/**
 * Whether a policy allows a return. What was not delivered yet, as far as anybody knows, has all its time left.
 *
 * @returns The first reason against it; null where there is none.
 */
export function policyRefusal(
  { windowDays }: ReturnPolicy,
  deliveredAtMs: number | null,
  lines: ReadonlyArray<{ readonly line: string; readonly isFinalSale: boolean }>,
  nowMs: number,
): PolicyRefusal | null {
  const final = lines.find(({ isFinalSale }) => isFinalSale);
  if (final !== undefined) return { code: "final_sale", line: final.line };
  if (windowDays === null || deliveredAtMs === null) return null;
  const endedAtMs = deliveredAtMs + windowDays * DAY_MS;
  return nowMs > endedAtMs ? { code: "window_over", endedAtMs } : null;
}

/** The fees of a return for these reasons: one line that is the shop's fault frees the parcel's shipping. */
export function feesFor(
  policy: ReturnPolicy,
  currency: string,
  reasons: ReadonlyArray<ReturnReason>,
): { readonly restockingFeeBps: ReadonlyArray<number>; readonly shippingFee: number } {
  const isExempt = (reason: ReturnReason) => policy.feeExemptReasons.includes(reason);
  return {
    restockingFeeBps: reasons.map((reason) => (isExempt(reason) ? 0 : policy.restockingFeeBps)),
    shippingFee: reasons.some(isExempt) ? 0 : (policy.returnShippingFees[currency] ?? 0),
  };
}
