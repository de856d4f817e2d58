import { err, ok, type Result } from "../../../domain/result.ts";
import { callKey } from "../call-key.ts";
import { isDone, refusedWith } from "../call.ts";
import type { ChannelAccess, ChannelFailure, ChannelRefund } from "../port.ts";
import { amountText, listAt, textAt } from "../reading.ts";
import { askWoo } from "./client.ts";

/** Through the shop's own gateway. The refund's reason tells it from any other. */
export async function tellRefunded(
  access: ChannelAccess,
  externalId: string,
  { amount, currency, key }: ChannelRefund,
): Promise<Result<null, ChannelFailure>> {
  const path = `/orders/${externalId}/refunds`;
  const mark = `holdfast ${callKey("refund", key)}`;
  const found = await askWoo(access, "GET", `${path}?per_page=100`);
  if (!found.ok) return found;
  if (found.value.status === 404) return err({ code: "refused", reason: "has no such order" });
  if (listAt(found.value.body).some((refund) => textAt(refund, "reason") === mark)) return ok(null);
  const refund = { amount: amountText(currency, amount), reason: mark, api_refund: true };
  const asked = await askWoo(access, "POST", path, refund);
  if (!asked.ok) return asked;
  return isDone(asked.value) ? ok(null) : err(refusedWith(asked.value, "message"));
}
