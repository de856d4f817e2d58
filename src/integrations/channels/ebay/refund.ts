import { err, ok, type Result } from "../../../domain/result.ts";
import { isDone, refusedWith, type ChannelReply } from "../call.ts";
import type { ChannelFailure, ChannelRefund } from "../port.ts";
import { amountText } from "../reading.ts";
import { readEbayOrder } from "./order.ts";

type Ask = (
  method: "GET" | "POST",
  path: string,
  body?: unknown,
) => Promise<Result<ChannelReply, ChannelFailure>>;

/**
 * eBay knows no key of ours, so what it has paid back already is looked at first. It asks sellers of the EU and the UK to
 * sign this call, which its answer then says.
 */
export async function tellRefunded(
  ask: Ask,
  externalId: string,
  { amount, currency, refundedBefore }: ChannelRefund,
): Promise<Result<null, ChannelFailure>> {
  const path = `/sell/fulfillment/v1/order/${externalId}`;
  const found = await ask("GET", path);
  if (!found.ok) return found;
  const order = found.value.status === 404 ? null : readEbayOrder(found.value.body);
  if (order === null || !order.ok) return err({ code: "refused", reason: "has no such order" });
  if (order.value.refunded >= refundedBefore + amount) return ok(null);
  const asked = await ask("POST", `${path}/issue_refund`, {
    reasonForRefund: "OTHER_ADJUSTMENT",
    orderLevelRefundAmount: { value: amountText(currency, amount), currency },
  });
  if (!asked.ok) return asked;
  return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "errors", 0, "message"));
}
