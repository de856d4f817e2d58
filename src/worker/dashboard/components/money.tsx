import type { FC } from "hono/jsx";

import { AMOUNT_MAX, decimalsOf } from "../../../domain/money.ts";

/** Minor units as people write them: `1,234.50 EUR`, `1,235 JPY`, with as many decimals as the currency has. */
export function moneyText(amount: number, currency: string): string {
  return `${amountText(amount, currency)} ${currency}`;
}

/** Without the currency. */
export function amountText(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  // Zero has no sign here.
  const value = (amount === 0 ? 0 : amount / 10 ** decimals).toLocaleString("en", {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return value.replace("-", "−");
}

/** An amount for a field, without its currency and without signs between thousands. */
export function moneyField(amount: number, currency: string): string {
  return (amount / 10 ** decimalsOf(currency)).toFixed(decimalsOf(currency));
}

/** @returns Minor units; null for what is no amount, or has more decimals than the currency. */
export function readMoney(text: string, currency: string): number | null {
  const match = /^(\d{1,12})(?:[.,](\d{1,3}))?$/.exec(text.replaceAll(/[\s']/g, ""));
  if (match === null) return null;
  const decimals = decimalsOf(currency);
  const [, whole = "", part = ""] = match;
  if (part.length > decimals) return null;
  const amount = Number(whole) * 10 ** decimals + Number(part.padEnd(decimals, "0") || "0");
  return amount > AMOUNT_MAX ? null : amount;
}

export const Money: FC<{ amount: number; currency: string }> = ({ amount, currency }) => (
  <span class="money">{moneyText(amount, currency)}</span>
);
