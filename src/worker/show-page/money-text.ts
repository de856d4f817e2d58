import { decimalsOf } from "../../domain/money.ts";

export function moneyText({
  amount,
  currency,
}: {
  readonly amount: number;
  readonly currency: string;
}): string {
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(
    amount / 10 ** decimalsOf(currency),
  );
}
