import { err, ok, type Result } from "../../../domain/result.ts";
import { callKey } from "../call-key.ts";
import type { ChannelReply } from "../call.ts";
import type { ChannelFailure, ChannelRefund } from "../port.ts";
import { at, idAt, listAt } from "../reading.ts";

type Ask = (
  method: "GET" | "POST",
  path: string,
  body?: unknown,
) => Promise<Result<ChannelReply, ChannelFailure>>;

/** Spread over what the order was paid with. Square recognises a repeat by its key. */
export async function tellRefunded(
  ask: Ask,
  externalId: string,
  { amount, currency, key }: ChannelRefund,
): Promise<Result<null, ChannelFailure>> {
  const found = await ask("GET", `/v2/orders/${encodeURIComponent(externalId)}`);
  if (!found.ok) return found;
  let left = amount;
  for (const tender of listAt(found.value.body, "order", "tenders")) {
    const paymentId = idAt(tender, "payment_id") ?? idAt(tender, "id");
    const most = Number(at(tender, "amount_money", "amount") ?? 0);
    const part = Math.min(left, Number.isSafeInteger(most) ? most : 0);
    if (paymentId === null || part <= 0) continue;
    const asked = await ask("POST", "/v2/refunds", {
      idempotency_key: callKey("refund", key, paymentId),
      payment_id: paymentId,
      amount_money: { amount: part, currency },
      reason: "holdfast",
    });
    if (!asked.ok) return asked;
    left -= part;
  }
  return left === 0 ? ok(null) : err({ code: "refused", reason: "has not so much left to pay back" });
}
