import { err, ok, type Result } from "../../../domain/result.ts";
import { callKey } from "../call-key.ts";
import type { ChannelAccess, ChannelFailure, ChannelRefund } from "../port.ts";
import { amountAt, amountText, at, listAt, textAt } from "../reading.ts";
import { askShopify, userErrorOf } from "./client.ts";
import * as documents from "./documents.ts";

/** Spread over the payments that Shopify itself would pay back to. The refund's note tells it from any other. */
export async function tellRefunded(
  access: ChannelAccess,
  externalId: string,
  { amount, currency, key }: ChannelRefund,
): Promise<Result<null, ChannelFailure>> {
  const orderId = `gid://shopify/Order/${externalId}`;
  const mark = `holdfast ${callKey("refund", key)}`;
  const found = await askShopify(access, documents.TO_REFUND, { id: orderId });
  if (!found.ok) return found;
  const order = at(found.value, "order");
  if (order === null || order === undefined) return err({ code: "refused", reason: "has no such order" });
  if (listAt(order, "refunds").some((refund) => textAt(refund, "note") === mark)) return ok(null);
  let left = amount;
  const transactions = listAt(order, "suggestedRefund", "suggestedTransactions").flatMap((payment) => {
    const most = amountAt(currency, payment, "maximumRefundableSet", "shopMoney", "amount") ?? 0;
    const part = Math.min(left, most);
    const parentId = textAt(payment, "parentTransaction", "id");
    if (part <= 0 || parentId === null) return [];
    left -= part;
    const gateway = textAt(payment, "gateway");
    return [{ orderId, parentId, gateway, kind: "REFUND", amount: amountText(currency, part) }];
  });
  if (left > 0) return err({ code: "refused", reason: "has not so much left to pay back" });
  const asked = await askShopify(access, documents.REFUND, {
    key: callKey("refund", key),
    input: { orderId, note: mark, notify: true, transactions },
  });
  if (!asked.ok) return asked;
  const failure = userErrorOf(at(asked.value, "refundCreate"), "userErrors");
  return failure === null ? ok(null) : err(failure);
}
