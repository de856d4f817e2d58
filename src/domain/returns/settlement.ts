import { roundedShare } from "../money.ts";
import { unitsShare } from "../payments/refund.ts";

const BPS = 10_000;

export type SettledLine = {
  readonly line: string;
  readonly quantity: number;
  /** What was paid for these units, taxes and discounts included, in minor units. */
  readonly amount: number;
  readonly restockingFee: number;
};

/** What a return comes to. `net` is what the buyer gets; below zero, what the buyer owes. */
export type Settlement = {
  readonly lines: ReadonlyArray<SettledLine>;
  readonly returnTotal: number;
  readonly shippingRefund: number;
  readonly restockingFeeTotal: number;
  readonly returnShippingFee: number;
  readonly exchangeTotal: number;
  readonly net: number;
};

export type SettlementFacts = {
  readonly lines: ReadonlyArray<{
    readonly line: string;
    /** Units of the line as it was ordered, and what was paid for all of them. */
    readonly ordered: number;
    readonly total: number;
    /** Units that were settled or refunded before. */
    readonly before: number;
    readonly quantity: number;
    readonly restockingFeeBps: number;
  }>;
  readonly shippingRefund: number;
  readonly returnShippingFee: number;
  /** What the goods sent in exchange cost, taxes and discounts included. */
  readonly exchangeTotal: number;
};

/**
 * Settles a return: what was paid for its units, and shipping, less fees, less what is sent in exchange. Fees never
 * make anybody owe money who gets nothing for it.
 */
export function settleReturn(facts: SettlementFacts): Settlement {
  const lines = facts.lines.map(
    ({ line, ordered, total, before, quantity, restockingFeeBps }): SettledLine => {
      const amount = unitsShare(total, ordered, before, quantity);
      return { line, quantity, amount, restockingFee: roundedShare(amount, restockingFeeBps, BPS) };
    },
  );
  const returnTotal = lines.reduce((sum, { amount }) => sum + amount, 0);
  const restockingFeeTotal = lines.reduce((sum, { restockingFee }) => sum + restockingFee, 0);
  const worth = returnTotal + facts.shippingRefund - restockingFeeTotal;
  const returnShippingFee = Math.min(facts.returnShippingFee, Math.max(0, worth));
  return {
    lines,
    returnTotal,
    shippingRefund: facts.shippingRefund,
    restockingFeeTotal,
    returnShippingFee,
    exchangeTotal: facts.exchangeTotal,
    net: worth - returnShippingFee - facts.exchangeTotal,
  };
}
