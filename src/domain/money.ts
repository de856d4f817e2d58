import { invariant } from "./invariant.ts";

/** Largest amount accepted anywhere, in minor units: far above any order, far below what a double can count. */
export const AMOUNT_MAX = 1_000_000_000_000;

/**
 * Splits `amount` in proportion to `weights` without losing or inventing a minor unit (largest remainder; ties go
 * to the earlier weight).
 *
 * @param amount - Minor units, zero or more.
 * @param weights - Integers, zero or more. If all are zero the first takes everything.
 */
export function splitByLargestRemainder(amount: number, weights: ReadonlyArray<number>): Array<number> {
  invariant(Number.isSafeInteger(amount) && amount >= 0, `not an amount: ${amount}`);
  if (weights.length === 0) {
    invariant(amount === 0, "an amount cannot be split over nothing");
    return [];
  }
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  if (weightSum === 0) return weights.map((_, index) => (index === 0 ? amount : 0));
  // BigInt, because amount × weight may pass 2^53.
  const total = BigInt(weightSum);
  const parts = weights.map((weight, index) => {
    const product = BigInt(amount) * BigInt(weight);
    return { index, share: Number(product / total), remainder: product % total };
  });
  let left = amount - parts.reduce((sum, part) => sum + part.share, 0);
  const byRemainder = parts.toSorted(
    (a, b) => Number(b.remainder - a.remainder > 0n) - Number(b.remainder < a.remainder) || a.index - b.index,
  );
  const shares = parts.map((part) => part.share);
  for (const part of byRemainder) {
    if (left === 0) break;
    shares[part.index] = part.share + 1;
    left -= 1;
  }
  return shares;
}

/** `round(amount × numerator / denominator)`, half up, exact above 2^53. */
export function roundedShare(amount: number, numerator: number, denominator: number): number {
  invariant(denominator > 0, "a share needs a positive denominator");
  const doubled = 2n * BigInt(amount) * BigInt(numerator) + BigInt(denominator);
  return Number(doubled / (2n * BigInt(denominator)));
}

/** ISO 4217's currencies that do not have two decimals. The runtime's own table is about cash, and differs from it. */
const DECIMALS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map((code) => [code, 0]),
  ),
  ...Object.fromEntries("BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3])),
};

/** How many decimals of a currency its minor units are: 2 for EUR, 0 for JPY, 3 for KWD. */
export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}
