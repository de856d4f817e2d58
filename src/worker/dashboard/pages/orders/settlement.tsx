import type { FC } from "hono/jsx";

import type { Problem } from "../../../../contract/problem.ts";
import type { SettlementView } from "../../../../contract/returns.ts";
import { Money, moneyText } from "../../components/money.tsx";
import { problemText } from "../../problem-text.ts";

export function netText({ net, currency }: SettlementView): string {
  if (net === 0) return "Nobody owes anything";
  return net > 0
    ? `The buyer gets ${moneyText(net, currency)}`
    : `The buyer owes ${moneyText(-net, currency)}`;
}

/** What a return comes to, and why. */
export const Settlement: FC<{ settlement: SettlementView }> = ({ settlement }) => {
  const { currency } = settlement;
  const rows: ReadonlyArray<readonly [string, number]> = [
    ["Worth of the units", settlement.return_total],
    ["Shipping", settlement.shipping_refund],
    ["Restocking fee", -settlement.restocking_fee_total],
    ["Fee for sending it back", -settlement.return_shipping_fee],
    ["Sent instead", -settlement.exchange_total],
    ["Comes to", settlement.net],
  ];
  return (
    <dl class="sums">
      {rows.map(([label, amount]) => (
        <>
          <dt>{label}</dt>
          <dd>
            <Money amount={amount} currency={currency} />
          </dd>
        </>
      ))}
    </dl>
  );
};

export const Refused: FC<{ refusal: Problem }> = ({ refusal }) => (
  <p class="flash failed" role="alert">
    {problemText(refusal)}
  </p>
);
